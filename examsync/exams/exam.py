"""An exam and what its own facts make of it (pure). Attempts apply these terms by reference.

A grant or a pause of the whole exam is never copied into attempts: whoever computes a deadline
reads it here, so late joiners are covered and nothing can be half done.
"""

from msgspec import Struct, structs

from examsync.errors import ExamError
from protocol.facts import (
    ExamAnnounced,
    ExamBody,
    ExamExtended,
    ExamFact,
    ExamOrdered,
    ExamPaused,
    ExamResumed,
)
from protocol.from_server import Notice
from protocol.http_exams import Standing
from protocol.problems import Code
from protocol.types import LatePolicy, TakeoverPolicy

FACTS_PER_EXAM_MAX = 2_000
ORDERS = frozenset({"terminate", "submit_for", "reopen"})

Interval = tuple[int, int | None]
"""A span of time in ms; an end of None is still open."""


class Order(Struct, frozen=True):
    """Something every attempt has to carry out: `terminate`, `submit_for` or `reopen`."""

    n: int
    id: str
    kind: str
    at: int
    by: str
    reason: str
    extra_ms: int = 0


class Terms(Struct, frozen=True):
    """What is agreed before the exam: times in ms since 1970 UTC, durations in ms."""

    opens_at: int
    window_end: int
    closes_at: int
    """The hard end: nothing of this exam is open after it (but for grants)."""
    duration_ms: int
    grace_ms: int = 5_000
    """How long after a deadline an answer that was on its way still counts, marked late."""
    late_policy: LatePolicy = LatePolicy.KEEP_MARKED
    takeover: TakeoverPolicy = TakeoverPolicy.AT_ONCE
    heartbeat_period_s: float = 10.0


class Exam(Struct, frozen=True):
    """A scheduled sitting of one paper, with its facts so far folded in. `n` counts them, `head`
    is the hash of the last.

    `status`: draft, published or archived. `done`: what was done under which id.
    """

    id: str
    title: str
    paper: str
    terms: Terms
    n: int = 0
    granted_ms: int = 0
    pauses: tuple[Interval, ...] = ()
    orders: tuple[Order, ...] = ()
    notices: tuple[Notice, ...] = ()
    done: dict[str, str] = {}
    status: Standing = "published"
    head: str = ""

    @property
    def paused_since(self) -> int | None:
        """Since when all clocks of the exam stand, or None."""
        if self.pauses and self.pauses[-1][1] is None:
            return self.pauses[-1][0]
        return None

    @property
    def ended_at(self) -> int | None:
        """When the exam was ended for everybody, if it was and has not been reopened."""
        for order in reversed(self.orders):
            if order.kind == "terminate":
                return order.at
            if order.kind == "reopen":
                return None
        return None


def decide(exam: Exam, body: ExamBody) -> ExamBody | None:
    """The fact to write for an act on the whole exam; None if this id was done before.

    Raises ExamError: PAUSED or NOT_PAUSED where the clocks stand or run already, ID_REUSED,
    TOO_MANY.
    """
    before = exam.done.get(body.id)
    if before is not None:
        if before != kind_of(body):
            raise ExamError(Code.ID_REUSED, f"{body.id} was: {before}")
        return None
    if exam.n >= FACTS_PER_EXAM_MAX:
        raise ExamError(Code.TOO_MANY, f"an exam takes {FACTS_PER_EXAM_MAX} acts")
    match body:
        case ExamPaused() if exam.paused_since is not None:
            raise ExamError(Code.PAUSED, "the exam is paused already")
        case ExamResumed() if exam.paused_since is None:
            raise ExamError(Code.NOT_PAUSED, "the exam is not paused")
        case ExamOrdered(order=order) if order not in ORDERS:
            raise ExamError(Code.BAD_REQUEST, f"no such order: {order}")
        case ExamOrdered(order="terminate") if exam.ended_at is not None:
            raise ExamError(Code.EXAM_OVER, "the exam was ended already")
    return body


def kind_of(body: ExamBody) -> str:
    """What an act on the whole exam is called."""
    return body.order if isinstance(body, ExamOrdered) else str(body.__struct_config__.tag)


def apply(exam: Exam, fact: ExamFact) -> Exam:
    """The exam after one more of its facts."""
    body = fact.body
    done = {**exam.done, body.id: kind_of(body)}
    after = structs.replace(exam, n=fact.n, head=fact.hash, done=done)
    match body:
        case ExamExtended():
            return structs.replace(after, granted_ms=exam.granted_ms + body.extra_ms)
        case ExamPaused():
            return structs.replace(after, pauses=(*exam.pauses, (fact.at, None)))
        case ExamResumed():
            since = exam.pauses[-1][0]
            return structs.replace(after, pauses=(*exam.pauses[:-1], (since, fact.at)))
        case ExamOrdered():
            order = Order(fact.n, body.id, body.order, fact.at, fact.by, body.reason, body.extra_ms)
            return structs.replace(after, orders=(*exam.orders, order))
        case ExamAnnounced():
            notice = Notice(body.id, body.text, fact.at)
            return structs.replace(after, notices=(*exam.notices, notice))
