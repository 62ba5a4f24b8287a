"""Rows in which Postgres is away, slow, or will not do as it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from loadtest.faults.drill import Drill, Row
from loadtest.faults.process_rows import COMMIT, trapped
from loadtest.faults.proxy import CLEAR, Weather
from loadtest.faults.verdict import Expected

AWAY_S, LONG_AWAY_S = 20.0, 60.0
STANDSTILL_S_MAX = 2.0
"""Acks go on without Postgres; a lesser standstill is the machine's."""
LOCKED_S = 4.0


@asynccontextmanager
async def acking(drill: Drill) -> AsyncIterator[None]:
    """Whatever happens to Postgres inside, everybody's answers are acked meanwhile."""
    drill.strike()
    drill.sitting.standstill.acks_s = 0.0
    before = drill.sitting.acked
    yield
    meanwhile = drill.sitting.acked - before
    still = drill.sitting.standstill
    drill.figures["acked_meanwhile"] = meanwhile
    people = len(drill.sitting.people)
    drill.claim(meanwhile > people, f"only {meanwhile} answers were acked without Postgres")
    drill.claim(
        still.acks_s < STANDSTILL_S_MAX + still.ours_s,
        f"nothing was acked for {still.acks_s:.1f} s although only Postgres was in trouble",
    )


async def away(drill: Drill, seconds: float = AWAY_S) -> None:
    """kill -9 of Postgres under load; so many seconds later it is back."""
    await drill.load(1.5)
    async with acking(drill):
        await drill.postgres.do("kill")
        await drill.load(seconds)
        waiting = (await drill.server.figures()).get("examsync_backlog_facts", 0)
        drill.figures["backlog_facts"] = waiting
        drill.claim(waiting > 0, "no backlog was measured while Postgres was away")
        await drill.postgres.do("start")
    await drill.recovered()


async def away_for_a_minute(drill: Drill) -> None:
    """The same, with a backlog of a minute."""
    await away(drill, LONG_AWAY_S)


async def killed_at_commit(drill: Drill) -> None:
    """kill -9 of Postgres with a COMMIT under way: it may have been carried out, or not."""
    for passes in (False, True):
        await drill.load(0.5, 1.5)
        async with acking(drill):
            await trapped(drill, drill.server.postgres, COMMIT, passes=passes)
            await drill.postgres.do("kill")
            drill.server.postgres.cut()
            await drill.load(1.5)
            await drill.postgres.do("start")
        await drill.recovered()


async def weathered(drill: Drill, weather: Weather, seconds: float) -> None:
    """Such is the network between server and Postgres for a while; then it is clear again."""
    await drill.load(1.0)
    async with acking(drill):
        drill.server.postgres.set(weather)
        await drill.load(seconds)
        drill.server.postgres.set(CLEAR)
    await drill.recovered()


async def black_hole(drill: Drill) -> None:
    """The network swallows everything for fifteen seconds: longer than a statement may take."""
    await weathered(drill, Weather(frozen=True), 15.0)


async def replies_dropped(drill: Drill) -> None:
    """Statements are carried out; no reply ever comes, not to COMMIT either."""
    await weathered(drill, Weather(replies_dropped=True), 5.0)


async def slow(drill: Drill) -> None:
    """200 ms each way: a flush takes seconds."""
    await weathered(drill, Weather(delay_ms=200), 8.0)


async def read_only(drill: Drill) -> None:
    """It refuses writes (a standby that took over, a full disk's emergency mode)."""
    name = drill.house.database_url.rpartition("/")[2]
    await drill.load(1.0)
    async with acking(drill):
        await drill.house.on_postgres(f"ALTER DATABASE {name} SET default_transaction_read_only=on")
        drill.server.postgres.cut()
        await drill.load(6.0)
        await drill.house.on_postgres(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        drill.server.postgres.cut()
    await drill.recovered()


async def locked(drill: Drill) -> None:
    """Somebody holds rows of attempts, last one first: flushes wait for locks, or deadlock."""
    await drill.load(1.0)
    async with acking(drill):
        for _ in range(3):
            await backwards(drill.house.database_url)
            await drill.load(0.5)
    await drill.recovered()


async def backwards(database_url: str) -> None:
    """Lock the attempts' rows from the last to the first, slowly, and let them go again.

    Flushes lock from the first to the last, so sooner or later one waits for the other in a ring;
    Postgres ends one of the two, which may be we.
    """
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("SELECT id FROM attempts ORDER BY id DESC")
        pause_s = LOCKED_S / max(len(rows), 1)
        async with connection.transaction():
            for row in rows:
                await connection.execute("SELECT 1 FROM attempts WHERE id = $1 FOR UPDATE", row[0])
                await asyncio.sleep(pause_s)
    except asyncpg.DeadlockDetectedError:
        return
    finally:
        await connection.close()


PATIENT = Expected(within_s=30.0)

ROWS = (
    Row(
        "postgres away for a minute",
        "kill -9, back after 60 s",
        away_for_a_minute,
        expected=PATIENT,
    ),
    Row("postgres away", "kill -9, back after 20 s", away, expected=PATIENT, short=True),
    Row(
        "postgres killed at commit",
        "kill -9 with a COMMIT under way, before and after it",
        killed_at_commit,
        expected=PATIENT,
    ),
    Row(
        "postgres black hole",
        "bytes to and from it wait for 15 s",
        black_hole,
        expected=PATIENT,
    ),
    Row(
        "postgres replies dropped",
        "statements arrive, replies do not",
        replies_dropped,
        expected=PATIENT,
    ),
    Row("postgres slow", "200 ms each way", slow, expected=PATIENT),
    Row("postgres read-only", "every write is refused for six seconds", read_only),
    Row("postgres locked", "rows are locked in the flush's way: waits and deadlocks", locked),
)
