"""When an attempt ends, probed around every boundary."""

import pytest

from examsync.attempts import timing
from examsync.attempts.attempt import Attempt
from examsync.exams.exam import Exam
from protocol.facts import Absent, Extended
from protocol.types import CLOSED_STATES, AttemptState
from tests.builders import (
    DEADLINE,
    DURATION,
    GRACE,
    HOUR,
    MINUTE,
    SECOND,
    START,
    T0,
    attempt,
    exam,
    expired,
    in_state,
    paused,
    reopened,
    resumed,
    running,
    started,
    submitted,
    told,
)
from tests.unit.attempts.probes import Partition, check_phases

WINDOW_END = T0 + HOUR
CLOSES = WINDOW_END + 30 * MINUTE


def phase_at(of: Attempt, sat: Exam, now: int) -> str:
    """in time, late, over (nothing counts, the sweep is not yet due), or due."""
    until, ends, due = (
        timing.accept_until(of, sat, now),
        timing.deadline(of, sat, now),
        timing.due_at(of, sat, now),
    )
    assert until is not None
    assert ends is not None
    assert due is not None
    if now <= ends:
        return "in time"
    if now <= until:
        return "late"
    return "over" if now < due else "due"


def phases(ends: int) -> Partition:
    """What follows when the deadline is `ends`."""
    until = ends + GRACE
    return ("in time", ends + 1, "late", until + 1, "over", until + SECOND, "due")


@pytest.mark.parametrize(
    ("of", "sat", "ends"),
    [
        pytest.param(running(), exam(), DEADLINE, id="duration"),
        pytest.param(running(factor_permille=1_500), exam(), START + 45 * MINUTE, id="factor"),
        pytest.param(running(factor_permille=1_333), exam(), START + 2_399_400, id="odd factor"),
        pytest.param(told(attempt(), started(T0 + 50 * MINUTE)), exam(), WINDOW_END, id="window"),
        pytest.param(
            told(attempt(extension_ms=10 * MINUTE), started(T0 + 50 * MINUTE)),
            exam(),
            WINDOW_END + 10 * MINUTE,
            id="extension",
        ),
        pytest.param(
            told(attempt(extension_ms=HOUR), started(T0 + 59 * MINUTE)),
            exam(),
            T0 + 89 * MINUTE,
            id="extension longer than needed",
        ),
        pytest.param(
            told(attempt(extension_ms=HOUR), started(T0 + 59 * MINUTE)),
            exam(closes_at=WINDOW_END + MINUTE),
            WINDOW_END + MINUTE,
            id="the exam's end caps an extension",
        ),
        pytest.param(running(), exam(granted_ms=7 * MINUTE), DEADLINE + 7 * MINUTE, id="grant"),
        pytest.param(
            told(attempt(), started(T0 + 50 * MINUTE)),
            exam(granted_ms=7 * MINUTE),
            WINDOW_END + 7 * MINUTE,
            id="a grant moves the window",
        ),
        pytest.param(
            told(running(), Extended("x", 2 * MINUTE, "")),
            exam(granted_ms=MINUTE),
            DEADLINE + 3 * MINUTE,
            id="incident time adds to a grant",
        ),
        pytest.param(
            told(attempt(), Extended("x", 2 * MINUTE, ""), started()),
            exam(),
            DEADLINE + 2 * MINUTE,
            id="incident time from before the start",
        ),
        pytest.param(
            told(running(), Extended("x", 2 * HOUR, "")),
            exam(granted_ms=MINUTE),
            CLOSES + MINUTE,
            id="the exam's end, moved by grants, caps incident time",
        ),
    ],
)
def test_each_term_of_the_deadline_counts(of: Attempt, sat: Exam, ends: int) -> None:
    check_phases(lambda now: phase_at(of, sat, now), phases(ends))


def test_factor_does_not_stretch_the_window_or_grants() -> None:
    slow = told(attempt(factor_permille=2_000), started(T0 + 10 * MINUTE))
    assert timing.deadline(slow, exam(granted_ms=MINUTE), START) == WINDOW_END + MINUTE
    assert timing.deadline(running(factor_permille=1_500), exam(granted_ms=MINUTE), START) == (
        START + DURATION * 3 // 2 + MINUTE
    )


def test_grace_may_be_nothing() -> None:
    sat = exam(grace_ms=0)
    check_phases(
        lambda now: phase_at(running(), sat, now),
        ("in time", DEADLINE + 1, "over", DEADLINE + SECOND, "due"),
    )


def test_there_is_no_deadline_before_the_start() -> None:
    assert timing.deadline(attempt(), exam(), T0) is None
    assert timing.accept_until(attempt(), exam(), T0) is None


