"""Rows in which Redis dies, or loses what it held."""

from loadtest.faults.drill import Drill, Row


async def killed(drill: Drill) -> None:
    """kill -9 of Redis, twice; it comes back with what it fsynced, which is all it confirmed."""
    for _ in range(2):
        await drill.load(1.0, 2.5)
        drill.strike()
        await drill.redis.do("kill")
        await drill.load(0.2, 1.5)
        await drill.redis.do("start")
        await drill.recovered()


async def wiped(drill: Drill) -> None:
    """FLUSHALL under load: the same server, empty. What was not flushed is in the outboxes."""
    for _ in range(2):
        await drill.load(1.5, 3.0)
        drill.strike()
        await drill.redis.command("FLUSHALL")
        await drill.recovered()


async def data_removed(drill: Drill) -> None:
    """kill -9, its files deleted, started empty."""
    await drill.load(1.5, 3.0)
    drill.strike()
    await drill.redis.do("wipe")
    await drill.recovered()


ROWS = (
    Row("redis killed", "kill -9 of Redis and its return, twice", killed, short=True),
    Row("redis flushed", "FLUSHALL, twice", wiped, short=True),
    Row("redis data removed", "kill -9, data deleted, started empty", data_removed),
)
