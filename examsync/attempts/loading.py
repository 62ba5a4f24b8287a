"""Bringing attempts to their desks: from this life of Redis, or rebuilt from Postgres alone.

The service has it; whoever waits at a desk is refused in time, however long storage is silent.
All that are wanted in a turn of the loop are read together: when thousands come at once, what one
costs alone is shared by many.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Coroutine

from examsync.attempts.attempt import Attempt
from examsync.attempts.desk import PATIENCE_MS, Desk
from examsync.attempts.environment import Environment
from examsync.attempts.identity import partition
from examsync.attempts.rebuilding import Rebuilding, due
from examsync.errors import Unavailable
from protocol.problems import Code

__all__ = ["Loading", "due"]

LOOK_S = 0.1
"""How often somebody looks who has waited too long, and how soon a load is tried again."""
COMPARED_MAX = 20
"""How often an epoch that a client named is compared while storage does not answer; after that
the client has to come again."""
AT_ONCE_MAX = 200
"""Loads under way, those from Postgres included. When Redis comes back every attempt here wants to
be read again."""
TOGETHER_MAX = 50
"""Loads in one round: their parsing and deciding leave room for acks."""
REBUILDING_MAX = 4
"""Rounds in Postgres at a time: connections of the pool. Others gather meanwhile; one that waits
for a row does not keep everybody."""

Round = Callable[["list[_Load]"], Awaitable[None]]


class _Load:
    """One attempt on its way. What was read before a doubt arose is not believed."""

    __slots__ = ("desk", "doubts")

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.doubts = desk.doubts

    @property
    def id(self) -> str:
        """Of the attempt."""
        return self.desk.attempt_id


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
        self._rebuilding = Rebuilding(environment)
        self._under_way: dict[str, _Load] = {}
        self._queue: dict[str, Desk] = {}
        self._gone: dict[str, _Load] = {}
        """Those that are not in Redis, and wait for a round in Postgres."""
        self._reader: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._rebuilders = 0
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
        if not self.under_way(desk.attempt_id):
            self._queue[desk.attempt_id] = desk
            self._read_on()
            self._look_later()

    # --- patience ---------------------------------------------------------------------------------

    def _look_later(self) -> None:
        """While anybody waits, see to it that nobody does for too long."""
        if self._looking is None:
            loop = asyncio.get_running_loop()
            self._looking = loop.call_later(LOOK_S, self._look)

    def _look(self) -> None:
        self._looking = None
        for desk in (*(load.desk for load in self._under_way.values()), *self._queue.values()):
            self._refuse_impatient(desk)
        if self._under_way or self._queue:
            self._look_later()

    def _refuse_impatient(self, desk: Desk) -> None:
        """Refuse who will have waited too long when somebody looks again."""
        earlier = self._patience() - PATIENCE_MS + int(LOOK_S * 1_000)
        desk.refuse_waiting(Code.UNAVAILABLE, since_before=earlier)

    # --- another epoch ----------------------------------------------------------------------------

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

    # --- reading ----------------------------------------------------------------------------------

    def _read_on(self) -> None:
        """One pipeline of reads is under way at a time; meanwhile the next one gathers."""
        if self._reader is None and self._queue and not self.full:
            self._reader = self._go(self._read())
            self._reader.add_done_callback(self._read_over)

    def _read_over(self, task: "asyncio.Task[None]") -> None:
        del task
        self._reader = None
        self._read_on()

    async def _read(self) -> None:
        while loads := self._next():
            await self._guarded(self._from_redis, loads)

    def _next(self) -> list[_Load]:
        """As many of those in the queue as there is room for; whoever was refused is not read."""
        loads: list[_Load] = []
        while self._queue and not self.full and len(loads) < TOGETHER_MAX:
            desk = self._queue.pop(next(iter(self._queue)))
            if desk.waiting:
                loads.append(_Load(desk))
                self._under_way[desk.attempt_id] = loads[-1]
            else:
                self._missing(desk)
        return loads

    async def _from_redis(self, loads: list[_Load]) -> None:
        wanted = [(partition(load.id, self._env.partitions), load.id) for load in loads]
        gone = self._seat(loads, await self._env.store.load_all(wanted))
        self._gone.update({load.id: load for load in gone})
        if self._gone and self._rebuilders < REBUILDING_MAX:
            self._rebuilders += 1
            self._go(self._rebuild())

    async def _rebuild(self) -> None:
        try:
            while self._gone:
                loads = [self._gone.pop(id_) for id_ in list(self._gone)[:TOGETHER_MAX]]
                await self._guarded(self._from_postgres, loads)
        finally:
            self._rebuilders -= 1

    async def _from_postgres(self, loads: list[_Load]) -> None:
        found = await self._rebuilding.rebuild([load.id for load in loads])
        for load in self._seat(loads, found):
            self._over(load, None)

    def _seat(self, loads: list[_Load], found: dict[str, Attempt | None]) -> list[_Load]:
        """Those that were found go on, by exam; who cannot be told of is asked for again. Back
        come those that are not there."""
        by_exam: dict[str, list[_Load]] = {}
        for load in loads:
            attempt = found.get(load.id)
            if attempt is not None:
                by_exam.setdefault(attempt.seat.exam, []).append(load)
        for exam, some in by_exam.items():
            self._go(self._guarded(functools.partial(self._with_exam, exam, found), some))
        self._later([load for load in loads if load.id not in found])
        return [load for load in loads if load.id in found and found[load.id] is None]

    async def _with_exam(
        self, exam: str, found: dict[str, Attempt | None], loads: list[_Load]
    ) -> None:
        """They come to their desks once the newest of their exam is known."""
        await self._env.exams.refresh(exam)
        for load in loads:
            self._over(load, found[load.id])

    async def fetch(self, attempt_id: str) -> Attempt | None:
        """The attempt from this life of Redis, rebuilt from Postgres alone if it is not there.

        Raises Unavailable while storage is away or facts of an older life are being flushed.
        """
        p = partition(attempt_id, self._env.partitions)
        attempt = await self._env.store.load(p, attempt_id)
        if attempt is None:
            found = await self._rebuilding.rebuild([attempt_id])
            if attempt_id not in found:
                raise Unavailable("it cannot be rebuilt just now")
            attempt = found[attempt_id]
        if attempt is not None:
            await self._env.exams.refresh(attempt.seat.exam)
        return attempt

    # --- the end ----------------------------------------------------------------------------------

    async def _guarded(self, step: Round, loads: list[_Load]) -> None:
        """Storage that is away is asked again. A defect costs whom it meets: each is tried alone,
        and nobody waits for ever."""
        try:
            await step(loads)
        except Unavailable:
            self._later(loads)
        except Exception as error:
            loads = [load for load in loads if self._under_way.get(load.id) is load]
            if len(loads) > 1:
                for load in loads:
                    await self._guarded(step, [load])
                return
            self._env.failed(error)
            for load in loads:
                self._over(load, None, Code.INTERNAL)

    def _later(self, loads: list[_Load]) -> None:
        """Try again soon, for those who still wait then."""
        for load in loads:
            self._refuse_impatient(load.desk)
        if loads:
            asyncio.get_running_loop().call_later(LOOK_S, self._again, loads)

    def _again(self, loads: list[_Load]) -> None:
        for load in loads:
            if self._under_way.get(load.id) is load:
                self._requeue(load)
        self._read_on()

    def _requeue(self, load: _Load) -> None:
        del self._under_way[load.id]
        self._queue[load.id] = load.desk

    def _over(self, load: _Load, attempt: Attempt | None, code: Code = Code.NOT_FOUND) -> None:
        """It has come, or will not."""
        if self._under_way.get(load.id) is not load:
            return
        desk = load.desk
        if attempt is not None and desk.doubts != load.doubts:
            self._requeue(load)
        elif attempt is not None:
            del self._under_way[load.id]
            desk.loaded(attempt)
        else:
            del self._under_way[load.id]
            desk.refuse_waiting(code)
            self._missing(desk)
        self._read_on()

    def _go(self, work: Coroutine[None, None, None]) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
