"""The sweep: closes attempts whose time is up, and carries out what exams were ordered.

Two ways to find them. Redis keeps a hint per attempt at hand (`due`), which may be early and never
late. Postgres knows all that are open, also those a wiped Redis has forgotten and those nobody
ever opened: it is walked more slowly. Whose candidate is connected is closed by the process that
has the attempt at hand; all else by any worker, a moment later. Any number of sweeps may run; the
head decides.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from examsync.attempts import closing, timing
from examsync.attempts.attempt import Attempt
from examsync.attempts.desk import Reply
from examsync.attempts.identity import partition
from examsync.attempts.pending import Pending
from examsync.attempts.ports import Open, Records, Store
from examsync.attempts.service import Attempts
from examsync.errors import Unavailable
from examsync.exams.exam import Exam
from protocol.problems import Code

AT_ONCE_MAX = 500
"""Attempts closed together: their writes share pipelines, their loads do not pile up."""
SLICE, SLICES_AT_ONCE = 50, 4
"""The same where connections wait for their acks meanwhile: a slice is a few milliseconds of work,
and what is under way together keeps Redis for about as long."""
AT_HAND_MAX = 1_000
"""Hints that are read together; all of a partition are taken before the first is closed, or
workers would be at the rest."""
AT_HAND_FIRST_MS = 500
"""So long workers leave what is due to whoever has it at hand: to read each attempt, and to tell
its process, is most of what closing one costs."""
PUT_OFF_MS = 3_000
"""Workers come back to what was to be closed and was not: its process may have died over it."""
PAGE = 2_000
_NONE: dict[str, Any] = {}


class Sweep:
    """Closes what is over. `closed` is told of each attempt it closed, and when (ms)."""

    def __init__(self, attempts: Attempts, closed: Callable[[Attempt, int], None]) -> None:
        self._attempts = attempts
        self._store: Store = attempts.env.store
        self._records: Records = attempts.env.records
        self._closed = closed

    async def turn(self, p: int) -> int:
        """Look at what the hints of a partition say is due; how many were looked at."""
        now = self._attempts.env.now()
        if not self._settled(p, now):
            return 0
        ids = await self._store.due(p, now - AT_HAND_FIRST_MS, AT_ONCE_MAX)
        await self._learn(ids)
        await self._sweep(ids)
        return len(ids)

    async def turn_at_hand(self) -> int:
        """The same for what connections of this process hold, of all partitions: nothing has to be
        read for it, and who sits there hears of it at once. How many were looked at."""
        ids: list[str] = []
        for p in range(self._attempts.env.partitions):
            ids += await self._taken(p)
        await self._learn(ids)
        slices = [ids[at : at + SLICE] for at in range(0, len(ids), SLICE)]
        await asyncio.gather(*(self._sweep_all(slices) for _ in range(SLICES_AT_ONCE)))
        return len(ids)

    async def _sweep_all(self, slices: list[list[str]]) -> None:
        """Sweep what is left, slice by slice; several do, so that one is decided while another is
        written."""
        while slices:
            await self._sweep(slices.pop())
            await asyncio.sleep(0)

    async def _taken(self, p: int) -> list[str]:
        """What is due of a partition and held here; nobody else comes to it for a while."""
        now = self._attempts.env.now()
        if not self._settled(p, now):
            return []
        ids: list[str] = []
        while True:
            due = await self._store.due(p, now, AT_HAND_MAX)
            held = [id_ for id_ in due if self._attempts.held(id_)]
            if held:
                await self._store.put_off(p, held, now + PUT_OFF_MS)
                ids += held
            if not held or len(due) < AT_HAND_MAX:
                return ids

    async def _learn(self, ids: list[str]) -> None:
        """Learn the newest of the exams of what is at hand. A close cannot be refused for more
        time that was granted to the whole exam and not heard of here; what has to be loaded first
        learns of it then."""
        at_hand = [self._attempts.confirmed(id_) for id_ in ids]
        for exam_id in {attempt.seat.exam for attempt in at_hand if attempt is not None}:
            await self._attempts.env.exams.refresh(exam_id)

    async def walk(self) -> int:
        """Look at every attempt that Postgres has as open, or ordered to be; how many were due."""
        after, found = "", 0
        while page := await self._records.open_attempts(after, PAGE):
            after = page[-1].id
            for exam_id in {attempt.seat.exam for attempt in page}:
                await self._attempts.env.exams.refresh(exam_id)
            now = self._attempts.env.now()
            ids = [a.id for a in page if self._over(a, now)]
            found += len(ids)
            for start in range(0, len(ids), AT_ONCE_MAX):
                await self._sweep(ids[start : start + AT_ONCE_MAX])
        return found

    def _settled(self, p: int, now: int) -> bool:
        """As far as is known here; `Attempts.sweep` asks again when it has learnt the rest."""
        return closing.settled(self._store.life(p), now)

    def _over(self, attempt: Open, now: int) -> bool:
        """Whether an attempt is to be closed, or has an order to carry out, as Postgres has it."""
        env = self._attempts.env
        exam = env.exams.get(attempt.seat.exam)
        if exam is None:
            return False
        seen = Attempt(attempt.id, attempt.seat, 0, 0, "", attempt.core, _NONE, _NONE)
        due = timing.due_at(seen, exam, now)
        if (due is None or due > now - PUT_OFF_MS) and closing.ordered(seen, exam) is None:
            return False  # nearly always; the rest is asked of few
        return self._settled(partition(attempt.id, env.partitions), now)

    async def _sweep(self, ids: list[str]) -> None:
        now = self._attempts.env.now()
        pending: list[tuple[str, Pending[Reply]]] = [(i, self._attempts.sweep(i)) for i in ids]
        hints = [(attempt_id, self._after(await reply, now)) for attempt_id, reply in pending]
        # Together, so that they share round trips: more time for an exam makes all hints early.
        await asyncio.gather(*(self._hint(id_, due) for id_, due in hints if due is not None))

    def _after(self, reply: Reply, now: int) -> str | None:
        """Count what was closed; the right hint where it was early, or for nobody."""
        attempt = reply.attempt
        if attempt is None:
            missing = reply.problem is not None and reply.problem.code is Code.NOT_FOUND
            return "-" if missing else None
        if reply.decision is not None and reply.decision.body is not None:
            self._closed(attempt, reply.at)
            return None
        exam = self._attempts.env.exams.get(attempt.seat.exam)
        return hint(attempt, exam, now) if exam is not None else None

    async def _hint(self, attempt_id: str, due: str) -> None:
        try:
            p = partition(attempt_id, self._attempts.env.partitions)
            await self._store.hint(p, attempt_id, due)
        except Unavailable:
            return  # the next turn finds it again


def hint(attempt: Attempt, exam: Exam, now: int) -> str:
    """When to look again, as the store takes it; a second later at the earliest."""
    due = timing.due_at(attempt, exam, now)
    return "-" if due is None else str(max(due, now + 1_000))
