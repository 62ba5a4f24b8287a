"""What new marks make of an attempt's result and grading state (pure). Called by the service."""

from msgspec import Struct

from examsync.errors import ExamError
from examsync.results.result import Marks, Result
from protocol.http_results import Reveal
from protocol.problems import Code
from protocol.types import Grading

GRADED, REGRADED = "graded", "regraded"


class Standing(Struct, frozen=True):
    """An attempt and the latest result of its present close, as Postgres has them."""

    attempt: str
    exam: str
    paper: str
    close: int
    n: int
    grading: Grading
    closed_at: int | None
    revision: int
    """Of the latest result of this close; 0 if there is none."""
    complete: bool
    """Whether this close had a result that waited for nobody."""
    marks: Marks | None = None
    released_at: int | None = None
    released_by: str | None = None
    reveal: Reveal | None = None
    hall: str = ""


class Decided(Struct, frozen=True):
    """What to write: the next result, the grading state, and the news to tell, if any."""

    result: Result
    grading: Grading
    news: str | None


def decide(before: Standing, marks: Marks, *, by: str, at: int, reason: str = "") -> Decided:
    """The next revision with these marks.

    While an item waits for a person it is pending. Marks equal to those that are released stay
    released: there is nothing new to show. Others are graded and wait for the next release; until
    then the candidate goes on seeing what was released before.
    """
    shown = before.released_at is not None and marks == before.marks
    result = Result(
        attempt=before.attempt,
        close=before.close,
        revision=before.revision + 1,
        marks=marks,
        made_at=at,
        made_by=by,
        reason=reason,
        released_at=before.released_at if shown else None,
        released_by=before.released_by if shown else None,
        reveal=before.reveal if shown else None,
    )
    if marks.waiting:
        return Decided(result, Grading.PENDING, None)
    grading = Grading.RELEASED if shown else Grading.GRADED
    return Decided(result, grading, REGRADED if before.complete else GRADED)


def still(before: Standing) -> Grading:
    """How far an attempt is whose latest result holds for what came since."""
    if before.marks is not None and before.marks.waiting:
        return Grading.PENDING
    return Grading.GRADED if before.released_at is None else Grading.RELEASED


def check_closed(before: Standing) -> None:
    """Marks are for closed attempts. Raises ExamError ATTEMPT_OPEN."""
    if before.closed_at is None:
        raise ExamError(Code.ATTEMPT_OPEN, f"{before.attempt} is open; it is graded when it closes")


def check_markable(before: Standing) -> None:
    """A marker must see what is marked. Raises ExamError ATTEMPT_OPEN, CONFLICT."""
    check_closed(before)
    if before.grading is Grading.REGRADE_PROPOSED:
        detail = f"an answer or a ruling reached {before.attempt}; decide the regrade first"
        raise ExamError(Code.CONFLICT, detail)


def check_graded(before: Standing) -> None:
    """What is done again was done before. Raises ExamError ATTEMPT_OPEN, CONFLICT."""
    check_closed(before)
    if before.grading in (Grading.NONE, Grading.PENDING):
        detail = f"{before.attempt} has not been graded completely yet"
        raise ExamError(Code.CONFLICT, detail, retry_after_ms=2_000)
