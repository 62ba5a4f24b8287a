"""Exams before and after they are sat: listed, looked at, changed, copied. Used by the edges.

A part of `service` (`Exams.planning`); Postgres alone is asked, what this process has in memory of
an exam it learns as from any other process.
"""

from collections.abc import Awaitable, Callable, Sequence

from msgspec import structs

from examsync.bank import service as bank
from examsync.errors import ExamError, Unavailable
from examsync.exams.change import changed, check_terms, moved
from examsync.exams.exam import Exam
from examsync.exams.listing import Page, Wanted
from examsync.exams.store import ExamStore, Stored
from examsync.infra.postgres import AWAY, Pool
from protocol.http_exams import ChangeExam
from protocol.problems import Code

TRIES_MAX = 5
"""How often a change is made again when somebody else changes the exam at the same time."""


class Planning:
    """The book of exams, for those who plan. `read` makes this process learn an exam anew."""

    def __init__(
        self,
        pool: Pool,
        store: ExamStore,
        read: Callable[[str], Awaitable[None]],
        now: Callable[[], int],
    ) -> None:
        self._pool = pool
        self._store = store
        self._read = read
        self._now = now

    async def page(self, wanted: Wanted) -> Page:
        """A page of exams. Raises Unavailable."""
        found = await self._store.page(structs.replace(wanted, limit=wanted.limit + 1))
        return Page(
            found[: wanted.limit], len(found) > wanted.limit, await self._store.count(wanted)
        )

    async def view(self, exam_id: str) -> Stored:
        """An exam as Postgres has it. Raises ExamError NOT_FOUND; Unavailable."""
        stored = await self._store.fetch(exam_id)
        if stored is None:
            raise ExamError(Code.NOT_FOUND, f"there is no exam {exam_id}")
        return stored

    async def change(self, exam_id: str, change: ChangeExam) -> Stored:
        """Change what is named; the exam after it. Nothing named, nothing changed.

        Raises ExamError NOT_FOUND (exam or paper), FROZEN, BAD_REQUEST, CONFLICT; Unavailable.
        """
        for _ in range(TRIES_MAX):
            stored = await self.view(exam_id)
            after = changed(stored.exam, change)
            if after == stored.exam:
                return stored
            if after.paper != stored.exam.paper:
                await self._check_paper(after.paper)
            if await self._store.change(after, stored.status, stored.edition):
                await self._read(exam_id)
                return await self.view(exam_id)
        raise ExamError(Code.CONFLICT, "others change this exam at the same time; try again")

    async def copy(
        self, exam_id: str, to: str, *, by: str, title: str | None = None, at: int | None = None
    ) -> Stored:
        """A draft of the same paper and terms, moved in time as a whole: it opens `at` (now).

        Raises ExamError NOT_FOUND, EXISTS; Unavailable.
        """
        stored = await self.view(exam_id)
        terms = moved(stored.exam.terms, self._now() if at is None else at)
        check_terms(terms)
        copy = Exam(to, title or stored.exam.title, stored.exam.paper, terms, status="draft")
        if not await self._store.insert(copy, by):
            raise taken(to)
        return await self.view(to)

    async def these(self, exam_ids: list[str]) -> list[Exam]:
        """These exams as their clocks have it, those that exist, the next first. Raises
        Unavailable."""
        wanted = Wanted(ids=exam_ids, sort="opens_at", limit=len(exam_ids))
        return await self._store.timed([each.exam for each in await self._store.page(wanted)])

    async def instructions(self, exams: Sequence[Exam]) -> dict[str, str]:
        """What candidates of these exams read before the start, by exam. Raises Unavailable."""
        said = await bank.instructions(self._pool, sorted({exam.paper for exam in exams}))
        return {exam.id: said.get(exam.paper, "") for exam in exams}

    async def _check_paper(self, paper: str) -> None:
        try:
            await bank.load_paper(self._pool, paper)
        except AWAY as error:
            raise Unavailable(str(error)) from error


def taken(exam_id: str) -> ExamError:
    """The refusal of an id that is another exam's."""
    return ExamError(Code.EXISTS, f"there is an exam {exam_id} already")
