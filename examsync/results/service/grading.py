"""Grading what was closed: the worker's loop, and what all who change marks do alike."""

import asyncio
from collections.abc import Callable, Sequence

from examsync.bank import service as bank
from examsync.bank.paper import Item, Paper
from examsync.errors import ExamError
from examsync.infra.postgres import Connection, Pool, transaction
from examsync.results import store
from examsync.results.decision import Standing, decide, still
from examsync.results.result import Marks, Result, compute
from examsync.results.row import Made
from examsync.results.scope import EVERYTHING, Scope, unknown
from protocol.problems import Code

BATCH_MAX = 50
"""Attempts in one grading transaction: enough to share its commit, few enough to hold briefly."""
PAPERS_KEPT_MAX = 32
BROKEN_KEPT_MAX = 1_000
MACHINE = "machine"
"""Who makes results that no person asked for."""

Failed = Callable[[str, Exception], None]
"""Called with an attempt that could not be graded, and why."""
Computed = dict[str, tuple[Marks, int]]
"""By attempt: the marks of what stands, and the number of the latest ruling that was heeded."""


class Grader:
    """Grades; and keeps papers in memory, which never change."""

    def __init__(self, pool: Pool, now: Callable[[], int], failed: Failed) -> None:
        self.pool = pool
        self.now = now
        self._failed = failed
        self._papers: dict[str, Paper] = {}
        self._broken: dict[str, None] = {}

    async def grade_due(self, limit: int = 1_000) -> int:
        """Grade closed attempts that have reached Postgres, at most `limit`; how many were.

        Any number of processes may do this at once. Raises Unavailable.
        """
        count = 0
        while count < limit:
            taken = await self._grade_batch(min(BATCH_MAX, limit - count))
            if taken == 0:
                break
            count += taken
        return count

    async def _grade_batch(self, limit: int) -> int:
        async with transaction(self.pool) as connection:
            due = await store.lock_due(connection, limit, list(self._broken))
            computed = await self.compute(connection, due)
            await self._settle(connection, due, computed)
        return len(due)

    async def _settle(
        self, connection: Connection, due: Sequence[Standing], computed: Computed
    ) -> None:
        """Write the machine's results, or that the latest ones hold for what is there now."""
        made, same = [], []
        for before in due:
            if before.attempt not in computed:
                continue
            marks, ruling = computed[before.attempt]
            if marks == before.marks:
                same.append((before, ruling))
            else:
                decided = decide(before, marks, by=MACHINE, at=self.now())
                made.append(Made(before, decided, ruling))
        if made:
            await self.write(connection, made)
        if same:
            await store.touch_results(connection, same)
            await store.set_gradings(connection, {one.attempt: still(one) for one, _ in same})

    # --- for those who mark and regrade, within their transaction ---------------------------------

    async def locked(
        self, connection: Connection, attempt: str, scope: Scope = EVERYTHING
    ) -> Standing:
        """The attempt, its row held until the transaction ends. Raises ExamError NOT_FOUND."""
        for found in await store.lock_attempts(connection, [attempt]):
            scope.check(attempt, found.exam, found.hall)
            return found
        raise unknown(attempt)

    async def compute(self, connection: Connection, held: Sequence[Standing]) -> Computed:
        """The marks of all that stands for these attempts.

        One that cannot be graded is left out, told of, and left alone by this process's loop.
        """
        ids = [one.attempt for one in held]
        responses = await store.fetch_responses(connection, ids)
        hands = await store.fetch_hands(connection, ids)
        exams = {one.exam for one in held}
        rulings = {exam: await store.fetch_rulings(connection, exam) for exam in exams}
        found: Computed = {}
        for one in held:
            await asyncio.sleep(0)  # others in this process must not wait for a whole batch
            paper = await self.paper(connection, one.paper)
            said, ruled = responses[one.attempt], rulings[one.exam]
            try:
                marks = compute(paper, said, hands[one.attempt], ruled.by_item)
            except ValueError as error:
                self._give_up(one.attempt, error)
            else:
                found[one.attempt] = (marks, ruled.number)
        return found

    async def again(
        self, connection: Connection, before: Standing, *, by: str, reason: str
    ) -> Result:
        """Grade one attempt from what stands, as its next revision. Raises ExamError INTERNAL."""
        computed = await self.compute(connection, [before])
        if before.attempt not in computed:
            raise ExamError(Code.INTERNAL, f"{before.attempt} cannot be graded; the log says why")
        marks, ruling = computed[before.attempt]
        decided = decide(before, marks, by=by, at=self.now(), reason=reason)
        await self.write(connection, [Made(before, decided, ruling)])
        return decided.result

    async def write(self, connection: Connection, made: Sequence[Made]) -> None:
        """The results, the grading states and the news."""
        await store.insert_results(connection, made)
        gradings = {one.before.attempt: one.decided.grading for one in made}
        await store.set_gradings(connection, gradings)
        await store.tell(connection, made)

    async def paper(self, connection: Connection, paper_id: str) -> Paper:
        """A paper with its keys. Raises ExamError NOT_FOUND."""
        if paper_id not in self._papers:
            self._papers[paper_id] = await bank.load_paper(connection, paper_id)
            while len(self._papers) > PAPERS_KEPT_MAX:
                del self._papers[next(iter(self._papers))]
        return self._papers[paper_id]

    async def paper_of(self, connection: Connection, exam: str) -> Paper:
        """The paper of an exam. Raises ExamError NOT_FOUND."""
        paper_id = await store.fetch_exam_paper(connection, exam)
        if paper_id is None:
            raise ExamError(Code.NOT_FOUND, f"there is no exam {exam}")
        return await self.paper(connection, paper_id)

    def _give_up(self, attempt: str, error: Exception) -> None:
        self._broken[attempt] = None
        while len(self._broken) > BROKEN_KEPT_MAX:
            del self._broken[next(iter(self._broken))]
        self._failed(attempt, error)


def item_of(paper: Paper, item_id: str) -> Item:
    """An item of a paper. Raises ExamError UNKNOWN_ITEM."""
    for item in paper.items():
        if item.id == item_id:
            return item
    raise ExamError(Code.UNKNOWN_ITEM, f"the paper {paper.id} has no item {item_id}")
