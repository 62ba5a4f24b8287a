"""What a candidate asks for besides answers (pure): start, submit, signals, hands, notices.

Each command has an id. A repeat changes nothing and gets the same receipt; one that comes back
with its receipt restores what it did; where it can do nothing any more it is recorded, and ok.
"""

from examsync.attempts import timing
from examsync.attempts.attempt import Attempt, kept_key
from examsync.attempts.decision import Context, Decision, check_erased, effect
from examsync.attempts.seal import terms
from examsync.errors import ExamError
from examsync.exams.exam import Exam
from protocol.facts import (
    CommandRecorded,
    HandRaised,
    NoticeAcknowledged,
    Started,
    Submitted,
    ViolationReported,
)
from protocol.from_client import Acknowledge, RaiseHand, Start, Submit, Violation
from protocol.problems import Code
from protocol.types import AttemptState

COMMANDS_PER_ATTEMPT_MAX = 3_000
"""Ids remembered per attempt; past them even examiners are refused."""
COMMANDS_MAX = {
    "violation": 2_000,
    "raise_hand": 2_000,
    "acknowledge": 2_000,
    "join": 2_500,
}
"""Up to how many remembered ids these are taken: a client that makes more is not a person, and
must leave room for a change of device, for handing in, and for what examiners do."""

Command = Start | Submit | Violation | RaiseHand | Acknowledge

KINDS: dict[type, str] = {
    Start: "start",
    Submit: "submit",
    Violation: "violation",
    RaiseHand: "raise_hand",
    Acknowledge: "acknowledge",
}


def decide(attempt: Attempt, exam: Exam, command: Command, ctx: Context) -> Decision:
    """What becomes of one command.

    Raises ExamError: ID_REUSED, LEASE_LOST, NOT_JOINED, NOT_STARTED, PAUSED, EXAM_NOT_OPEN,
    EXAM_OVER, ATTEMPT_CLOSED, ANSWERS_MISSING (data: item ids), TOO_LATE, TOO_MANY.
    """
    check_erased(attempt)
    before = repeated(attempt, KINDS[type(command)], command.id)
    if before is not None:
        return before
    match command:
        case Start():
            return _start(attempt, exam, command, ctx)
        case Submit():
            return _submit(attempt, exam, command, ctx)
        case Violation():
            return _violation(attempt, command, ctx)
        case RaiseHand():
            return _raise_hand(attempt, command, ctx)
        case Acknowledge():
            return _acknowledge(attempt, exam, command, ctx)


def repeated(attempt: Attempt, kind: str, id_: str) -> Decision | None:
    """The reply to a command that was done before; None if it is new.

    Raises ExamError: ID_REUSED, TOO_MANY.
    """
    before = attempt.commands.get(id_)
    if before is not None:
        if before.kind != kind:
            raise ExamError(Code.ID_REUSED, f"{id_} was a {before.kind}")
        return Decision(kind, id_, before.effect)
    check_room(attempt, kind)
    return None


def check_room(attempt: Attempt, kind: str) -> None:
    """Raise TOO_MANY if the attempt remembers too many commands for one more of this kind."""
    most = COMMANDS_MAX.get(kind, COMMANDS_PER_ATTEMPT_MAX)
    if len(attempt.commands) >= most:
        raise ExamError(Code.TOO_MANY, f"an attempt of {most} commands takes no more {kind}")


def recorded(kind: str, id_: str, proof: str) -> Decision:
    """A replayed command that can have no effect any more: kept on record, and ok."""
    return Decision(kind, id_, proof, body=CommandRecorded(id_, kind))


def last_order(exam: Exam, at: int) -> int:
    """The last of the exam's orders that is known and was given by then: it and those before it
    are not for an attempt that begins (again) at `at`; all others are, whenever they are heard."""
    return max((order.n for order in exam.orders if order.at <= at), default=0)


def check_lease(attempt: Attempt, ctx: Context) -> None:
    """Raise LEASE_LOST unless the sender's connection holds the standing lease; NOT_JOINED where
    nobody has one, as in an attempt that was joined when it was over and reopened since."""
    if not attempt.core.lease:
        raise ExamError(Code.NOT_JOINED, "join again")
    if ctx.lease != attempt.core.lease:
        raise ExamError(Code.LEASE_LOST, "another device goes on with this attempt")


def _start(attempt: Attempt, exam: Exam, start: Start, ctx: Context) -> Decision:
    core = attempt.core
    if ctx.proof is not None:
        if core.state is not AttemptState.NOT_STARTED:
            return recorded("start", start.id, ctx.proof)
        said = terms(ctx.proof)
        at, order = said["started_at"], said.get("order", 0)
        return Decision("start", start.id, ctx.proof, body=Started(start.id, at, order))
    if core.closed:  # first: in a closed attempt nobody is given a lease, however often they join
        raise ExamError(Code.ATTEMPT_CLOSED, core.told)
    check_lease(attempt, ctx)
    if core.started_at is not None:
        return Decision("start", start.id, effect(started_at=core.started_at))
    _check_open(attempt, exam, ctx.arrived)
    said = {"started_at": ctx.arrived}
    order = last_order(exam, ctx.arrived)
    if order:
        said["order"] = order
    body = Started(start.id, ctx.arrived, order)
    return Decision("start", start.id, effect(**said), body=body)


