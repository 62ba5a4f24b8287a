"""What time and the exam's orders do to an attempt."""

import pytest

from examsync.attempts import closing, timing
from examsync.attempts.attempt import Attempt
from examsync.exams.exam import Exam, Order
from protocol.facts import Absent, Body, Expired, Reopened, Started, Submitted, Terminated
from protocol.types import CLOSED_STATES, AttemptState
from tests.builders import (
    DEADLINE,
    GRACE,
    HOUR,
    MINUTE,
    SECOND,
    START,
    T0,
    attempt,
    done,
    exam,
    expired,
    granted,
    in_state,
    paused,
    resumed,
    running,
    submitted,
    terminated,
    told,
)
from tests.unit.attempts.probes import check_phases

CLOSES = exam().terms.closes_at
WINDOW_END = exam().terms.window_end


def body_of(of: Attempt, sat: Exam, now: int) -> Body | None:
    """What closes the attempt now, if anything."""
    decision = closing.overdue(of, sat, now)
    return decision.body if decision is not None else None


def ordered(of: Attempt, *orders: Order) -> Attempt:
    """The attempt after it has carried out all it has to."""
    sat = exam(orders=orders, n=len(orders))
    while (decision := closing.ordered(of, sat)) is not None:
        of = done(of, decision, at=START + HOUR)
    return of


def order(n: int, kind: str, at: int, extra_ms: int = 0) -> Order:
    """The exam's `n`th fact is this order."""
    return Order(n, f"o-{n}", kind, at, "examiner:1", "alarm", extra_ms)


# --- time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of", "sat", "body"),
    [
        pytest.param(running(), exam(), expired(DEADLINE), id="time is up"),
        pytest.param(running(), exam(granted_ms=7), expired(DEADLINE + 7), id="granted"),
        pytest.param(attempt(), exam(), Absent(WINDOW_END), id="never came"),
        pytest.param(told(attempt(), granted()), exam(), Absent(WINDOW_END), id="never started"),
        pytest.param(
            told(running(), paused(START + MINUTE)),
            exam(),
            Expired(CLOSES, CLOSES, unresumed=True),
            id="never resumed",
        ),
        pytest.param(
            running(),
            exam(pauses=((START + MINUTE, None),)),
            Expired(CLOSES, CLOSES, unresumed=True),
            id="the exam never resumed",
        ),
        pytest.param(
            attempt(),
            exam(pauses=((T0 + MINUTE, None),)),
            Absent(CLOSES),
            id="never started, the exam never resumed",
        ),
        pytest.param(
            told(running(), paused(START + MINUTE), resumed(START + 2 * MINUTE)),
            exam(),
            expired(DEADLINE + MINUTE),
            id="paused and resumed",
        ),
        pytest.param(
            told(running(), paused(DEADLINE)), exam(), expired(DEADLINE), id="paused too late"
        ),
    ],
)
def test_what_is_open_is_closed_a_second_after_nothing_counts(
    of: Attempt, sat: Exam, body: Expired | Absent
) -> None:
    due = body.closed_at + GRACE + SECOND
    check_phases(
        lambda now: "open" if body_of(of, sat, now) is None else "closed", ("open", due, "closed")
    )
    assert body_of(of, sat, due + HOUR) == body


@pytest.mark.parametrize("state", sorted(CLOSED_STATES))
def test_what_is_closed_stays_so(state: AttemptState) -> None:
    assert body_of(in_state(state), exam(), CLOSES + 24 * HOUR) is None


def test_an_attempt_ends_at_its_deadline_not_when_the_sweep_came() -> None:
    decision = closing.overdue(running(), exam(), DEADLINE + HOUR)
    assert decision is not None
    after = done(running(), decision)
    assert (after.core.state, after.core.closed_at) == (AttemptState.EXPIRED, DEADLINE)


# --- orders of the whole exam ---------------------------------------------------------------------

CARRIED_OUT: dict[str, dict[AttemptState, type | None]] = {
    "terminate": dict.fromkeys(CLOSED_STATES, None)
    | {
        AttemptState.NOT_STARTED: Terminated,
        AttemptState.IN_PROGRESS: Terminated,
        AttemptState.PAUSED: Terminated,
    },
    "submit_for": dict.fromkeys(AttemptState, None)
    | {AttemptState.IN_PROGRESS: Submitted, AttemptState.PAUSED: Submitted},
    "reopen": dict.fromkeys(AttemptState, None) | dict.fromkeys(CLOSED_STATES, Reopened),
}


