"""Rows about examiners: their screens are right again within five seconds, whatever was lost, and
one who does not read harms nobody.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from random import Random

from loadtest.bots.feed import Feed
from loadtest.bots.watcher import Watcher
from loadtest.client.line import Line, LineLost
from loadtest.faults.drill import Drill, Row
from loadtest.faults.house import House, Shape
from loadtest.faults.proxy import Proxy, Weather
from loadtest.faults.running import exported
from loadtest.faults.verdict import named
from loadtest.office import OfficeError
from loadtest.ports import free_port
from loadtest.tokens import sign
from protocol.from_client import NAMESPACE_MONITOR, Client
from protocol.http import ExportedAttempt
from protocol.to_examiner import Row as ScreenRow
from protocol.types import Role

RIGHT_WITHIN_S = 5.0
ASK_EVERY_S = 0.01
CUT_WITHIN_S = 25.0
GROWTH_BYTES_MAX = 96 * 1024 * 1024


@asynccontextmanager
async def watched(drill: Drill) -> AsyncIterator[list[Watcher]]:
    """An examiner at each serving process."""
    house = drill.house
    watchers = [
        Watcher(station.url, house.exam, examiner(house), Random(f"{number}"), acts=False)
        for number, station in enumerate(house.servers)
    ]
    tasks = [asyncio.create_task(watcher.watch()) for watcher in watchers]
    try:
        yield watchers
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def examiner(house: House) -> str:
    """An examiner's token."""
    return sign(house.place.secret, "examiner-1", Role.EXAMINER, house.exam)


async def claim_screens(drill: Drill, watchers: Iterable[Watcher]) -> None:
    """Nobody answers any more: five seconds later every screen shows what the export says."""
    await drill.sitting.rest()
    began, wrong = drill.now, ["nothing was compared"]
    while wrong and drill.now - began < 4 * drill.allowed(RIGHT_WITHIN_S, began, drill.now):
        await asyncio.sleep(0.25)
        with contextlib.suppress(OfficeError):
            truth = await exported(drill.house)
            wrong = [fault for each in watchers for fault in differences(each.feed, truth)]
    took_s = drill.now - began
    limit_s = drill.allowed(RIGHT_WITHIN_S, began, drill.now)
    drill.figures["screens_right_after_s"] = round(took_s, 2)
    drill.claim(not wrong, f"screens stay wrong: {named(wrong)}")
    drill.claim(bool(wrong) or took_s < limit_s, f"screens were right after {took_s:.1f} s only")


def differences(feed: Feed, truth: list[ExportedAttempt]) -> list[str]:
    """Rows of a screen that say something else than the export."""
    wrong = []
    for attempt in truth:
        row = feed.rows.get(attempt.attempt)
        if row is None or shown(row) != stored(attempt):
            wrong.append(attempt.candidate)
    return wrong


def shown(row: ScreenRow) -> tuple[object, ...]:
    """What a screen says that the export can say too."""
    return (row.state, row.started_at, row.answered)


def stored(attempt: ExportedAttempt) -> tuple[object, ...]:
    """The same of the export."""
    answered = sum(held.response is not None for held in attempt.responses.values())
    return (attempt.state, attempt.started_at, answered)


async def news_lost(drill: Drill) -> None:
    """Two processes; each one's connections to Redis are cut and swallowed while rows change."""
    async with watched(drill) as watchers:
        await drill.load(1.5)
        for _ in range(4):
            drill.strike()
            station = drill.dice.choice(drill.house.servers)
            station.redis.set(Weather(replies_dropped=drill.dice.random() < 0.5))
            await drill.load(0.2, 0.8)
            station.redis.set(Weather())
            station.redis.cut()
            await drill.load(0.3, 1.0)
        await drill.recovered()
        await claim_screens(drill, watchers)
        drill.figures["gaps"] = sum(watcher.told.gaps for watcher in watchers)


