"""How punctual the event loop is, and how much it has to look after; measured all the time.

Started by `app` as a loop that is kept. Knows no exam.
"""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

from examsync.infra import metrics

PERIOD_S = 0.025
"""Half of what the loop may stand still: 40 short turns a second, about a thousandth of a core."""
TURNS_PER_COUNT = 20
"""Twice a second."""
TASKS_PER_TURN = 2_000
"""So many are looked at in a turn: a quarter of a millisecond."""


async def beat() -> None:
    """Until cancelled: ask to be woken at a time, and note how much later it was."""
    loop = asyncio.get_running_loop()
    counting = counts()
    while True:
        count = next(counting)
        if count is not None:
            metrics.TASKS.labels("asyncio").set(count)
        planned, used_s = loop.time() + PERIOD_S, time.thread_time()
        await asyncio.sleep(PERIOD_S)
        metrics.LOOP_LAG_SECONDS.observe(max(0.0, loop.time() - planned))
        metrics.LOOP_WORK_SECONDS.observe(time.thread_time() - used_s)


def counts() -> Iterator[int | None]:
    """One value a turn, without end: how many tasks are not done, and None until that is known.

    Done ones that wait for the collector of cycles are no task any more, though they are found.
    """
    while True:
        running, left = 0, known()
        while left:
            running += sum(not task.done() for task in left[-TASKS_PER_TURN:])
            del left[-TASKS_PER_TURN:]
            if left:
                yield None
        yield running
        yield from [None] * (TURNS_PER_COUNT - 1)


def known() -> "list[asyncio.Task[Any]]":
    """Every task, done ones that somebody still holds included.

    Of forty thousand, as ten thousand connections have, `asyncio.all_tasks` makes a list and a set
    for 40 ms; a list of what it reads, where there is such a thing, takes a tenth of that.
    """
    for name in ("_scheduled_tasks", "_all_tasks"):  # from Python 3.12 on; before
        held = getattr(asyncio.tasks, name, None)
        if held is not None:
            return list(held)
    return list(asyncio.all_tasks())
