"""Group commit: all writes of a tick share one pipeline, and one pipeline is under way at a time on
each way to Redis.

While Redis fsyncs one batch the next one gathers, so the cost of a sync is shared by all that
came meanwhile, and the order of decisions is the order of writes. No task and no await: who waits
is called in the turn of the loop in which the replies came.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from examsync.attempts.desk import PATIENCE_MS, Desk, Op
from examsync.attempts.ports import Check, Outcome, Save, Send

BATCH_MAX = 512
"""Writes in one pipeline: a few hundred cost Redis about as much as a few syncs."""

Item = tuple[Desk, Op, Save | Check, int]
"""With the desk's turn when it was decided: dropped since, it is neither written nor settled."""


class Commits:
    """The ways from decisions to Redis. There is order within an attempt only: what of it is under
    way together goes one way; all else the first, until `together` writes are on it, and then the
    emptiest. What is given besides is for each `Commit`."""

    def __init__(
        self,
        ways: Sequence[Send],
        now: Callable[[], int],
        patience: Callable[[], int],
        seen: Callable[[list[Outcome]], None] = lambda outcomes: None,
        failed: Callable[[Exception], None] = lambda error: None,
        *,
        together: int,
    ) -> None:
        self._commits = [Commit(send, now, patience, seen, failed) for send in ways]
        self._first = self._commits[0]
        self._together = together

    def add(self, desk: Desk, op: Op, write: Save | Check) -> None:
        """Queue one, which is the last that is in flight of its attempt."""
        if len(desk.in_flight) == 1:
            desk.way = 0 if self._first.load() < self._together else self._emptiest()
        self._commits[desk.way].add(desk, op, write)

    def _emptiest(self) -> int:
        loads = [commit.load() for commit in self._commits]
        return loads.index(min(loads))

    async def drained(self) -> None:
        """Wait until nothing is queued or under way."""
        while any(commit.busy for commit in self._commits):
            for commit in self._commits:
                await commit.drained()


class Commit:
    """One way from decisions to Redis. `failed` hears of what `send` must not raise.

    `now` is the time as candidates are told it; `patience` the clock of what they wait for
    storage (see `Environment`).
    """

    def __init__(
        self,
        send: Send,
        now: Callable[[], int],
        patience: Callable[[], int],
        seen: Callable[[list[Outcome]], None] = lambda outcomes: None,
        failed: Callable[[Exception], None] = lambda error: None,
    ) -> None:
        self._sending = send
        self._now = now
        self._patience = patience
        self._seen = seen
        self._failed = failed
        self._queue: deque[Item] = deque()
        self._under_way: list[Item] = []
        self.busy = False
        self._draining: list[asyncio.Future[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(self, desk: Desk, op: Op, write: Save | Check) -> None:
        """Queue one; it leaves with everything else of this tick."""
        self._queue.append((desk, op, write, desk.turn))
        if not self.busy:
            self.busy = True
            self._soon()

    def load(self) -> int:
        """How many are queued or under way."""
        return len(self._queue) + len(self._under_way)

    async def drained(self) -> None:
        """Wait until nothing is queued or under way."""
        while self.busy:
            idle: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._draining.append(idle)
            await idle

    def _soon(self) -> None:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()  # it asks the system who we are each time
        self._loop.call_soon(self._send)

    def _send(self) -> None:
        """The next batch, if there is one."""
        batch: list[Item] = []
        while self._queue and not batch:
            batch = self._take()
        self._under_way = batch
        if not batch:
            self._rest()
            return
        try:
            self._sending([write for _, _, write, _ in batch], self._sent)
        except Exception as error:  # a defect of ours: whoever waits must not wait for ever
            self._failed(error)
            self._sent([Outcome.UNKNOWN] * len(batch))

    def _sent(self, outcomes: list[Outcome]) -> None:
        """What became of the batch under way."""
        batch, self._under_way = self._under_way, []
        self._guarded(self._seen, outcomes)
        self._settle(batch, outcomes)
        if outcomes.count(Outcome.UNKNOWN) == len(outcomes):
            self._give_up()
        if self._queue:
            self._soon()
        else:
            self._rest()

    def _rest(self) -> None:
        self.busy = False
        draining, self._draining = self._draining, []
        for idle in draining:
            if not idle.done():
                idle.set_result(None)

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
        queue, earliest = self._queue, self._patience() - PATIENCE_MS
        while queue and len(batch) < BATCH_MAX:
            item = queue.popleft()
            desk, op, _, turn = item
            if turn != desk.turn:
                continue
            if op.since <= earliest and desk.in_flight[0] is op:
                self._settle([item], [Outcome.UNSENT])
            else:
                batch.append(item)
        return batch

    def _settle(self, batch: list[Item], outcomes: list[Outcome]) -> None:
        at = self._now()
        desks: dict[str, Desk] = {}
        for (desk, op, _, turn), outcome in zip(batch, outcomes, strict=True):
            if turn == desk.turn:
                try:
                    desk.settle(op, outcome, at)
                except Exception as error:  # as in `_guarded`, without a call for each answer
                    self._failed(error)
                if desk.waiting:
                    desks[desk.attempt_id] = desk
        for desk in desks.values():
            self._guarded(desk.advance)

    def _guarded(self, call: Callable[..., object], *args: object) -> None:
        """A defect costs whom it meets; the others of its batch, and all batches to come, must not
        wait for ever."""
        try:
            call(*args)
        except Exception as error:
            self._failed(error)
