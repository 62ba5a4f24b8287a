"""What candidates are told of facts."""

import pytest

from examsync.attempts.attempt import Attempt, apply
from examsync.edge.sockets.telling import Told, candidate_events, exam_events
from examsync.exams.exam import Exam
from examsync.exams.exam import apply as apply_exam
from protocol.facts import (
    Absent,
    Body,
    ExamAnnounced,
    ExamBody,
    ExamExtended,
    ExamFact,
    ExamOrdered,
    ExamPaused,
    ExamResumed,
    Expired,
    Extended,
    HandRaised,
    LeaseGranted,
    NoticeSent,
    Paused,
    Reopened,
    Resumed,
    Submitted,
    TakeoverApproved,
    Terminated,
)
from protocol.from_server import (
    EVENTS_TO_CANDIDATE,
    Closed,
    HandEvent,
    LeaseLost,
    Notice,
    PausedEvent,
    ReopenedEvent,
    ResumedEvent,
    TimeChanged,
)
from protocol.types import AttemptState
from tests.builders import (
    DEADLINE,
    DURATION,
    HOUR,
    LATER,
    LEASE,
    MINUTE,
    START,
    T0,
    attempt,
    exam,
    fact,
    granted,
    saved,
    started,
    told,
)

SITTING = told(attempt(), granted(), started())


def heard(on: Attempt, body: Body, at: int = START + MINUTE) -> list[Told]:
    one = fact(on, body, at=at)
    return candidate_events(apply(on, one), exam(), one)


def heard_of_exam(on: Attempt, body: ExamBody, before: Exam | None = None) -> list[Told]:
    before = before or exam()
    one = ExamFact(before.id, before.n + 1, START + MINUTE, "examiner:eva", body)
    return exam_events(on, apply_exam(before, one), one)


def changed(id_: str, rev: tuple[int, int], deadline: int | None, reason: str) -> TimeChanged:
    """A minute more of the usual time."""
    return TimeChanged(id_, rev, deadline, reason, DURATION + MINUTE, T0 + HOUR + MINUTE)


def test_more_time_comes_with_the_new_deadline() -> None:
    rev = (1, SITTING.n + 1)
    assert heard(SITTING, Extended("e-1", MINUTE, "fire alarm")) == [
        Told("time_changed", changed(SITTING.id, rev, DEADLINE + MINUTE, "fire alarm"))
    ]


def test_more_time_before_the_start_has_no_deadline_yet() -> None:
    waiting = attempt()
    events = heard(waiting, Extended("e-1", MINUTE, "bus"))
    assert events == [Told("time_changed", changed(waiting.id, (1, 1), None, "bus"))]
    planned = attempt(factor_permille=1_500, extension_ms=MINUTE)
    (event,) = heard_of_exam(planned, ExamExtended("x-1", MINUTE, "bus"))
    assert isinstance(event.body, TimeChanged)
    assert event.body.time_ms == DURATION * 3 // 2 + MINUTE
    assert event.body.start_until == T0 + HOUR + 2 * MINUTE


def test_a_pause_and_its_end() -> None:
    paused = told(SITTING, Paused("p-1", START + MINUTE, "noise"))
    assert heard(SITTING, Paused("p-1", START + MINUTE, "noise")) == [
        Told("paused", PausedEvent(SITTING.id, paused.rev, START + MINUTE, "noise"))
    ]
    resumed = Resumed("r-1", START + 3 * MINUTE, "")
    assert heard(paused, resumed, at=START + 3 * MINUTE) == [
        Told("resumed", ResumedEvent(SITTING.id, (1, paused.n + 1), DEADLINE + 2 * MINUTE))
    ]


def test_a_message_is_a_notice() -> None:
    assert heard(SITTING, NoticeSent("m-1", "Look at q3.")) == [
        Told("notice", Notice("m-1", "Look at q3.", START + MINUTE))
    ]


def test_a_lost_lease_is_told_to_all_devices_but_the_new_one() -> None:
    assert heard(SITTING, LeaseGranted("j-2", LATER, "phone")) == [
        Told("lease_lost", LeaseLost(SITTING.id, LATER), spare="phone")
    ]


@pytest.mark.parametrize(
    ("body", "state", "reason"),
    [
        (Submitted("s-1", START + MINUTE), AttemptState.SUBMITTED, ""),
        (Submitted("s-1", START + MINUTE, "ill"), AttemptState.SUBMITTED, "ill"),
        (Terminated("t-1", START + MINUTE, "left"), AttemptState.TERMINATED, "left"),
        (Expired(START + MINUTE, START + MINUTE), AttemptState.EXPIRED, ""),
        (Absent(START + MINUTE), AttemptState.ABSENT, ""),
    ],
)
def test_every_end_is_told_with_its_reason(body: Body, state: AttemptState, reason: str) -> None:
    closed = Closed(SITTING.id, (1, SITTING.n + 1), state, START + MINUTE, reason)
    assert heard(SITTING, body) == [Told("closed", closed)]