def _check_open(attempt: Attempt, exam: Exam, now: int) -> None:
    if exam.status == "draft":
        raise ExamError(Code.EXAM_NOT_OPEN, "it is not published", retry_after_ms=5_000)
    if exam.status == "archived":
        raise ExamError(Code.EXAM_OVER, "it is archived")
    if now < exam.terms.opens_at:
        wait_ms = exam.terms.opens_at - now
        raise ExamError(Code.EXAM_NOT_OPEN, "it opens soon", retry_after_ms=wait_ms)
    if exam.ended_at is not None:
        raise ExamError(Code.EXAM_OVER, "an examiner has ended it")
    if exam.paused_since is not None:
        raise ExamError(Code.PAUSED, "start when the exam resumes")
    if now >= timing.start_until(attempt.core, attempt.seat, exam, now):
        raise ExamError(Code.EXAM_OVER, "the time to start has passed")


def _submit(attempt: Attempt, exam: Exam, submit: Submit, ctx: Context) -> Decision:
    core = attempt.core
    if ctx.proof is not None and core.closed:
        return recorded("submit", submit.id, ctx.proof)
    if core.state is AttemptState.SUBMITTED:
        return Decision("submit", submit.id, effect(closed_at=core.closed_at))
    if core.closed:
        saved = "" if core.started_at is None else "; what was saved counts"
        raise ExamError(Code.ATTEMPT_CLOSED, core.told + saved)
    if core.started_at is None:
        raise ExamError(Code.NOT_STARTED, "send `start` first")
    if ctx.proof is None:
        check_lease(attempt, ctx)
        _check_running(attempt, exam, ctx.arrived)
    missing = missing_answers(attempt, submit)
    if missing:
        raise ExamError(
            Code.ANSWERS_MISSING, "send these, then submit again", data={"items": missing}
        )
    text = ctx.proof or effect(closed_at=ctx.arrived)
    body = Submitted(submit.id, terms(text)["closed_at"])
    return Decision("submit", submit.id, text, body=body)


def _check_running(attempt: Attempt, exam: Exam, arrived: int) -> None:
    ends = timing.deadline(attempt, exam, arrived)
    since = timing.paused_since(attempt.core, exam)
    assert ends is not None
    if since is not None and since <= arrived and since < ends:
        raise ExamError(Code.PAUSED, "submit when it resumes")
    if arrived > ends + exam.terms.grace_ms:
        raise ExamError(Code.TOO_LATE, "the attempt is being closed; what was saved counts")


def missing_answers(attempt: Attempt, submit: Submit) -> list[str]:
    """Items for which the client holds a newer answer than stands, or was kept, here."""
    return sorted(
        item
        for item, (lease, seq) in submit.holds.items()
        if (lease, seq) > _version(attempt, item)
        and kept_key(item, lease, seq) not in attempt.commands
    )


def _version(attempt: Attempt, item: str) -> tuple[str, int]:
    held = attempt.responses.get(item)
    return held.version if held is not None else ("", 0)


def _violation(attempt: Attempt, violation: Violation, ctx: Context) -> Decision:
    if ctx.proof is None:
        if attempt.core.closed:
            raise ExamError(Code.ATTEMPT_CLOSED, attempt.core.told)
        if attempt.core.started_at is None:
            raise ExamError(Code.NOT_STARTED, "nothing to report yet")
    body = ViolationReported(violation.id, violation.kind, violation.at, violation.detail)
    text = ctx.proof or effect(at=ctx.arrived)
    return Decision("violation", violation.id, text, body=body)


def _raise_hand(attempt: Attempt, hand: RaiseHand, ctx: Context) -> Decision:
    if attempt.core.closed:
        if ctx.proof is not None:
            return recorded("raise_hand", hand.id, ctx.proof)
        raise ExamError(Code.ATTEMPT_CLOSED, attempt.core.told)
    text = ctx.proof or effect(raised=hand.raised)
    return Decision("raise_hand", hand.id, text, body=HandRaised(hand.id, hand.raised, hand.text))


def _acknowledge(attempt: Attempt, exam: Exam, ack: Acknowledge, ctx: Context) -> Decision:
    text = ctx.proof or effect(notice=ack.notice)
    core = attempt.core
    if ack.notice in core.seen:
        return Decision("acknowledge", ack.id, text)
    known = {n.id for n in core.notices} | {n.id for n in exam.notices}
    if ack.notice not in known and ctx.proof is None:
        raise ExamError(Code.NOT_FOUND, f"no notice {ack.notice}")
    return Decision("acknowledge", ack.id, text, body=NoticeAcknowledged(ack.id, ack.notice))
