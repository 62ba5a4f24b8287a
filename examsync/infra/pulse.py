"""How punctual the event loop is, and how much it has to look after; measured all the time.

Started by `app` as a loop that is kept. Knows no exam.
"""

import asyncio

from examsync.infra import metrics

PERIOD_S = 0.025
"""Half of what the loop may stand still: 40 short turns a second, about a thousandth of a core."""
TURNS_PER_COUNT = 200
"""Counting tens of thousands of tasks takes milliseconds, so it is done every five seconds."""


async def beat() -> None:
    """Until cancelled: ask to be woken at a time, and note how much later it was."""
    loop = asyncio.get_running_loop()
    turn = 0
    while True:
        if turn % TURNS_PER_COUNT == 0:
            metrics.TASKS.labels("asyncio").set(len(asyncio.all_tasks()))
        turn += 1
        planned = loop.time() + PERIOD_S
        await asyncio.sleep(PERIOD_S)
        metrics.LOOP_LAG_SECONDS.observe(max(0.0, loop.time() - planned))
