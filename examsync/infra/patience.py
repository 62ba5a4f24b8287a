"""Time that others may be blamed for: turns in which our own loop came late count for little.

A reply that waits in the socket because this process had no processor is no silence of whoever
sent it. So limits are counted in short turns of the loop, and once a limit is reached, what has
arrived is read before it is judged. Knows no exam; lines to Redis and the attempts' desks ask.
"""

import asyncio
from collections.abc import Callable
from types import TracebackType

TURN_S = 0.05
"""As much as one turn counts: a loop that is free turns far more often, a late one no faster."""
LAST_TURNS = 3
LAST_TURN_S = 0.005
"""So often the loop turns once more when the time is up. One turn reads the sockets (a timer comes
before the sockets of its turn), the next wakes the task that waits for what was read."""
BEAT_MS = 100
"""The steps of `FreeTime`: a tenth of anybody's patience."""
BEATS_UNASKED_MAX = 50
"""Whom nobody has asked for five seconds need not look: nothing waits for so long."""


_NOTHING_S = 1e-6
"""What sums of floats leave over."""


class Standby:
    """Calls `over` once so many seconds have passed in which the loop was free, since `start` and
    unless stopped. For one thing after the other, nearly all of which are over at once: the loop's
    timer lives on from one to the next. A timer for each batch took a sixth of what it costs."""

    __slots__ = ("_counts", "_handle", "_last", "_left_s", "_loop", "_over", "_seconds")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, seconds: float, over: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._seconds = seconds
        self._over = over
        self._counts = False
        self._left_s = 0.0
        self._last = LAST_TURNS
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """The next thing has begun: `over` is called after so many seconds, a turn later at most,
        for the turn under way began before it and counts for nothing."""
        self._counts = True
        self._last = LAST_TURNS
        self._left_s = self._seconds
        if self._handle is None:
            self._handle = self._loop.call_later(min(self._seconds, TURN_S), self._turn)
        else:
            self._left_s += TURN_S

    def stop(self) -> None:
        """It is over. One turn more is made."""
        self._counts = False

    def close(self) -> None:
        """There will be no next thing."""
        self._counts = False
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _turn(self) -> None:
        self._handle = None
        if not self._counts:
            return
        self._left_s -= TURN_S
        if self._left_s > _NOTHING_S:
            self._handle = self._loop.call_later(min(self._left_s, TURN_S), self._turn)
        elif self._last:
            self._last -= 1
            self._handle = self._loop.call_later(LAST_TURN_S, self._turn)
        else:
            self._counts = False
            self._over()


class Countdown(Standby):
    """Calls `over` once so many seconds have passed in which the loop was free, unless stopped."""

    __slots__ = ()

    def __init__(
        self, loop: asyncio.AbstractEventLoop, seconds: float, over: Callable[[], None]
    ) -> None:
        super().__init__(loop, seconds, over)
        self.start()

    def stop(self) -> None:
        """It is not called any more, and holds nobody: there is one for each call of Redis, and
        what is held in a cycle waits for the collector."""
        self.close()
        self._over = _nothing


class Limit:
    """`async with limit(seconds)`: TimeoutError as from `asyncio.timeout`, by a `Countdown`."""

    __slots__ = ("_before", "_countdown", "_expired", "_seconds", "_task")

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._countdown: Countdown | None = None
        self._task: asyncio.Task[object] | None = None
        self._before = 0
        self._expired = False

    async def __aenter__(self) -> None:
        if self._seconds is None:
            return
        self._task = asyncio.current_task()
        assert self._task is not None
        self._before = self._task.cancelling()
        self._countdown = Countdown(asyncio.get_running_loop(), self._seconds, self._expire)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._countdown is None or self._task is None:
            return
        task, self._task = self._task, None
        self._countdown.stop()
        self._countdown = None
        if not self._expired:
            return
        ours = task.uncancel() <= self._before  # and nobody else cancels it
        if ours and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _expire(self) -> None:
        self._expired = True
        assert self._task is not None
        self._task.cancel()


def _nothing() -> None:
    """What a countdown that was stopped comes to."""


limit = Limit


class FreeTime:
    """A clock (ms) that counts beats and not how late they come: one beat in a turn of the loop
    that took a second. It beats while it is asked."""

    def __init__(self) -> None:
        self._ms = 0
        self._unasked = BEATS_UNASKED_MAX

    def now(self) -> int:
        """Milliseconds, in steps of a beat; only differences mean anything. To be called in a
        running loop."""
        if self._unasked >= BEATS_UNASKED_MAX:
            loop = asyncio.get_running_loop()
            loop.call_later(BEAT_MS / 1_000, self._beat, loop)
        self._unasked = 0
        return self._ms

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        self._ms += BEAT_MS
        self._unasked += 1
        if self._unasked < BEATS_UNASKED_MAX:
            loop.call_later(BEAT_MS / 1_000, self._beat, loop)
