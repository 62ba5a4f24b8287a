"""What may change in an exam, and until when (pure): a draft in everything, then what candidates
rely on is frozen, with the reason."""

from collections.abc import Mapping

from msgspec import structs

from examsync.errors import ExamError
from examsync.exams.exam import Exam, Terms
from protocol.http_exams import ChangeExam
from protocol.problems import Code

DURATION_MS_MAX = 7 * 86_400_000

_TIMES = "candidates and halls rely on the times; give everybody more with the act `extend`"
_RULES = "candidates were told how their answers count"
PUBLISHED: Mapping[str, str] = {
    "paper": "this is what candidates are given",
    "opens_at": "candidates and halls rely on it",
    "window_end": _TIMES,
    "closes_at": _TIMES,
    "duration_ms": _TIMES,
    "grace_ms": _RULES,
    "late_policy": _RULES,
    "takeover": _RULES,
    "heartbeat_period_s": "devices are at work by it",
}
"""Of a published exam: what cannot change any more, and why. Its title can."""
_ARCHIVED = "the exam has been put away; copy it to use it again"
FROZEN: Mapping[str, Mapping[str, str]] = {
    "draft": {},
    "published": PUBLISHED,
    "archived": dict.fromkeys(("title", *PUBLISHED), _ARCHIVED),
}
"""By status. Whatever can be named in a change is here, or may always change."""


def changed(exam: Exam, change: ChangeExam) -> Exam:
    """The exam after a change. Raises ExamError FROZEN, which names what cannot change and why,
    and BAD_REQUEST for terms that cannot be."""
    named = {name: value for name, value in structs.asdict(change).items() if value is not None}
    terms = {name: value for name, value in named.items() if name not in ("title", "paper")}
    after = structs.replace(
        exam,
        title=named.get("title", exam.title),
        paper=named.get("paper", exam.paper),
        terms=structs.replace(exam.terms, **terms),
    )
    frozen = FROZEN[exam.status]
    refused = [name for name in frozen if _of(exam, name) != _of(after, name)]
    if refused:
        said = "; ".join(f"{name}: {frozen[name]}" for name in refused)
        raise ExamError(Code.FROZEN, f"the exam is {exam.status}: {said}", data={"frozen": refused})
    if after.terms != exam.terms:
        check_terms(after.terms)
    return after


def _of(exam: Exam, name: str) -> object:
    return getattr(exam if name in ("title", "paper") else exam.terms, name)


def moved(terms: Terms, opens_at: int) -> Terms:
    """The same terms at another time."""
    by = opens_at - terms.opens_at
    return structs.replace(
        terms,
        opens_at=opens_at,
        window_end=terms.window_end + by,
        closes_at=terms.closes_at + by,
    )


def check_terms(terms: Terms) -> None:
    """Raise ExamError BAD_REQUEST, saying which term is impossible."""
    if not terms.opens_at < terms.window_end <= terms.closes_at:
        raise ExamError(Code.BAD_REQUEST, "times must be opens_at < window_end <= closes_at")
    if not 1_000 <= terms.duration_ms <= DURATION_MS_MAX:
        raise ExamError(Code.BAD_REQUEST, "duration_ms must be between a second and a week")
    if not 0 <= terms.grace_ms <= 60_000:
        raise ExamError(Code.BAD_REQUEST, "grace_ms must be between 0 and 60000")
    if not 1.0 <= terms.heartbeat_period_s <= 60.0:
        raise ExamError(Code.BAD_REQUEST, "heartbeat_period_s must be between 1 and 60")
