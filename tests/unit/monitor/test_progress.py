"""A row says what the facts say, without a clock."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from examsync.attempts import acting, timing
from examsync.attempts.attempt import Held, Responses
from examsync.exams.exam import Exam
from examsync.monitor.progress import Tally, can, deadline_shown, row, tally
from protocol.problems import MEANINGS, Code
from protocol.types import AttemptState, Grading
from tests.unit.monitor.scene import HOUR_MS, NOW, attempt, exam, held

MINUTE_MS = 60_000


def test_responses_are_counted_and_a_cleared_one_is_no_answer() -> None:
    responses = [
        held(1),
        held(2, flag=True),
        held(9, None, flag=True),
        held(4, late=True),
    ]
    assert tally(responses) == Tally(3, 2, 1, NOW + 9_000)
    assert tally([]) == Tally()


def test_a_row_says_who_where_and_how_far() -> None:
    one = structs.replace(
        attempt(violations=2, kept=1, hand=True, waiting="tablet"),
        responses={"i1": held(1), "i2": held(3, flag=True)},
        durable=(2, 5),
    )
    found = row(one, exam(), 9)
    assert (found.attempt, found.candidate, found.name) == ("a1", "c-a1", "Asha a1")
    assert (found.hall, found.group, found.rev, found.durable) == ("B", "12", (2, 7), (2, 5))
    assert (found.answered, found.total, found.flagged, found.late) == (2, 9, 1, 0)
    assert (found.violations, found.kept, found.hand) == (2, 1, True)
    assert found.takeover_waiting
    assert found.saved_at == NOW + 3_000
    assert found.deadline == NOW - 600_000 + 3 * HOUR_MS - 50 * MINUTE_MS  # the window's end
    assert found.grading is Grading.NONE


def test_counts_stand_in_for_responses_that_were_not_read() -> None:
    found = row(attempt(), exam(), 9, Tally(4, 1, 2, NOW), Grading.GRADED)
    assert (found.answered, found.flagged, found.late, found.saved_at) == (4, 1, 2, NOW)
    assert found.grading is Grading.GRADED


def test_nothing_durable_yet_is_not_the_same_as_an_epoch_zero() -> None:
    assert row(attempt(), exam(), 9).durable is None


def test_an_attempt_that_has_not_begun_has_no_deadline() -> None:
    one = attempt(state=AttemptState.NOT_STARTED, started_at=None)
    assert row(one, exam(), 9).deadline is None


def test_a_closed_attempt_counts_down_no_more_and_waits_for_its_marks() -> None:
    one = attempt(state=AttemptState.SUBMITTED, closed_at=NOW)
    found = row(one, exam(pauses=((NOW - 10, None),)), 9)
    assert (found.deadline, found.paused_since, found.closed_at) == (None, None, NOW)
    assert found.grading is Grading.PENDING
    absent = attempt(state=AttemptState.ABSENT, started_at=None, closed_at=NOW)
    assert row(absent, exam(), 9).grading is Grading.NONE


def test_what_is_left_stands_still_while_the_clock_does() -> None:
    running = deadline_shown(attempt(), exam())
    assert running is not None
    paused = attempt(state=AttemptState.PAUSED, pauses=((NOW, None),))
    shown = row(paused, exam(), 9)
    assert (shown.deadline, shown.paused_since) == (running, NOW)


def left_ms(one: object, of: Exam, now: int) -> int:
    ends = timing.deadline(one, of, now)  # type: ignore[arg-type]
    assert ends is not None
    return ends - now


def test_a_pause_that_came_and_went_within_another_is_not_counted_twice() -> None:
    one = attempt(state=AttemptState.PAUSED, pauses=((NOW, None),))
    within = exam(pauses=((NOW + 60_000, NOW + 120_000),))
    shown = row(one, within, 9)
    assert shown.deadline is not None
    assert shown.paused_since == NOW
    assert shown.deadline - NOW == left_ms(one, within, NOW + 120_000)
    assert shown.deadline - NOW == left_ms(one, within, NOW + 300_000)


def test_a_pause_of_the_exam_is_seen_on_every_row() -> None:
    assert row(attempt(), exam(pauses=((NOW, None),)), 9).paused_since == NOW


def test_a_grant_of_the_exam_moves_the_deadline_without_a_fact_of_the_attempt() -> None:
    before = row(attempt(), exam(), 9)
    after = row(attempt(), exam(granted_ms=300_000, n=4), 9)
    assert before.deadline is not None
    assert after.deadline == before.deadline + 300_000
    assert before.rev == after.rev


def test_every_act_has_a_reason_or_none() -> None:
    reasons = can(attempt(), exam())
    assert set(reasons) == set(acting.ACTS)
    assert reasons["extend"] == reasons["pause"] == reasons["terminate"] == ""
    assert reasons["reopen"] == MEANINGS[Code.ATTEMPT_OPEN].title
    assert reasons["approve_takeover"] == MEANINGS[Code.NO_TAKEOVER].title


def test_what_can_be_done_follows_the_attempt() -> None:
    closed = can(attempt(state=AttemptState.EXPIRED, closed_at=NOW), exam())
    assert closed["reopen"] == ""
    assert closed["extend"] == MEANINGS[Code.ATTEMPT_CLOSED].title
    assert can(attempt(waiting="t4"), exam())["approve_takeover"] == ""
    assert can(attempt(hand=True), exam())["resolve"] == ""


ANSWERS = st.lists(
    st.tuples(
        st.sampled_from(["q5", "q6"]),
        st.sampled_from([None, "Mercury"]),
        st.integers(1, 5),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    ),
    max_size=20,
)


@given(ANSWERS)
def test_responses_that_are_counted_as_they_come_have_the_tally_of_counting_them_all(
    answers: list[tuple[str, str | None, int, bool, bool, bool]],
) -> None:
    responses = Responses({})
    for seq, (item, said, arrived, flag, late, looked_at) in enumerate(answers):
        held = Held("lease", seq, "digest", said, NOW + arrived, late, flag)
        before, known = responses, dict(responses)
        responses = responses.having(item, held)
        at = structs.replace(attempt(), responses=responses)
        if looked_at:
            found, counted = row(at, exam(), 9), tally(list(responses.values()))
            assert (found.answered, found.flagged) == (counted.answered, counted.flagged)
            assert (found.late, found.saved_at) == (counted.late, counted.saved_at)
            assert before == known
