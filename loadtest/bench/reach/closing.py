"""When thousands of attempts were closed, by Redis, and graded, by Postgres; used by a row."""

import asyncio
import time
from typing import Any

import asyncpg

from loadtest.bench.house import PARTITIONS, House
from loadtest.served import NotServed

CLOSED_WITHIN_S, GRADED_WITHIN_S = 120.0, 300.0
CLOSED_LOOK_S, GRADED_LOOK_S = 0.02, 0.5
PUT_OFF_MS = 60_000
"""What somebody is about to close is put off by seconds, so that nobody else comes to it; it has
yet to be closed. Everybody else's time is hours away."""
GRADED = (
    "SELECT count(*) AS graded, max(r.made_at) AS last"
    " FROM results r JOIN attempts a ON a.id = r.attempt WHERE a.exam = $1"
)
"""A result is there, though items in it may wait for a person."""


def due_of(p: int) -> str:
    """A partition's attempts by when they are to be closed, as `examsync.infra.keys` names it."""
    return ":".join(("examsync", f"{{{p}}}", "due"))


def open_until(line: Any, due_at: int) -> int:
    """How many attempts that are due by then have yet to be closed."""
    pipe = line.pipeline(transaction=False)
    for p in range(PARTITIONS):
        pipe.zcount(due_of(p), "-inf", due_at + PUT_OFF_MS)
    return int(sum(pipe.execute()))


def closed_at(house: House, due_at: int) -> float:
    """When all that is due by then has been closed (ms). Raises NotServed."""
    with house.redis() as line:
        while left := open_until(line, due_at):
            if time.time() > due_at / 1e3 + CLOSED_WITHIN_S:
                raise NotServed(f"{left} are open {CLOSED_WITHIN_S:.0f} s after they were due.")
            time.sleep(CLOSED_LOOK_S)
    return time.time() * 1e3


def waiting(house: House, due_at: int) -> int:
    """How many are to be closed by then, as yet."""
    with house.redis() as line:
        return open_until(line, due_at)


def graded_at(house: House, exam: str, people: int) -> int:
    """When the last of so many was graded (ms). Raises NotServed."""
    return asyncio.run(_graded_at(house.database_url, exam, people))


async def _graded_at(url: str, exam: str, people: int) -> int:
    line = await asyncpg.connect(url)
    until = time.monotonic() + GRADED_WITHIN_S
    try:
        while time.monotonic() < until:
            (row,) = await line.fetch(GRADED, exam)
            if row["graded"] >= people:
                return int(row["last"])
            await asyncio.sleep(GRADED_LOOK_S)
    finally:
        await line.close()
    raise NotServed(f"only {row['graded']} of {people} are graded.")
