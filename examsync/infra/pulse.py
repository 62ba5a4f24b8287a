"""How punctual the event loop is, and how much it has to look after; measured all the time.

Started by `app` as a loop that is kept. Knows no exam.
"""

import asyncio

from examsync.infra import metrics

PERIOD_S = 0.025
"""Half of what the loop may stand still: 40 short turns a second, about a thousandth of a core."""
TURNS_PER_COUNT = 20
"""A thousand tasks are counted in half a millisecond: twice a second."""
TASKS_MANY, TURNS_PER_COUNT_OF_MANY = 2_000, 200
"""Tens of thousands take several milliseconds, so they are counted every five seconds."""


async def beat() -> None:
    """Until cancelled: ask to be woken at a time, and note how much later it was."""
    loop = asyncio.get_running_loop()
    until_count = 0
    while True:
        if until_count == 0:
            tasks = len(asyncio.all_tasks())
            metrics.TASKS.labels("asyncio").set(tasks)
            until_count = TURNS_PER_COUNT if tasks < TASKS_MANY else TURNS_PER_COUNT_OF_MANY
        until_count -= 1
        planned = loop.time() + PERIOD_S
        await asyncio.sleep(PERIOD_S)
        metrics.LOOP_LAG_SECONDS.observe(max(0.0, loop.time() - planned))
