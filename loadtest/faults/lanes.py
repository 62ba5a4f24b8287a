"""Several rows at a time, each lane with storage of its own: rows mostly wait for something."""

import asyncio
import contextlib
from collections import deque
from pathlib import Path

from loadtest.faults.drill import Row
from loadtest.faults.house import Place, place
from loadtest.faults.running import run_row, say
from loadtest.faults.storage import Storage
from loadtest.faults.table import row_line
from loadtest.faults.verdict import Told

LANES_MAX = 8

Task = tuple[int, Row, int]
"""Its number, the row, the seed."""


def tasks(rows: list[Row], seed: int, repeat: int) -> list[Task]:
    """All rows, so many times; each time with the next seed."""
    found = [(row, seed + turn) for turn in range(repeat) for row in rows]
    return [(number, row, its) for number, (row, its) in enumerate(found, 1)]


async def run_all(planned: list[Task], folder: Path, lanes: int) -> list[Told]:
    """All tasks, on so many lanes; what came of each, in order. Says each when it is over.

    Raises StorageFailed, NotStarted.
    """
    told: dict[int, Told] = {}
    waiting = deque(planned)

    async def lane(shared: Place) -> None:
        while waiting:
            number, row, seed = waiting.popleft()
            told[number] = await run_row(shared, row, seed, number)
            say(row_line(told[number]))

    async with contextlib.AsyncExitStack() as stack:
        places = []
        for number in range(1, min(lanes, len(planned)) + 1):
            own = folder / f"lane-{number}"
            storage = await stack.enter_async_context(Storage(own / "servers"))
            places.append(await place(storage, own))
        async with asyncio.TaskGroup() as group:
            for shared in places:
                group.create_task(lane(shared))
    return [told[number] for number in sorted(told)]
