"""Group commit: all writes of a tick share one pipeline, and one pipeline is under way at a time.

While Redis fsyncs one batch the next one gathers, so the cost of a sync is shared by all that
came meanwhile, and the order of decisions is the order of writes.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from examsync.attempts.desk import Desk, Op
from examsync.attempts.ports import Check, Outcome, Save, Store

BATCH_MAX = 512
"""Writes in one pipeline: a few hundred cost Redis about as much as one sync."""

Item = tuple[Desk, Op, Save | Check]


class Commit:
    """The one way from decisions to Redis."""

    def __init__(
        self,
        store: Store,
        now: Callable[[], int],
        seen: Callable[[list[Outcome]], None] = lambda outcomes: None,
    ) -> None:
        self._store = store
        self._now = now
        self._seen = seen
        self._queue: deque[Item] = deque()
        self._task: asyncio.Task[None] | None = None

    def add(self, desk: Desk, op: Op, write: Save | Check) -> None:
        """Queue one; it leaves with everything else of this tick."""
        self._queue.append((desk, op, write))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def drained(self) -> None:
        """Wait until nothing is queued or under way."""
        while self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            while self._queue:
                batch = self._take()
                if batch:
                    outcomes = await self._store.write([write for _, _, write in batch])
                    self._seen(outcomes)
                    self._settle(batch, outcomes)
        finally:
            self._task = None
            if self._queue:  # something was queued while the last batch was settled
                self._task = asyncio.get_running_loop().create_task(self._run())

    def _take(self) -> list[Item]:
        """The next batch, without decisions that were dropped while they waited."""
        batch: list[Item] = []
        while self._queue and len(batch) < BATCH_MAX:
            item = self._queue.popleft()
            desk, op, _ = item
            if op.turn == desk.turn:
                batch.append(item)
        return batch

    def _settle(self, batch: list[Item], outcomes: list[Outcome]) -> None:
        at = self._now()
        desks: dict[str, Desk] = {}
        for (desk, op, _), outcome in zip(batch, outcomes, strict=True):
            desk.settle(op, outcome, at)
            desks[desk.attempt_id] = desk
        for desk in desks.values():
            desk.advance()