async def feeder_killed(drill: Drill) -> None:
    """Of two processes one is killed; the other's examiners see what became of its candidates."""
    async with watched(drill) as watchers:
        await drill.load(1.5)
        drill.strike()
        one = drill.house.servers[0]
        await one.kill()
        await drill.load(1.0)
        await one.start()
        await drill.recovered()
        await claim_screens(drill, watchers)


async def feeds_emptied(drill: Drill) -> None:
    """FLUSHALL takes the feeds, too."""
    async with watched(drill) as watchers:
        await drill.load(1.5)
        drill.strike()
        await drill.redis.command("FLUSHALL")
        await drill.recovered()
        await claim_screens(drill, watchers)


async def slow_reader(drill: Drill) -> None:
    """An examiner asks for picture after picture and reads none: cut, and nobody else notices."""
    station = drill.server
    process = station.process
    assert process is not None
    before = (await station.figures()).get("examsync_slow_readers_cut_total", 0)
    rss = process.rss_bytes
    tube = Proxy(station.port, free_port())
    await tube.open()
    line = Line(f"http://127.0.0.1:{tube.port}", NAMESPACE_MONITOR, lambda name, body: None)
    try:
        await line.open(examiner(drill.house), Client("slow", "drill", "1"))
        async with drill.probing() as probe:
            since = drill.now
            drill.strike()
            tube.set(Weather(replies_held=True))
            asking = asyncio.create_task(ask_on(line, drill.house.exam))
            cut = await until_cut(drill, before)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            drill.claim_replies(probe, since, drill.now)
        drill.claim(cut, "a reader who takes nothing was not cut")
    finally:
        line.close()
        await tube.close()
    grew = process.rss_bytes - rss
    drill.figures["rss_grew_kib"] = grew // 1_024
    drill.claim(grew < GROWTH_BYTES_MAX, f"the server's memory grew by {grew >> 20} MiB")
    await drill.recovered()


async def ask_on(line: Line, exam: str) -> None:
    """Ask to watch from the beginning, again and again; replies are not waited for for long."""
    while not line.lost_at_last.done():
        with contextlib.suppress(LineLost, TimeoutError):
            async with asyncio.timeout(ASK_EVERY_S):
                await line.call("watch", {"exam": exam})


async def until_cut(drill: Drill, before: float) -> bool:
    """Whether the server has counted one more slow reader, in time."""
    loop = asyncio.get_running_loop()
    end = loop.time() + CUT_WITHIN_S
    while loop.time() < end:
        figures = await drill.server.figures()
        if figures.get("examsync_slow_readers_cut_total", 0) > before:
            return True
        await asyncio.sleep(0.5)
    return False


TWO = Shape(servers=2)
OPEN_DOOR = Shape(
    spare=2_000,
    settings={
        "EXAMSYNC_LIMITS_CONNECTION_PER_S": "10000",
        "EXAMSYNC_LIMITS_CONNECTION_BURST": "10000",
        "EXAMSYNC_LIMITS_CANDIDATE_PER_S": "10000",
        "EXAMSYNC_LIMITS_CANDIDATE_BURST": "10000",
        "EXAMSYNC_LIMITS_QUEUE_WAIT_S": "3",
        "EXAMSYNC_LIMITS_QUEUE_BYTES_MAX": "1048576",
    },
)
"""So that one examiner can ask for more than the kernel's buffers hold, in seconds: a picture of
2,000 rows again and again."""

ROWS = (
    Row("news lost", "lines to Redis cut while two examiners watch", news_lost, TWO, short=True),
    Row(
        "feeder killed", "kill -9 of one of two processes that feed the screens", feeder_killed, TWO
    ),
    Row("feeds emptied", "FLUSHALL while two examiners watch", feeds_emptied, TWO),
    Row("slow reader", "an examiner asks for much and reads nothing", slow_reader, OPEN_DOOR),
)
