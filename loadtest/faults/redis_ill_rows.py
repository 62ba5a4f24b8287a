"""Rows in which Redis is there and will not do: frozen, deaf, slow, full, read-only, loading.

In all of them every answer is replied to within 1.5 s, and an ack is never a false one.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from loadtest.client.line import Line
from loadtest.faults.drill import REPLY_S_MAX, Drill, Row
from loadtest.faults.house import Shape
from loadtest.faults.probe import Asked, Probe, codes
from loadtest.faults.proxy import CLEAR, Weather
from loadtest.faults.verdict import named
from protocol.from_client import NAMESPACE_EXAM, Client
from protocol.problems import Code

FROZEN_S = 10.0
ILL_S = 4.0
BALLAST_BYTES = 64 * 1024 * 1024
"""So that what answers take is little beside it, and shares of the memory hold still."""
NO_STARTS, NO_ANSWERS = 0.88, 0.97
"""Shares of Redis' memory: a little above the two limits (DESIGN 6.8: 85 and 95 %)."""
DEAD_PORT = 9
"""The discard service's: nobody listens there."""


@asynccontextmanager
async def ill(drill: Drill, seconds: float) -> AsyncIterator[Probe]:
    """What is done inside makes Redis ill; it lasts so long. Afterwards replies are judged."""
    async with drill.probing() as probe:
        await drill.load(1.5)
        since = drill.now
        drill.strike()
        yield probe
        await drill.load(seconds)
        judged = drill.now
        await drill.load(REPLY_S_MAX)  # until then what was asked last may be answered
        drill.claim_replies(probe, since, judged)


def claim_refused(drill: Drill, asked: list[Asked], *allowed: Code) -> None:
    """While it was surely ill nothing was acked; the problems say what is wrong, and to go on."""
    found = codes(asked)
    strange = sorted(found.keys() - {str(code) for code in allowed})
    drill.claim(bool(asked), "nothing was asked while Redis was surely ill")
    drill.claim(not strange, f"while Redis would not do, replies were {strange}")
    final = [each.code for each in asked if not each.retry]
    drill.claim(not final, f"who should try again was not told to: {named(final)}")


async def away(drill: Drill) -> None:
    """kill -9, and for four seconds nobody is at its address."""
    async with ill(drill, ILL_S) as probe:
        await drill.redis.do("kill")
        surely = drill.now
    claim_refused(drill, probe.within(surely, surely + ILL_S - 1), Code.UNAVAILABLE)
    await drill.redis.do("start")
    await drill.recovered()


async def frozen(drill: Drill) -> None:
    """SIGSTOP: connections stand, nothing answers."""
    async with ill(drill, FROZEN_S) as probe:
        await drill.redis.do("pause")
        surely = drill.now
    await drill.redis.do("resume")
    claim_refused(drill, probe.within(surely, surely + FROZEN_S - 1), Code.UNAVAILABLE)
    await drill.recovered()


async def asleep(drill: Drill) -> None:
    """DEBUG SLEEP, again and again: it stands still for a second or two at a time."""
    async with ill(drill, 0):
        for _ in range(3):
            await drill.redis.command("DEBUG", "SLEEP", f"{drill.dice.uniform(0.8, 2.0):.1f}")
            await drill.load(0.5)
    await drill.recovered()


async def black_hole(drill: Drill) -> None:
    """The network swallows everything for a while; what was under way arrives late."""
    async with ill(drill, FROZEN_S) as probe:
        drill.server.redis.set(Weather(frozen=True))
        surely = drill.now
    drill.server.redis.set(CLEAR)
    claim_refused(drill, probe.within(surely, surely + FROZEN_S - 1), Code.UNAVAILABLE)
    await drill.recovered()


async def replies_dropped(drill: Drill) -> None:
    """Commands arrive and are carried out; no reply ever comes."""
    async with ill(drill, ILL_S) as probe:
        drill.server.redis.set(Weather(replies_dropped=True))
        surely = drill.now
    drill.server.redis.set(CLEAR)
    claim_refused(drill, probe.within(surely, surely + ILL_S - 1), Code.UNAVAILABLE)
    await drill.recovered()


async def cut(drill: Drill) -> None:
    """All connections are reset, ten times in five seconds."""
    async with ill(drill, 0):
        for _ in range(10):
            drill.server.redis.cut()
            await drill.load(0.2, 0.8)
    await drill.recovered()


async def slow(drill: Drill) -> None:
    """150 ms each way."""
    async with ill(drill, ILL_S):
        drill.server.redis.set(Weather(delay_ms=150))
    drill.server.redis.set(CLEAR)
    await drill.recovered()


async def full(drill: Drill) -> None:
    """maxmemory is reached: nothing is evicted, so writes are refused until there is room."""
    async with ill(drill, ILL_S) as probe:
        await drill.redis.command("CONFIG", "SET", "maxmemory", 1_000_000)
        surely = drill.now
    await drill.redis.command("CONFIG", "SET", "maxmemory", 0)
    claim_refused(drill, probe.within(surely, surely + ILL_S - 1), Code.STORAGE_FULL)
    await drill.recovered()


