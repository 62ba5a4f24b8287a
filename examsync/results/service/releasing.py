"""Who gets to see results: candidates after release, examiners always, the world by the outbox."""

from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct

from examsync.errors import ExamError
from examsync.results import store
from examsync.results.export import to_csv
from examsync.results.result import CandidateResult, Reveal, for_candidate, with_rulings
from examsync.results.row import News, ResultRow
from examsync.results.service.grading import Grader
from protocol.problems import Code
from protocol.types import Grading

NEWS_MAX = 100


class Release(Struct, frozen=True):
    """The attempts whose candidates see their result from now on, and how many cannot yet.

    `ungraded` attempts are open or wait for a marker; `regrade_proposed` ones for a decision
    (their candidates go on seeing what was released before, if anything was).
    """

    released: list[str]
    ungraded: int
    regrade_proposed: int


class Releasing:
    """Showing results."""

    def __init__(self, grader: Grader) -> None:
        self._grader = grader

    async def release(self, exam: str, *, by: str, reveal: Reveal = Reveal.OUTCOMES) -> Release:
        """Show the graded results of an exam to their candidates. Again: those graded since, and
        `reveal` for all that are released. Raises ExamError NOT_FOUND; Unavailable.
        """
        grader = self._grader
        async with store.transaction(grader.pool) as connection:
            await grader.paper_of(connection, exam)
            released = await store.release(connection, exam, reveal, by=by, at=grader.now())
            counts = await store.count_gradings(connection, exam)
        ungraded = counts.get(Grading.NONE, 0) + counts.get(Grading.PENDING, 0)
        return Release(released, ungraded, counts.get(Grading.REGRADE_PROPOSED, 0))

    async def shown(self, attempt: str) -> CandidateResult:
        """What the candidate of an attempt may see. Raises ExamError NOT_FOUND before release."""
        async with store.transaction(self._grader.pool) as connection:
            found = await store.fetch_shown(connection, attempt)
            if found is not None:
                paper = await self._grader.paper(connection, found.paper)
                rulings = await store.fetch_rulings(connection, found.exam, up_to=found.ruling)
                seen = for_candidate(found.result, with_rulings(paper, rulings.by_item))
                if seen is not None:
                    return seen
        raise ExamError(Code.NOT_FOUND, "no result has been released for this attempt")

    async def rows(self, exam: str) -> list[ResultRow]:
        """Every attempt of an exam with its latest result, released or not, the best first."""
        async with store.transaction(self._grader.pool) as connection:
            return await store.fetch_rows(connection, exam)

    async def csv(self, exam: str) -> bytes:
        """The same as a file for spreadsheets. Raises ExamError NOT_FOUND; Unavailable."""
        async with store.transaction(self._grader.pool) as connection:
            paper = await self._grader.paper_of(connection, exam)
            rows = await store.fetch_rows(connection, exam)
        return to_csv(rows, {section.id: section.title for section in paper.sections})

    async def deliver(
        self, send: Callable[[Sequence[News]], Awaitable[None]], limit: int = NEWS_MAX
    ) -> int:
        """Hand the oldest news to `send` and forget them when it returns; how many there were.

        At least once: if `send` raises, or this process dies, they are handed out again. Several
        processes may deliver at once; each gets others. Raises Unavailable, also for an OSError or
        a TimeoutError of `send`, and whatever else it raises.
        """
        async with store.transaction(self._grader.pool) as connection:
            news = await store.lock_news(connection, limit)
            if news:
                await send(news)
                await store.forget_news(connection, news)
        return len(news)
