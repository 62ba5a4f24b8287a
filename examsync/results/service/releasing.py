"""Who gets to see results: candidates after release, examiners always, the world by the outbox."""

from collections.abc import Awaitable, Callable, Collection, Sequence

from msgspec import Struct

from examsync.errors import ExamError
from examsync.infra.postgres import Connection, transaction
from examsync.results import showing, store
from examsync.results.export import to_csv
from examsync.results.result import CandidateResult, for_candidate, with_rulings
from examsync.results.row import News
from examsync.results.service.grading import Grader
from examsync.results.table import EVERY_ROW, Wanted, arranged
from protocol.http_results import ReleaseNote, ResultRow, Reveal
from protocol.problems import Code
from protocol.types import Grading

NEWS_MAX = 100
RELEASES_MAX = 200
STRANGERS_MAX = 20
"""Of those that a refusal names."""


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

    async def release(
        self,
        exam: str,
        *,
        by: str,
        reveal: Reveal = Reveal.OUTCOMES,
        attempts: Collection[str] | None = None,
        reason: str = "",
    ) -> Release:
        """Show the graded results of an exam (or of these attempts of it) to their candidates.

        Again: those graded since, and `reveal` for all that are released. Raises ExamError
        NOT_FOUND, also for attempts that are not of this exam; Unavailable.
        """
        grader = self._grader
        async with transaction(grader.pool) as connection:
            await self._check(connection, exam, attempts)
            at = grader.now()
            released = await showing.release(
                connection, exam, reveal, by=by, at=at, attempts=attempts
            )
            await showing.insert_release(
                connection, exam, reveal, released, reason=reason, by=by, at=at
            )
            counts = await showing.count_gradings(connection, exam, attempts)
        ungraded = counts.get(Grading.NONE, 0) + counts.get(Grading.PENDING, 0)
        return Release(released, ungraded, counts.get(Grading.REGRADE_PROPOSED, 0))

    async def withdraw(
        self, exam: str, *, by: str, attempts: Collection[str] | None = None, reason: str = ""
    ) -> list[str]:
        """Hide the results of an exam (or of these attempts) again; for whom that is news.

        Nothing of their marks changes; the next release shows them again. Raises ExamError
        NOT_FOUND; Unavailable.
        """
        grader = self._grader
        async with transaction(grader.pool) as connection:
            await self._check(connection, exam, attempts)
            at = grader.now()
            hidden = await showing.withdraw(connection, exam, at=at, attempts=attempts)
            await showing.insert_release(
                connection, exam, None, hidden, reason=reason, by=by, at=at
            )
        return hidden

    async def releases(self, exam: str, limit: int = RELEASES_MAX) -> list[ReleaseNote]:
        """Who released and withdrew what, the newest first. Raises ExamError NOT_FOUND."""
        async with transaction(self._grader.pool) as connection:
            await self._grader.paper_of(connection, exam)
            return await showing.fetch_releases(connection, exam, limit)

    async def _check(
        self, connection: Connection, exam: str, attempts: Collection[str] | None
    ) -> None:
        """Raises ExamError NOT_FOUND for an exam or attempts that are not there."""
        await self._grader.paper_of(connection, exam)
        strangers = await showing.fetch_strangers(connection, exam, attempts or ())
        if strangers:
            detail = f"{len(strangers)} of them are no attempts of {exam}"
            raise ExamError(Code.NOT_FOUND, detail, data={"attempts": strangers[:STRANGERS_MAX]})

    async def shown(self, attempt: str) -> CandidateResult:
        """What the candidate of an attempt may see. Raises ExamError NOT_FOUND before release."""
        async with transaction(self._grader.pool) as connection:
            found = await showing.fetch_shown(connection, attempt)
            if found is not None:
                paper = await self._grader.paper(connection, found.paper)
                rulings = await store.fetch_rulings(connection, found.exam, up_to=found.ruling)
                seen = for_candidate(found.result, with_rulings(paper, rulings.by_item))
                if seen is not None:
                    return seen
        raise ExamError(Code.NOT_FOUND, "no result has been released for this attempt")

    async def rows(self, exam: str, wanted: Wanted = EVERY_ROW) -> list[ResultRow]:
        """Attempts of an exam with their latest result, released or not, the best first unless
        it is said otherwise. Raises ExamError NOT_FOUND, BAD_REQUEST; Unavailable."""
        async with transaction(self._grader.pool) as connection:
            await self._grader.paper_of(connection, exam)
            return arranged(await showing.fetch_rows(connection, exam), wanted)

    async def csv(self, exam: str, wanted: Wanted = EVERY_ROW) -> bytes:
        """The same as a file for spreadsheets. Raises the same."""
        async with transaction(self._grader.pool) as connection:
            paper = await self._grader.paper_of(connection, exam)
            rows = arranged(await showing.fetch_rows(connection, exam), wanted)
        return to_csv(rows, {section.id: section.title for section in paper.sections})

    async def deliver(
        self, send: Callable[[Sequence[News]], Awaitable[None]], limit: int = NEWS_MAX
    ) -> int:
        """Hand the oldest news to `send` and forget them when it returns; how many there were.

        At least once: if `send` raises, or this process dies, they are handed out again. Several
        processes may deliver at once; each gets others. Raises Unavailable, also for an OSError or
        a TimeoutError of `send`, and whatever else it raises.
        """
        async with transaction(self._grader.pool) as connection:
            news = await store.lock_news(connection, limit)
            if news:
                await send(news)
                await store.forget_news(connection, news)
        return len(news)
