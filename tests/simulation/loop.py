"""An event loop on virtual time: nothing to do now means that the clock jumps. No I/O, no threads.

Everything is decided by the order of calls and the times given, so a seed gives the same run.
"""

import asyncio
import heapq
from collections.abc import Callable
from contextvars import Context
from typing import Any

EPOCH_MS = 1_700_000_000_000
"""What the clocks of the world say when a run begins: 13 digits, as in life."""


class Stalled(Exception):
    """Nothing is scheduled any more and the run has not ended."""


class VirtualLoop(asyncio.BaseEventLoop):
    """`time()` is virtual seconds since the run began."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._count = 0
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self.turns = 0

    def time(self) -> float:
        """Virtual seconds."""
        return self._now

    def now_ms(self) -> int:
        """What a perfect clock would show: ms since 1970 UTC."""
        return EPOCH_MS + int(self._now * 1_000)

    def call_at(  # type: ignore[override]  # no type for the arguments: nothing here needs it
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """As in asyncio; ties are broken by the order of calls."""
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._count += 1
        heapq.heappush(self._timers, (when, self._count, handle))
        return handle

    def call_later(  # type: ignore[override]
        self,
        delay: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """As in asyncio."""
        return self.call_at(self._now + delay, callback, *args, context=context)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Cancelled timers are passed over when their time comes."""

    def _run_once(self) -> None:
        """All that is ready; if nothing is, the clock jumps to the next timer."""
        ready: Any = self._ready  # type: ignore[attr-defined]  # asyncio's own queue
        timers = self._timers
        if not ready and not self._stopping:  # type: ignore[attr-defined]
            while timers and timers[0][2].cancelled():
                heapq.heappop(timers)
            if not timers:
                raise Stalled
            self._now = max(self._now, timers[0][0])
        while timers and timers[0][0] <= self._now:
            _, _, timer = heapq.heappop(timers)
            if not timer.cancelled():
                ready.append(timer)
        self.turns += 1
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle.cancelled():
                handle._run()

    def _process_events(self, event_list: object) -> None:
        """There are none: nothing here does I/O."""

    def _write_to_self(self) -> None:
        """Nobody calls from another thread."""


def forget(loop: VirtualLoop) -> None:
    """End a loop whose tasks nobody waits for any more, without a word about them."""
    for task in asyncio.all_tasks(loop):
        task.cancel()
        task._log_destroy_pending = False  # type: ignore[attr-defined]
    ready: Any = loop._ready  # type: ignore[attr-defined]
    ready.clear()
    loop._timers.clear()
    loop.close()
