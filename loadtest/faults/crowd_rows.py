"""Rows about many: a flood from one, a whole crowd that comes in at once, and one that leaves."""

import asyncio
import contextlib
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from loadtest.client.line import Line, LineLost
from loadtest.descriptors import room
from loadtest.faults.drill import Drill, Row
from loadtest.faults.holder import Held, Plan
from loadtest.faults.house import Shape
from loadtest.faults.probe import Probe
from loadtest.faults.verdict import named
from protocol.from_client import NAMESPACE_EXAM, Client
from protocol.problems import Code

CONNECTIONS_MAX = 10_000
CONNECTIONS_PER_CORE = 400
"""What joins within seconds while the same cores serve: 10,000 on a machine of 25."""
HELD = min(CONNECTIONS_MAX, room(), CONNECTIONS_PER_CORE * (os.cpu_count() or 1))
HELD_WITHIN_S = 60.0
JOINING = 40
"""So many of a crowd are on their way in at a time, if it is no storm."""
ADMITTED_PER_S = 100
WORK_S_MAX = 0.05
PROBES = 2
"""Spare candidates who are not in the crowd."""
QUIET_S = 3.0
FLOOD_PER_S = 1_000
BUSY_S = 0.5
"""Who waited so long for a core may have let Redis' second pass."""
FLOOD_S = 6.0


async def flooded(drill: Drill) -> None:
    """One candidate sends a thousand events a second, comes back when cut, and goes on: limited,
    cut again and again; the others notice nothing.
    """
    name = drill.house.spare[1]
    codes: Counter[str] = Counter()
    cuts = 0
    async with drill.probing() as probe:
        since = drill.now
        drill.strike()
        while drill.now < since + FLOOD_S:
            line = Line(drill.server.url, NAMESPACE_EXAM, lambda name, body: None)
            with contextlib.suppress(LineLost, TimeoutError):
                await line.open(drill.house.token(name), Client(f"flood-{name}", "drill", "1"))
                cuts += await flood(line, codes, since + FLOOD_S)
            line.close()
            await drill.load(0.2)
        drill.claim_replies(probe, since, drill.now)
    drill.figures["flood"] = ", ".join(f"{n} {code}" for code, n in sorted(codes.items()))
    drill.figures["cuts"] = cuts
    drill.claim(codes[Code.RATE_LIMITED] > 0, f"nobody told the flood to slow down: {codes}")
    drill.claim(cuts > 0, "the flood was not cut")
    claim_acked(drill, probe)
    await drill.recovered()


def claim_acked(drill: Drill, probe: Probe) -> None:
    """Whoever else is there has every answer acked, but where there was no core to do it."""
    refused = [
        asked.code
        for asked in probe.asked
        if asked.code and drill.waiting.between(asked.at - BUSY_S, asked.at + asked.took_s) < BUSY_S
    ]
    drill.claim(not refused, f"answers of another candidate were not acked: {named(refused)}")