def test_a_reopened_attempt_has_the_time_back_that_it_was_closed() -> None:
    closed = told(SITTING, Terminated("t-1", START + MINUTE, "a mistake"))
    body = Reopened("o-1", START + 3 * MINUTE, MINUTE, "sorry")
    rev = (1, closed.n + 1)
    assert heard(closed, body, at=START + 3 * MINUTE) == [
        Told("reopened", ReopenedEvent(closed.id, rev, DEADLINE + 3 * MINUTE, "sorry"))
    ]


def test_who_is_reopened_while_the_exam_stands_still_stands_too() -> None:
    closed = told(SITTING, Terminated("t-1", START + MINUTE, "a mistake"))
    stood = exam(n=1, pauses=((START + 2 * MINUTE, None),))
    one = fact(closed, Reopened("o-1", START + 3 * MINUTE, 0, "sorry"), at=START + 3 * MINUTE)
    after = apply(closed, one)
    reopened, paused = candidate_events(after, stood, one)
    assert reopened.event == "reopened"
    assert paused == Told("paused", PausedEvent(closed.id, after.rev, START + 3 * MINUTE, "sorry"))
    assert isinstance(reopened.body, ReopenedEvent)
    assert reopened.body.deadline == DEADLINE + 2 * MINUTE, "what was left when it was closed"


@pytest.mark.parametrize(
    "body",
    [
        saved("q3", 1, True),
        HandRaised("h-1", True, "help"),
        TakeoverApproved("a-1", "phone", ""),
    ],
    ids=lambda body: type(body).__name__,
)
def test_what_its_own_ack_says_is_not_told_again(body: Body) -> None:
    assert heard(SITTING, body) == []


def test_a_hand_that_was_taken_down_is_told() -> None:
    rev = (1, SITTING.n + 1)
    down = Told("hand", HandEvent(SITTING.id, rev, raised=False))
    assert heard(SITTING, HandRaised("h-2", False, "")) == [down]


def test_a_grant_to_the_exam_is_a_later_deadline_for_each() -> None:
    assert heard_of_exam(SITTING, ExamExtended("x-1", MINUTE, "power cut")) == [
        Told("time_changed", changed(SITTING.id, SITTING.rev, DEADLINE + MINUTE, "power cut"))
    ]


def test_a_paused_exam_stops_each_clock_and_resumes_it() -> None:
    pause = ExamPaused("x-1", "power cut")
    assert heard_of_exam(SITTING, pause) == [
        Told("paused", PausedEvent(SITTING.id, SITTING.rev, START + MINUTE, "power cut"))
    ]
    stood = exam(n=1, pauses=((START, None),))
    assert heard_of_exam(SITTING, ExamResumed("x-2", ""), stood) == [
        Told("resumed", ResumedEvent(SITTING.id, SITTING.rev, DEADLINE + MINUTE))
    ]


def test_who_is_paused_alone_stays_paused_when_the_exam_resumes() -> None:
    alone = told(SITTING, Paused("p-1", START, "ill"))
    stood = exam(n=1, pauses=((START, None),))
    assert heard_of_exam(alone, ExamResumed("x-2", ""), stood) == []


def test_who_is_resumed_alone_stays_paused_with_the_exam() -> None:
    alone = told(SITTING, Paused("p-1", START, "ill"))
    stood = exam(n=1, pauses=((START, None),))
    resumed = fact(alone, Resumed("r-1", START + MINUTE, ""), at=START + MINUTE)
    assert candidate_events(apply(alone, resumed), stood, resumed) == []


def test_an_announcement_is_told_to_all_also_to_those_who_are_done() -> None:
    done = told(SITTING, Submitted("s-1", START))
    notice = Told("notice", Notice("n-1", "Leave quietly.", START + MINUTE))
    body = ExamAnnounced("n-1", "Leave quietly.")
    assert heard_of_exam(SITTING, body) == heard_of_exam(done, body) == [notice]


def test_clocks_of_the_closed_are_not_spoken_of() -> None:
    done = told(SITTING, Submitted("s-1", START))
    for body in (ExamExtended("x-1", MINUTE, ""), ExamPaused("x-1", ""), ExamResumed("x-1", "")):
        assert heard_of_exam(done, body, exam(n=1, pauses=((START, None),))) == []


def test_an_order_to_all_is_carried_out_by_each_as_a_fact_of_its_own() -> None:
    assert heard_of_exam(SITTING, ExamOrdered("x-1", "terminate", "over")) == []


def test_every_event_is_in_the_protocol() -> None:
    bodies: list[Body] = [
        Extended("e-1", MINUTE, ""),
        Paused("p-1", START, ""),
        NoticeSent("m-1", "."),
        LeaseGranted("j-1", LEASE, "x"),
        Submitted("s-1", START),
    ]
    for body in bodies:
        for each in heard(SITTING, body):
            assert type(each.body) is EVENTS_TO_CANDIDATE[each.event]
