"""What is done after grading: rulings, and regrades that are looked at, made, and taken back."""

from collections.abc import Sequence

from msgspec import Struct

from examsync.bank.paper import Item
from examsync.errors import ExamError
from examsync.grading.ruling import Rule, with_key
from examsync.results import store
from examsync.results.decision import check_graded, decide
from examsync.results.result import Marks, Result
from examsync.results.service.grading import BATCH_MAX, Computed, Grader, item_of
from examsync.results.store import Connection
from protocol.problems import Code
from protocol.types import Grading


class Change(Struct, frozen=True):
    """What a regrade would do to an attempt: its exact totals, and the items that differ."""

    attempt: str
    before: str
    after: str
    items: list[str]


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
        async with store.transaction(self._grader.pool) as connection:
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

    async def preview(self, exam: str) -> list[Change]:
        """What regrading the proposed attempts of an exam would change. Writes nothing."""
        changes: list[Change] = []
        async with store.transaction(self._grader.pool) as connection:
            proposed = await store.fetch_proposed(connection, exam)
        for start in range(0, len(proposed), BATCH_MAX):
            async with store.transaction(self._grader.pool) as connection:
                attempts = proposed[start : start + BATCH_MAX]
                held = await store.lock_attempts(connection, attempts)
                computed = await self._grader.compute(connection, held)
            changes += [
                change(one.attempt, one.marks, computed[one.attempt][0])
                for one in held
                if one.marks is not None and _differs(one.attempt, one.marks, computed)
            ]
        return changes

    async def regrade(self, attempt: str, *, by: str, reason: str) -> Result:
        """Grade anew from what stands now, as a new revision; the old one is kept.

        Raises ExamError NOT_FOUND, ATTEMPT_OPEN, CONFLICT (not graded yet); Unavailable.
        """
        async with store.transaction(self._grader.pool) as connection:
            before = await self._grader.locked(connection, attempt)
            check_graded(before)
            return await self._grader.again(connection, before, by=by, reason=reason)

    async def regrade_proposed(self, exam: str, *, by: str, reason: str) -> int:
        """Regrade every attempt of an exam for which it is proposed; how many were."""
        async with store.transaction(self._grader.pool) as connection:
            proposed = await store.fetch_proposed(connection, exam)
        count = 0
        for start in range(0, len(proposed), BATCH_MAX):
            count += await self._batch(proposed[start : start + BATCH_MAX], by, reason)
        return count

    async def _batch(self, attempts: Sequence[str], by: str, reason: str) -> int:
        """One transaction of them; those that somebody regraded meanwhile are left alone."""
        grader = self._grader
        async with store.transaction(grader.pool) as connection:
            held = await store.lock_attempts(connection, attempts)
            due = [one for one in held if one.grading is Grading.REGRADE_PROPOSED]
            computed = await grader.compute(connection, due)
            for before in due:
                if before.attempt in computed:
                    marks, ruling = computed[before.attempt]
                    decided = decide(before, marks, by=by, at=grader.now(), reason=reason)
                    await grader.write(connection, before, decided, ruling)
        return len(computed)

    async def revert(self, attempt: str, revision: int, *, by: str, reason: str) -> Result:
        """Let an earlier revision of the latest close stand again, as a new revision.

        The latest revision may be named too: against a proposed regrade, it goes on to stand.
        Raises ExamError NOT_FOUND, ATTEMPT_OPEN, CONFLICT (not graded yet); Unavailable.
        """
        grader = self._grader
        async with store.transaction(grader.pool) as connection:
            before = await grader.locked(connection, attempt)
            check_graded(before)
            for old in await store.fetch_history(connection, attempt):
                if (old.close, old.revision) == (before.close, revision):
                    decided = decide(before, old.marks, by=by, at=grader.now(), reason=reason)
                    ruling = (await store.fetch_rulings(connection, before.exam)).number
                    await grader.write(connection, before, decided, ruling)
                    return decided.result
        raise ExamError(Code.NOT_FOUND, f"{attempt} has no revision {revision} of its last close")

    async def history(self, attempt: str) -> list[Result]:
        """Every result the attempt ever had, by close and revision, with who made it and why."""
        async with store.transaction(self._grader.pool) as connection:
            return await store.fetch_history(connection, attempt)


def _differs(attempt: str, before: Marks, computed: Computed) -> bool:
    return attempt in computed and computed[attempt][0] != before


def change(attempt: str, before: Marks, after: Marks) -> Change:
    """What is different between two gradings of an attempt."""
    items = [
        new.item
        for old, new in zip(before.items, after.items, strict=True)
        if (old.outcome, old.marks, old.maximum) != (new.outcome, new.marks, new.maximum)
    ]
    return Change(attempt, before.whole.total, after.whole.total, items)
