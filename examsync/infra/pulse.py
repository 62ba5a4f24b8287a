"""How punctual the event loop is, and how much it has to look after; measured all the time.

Started by `app` as a loop that is kept. Knows no exam.
"""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

from examsync.infra import metrics, tallies

PERIOD_S = 0.025
"""Half of what the loop may stand still: 40 short turns a second, less than a thousandth of a core.
What they find is gathered: to write each into metrics that are shared took seven times as long."""
TURNS_PER_COUNT = 20
"""Twice a second."""
TASKS_PER_TURN = 2_000
"""So many are looked at in a turn: a quarter of a millisecond."""


async def beat() -> None:
    """Until cancelled: ask to be woken at a time, and note how much later it was."""
    beating = _Beating(asyncio.get_running_loop())
    try:
        await asyncio.Event().wait()
    finally:
        beating.stop()


class _Beating:
    """A timer that sets the next one: a task that slept would cost twice as much."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._counting = counts()
        self._lag_s = tallies.Spread(metrics.LOOP_LAG_SECONDS)
        self._work_s = tallies.Spread(metrics.LOOP_WORK_SECONDS)
        self._ask()

    def stop(self) -> None:
        """It beats no more."""
        self._handle.cancel()
        for gathering in (self._lag_s, self._work_s):
            gathering.hand_over()
            metrics.before_page.remove(gathering.hand_over)

    def _ask(self) -> None:
        count = next(self._counting)
        if count is not None:
            metrics.TASKS.labels("asyncio").set(count)
        self._planned, self._used_s = self._loop.time() + PERIOD_S, time.thread_time()
        self._handle = self._loop.call_later(PERIOD_S, self._beat)

    def _beat(self) -> None:
        self._lag_s.took(max(0.0, self._loop.time() - self._planned))
        self._work_s.took(time.thread_time() - self._used_s)
        self._ask()


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
