"""Erasing what is personal: recorded in the attempt's chain first, then taken out of storage.

The command line calls it. Each step may be repeated: an erasure that broke off is found by
`verify`, and doing it again ends it.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

from msgspec import Struct

from examsync.attempts.enrolled import OnRoll
from examsync.attempts.erasing import PERSON, Erase
from examsync.attempts.service import Attempts
from examsync.audit import erasing_store as store
from examsync.audit.erasure import Plan, Target
from examsync.errors import ExamError, Unavailable
from examsync.infra.postgres import Pool, transaction
from protocol.problems import Code

AT_ONCE_MAX = 200
"""Attempts erased together; each has its facts read and written."""
DURABLE_WITHIN_S = 10.0
DURABLE_CHECK_S = 0.05


class Around(Struct, frozen=True):
    """What it takes besides Postgres: an attempt leaves Redis, everything about an exam leaves the
    monitors' feeds, and a candidate is signed out."""

    unseat: Callable[[OnRoll], Awaitable[bool]]
    changed: Callable[[str, list[str]], Awaitable[None]]
    sign_out: Callable[[str], Awaitable[None]]


class Erasing:
    """Erasure and retention."""

    def __init__(self, pool: Pool, attempts: Attempts, around: Around) -> None:
        self._pool = pool
        self._attempts = attempts
        self._around = around

    async def plan(self, scope: str, exam: str | None, candidate: str | None) -> Plan:
        """What would be erased. Raises ExamError NOT_FOUND if nobody is meant; Unavailable."""
        targets = await store.sought(self._pool, scope, exam, candidate)
        if not targets:
            raise ExamError(Code.NOT_FOUND, "there is no such attempt")
        return Plan(scope, targets)

    async def due(self, scope: str, before: int) -> list[Plan]:
        """What retention would erase: of exams that were last released before a time (ms)."""
        exams = await store.due(self._pool, scope, before)
        return [await self.plan(scope, exam, None) for exam, _ in exams]

    async def erase(
        self, plan: Plan, *, by: str, reason: str
    ) -> AsyncIterator[tuple[Target, ExamError | None]]:
        """Do what was planned; each attempt as it is done, or why it was not.

        Raises Unavailable: what was not told was not done, or not to its end.
        """
        todo = plan.todo
        for start in range(0, len(todo), AT_ONCE_MAX):
            some = todo[start : start + AT_ONCE_MAX]
            said = await asyncio.gather(*(self._erase(plan.scope, t, by, reason) for t in some))
            exams = {target.exam for target in some}
            for exam in sorted(exams):
                ids = [target.attempt for target in some if target.exam == exam]
                await self._around.changed(exam, ids)
            for target, refused in zip(some, said, strict=True):
                if plan.scope == PERSON and refused is None:
                    await self._forget(target.candidate)
                yield target, refused

    async def _erase(self, scope: str, target: Target, by: str, reason: str) -> ExamError | None:
        try:
            await self._record(scope, target, by, reason)
            await self._take_out(target)
        except ExamError as error:
            return error
        return None

    async def _record(self, scope: str, target: Target, by: str, reason: str) -> None:
        """The fact, in Postgres. Raises ExamError; Unavailable if no flusher runs."""
        command = Erase(uuid.uuid4().hex, scope, reason, target.mark)
        reply = await self._attempts.erase(by, target.attempt, command)
        if reply.problem is not None:
            raise ExamError(reply.problem.code, reply.problem.detail or reply.problem.title)
        assert reply.attempt is not None
        rev = reply.attempt.rev
        clock = asyncio.get_running_loop().time
        end = clock() + DURABLE_WITHIN_S
        while clock() < end:
            durable = await self._attempts.durable_in_store(target.attempt)
            if durable is not None and durable >= rev:
                return
            await asyncio.sleep(DURABLE_CHECK_S)
        raise Unavailable("the record is not in Postgres yet; does `examsync work` run? Repeat it.")

    async def _take_out(self, target: Target) -> None:
        """Raises ExamError CONFLICT if the attempt is another by now; Unavailable."""
        async with transaction(self._pool) as connection:
            held = await store.hold(connection, target.attempt)
            if held is None or not held.core.erased:
                raise ExamError(Code.CONFLICT, "its row has changed meanwhile: repeat it")
            mark = await store.standing_mark(connection, target.attempt)
            if held.core.erased != PERSON and mark != held.core.mark:
                raise ExamError(Code.CONFLICT, "its mark has changed meanwhile: repeat it")
            if not await self._around.unseat(held.standing):
                raise ExamError(Code.CONFLICT, "Redis knows more of it: repeat it")
            await store.take_out(connection, held)

    async def _forget(self, candidate: str) -> None:
        """The account goes with the candidate's last attempt."""
        async with transaction(self._pool) as connection:
            await store.forget_account(connection, candidate)
        await self._around.sign_out(candidate)