async def flood(line: Line, codes: Counter[str], until: float) -> bool:
    """Send until cut or the time is over; count how often which reply came. Whether cut."""

    async def one() -> None:
        try:
            reply = await line.call("heartbeat", {})
            codes["ok" if reply["ok"] else reply["problem"]["code"]] += 1
        except (LineLost, TimeoutError):
            codes["none"] += 1

    loop = asyncio.get_running_loop()
    sent: list[asyncio.Task[None]] = []
    while loop.time() < until and not line.lost_at_last.done():
        sent += [asyncio.create_task(one()) for _ in range(FLOOD_PER_S // 50)]
        await asyncio.sleep(1 / 50)
    cut = line.lost_at_last.done()
    line.close()
    await asyncio.gather(*sent)
    return cut


@asynccontextmanager
async def crowd(drill: Drill, at_once: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that lets all the spare candidates join, so many at a time; killed in the end."""
    house = drill.house
    tokens = [house.token(name) for name in house.spare[PROBES:]]
    plan = Plan(drill.server.direct, house.exam, tokens, at_once)
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "loadtest.faults.holder"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert child.stdin is not None
    try:
        child.stdin.write(msgspec.json.encode(plan) + b"\n")
        await child.stdin.drain()
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


async def all_in(drill: Drill, child: asyncio.subprocess.Process) -> Held:
    """Wait until the crowd stands."""
    assert child.stdout is not None
    within_s = drill.allowed(HELD_WITHIN_S)
    line = await asyncio.wait_for(child.stdout.readline(), within_s)
    held = msgspec.json.decode(line, type=Held)
    drill.figures["held"], drill.figures["sent_away"] = held.held, held.sent_away
    wanted = len(drill.house.spare) - PROBES
    drill.claim(held.held == wanted, f"only {held.held} of {wanted} could join")
    return held


async def storm(drill: Drill) -> None:
    """A whole school connects in the same second: admitted at the rate that is set, the others are
    sent away and come back; all are in soon, and who sat there before notices nothing.
    """
    async with drill.probing() as probe:
        await drill.load(1.0)
        before, since = await connections(drill), drill.now
        drill.strike()
        async with crowd(drill, at_once=HELD) as child:
            admitting = asyncio.create_task(claim_admission(drill, before))
            held = await all_in(drill, child)
            admitting.cancel()
            await asyncio.gather(admitting, return_exceptions=True)
            took_s = drill.now - since
            drill.claim_replies(probe, since, drill.now)
    drill.figures["all_in_after_s"] = round(took_s, 1)
    drill.claim(held.sent_away > 0, "nobody was sent away: there was no storm")
    claim_acked(drill, probe)
    await drill.recovered()


async def claim_admission(drill: Drill, before: float) -> None:
    """Until cancelled: never more are in than a second's worth at once, and the rate since."""
    began = drill.now
    while True:
        more = await connections(drill) - before
        admitted_max = ADMITTED_PER_S * (1 + drill.now - began)
        drill.claim(more <= admitted_max, f"{more:.0f} were in where {admitted_max:.0f} may be")
        await asyncio.sleep(0.2)


async def connections(drill: Drill) -> float:
    """How many candidates are connected, as the server says."""
    return (await drill.server.figures()).get('examsync_connections{namespace="/exam"}', 0.0)


async def all_gone(drill: Drill) -> None:
    """The process that holds them is killed: all connections end in the same millisecond.

    How long the server's loop worked at a time is read from its metrics: processor time, for on a
    busy machine it stands still without any reason, too. How long that was is told.
    """
    async with crowd(drill, at_once=JOINING) as child:
        await all_in(drill, child)
        await drill.load(QUIET_S)
        before = await drill.server.figures()
        drill.strike()
        child.kill()
        await drill.load(QUIET_S)
        after = await drill.server.figures()
    work_s, lag_s = (bound_s(before, after, name) for name in (WORK, LAG))
    drill.figures["loop_work_s_at_most"] = work_s
    drill.figures["loop_lag_s_at_most"] = lag_s
    drill.claim(
        work_s <= WORK_S_MAX,
        f"a piece of the loop's work took up to {work_s} s; it stood still for up to {lag_s} s",
    )
    await drill.recovered()


BOUNDS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Of the histograms of the loop."""
WORK, LAG = "examsync_loop_work_seconds", "examsync_loop_lag_seconds"


def bound_s(before: dict[str, float], after: dict[str, float], name: str) -> float:
    """The upper bound of the most that a histogram has seen between two readings; 0 if nothing."""
    worst = 0.0
    under = 0.0
    for bound in BOUNDS_S:
        bucket = f'{name}_bucket{{le="{bound}"}}'
        total = after.get(bucket, 0.0) - before.get(bucket, 0.0)
        if total > under:
            worst, under = bound, total
    return worst


ROWS = (
    Row("flood", "one candidate sends a thousand events a second", flooded, short=True),
    Row(
        "a crowd gone at once",
        f"{HELD} joined connections end in the same millisecond",
        all_gone,
        Shape(people=12, spare=PROBES + HELD),
    ),
    Row(
        "connect storm",
        f"{HELD} connect in the same second; {ADMITTED_PER_S} a second are let in",
        storm,
        Shape(
            spare=PROBES + HELD,
            settings={"EXAMSYNC_LIMITS_CONNECTS_PER_S": f"{ADMITTED_PER_S}"},
        ),
        short=True,
    ),
)