async def read_only(drill: Drill) -> None:
    """It has become a replica (of nobody who is there), and is made primary again."""
    async with ill(drill, ILL_S) as probe:
        await drill.redis.command("REPLICAOF", "127.0.0.1", DEAD_PORT)
        surely = drill.now
    await drill.redis.command("REPLICAOF", "NO", "ONE")
    claim_refused(drill, probe.within(surely, surely + ILL_S - 1), Code.UNAVAILABLE)
    await drill.recovered()


async def misconf(drill: Drill) -> None:
    """A snapshot cannot be written, so Redis refuses writes (MISCONF)."""
    async with ill(drill, ILL_S) as probe:
        in_the_way = Path(await drill.redis.setting("dir"), await drill.redis.setting("dbfilename"))
        in_the_way.mkdir()  # a snapshot cannot take the place of a folder
        await drill.redis.command("CONFIG", "SET", "save", "3600 1")
        await drill.redis.command("BGSAVE")
        await drill.load(1.0)
        surely = drill.now
    in_the_way.rmdir()
    await drill.redis.command("CONFIG", "SET", "save", "")
    claim_refused(drill, probe.within(surely, surely + ILL_S - 1), Code.UNAVAILABLE)
    await drill.recovered()


async def loading(drill: Drill) -> None:
    """It comes back after a kill and takes seconds to load its data: -LOADING to everybody."""
    async with ill(drill, 0) as probe:
        await drill.redis.do("kill")
        killed_at = drill.now
        await drill.redis.again(SLOW_LOADING)
        drill.figures["loading_s"] = round(drill.now - killed_at, 1)
        loaded_at = drill.now
    surely = probe.within(killed_at, loaded_at - REPLY_S_MAX)
    claim_refused(drill, surely, Code.UNAVAILABLE)
    await drill.recovered()


async def filling(drill: Drill) -> None:
    """Postgres is away, and the backlog fills Redis: at 85 % nobody new may start, while answers
    are taken; at 95 % answers are refused, too. Then Postgres is back, and it drains.
    """
    await drill.redis.command("SETRANGE", "ballast", BALLAST_BYTES, "x")
    async with drill.probing() as probe, joined(drill, drill.house.spare[1]) as latecomer:
        await drill.postgres.do("kill")
        await fill_to(drill, NO_STARTS)
        since = drill.now
        reply = await latecomer.call("start", {"id": secrets.token_hex(16)})
        code = "ok" if reply["ok"] else reply["problem"]["code"]
        drill.claim(code == Code.STORAGE_FULL, f"a start in a nearly full Redis: {code}")
        await drill.load(1.0)
        refused = codes([asked for asked in probe.within(since, drill.now) if asked.code])
        drill.claim(not refused, f"answers were refused already when only starts should: {refused}")
        await fill_to(drill, NO_ANSWERS)
        surely = drill.now
        drill.strike()
        await drill.load(2.0)
        claim_refused(drill, probe.within(surely, drill.now - 1), Code.STORAGE_FULL)
        await drill.redis.command("CONFIG", "SET", "maxmemory", 0)
        await drill.postgres.do("start")
    await drill.recovered()


async def fill_to(drill: Drill, share: float) -> None:
    """Set the limit so that so much of it is used, and let the server notice."""
    used = int(str(await drill.redis.info("used_memory")))
    await drill.redis.command("CONFIG", "SET", "maxmemory", round(used / share))
    await drill.load(2.5)


@asynccontextmanager
async def joined(drill: Drill, name: str) -> AsyncIterator[Line]:
    """A candidate who has joined, and has not started. Raises LineLost, TimeoutError."""
    line = Line(drill.server.url, NAMESPACE_EXAM, lambda name, body: None)
    try:
        await line.open(drill.house.token(name), Client(f"late-{name}", "drill", "1"))
        reply = await line.call("join", {"id": secrets.token_hex(16), "exam": drill.house.exam})
        drill.claim(reply["ok"], f"{name} could not join: {reply}")
        yield line
    finally:
        line.close()


DEBUGGABLE = Shape(redis={"enable-debug-command": "local"})
SLOW_LOADING = {"key-load-delay": "2500", "loading-process-events-interval-bytes": "1024"}

ROWS = (
    Row("redis away", "kill -9; nobody is there for four seconds", away),
    Row("redis frozen", "SIGSTOP for ten seconds", frozen, short=True),
    Row("redis asleep", "DEBUG SLEEP, three times", asleep, DEBUGGABLE),
    Row("redis black hole", "bytes to and from it wait for ten seconds", black_hole),
    Row("redis replies dropped", "commands arrive, replies do not", replies_dropped, short=True),
    Row("redis cut", "its connections are reset ten times", cut),
    Row("redis slow", "150 ms each way", slow),
    Row("redis full", "maxmemory reached", full, short=True),
    Row("redis filling up", "while Postgres is away: starts refused, then answers", filling),
    Row("redis read-only", "it turns into a replica (READONLY)", read_only),
    Row("redis misconf", "it cannot write to its disk (MISCONF)", misconf),
    Row("redis loading", "it takes seconds to load its data (LOADING)", loading),
)
