"""What is done after grading: rulings, and regrades that are looked at, made, and taken back."""

from collections.abc import Collection, Sequence

from examsync.bank.paper import Item
from examsync.errors import ExamError
from examsync.grading.ruling import with_key
from examsync.infra.postgres import Connection, transaction
from examsync.results import store
from examsync.results.decision import check_graded, decide
from examsync.results.result import Marks, Result
from examsync.results.row import Made
from examsync.results.scope import EVERYTHING, Scope, unknown
from examsync.results.service.grading import BATCH_MAX, Grader, item_of
from protocol.http_marking import Decision, RegradeChange
from protocol.http_results import Rule
from protocol.problems import Code
from protocol.types import Grading


class Regrading:
    """What examiners do to results that exist."""

    def __init__(self, grader: Grader) -> None:
        self._grader = grader

    async def rule(
        self, exam: str, item_id: str, rule: Rule | None, *, by: str, reason: str
    ) -> int:
        """Decide about an item of an exam; returns for how many attempts a regrade is proposed.

        For Rule.KEY import the corrected question into the bank first: its newest version is the
        key. None withdraws what was decided. Attempts that are graded later heed it by themselves.
        Raises ExamError NOT_FOUND, UNKNOWN_ITEM, BAD_REQUEST (the bank has no corrected version,
        or with other options); Unavailable.
        """
        async with transaction(self._grader.pool) as connection:
            paper = await self._grader.paper_of(connection, exam)
            item = item_of(paper, item_id)
            number = None
            if rule is Rule.KEY:
                number = await self._corrected(connection, paper.id, item)
            decision = (rule, number)
            at = self._grader.now()
            await store.insert_ruling(
                connection, exam, item_id, decision, reason=reason, by=by, at=at
            )
            return await store.propose_regrades(connection, exam)

    async def _corrected(self, connection: Connection, paper: str, item: Item) -> int:
        newest = await store.fetch_newest_question(connection, paper, item.id)
        if newest is None or newest[1] == item.question:
            detail = f"import the corrected question {item.question.external_id!r} first"
            raise ExamError(Code.BAD_REQUEST, detail)
        try:
            with_key(item, newest[1])
        except ValueError as error:
            raise ExamError(Code.BAD_REQUEST, str(error)) from error
        return newest[0]

    async def decisions(self, exam: str) -> list[Decision]:
        """What was decided about the items of an exam, the newest first. Raises NOT_FOUND."""
        async with transaction(self._grader.pool) as connection:
            await self._grader.paper_of(connection, exam)
            return await store.fetch_decisions(connection, exam)

    async def preview(self, exam: str, *, halls: Collection[str] = ()) -> list[RegradeChange]:
        """What regrading the proposed attempts of an exam would change, in these halls (all, if
        none are named); those whose marks would stay are there without items. Writes nothing.
        """
        changes: list[RegradeChange] = []
        async with transaction(self._grader.pool) as connection:
            await self._grader.paper_of(connection, exam)
            proposed = await store.fetch_proposed(connection, exam, halls)
        for start in range(0, len(proposed), BATCH_MAX):
            async with transaction(self._grader.pool) as connection:
                attempts = proposed[start : start + BATCH_MAX]
                held = await store.lock_attempts(connection, attempts)
                computed = await self._grader.compute(connection, held)
            changes += [
                change(one.attempt, one.marks, computed[one.attempt][0])
                for one in held
                if one.marks is not None and one.attempt in computed
            ]
        return changes

    async def regrade(self, attempt: str, *, by: str, reason: str) -> Result:
        """Grade anew from what stands now, as a new revision; the old one is kept.

        Raises ExamError NOT_FOUND, ATTEMPT_OPEN, CONFLICT (not graded yet); Unavailable.
        """
        async with transaction(self._grader.pool) as connection:
            before = await self._grader.locked(connection, attempt)
            check_graded(before)
            return await self._grader.again(connection, before, by=by, reason=reason)

    async def regrade_proposed(
        self,
        exam: str,
        *,
        by: str,
        reason: str,
        attempts: Collection[str] | None = None,
        halls: Collection[str] = (),
    ) -> int:
        """Regrade every attempt of an exam for which it is proposed; how many were.

        `attempts`: only those of these; `halls`: only in these, if any are named. Raises ExamError
        NOT_FOUND; Unavailable.
        """
        async with transaction(self._grader.pool) as connection:
            await self._grader.paper_of(connection, exam)
            proposed = await store.fetch_proposed(connection, exam, halls, attempts)
        count = 0
        for start in range(0, len(proposed), BATCH_MAX):
            count += await self._batch(proposed[start : start + BATCH_MAX], by, reason)
        return count

    async def _batch(self, attempts: Sequence[str], by: str, reason: str) -> int:
        """One transaction of them; those that somebody regraded meanwhile are left alone."""
        grader = self._grader
        async with transaction(grader.pool) as connection:
            held = await store.lock_attempts(connection, attempts)
            due = [one for one in held if one.grading is Grading.REGRADE_PROPOSED]
            computed = await grader.compute(connection, due)
            made = []
            for before in due:
                if before.attempt in computed:
                    marks, ruling = computed[before.attempt]
                    decided = decide(before, marks, by=by, at=grader.now(), reason=reason)
                    made.append(Made(before, decided, ruling))
            await grader.write(connection, made)
        return len(computed)

    async def revert(
        self, attempt: str, revision: int, *, by: str, reason: str, scope: Scope = EVERYTHING
    ) -> Result:
        """Let an earlier revision of the latest close stand again, as a new revision.

        The latest revision may be named too: against a proposed regrade, it goes on to stand.
        Raises ExamError NOT_FOUND, ATTEMPT_OPEN, CONFLICT (not graded yet); Unavailable.
        """
        grader = self._grader
        async with transaction(grader.pool) as connection:
            before = await grader.locked(connection, attempt, scope)
            check_graded(before)
            for old in await store.fetch_history(connection, attempt):
                if (old.close, old.revision) == (before.close, revision):
                    decided = decide(before, old.marks, by=by, at=grader.now(), reason=reason)
                    ruling = (await store.fetch_rulings(connection, before.exam)).number
                    await grader.write(connection, [Made(before, decided, ruling)])
                    return decided.result
        raise ExamError(Code.NOT_FOUND, f"{attempt} has no revision {revision} of its last close")

    async def place(self, attempt: str) -> tuple[str, str]:
        """The exam and the hall of an attempt. Raises ExamError NOT_FOUND; Unavailable."""
        async with transaction(self._grader.pool) as connection:
            found = await store.fetch_place(connection, attempt)
        if found is None:
            raise unknown(attempt)
        return found

    async def history(self, attempt: str, scope: Scope = EVERYTHING) -> list[Result]:
        """Every result the attempt ever had, by close and revision, with who made it and why.

        Raises ExamError NOT_FOUND; Unavailable.
        """
        async with transaction(self._grader.pool) as connection:
            place = await store.fetch_place(connection, attempt)
            if place is None:
                raise unknown(attempt)
            scope.check(attempt, *place)
            return await store.fetch_history(connection, attempt)


def change(attempt: str, before: Marks, after: Marks) -> RegradeChange:
    """What is different between two gradings of an attempt."""
    items = [
        new.item
        for old, new in zip(before.items, after.items, strict=True)
        if (old.outcome, old.marks, old.maximum) != (new.outcome, new.marks, new.maximum)
    ]
    return RegradeChange(attempt, before.whole.total, after.whole.total, items)
