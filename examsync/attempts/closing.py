"""What time and the exam's orders do to an attempt (pure). The sweep asks; nobody else need."""

from examsync.attempts import timing
from examsync.attempts.attempt import Attempt
from examsync.attempts.decision import Decision
from examsync.attempts.ports import Life
from examsync.exams.exam import Exam, Order
from protocol.facts import Absent, Body, Expired, Reopened, Submitted, Terminated
from protocol.types import AttemptState

SYSTEM = "system"
REPLAY_WINDOW_MS = 5_000
"""After a new epoch clients send again what was lost; closing before that would overtake it."""


def settled(life: Life | None, now: int) -> bool:
    """Whether a life of Redis' data has lasted long enough that nobody is still to be heard."""
    return life is not None and now >= life.began_at + REPLAY_WINDOW_MS


def overdue(attempt: Attempt, exam: Exam, now: int) -> Decision | None:
    """The closing fact of an attempt whose time is up, or None."""
    due = timing.due_at(attempt, exam, now)
    if due is None or now < due:
        return None
    core = attempt.core
    if core.started_at is None:
        until = timing.start_until(core, attempt.seat, exam, now)
        return Decision("expire", "", body=Absent(until))
    ends = timing.deadline(attempt, exam, now)
    assert ends is not None
    since = timing.paused_since(core, exam)
    unresumed = since is not None and since < ends
    return Decision("expire", "", body=Expired(ends, ends, unresumed))


def ordered(attempt: Attempt, exam: Exam) -> Decision | None:
    """The fact by which this attempt carries out the next order of its exam, or None.

    An order that was known when the attempt was started or reopened is not for it. Times would
    not say that: whoever started it may not have heard of an order given a moment before.
    """
    for order in exam.orders:
        body = _carried_out(attempt, order) if order.n > attempt.core.order else None
        if body is not None:
            return Decision(order.kind, order.id, body=body)
    return None


def _carried_out(attempt: Attempt, order: Order) -> Body | None:
    core = attempt.core
    if core.erased:
        return None
    id_ = f"order:{order.n}"
    ends = max(order.at, core.turned_at)
    match order.kind:
        case "terminate" if not core.closed:
            return Terminated(id_, ends, order.reason, order.n)
        case "submit_for" if core.state in (AttemptState.IN_PROGRESS, AttemptState.PAUSED):
            return Submitted(id_, ends, order.reason, order.n)
        case "reopen" if core.closed_at is not None and core.closed_at <= order.at:
            return Reopened(id_, order.at, order.extra_ms, order.reason, order.n)
    return None