@pytest.mark.parametrize("state", AttemptState)
@pytest.mark.parametrize("kind", CARRIED_OUT)
def test_each_order_in_each_state(kind: str, state: AttemptState) -> None:
    at = T0 + 2 * HOUR
    decision = closing.ordered(in_state(state), exam(orders=(order(1, kind, at),)))
    wanted = CARRIED_OUT[kind][state]
    if wanted is None:
        assert decision is None
        return
    assert decision is not None
    assert type(decision.body) is wanted
    after = done(in_state(state), decision)
    assert (after.core.order, after.core.turned_at) == (1, at)
    assert closing.ordered(after, exam(orders=(order(1, kind, at),))) is None


def test_an_order_leaves_the_reason_and_its_number() -> None:
    decision = closing.ordered(running(), exam(orders=(order(4, "terminate", START + 9),)))
    assert decision is not None
    assert decision.body == Terminated("order:4", START + 9, "alarm", 4)


@pytest.mark.parametrize("kind", ["terminate", "submit_for"])
def test_an_order_known_at_a_reopening_is_not_for_this_attempt(kind: str) -> None:
    """Led back alone after everybody was closed, it stays open."""
    at = START + 10 * MINUTE
    sat = exam(orders=(order(1, kind, at),), n=1)
    handed_in = told(running(), submitted(at - 1))
    assert closing.ordered(told(handed_in, Reopened("r", at + 1, 0, "appeal", 1)), sat) is None


@pytest.mark.parametrize("kind", ["terminate", "submit_for"])
def test_an_order_not_heard_of_is_carried_out_however_late(kind: str) -> None:
    """The process where it was started, or led back, had not heard of the order yet."""
    sat = exam(orders=(order(1, kind, START - 1),), n=1)
    unaware = told(attempt(), granted(), Started("s", START))
    decision = closing.ordered(unaware, sat)
    assert decision is not None
    after = done(unaware, decision)
    assert (after.core.closed_at, after.core.order) == (START, 1)


def test_who_starts_after_an_order_is_not_handed_in_by_it() -> None:
    orders = order(1, "submit_for", START - MINUTE)
    assert ordered(told(attempt(), granted()), orders).core.state is AttemptState.NOT_STARTED
    aware = told(attempt(), granted(), Started("s", START, 1))
    assert ordered(aware, orders).core.state is AttemptState.IN_PROGRESS


def test_late_joiners_carry_out_every_order_since() -> None:
    end, back = order(1, "terminate", START), order(3, "reopen", START + MINUTE, 2 * MINUTE)
    joiner = ordered(attempt(), end, back)
    assert (joiner.core.state, joiner.core.order) == (AttemptState.NOT_STARTED, 3)
    assert (joiner.core.closes, joiner.core.incident_ms) == (1, 2 * MINUTE)
    again = ordered(attempt(), end, back, order(5, "terminate", START + 2 * MINUTE))
    assert (again.core.state, again.core.closes) == (AttemptState.TERMINATED, 2)


def test_an_exam_ended_and_led_back_gives_the_time_between() -> None:
    at = START + 10 * MINUTE
    of = ordered(running(), order(1, "terminate", at), order(2, "reopen", at + 5 * MINUTE))
    assert of.core.state is AttemptState.IN_PROGRESS
    assert timing.deadline(of, exam(), at + 6 * MINUTE) == DEADLINE + 5 * MINUTE


def test_reopening_everybody_passes_by_who_was_led_back_since() -> None:
    end, back = order(1, "terminate", START + MINUTE), order(2, "reopen", START + 2 * MINUTE)
    back_alone = Reopened("r", START + 3 * MINUTE, 0, "appeal", 2)
    alone = told(running(), terminated(START + MINUTE), back_alone)
    assert ordered(alone, end, back) == alone


def test_the_end_of_an_exam_does_not_reach_what_was_closed_before() -> None:
    handed_in = told(running(), submitted(START + MINUTE))
    assert ordered(handed_in, order(1, "terminate", START + 2 * MINUTE)) == handed_in
