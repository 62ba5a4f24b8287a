"""Last value per key, sent together every so often: what turns many changes into few messages.

Used where only the newest state counts (rows of a monitor). Knows no exam.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from examsync.infra.log import logger
from examsync.infra.loops import is_our_end

log = logger(__name__)

K = TypeVar("K")
V = TypeVar("V")


class Coalescer(Generic[K, V]):
    """Collects `put` values and hands them to `send`, at most once per `period_ms`.

    At most `keys_max` keys wait; `put` says when there was no room, and a full house is sent
    without waiting for the period. One task does the sending, from `start` to `stop`. A batch
    that `send` raises on is sent again a period later, with what is newer by then.
    """

    def __init__(
        self, send: Callable[[dict[K, V]], Awaitable[object]], *, period_ms: int, keys_max: int
    ) -> None:
        self._send = send
        self._period_s = period_ms / 1000
        self._keys_max = keys_max
        self._waiting: dict[K, V] = {}
        self._wake, self._full, self._stopping = (asyncio.Event() for _ in range(3))
        self._task: asyncio.Task[None] | None = None

    def put(self, key: K, value: V) -> bool:
        """Take the newest value of a key. False when `keys_max` others wait: it was not taken."""
        if key not in self._waiting and len(self._waiting) >= self._keys_max:
            return False
        self._waiting[key] = value
        self._wake.set()
        if len(self._waiting) >= self._keys_max:
            self._full.set()
        return True

    def start(self) -> None:
        """Begin sending. Call it once, inside the event loop."""
        self._task = asyncio.create_task(self._run(), name="coalescer")

    async def stop(self, grace_s: float = 5.0) -> None:
        """Send what is waiting, if that can be done in `grace_s`, and end."""
        for event in (self._stopping, self._wake, self._full):
            event.set()
        if self._task is not None:
            _, late = await asyncio.wait([self._task], timeout=grace_s)
            for task in late:
                task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def __len__(self) -> int:
        """How many keys wait."""
        return len(self._waiting)

    async def _run(self) -> None:
        while not self._stopping.is_set():
            await self._wake.wait()
            await self._within_period(self._full)
            if not await self._flushed():
                await self._within_period(self._stopping)
        await self._flushed()

    async def _within_period(self, event: asyncio.Event) -> None:
        """Wait for an event, but no longer than the period."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._period_s):
                await event.wait()

    async def _flushed(self) -> bool:
        """Send what waits. When that fails, it waits again, unless newer values have come."""
        batch, self._waiting = self._waiting, {}
        self._full.clear()
        if not self._stopping.is_set():
            self._wake.clear()
        try:
            if batch:
                await self._send(batch)
        except (Exception, asyncio.CancelledError) as error:
            if is_our_end(error):
                raise
            log.exception("a batch could not be sent", keys=len(batch))
            self._waiting = batch | self._waiting  # for once more than keys_max, at most twice
            self._wake.set()
            return False
        return True
