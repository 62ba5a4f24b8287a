"""How punctual the event loop is, and how much it has to look after; measured all the time.

Started by `app` as a loop that is kept. Knows no exam.
"""

import asyncio
import time

from examsync.infra import metrics

PERIOD_S = 0.025
"""Half of what the loop may stand still: 40 short turns a second, about a thousandth of a core."""
TURNS_PER_COUNT = 20
"""Twice a second."""


async def beat() -> None:
    """Until cancelled: ask to be woken at a time, and note how much later it was."""
    loop = asyncio.get_running_loop()
    turn = 0
    while True:
        if turn % TURNS_PER_COUNT == 0:
            metrics.TASKS.labels("asyncio").set(tasks())
        turn += 1
        planned, used_s = loop.time() + PERIOD_S, time.thread_time()
        await asyncio.sleep(PERIOD_S)
        metrics.LOOP_LAG_SECONDS.observe(max(0.0, loop.time() - planned))
        metrics.LOOP_WORK_SECONDS.observe(time.thread_time() - used_s)


def tasks() -> int:
    """How many tasks there are, done ones that somebody still holds included.

    Of forty thousand, as ten thousand connections have, `asyncio.all_tasks` makes a list and a set
    for 40 ms; the size of what it reads, where there is such a thing, is known at once.
    """
    for name in ("_scheduled_tasks", "_all_tasks"):  # from Python 3.12 on; before
        known = getattr(asyncio.tasks, name, None)
        if known is not None:
            return len(known)
    return len(asyncio.all_tasks())