@pytest.mark.parametrize(
    ("of", "sat", "until"),
    [
        pytest.param(attempt(), exam(), WINDOW_END, id="window"),
        pytest.param(attempt(extension_ms=MINUTE), exam(), WINDOW_END + MINUTE, id="extension"),
        pytest.param(attempt(), exam(granted_ms=MINUTE), WINDOW_END + MINUTE, id="grant"),
        pytest.param(
            told(attempt(), Extended("x", MINUTE, "")), exam(), WINDOW_END + MINUTE, id="incident"
        ),
        pytest.param(
            attempt(),
            exam(pauses=((T0 + MINUTE, T0 + 3 * MINUTE),)),
            WINDOW_END + 2 * MINUTE,
            id="pause of the exam",
        ),
        pytest.param(
            attempt(extension_ms=HOUR),
            exam(granted_ms=MINUTE),
            CLOSES + MINUTE,
            id="never after the exam's end",
        ),
    ],
)
def test_an_attempt_may_be_started_until(of: Attempt, sat: Exam, until: int) -> None:
    """And the sweep comes for who did not, grace and a second later."""
    assert timing.start_until(of.core, of.seat, sat, until) == until
    assert timing.due_at(of, sat, until) == until + GRACE + SECOND


@pytest.mark.parametrize("state", sorted(CLOSED_STATES))
def test_nothing_is_due_for_a_closed_attempt(state: AttemptState) -> None:
    assert timing.due_at(in_state(state), exam(), DEADLINE + HOUR) is None


def test_an_expired_attempt_reopened_with_extra_time_has_just_that() -> None:
    again = told(running(), expired(), reopened(DEADLINE + HOUR // 4, 2 * MINUTE))
    check_phases(
        lambda now: phase_at(again, exam(), now), phases(DEADLINE + HOUR // 4 + 2 * MINUTE)
    )


def test_an_expired_attempt_reopened_without_extra_time_has_none() -> None:
    again = told(running(), expired(), reopened(DEADLINE + MINUTE))
    assert timing.deadline(again, exam(), DEADLINE + MINUTE) == DEADLINE


def test_a_submitted_attempt_reopened_has_the_time_it_had_left() -> None:
    handed_in, again_at = START + 10 * MINUTE, START + 25 * MINUTE
    again = told(running(), submitted(handed_in), reopened(again_at))
    check_phases(lambda now: phase_at(again, exam(), now), phases(again_at + 20 * MINUTE))


def test_reopened_twice_both_waits_are_given_back() -> None:
    at = START + 10 * MINUTE
    again = told(
        running(),
        submitted(at),
        reopened(at + MINUTE),
        submitted(at + 2 * MINUTE),
        reopened(at + 5 * MINUTE),
    )
    assert timing.deadline(again, exam(), at) == DEADLINE + 4 * MINUTE


def test_an_absent_candidate_reopened_with_extra_time_may_start() -> None:
    absent = told(attempt(), Absent(WINDOW_END), reopened(WINDOW_END + MINUTE, 5 * MINUTE))
    until = timing.start_until(absent.core, absent.seat, exam(), WINDOW_END + MINUTE)
    assert until == WINDOW_END + 6 * MINUTE


def test_an_attempt_that_stays_paused_is_due_at_the_end_of_its_exam() -> None:
    halted = told(running(), paused(START + MINUTE))
    last = CLOSES + GRACE + SECOND
    for now in (START + MINUTE, DEADLINE, WINDOW_END, CLOSES, last - 1, last, last + HOUR):
        assert timing.due_at(halted, exam(), now) == last


@pytest.mark.parametrize("since", [DEADLINE, DEADLINE + 1])
def test_a_pause_that_began_when_the_time_was_up_changes_nothing(since: int) -> None:
    halted = told(running(), paused(since))
    check_phases(lambda now: phase_at(halted, exam(), now), phases(DEADLINE))
    check_phases(
        lambda now: phase_at(running(), exam(pauses=((since, None),)), now), phases(DEADLINE)
    )


def test_a_hint_made_during_a_pause_of_the_exam_is_not_late_when_it_resumes() -> None:
    """The exam resumes without a word to the attempt: a hint made before must still be early."""
    since, back = START + MINUTE, START + 11 * MINUTE
    for asked in (since, since + 1, since + 5 * MINUTE, back - 1):
        hint = timing.due_at(running(), exam(pauses=((since, None),)), asked)
        due = timing.due_at(running(), exam(pauses=((since, back),)), back)
        assert hint is not None
        assert due is not None
        assert hint <= due


def test_resuming_tells_the_time_that_was_left() -> None:
    at = START + 10 * MINUTE
    again = told(running(), paused(at), resumed(at + 7 * MINUTE))
    check_phases(lambda now: phase_at(again, exam(), now), phases(DEADLINE + 7 * MINUTE))


def test_who_is_paused_twice_over_stands_since_the_first() -> None:
    halted = told(running(), paused(START + 2 * MINUTE))
    sat = exam(pauses=((START + MINUTE, None),))
    assert timing.paused_since(halted.core, sat) == START + MINUTE
    assert timing.paused_since(halted.core, exam()) == START + 2 * MINUTE
    assert timing.paused_since(running().core, exam()) is None
