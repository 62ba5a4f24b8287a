"""Background loops that are looked after: sweeps, flushes, readers, refreshes. Knows no exam.

A loop that fails is logged, counted and started again after a while; a loop that is referenced
here cannot be collected half way; `stop` lets a turn finish before it cancels it.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Coroutine

from examsync.errors import Unavailable
from examsync.infra import metrics
from examsync.infra.log import logger
from examsync.infra.redis import LineDown

log = logger(__name__)

BACKOFF_FIRST_S = 0.2
BACKOFF_S_MAX = 30.0
JITTER = 0.1
"""Periods vary by a tenth, so that loops of many processes do not come to beat together."""

AWAY = (Unavailable, LineDown)
"""Storage that does not answer fails every turn of every loop for a while: a line each."""

Turn = Callable[[], Awaitable[object]]


class Loops:
    """A set of loops with one life: started one by one, stopped together."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._kept: set[str] = set()
        self._stopping = asyncio.Event()

    def every(
        self,
        name: str,
        period_s: float,
        turn: Turn,
        *,
        jitter: float = JITTER,
        backoff_s_max: float = BACKOFF_S_MAX,
    ) -> None:
        """Call `turn` now and then again and again, about `period_s` after it has returned.

        After failures the pause is longer (`backoff_s`, never less than the period), up to
        `backoff_s_max`: keep that small where being late costs something. `name` is unique and
        one of few, as it is a label of a metric.
        """

        async def run() -> None:
            failures = 0
            while not self._stopping.is_set():
                failures = 0 if await self._turned(name, turn) else failures + 1
                pause_s = max(period_s, min(backoff_s(failures), backoff_s_max))
                await self._pause(pause_s, jitter)

        self._start(name, run())

    def keep(self, name: str, run: Turn, *, backoff_s_max: float = BACKOFF_S_MAX) -> None:
        """Keep a coroutine running that has a loop of its own, as a reader of a stream.

        When it raises or returns it is called again after a pause that grows as in `every`, from
        the start again if it ran for longer than BACKOFF_S_MAX in between. `stop` cancels it.
        """

        async def forever() -> None:
            failures = 0
            while not self._stopping.is_set():
                began = asyncio.get_running_loop().time()
                await self._turned(name, run)
                lived_s = asyncio.get_running_loop().time() - began
                failures = 1 if lived_s > BACKOFF_S_MAX else failures + 1
                await self._pause(min(backoff_s(failures), backoff_s_max), JITTER)

        self._kept.add(name)
        self._start(name, forever())

    async def stop(self, grace_s: float = 5.0) -> None:
        """End all loops. No turn begins any more; turns under way get `grace_s` to finish.

        Then, and at once for what is kept, they are cancelled. Loops that must end after others
        belong to a set of their own. Nothing is raised; a second call does nothing.
        """
        self._stopping.set()
        tasks, self._tasks = self._tasks, {}
        for name in self._kept & tasks.keys():
            tasks[name].cancel()
        if not tasks:
            return
        _, late = await asyncio.wait(tasks.values(), timeout=grace_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        if late:
            log.warning("loops were cut off", loops=sorted(task.get_name() for task in late))

    def names(self) -> list[str]:
        """The loops that are running, in the order they were started."""
        return list(self._tasks)

    def _start(self, name: str, run: Coroutine[None, None, None]) -> None:
        if name in self._tasks or self._stopping.is_set():
            run.close()
            raise ValueError(f"{name!r}: such a loop runs already, or all have been stopped")
        self._tasks[name] = asyncio.create_task(run, name=name)

    async def _turned(self, name: str, turn: Turn) -> bool:
        """One turn; False when it failed."""
        try:
            await turn()
        except (Exception, asyncio.CancelledError) as error:
            if is_our_end(error):
                raise
            metrics.LOOP_FAILURES.labels(name).inc()
            log.error("a turn of a loop failed", loop=name, **_why(error))
            return False
        return True

    async def _pause(self, seconds: float, jitter: float) -> None:
        """Sleep, but wake at once when the loops are being stopped."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds * random.uniform(1 - jitter, 1 + jitter)):
                await self._stopping.wait()


def _why(error: BaseException) -> dict[str, object]:
    """What is logged of a failure: where storage was asked that is away says nothing more."""
    if isinstance(error, AWAY):
        return {"error": f"{type(error).__name__}: {error}".rstrip(": ")}
    return {"exc_info": error}


def backoff_s(failures: int) -> float:
    """The pause after so many failures in a row, before jitter: it doubles; none after none."""
    return BACKOFF_FIRST_S * 2.0 ** min(failures - 1, 20) if failures else 0.0


def is_our_end(error: BaseException) -> bool:
    """Whether the current task is being cancelled, and not just something it waited for.

    Both look the same to `except`; taking the second for the first would end a loop in silence.
    """
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and bool(task and task.cancelling())
