"""Group commit: all writes of a tick share one pipeline, and one pipeline is under way at a time.

While Redis fsyncs one batch the next one gathers, so the cost of a sync is shared by all that
came meanwhile, and the order of decisions is the order of writes.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from examsync.attempts.desk import PATIENCE_MS, Desk, Op
from examsync.attempts.ports import Check, Outcome, Save, Store

BATCH_MAX = 512
"""Writes in one pipeline: a few hundred cost Redis about as much as one sync."""

Item = tuple[Desk, Op, Save | Check, int]
"""With the desk's turn when it was decided: dropped since, it is neither written nor settled."""


class Commit:
    """The one way from decisions to Redis. `failed` hears of what a store must not raise."""

    def __init__(
        self,
        store: Store,
        now: Callable[[], int],
        seen: Callable[[list[Outcome]], None] = lambda outcomes: None,
        failed: Callable[[Exception], None] = lambda error: None,
    ) -> None:
        self._store = store
        self._now = now
        self._seen = seen
        self._failed = failed
        self._queue: deque[Item] = deque()
        self._task: asyncio.Task[None] | None = None

    def add(self, desk: Desk, op: Op, write: Save | Check) -> None:
        """Queue one; it leaves with everything else of this tick."""
        self._queue.append((desk, op, write, desk.turn))
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
                    outcomes = await self._written(batch)
                    self._settle(batch, outcomes)
                    if all(outcome is Outcome.UNKNOWN for outcome in outcomes):
                        self._give_up()
        finally:
            self._task = None
            if self._queue:  # something was queued while the last batch was settled
                self._task = asyncio.get_running_loop().create_task(self._run())

    async def _written(self, batch: list[Item]) -> list[Outcome]:
        try:
            outcomes = await self._store.write([write for _, _, write, _ in batch])
            self._seen(outcomes)
        except Exception as error:  # a defect of ours: whoever waits must not wait for ever
            self._failed(error)
            return [Outcome.UNKNOWN] * len(batch)
        return outcomes

    def _give_up(self) -> None:
        """Redis was away for a whole batch: what gathered meanwhile has waited long enough.

        It is decided again once its attempt can be read; sent now, it could wait as long again.
        """
        gathered, self._queue = list(self._queue), deque()
        self._settle(gathered, [Outcome.UNKNOWN] * len(gathered))

    def _take(self) -> list[Item]:
        """The next batch, without decisions that were dropped while they waited, and without those
        of commands that have waited too long, here or before they were decided: sent now, they
        could wait as long again."""
        batch: list[Item] = []
        now = self._now()
        while self._queue and len(batch) < BATCH_MAX:
            item = self._queue.popleft()
            desk, op, _, turn = item
            if turn != desk.turn:
                continue
            if now - op.since >= PATIENCE_MS and desk.in_flight[0] is op:
                self._settle([item], [Outcome.UNKNOWN])
            else:
                batch.append(item)
        return batch

    def _settle(self, batch: list[Item], outcomes: list[Outcome]) -> None:
        at = self._now()
        desks: dict[str, Desk] = {}
        for (desk, op, _, turn), outcome in zip(batch, outcomes, strict=True):
            if turn == desk.turn:
                desk.settle(op, outcome, at)
                desks[desk.attempt_id] = desk
        for desk in desks.values():
            desk.advance()
