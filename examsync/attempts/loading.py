"""Bringing attempts to their desks: from this life of Redis, or rebuilt from Postgres alone.

The service has it; whoever waits at a desk is refused in time, however long storage is silent.
"""

import asyncio
from collections.abc import Callable

from examsync.attempts import timing
from examsync.attempts.attempt import Attempt
from examsync.attempts.desk import PATIENCE_MS, Desk
from examsync.attempts.environment import Environment
from examsync.attempts.identity import partition
from examsync.attempts.ports import LaterEpoch
from examsync.errors import Unavailable
from examsync.exams.exam import Exam
from protocol.problems import Code

LOOK_S = 0.1
"""How often somebody looks who has waited too long, and how soon a load is tried again."""
COMPARED_MAX = 20
"""How often an epoch that a client named is compared while storage does not answer; after that
the client has to come again."""
AT_ONCE_MAX = 200
"""Loads under way together: they fill a pipeline of the shared line, and their parsing leaves room
for acks. When Redis comes back every attempt here wants to be read again."""


class Loading:
    """One load at a time per desk, and so many at once. `missing` is told of desks that could not
    be filled; `patience` is the clock by which who waits is refused."""

    def __init__(
        self,
        environment: Environment,
        patience: Callable[[], int],
        missing: Callable[[Desk], None],
    ) -> None:
        self._env = environment
        self._patience = patience
        self._missing = missing
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._queue: dict[str, Desk] = {}
        self._looking: asyncio.TimerHandle | None = None
        self._comparing: dict[int, asyncio.Task[None]] = {}

    def under_way(self, attempt_id: str) -> bool:
        """Whether a load has yet to come to its end."""
        return attempt_id in self._under_way or attempt_id in self._queue

    @property
    def full(self) -> bool:
        """Whether others wait to be loaded: what is not urgent had better wait."""
        return len(self._under_way) >= AT_ONCE_MAX

    def bring(self, desk: Desk) -> None:
        """See to it that the desk is filled, or everybody there refused."""
        if self.under_way(desk.attempt_id):
            return
        if self.full:
            self._queue[desk.attempt_id] = desk
            self._look_later()
        else:
            self._begin(desk)

    def _begin(self, desk: Desk) -> None:
        task = asyncio.get_running_loop().create_task(self._load(desk))
        self._under_way[desk.attempt_id] = task

    def _begin_next(self) -> None:
        """As many of those in the queue as there is room for; whoever was refused is not read."""
        while self._queue and not self.full:
            desk = self._queue.pop(next(iter(self._queue)))
            if desk.waiting:
                self._begin(desk)
            else:
                self._missing(desk)

    def _look_later(self) -> None:
        """While somebody queues, see to it that nobody does for too long."""
        if self._looking is None:
            loop = asyncio.get_running_loop()
            self._looking = loop.call_later(LOOK_S, self._look)

    def _look(self) -> None:
        self._looking = None
        for desk in list(self._queue.values()):
            self._refuse_impatient(desk)
        if self._queue:
            self._look_later()

    def compare(self, attempt_id: str, named: int) -> None:
        """A client knows of this epoch: if it is later than ours and Postgres knows it too, there
        was another primary, and ours has to begin a life that is later still."""
        p = partition(attempt_id, self._env.partitions)
        life = self._env.store.life(p)
        if life is None or named <= life.epoch or p in self._comparing:
            return
        task = asyncio.get_running_loop().create_task(self._compare(p, attempt_id, named))
        self._comparing[p] = task

    async def _compare(self, p: int, attempt_id: str, named: int) -> None:
        try:
            for _ in range(COMPARED_MAX):
                try:
                    await self._outdo(p, attempt_id, named)
                    return
                except Unavailable:
                    await asyncio.sleep(LOOK_S)
        except Exception as error:
            self._env.failed(error)
        finally:
            del self._comparing[p]

    async def _outdo(self, p: int, attempt_id: str, named: int) -> None:
        await self._env.store.load(p, attempt_id)  # fails if our life is over, and learns the next
        latest = await self._env.records.latest(p)
        life = self._env.store.life(p)
        if life is not None and life.epoch < named <= latest:
            await self._env.store.renew(p, latest)

    async def _load(self, desk: Desk) -> None:
        attempt: Attempt | None = None
        code = Code.NOT_FOUND
        try:
            attempt = await self._patiently(desk)
        except Exception as error:  # a defect: nobody may wait for ever
            self._env.failed(error)
            code = Code.INTERNAL
        finally:
            del self._under_way[desk.attempt_id]
            self._begin_next()
        if attempt is not None:
            desk.loaded(attempt)
            return
        desk.refuse_waiting(code)
        self._missing(desk)

    async def _patiently(self, desk: Desk) -> Attempt | None:
        """The attempt; None if there is none, or everybody's patience ended first. What was read
        before a doubt arose is not believed."""
        while desk.waiting:
            doubts = desk.doubts
            fetching = asyncio.get_running_loop().create_task(self.fetch(desk.attempt_id))
            try:
                while not fetching.done():
                    await asyncio.wait([fetching], timeout=LOOK_S)
                    if not _has_come(fetching):
                        self._refuse_impatient(desk)
                attempt = fetching.result()
                if desk.doubts == doubts:
                    return attempt
            except Unavailable:
                await asyncio.sleep(LOOK_S)
            finally:
                fetching.cancel()
        return None

    def _refuse_impatient(self, desk: Desk) -> None:
        """Refuse who will have waited too long when somebody looks again."""
        earlier = self._patience() - PATIENCE_MS + int(LOOK_S * 1_000)
        desk.refuse_waiting(Code.UNAVAILABLE, since_before=earlier)

    async def fetch(self, attempt_id: str) -> Attempt | None:
        """The attempt from this life of Redis, rebuilt from Postgres alone if it is not there.

        Raises Unavailable while storage is away or facts of an older life are being flushed.
        """
        p = partition(attempt_id, self._env.partitions)
        attempt = await self._env.store.load(p, attempt_id)
        if attempt is None:
            attempt = await self._rebuild(p, attempt_id)
        if attempt is not None:
            await self._env.exams.refresh(attempt.seat.exam)
        return attempt

    async def _rebuild(self, p: int, attempt_id: str) -> Attempt | None:
        if not await self._env.store.backlog_clear(p):
            raise Unavailable("facts of an older life are not durable yet")
        life = self._env.store.life(p)
        if life is None:
            raise Unavailable("no life of Redis is known yet")
        try:
            attempt = await self._env.records.rebuild(attempt_id, life.epoch)
        except LaterEpoch as later:
            await self._env.store.renew(p, later.epoch)
            raise Unavailable("another epoch begins") from later
        if attempt is None:
            return None
        await self._env.exams.refresh(attempt.seat.exam)
        exam = self._env.exams.get(attempt.seat.exam)
        hint = due(attempt, exam, self._env.now()) if exam is not None else ""
        if not await self._env.store.create(p, attempt, hint):
            raise Unavailable("another life of Redis began")
        there = await self._env.store.load(p, attempt_id)
        if there is None:
            raise Unavailable("it was there a moment ago")
        return there


def _has_come(fetching: "asyncio.Task[Attempt | None]") -> bool:
    return fetching.done() and not fetching.cancelled() and fetching.exception() is None


def due(attempt: Attempt, exam: Exam, now: int) -> str:
    """The sweep's hint for an attempt, as the store takes it."""
    at = timing.due_at(attempt, exam, now)
    return "-" if at is None else str(at)
