"""What candidates are told of a fact (pure): the same whether it was confirmed here or elsewhere.

A `Told` is an event with its payload. `spare` names a client instance that is not to hear it: the
one that caused it and knows.
"""

from msgspec import Struct

from examsync.attempts import timing
from examsync.attempts.attempt import Attempt
from examsync.exams.exam import Exam
from protocol import facts
from protocol.facts import ExamFact, Fact
from protocol.from_server import (
    Closed,
    HandEvent,
    LeaseLost,
    Notice,
    PausedEvent,
    ReopenedEvent,
    ResumedEvent,
    TimeChanged,
)


class Told(Struct, frozen=True):
    """One event to the candidates concerned."""

    event: str
    body: object
    spare: str = ""


def candidate_events(after: Attempt, exam: Exam, fact: Fact) -> list[Told]:
    """What the connections of an attempt are told of one of its facts; `after` has it folded in."""
    match fact.body:
        case facts.LeaseGranted(lease=lease, instance=instance):
            return [Told("lease_lost", LeaseLost(after.id, lease), spare=instance)]
        case facts.Extended(reason=reason):
            return [time_changed(after, exam, fact.at, reason)]
        case facts.Paused(paused_at=at, reason=reason):
            return [Told("paused", PausedEvent(after.id, after.rev, at, reason))]
        case facts.Resumed() if timing.paused_since(after.core, exam) is None:
            return [_resumed(after, exam, fact.at)]
        case facts.NoticeSent(id=id_, text=text):
            return [Told("notice", Notice(id_, text, fact.at))]
        case facts.HandRaised(raised=False):
            return [Told("hand", HandEvent(after.id, after.rev, raised=False))]
        case facts.Submitted(reason=reason) | facts.Terminated(reason=reason):
            return _closed(after, reason)
        case facts.Expired() | facts.Absent():
            return _closed(after, "")
        case facts.Reopened(reason=reason):
            return _reopened(after, exam, fact.at, reason)
    return []


def exam_events(attempt: Attempt, exam: Exam, fact: ExamFact) -> list[Told]:
    """What the connections of one attempt are told of a fact of its exam, which `exam` has.

    Orders say nothing here: each attempt carries them out as a fact of its own.
    """
    match fact.body:
        case facts.ExamAnnounced(id=id_, text=text):
            return [Told("notice", Notice(id_, text, fact.at))]
        case _ if attempt.core.closed:
            return []
        case facts.ExamExtended(reason=reason):
            return [time_changed(attempt, exam, fact.at, reason)]
        case facts.ExamPaused(reason=reason):
            return [Told("paused", PausedEvent(attempt.id, attempt.rev, fact.at, reason))]
        case facts.ExamResumed() if timing.paused_since(attempt.core, exam) is None:
            return [_resumed(attempt, exam, fact.at)]
    return []


def time_changed(attempt: Attempt, exam: Exam, now: int, reason: str) -> Told:
    """The deadline, as it is from now on."""
    core, seat = attempt.core, attempt.seat
    until = timing.start_until(core, seat, exam, now)
    told = TimeChanged(
        attempt.id,
        attempt.rev,
        timing.deadline(attempt, exam, now),
        reason,
        timing.time_due(core, seat, exam),
        until,
    )
    return Told("time_changed", told)


def _resumed(attempt: Attempt, exam: Exam, now: int) -> Told:
    deadline = timing.deadline(attempt, exam, now)
    return Told("resumed", ResumedEvent(attempt.id, attempt.rev, deadline))


def _reopened(after: Attempt, exam: Exam, now: int, reason: str) -> list[Told]:
    """Its clock runs again, unless its exam stands still."""
    deadline = timing.deadline(after, exam, now)
    told = [Told("reopened", ReopenedEvent(after.id, after.rev, deadline, reason))]
    if timing.paused_since(after.core, exam) is not None:
        told.append(Told("paused", PausedEvent(after.id, after.rev, now, reason)))
    return told


def _closed(after: Attempt, reason: str) -> list[Told]:
    core = after.core
    assert core.closed_at is not None
    return [Told("closed", Closed(after.id, after.rev, core.state, core.closed_at, reason))]
