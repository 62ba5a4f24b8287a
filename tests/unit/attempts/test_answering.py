"""Whether an answer counts: time, state, policy; versions and repeats."""

import re
from collections.abc import Callable

import pytest

from examsync.attempts import answering, seal
from examsync.attempts.attempt import Attempt, kept_key
from examsync.attempts.decision import Context, Decision
from examsync.errors import ExamError
from examsync.exams.exam import Exam
from protocol.facts import AnswerKept, AnswerSaved
from protocol.from_client import Answer
from protocol.problems import Code
from protocol.types import AttemptState, LatePolicy
from tests.builders import (
    DEADLINE,
    EARLIER,
    GRACE,
    HOUR,
    LATER,
    LEASE,
    MINUTE,
    START,
    answer,
    attempt,
    context,
    done,
    exam,
    granted,
    in_state,
    items,
    paused,
    reopened,
    resumed,
    running,
    saved,
    started,
    told,
)
from tests.unit.attempts.probes import check_phases

ITEMS = items()


def decide(of: Attempt, said: Answer, ctx: Context, sat: Exam | None = None) -> Decision:
    """What becomes of an answer in the usual exam."""
    return answering.decide(of, sat or exam(), ITEMS, said, ctx)


def outcome(of: Attempt, said: Answer, ctx: Context, sat: Exam | None = None) -> str:
    """The code of the refusal; or saved, late, kept (with what is told), again, superseded."""
    try:
        decision = decide(of, said, ctx, sat)
    except ExamError as refusal:
        return str(refusal.code)
    if decision.superseded:
        return "superseded"
    if decision.body is None:
        return "again"
    if isinstance(decision.body, AnswerKept):
        assert not decision.counted
        return f"kept, {decision.refusal or 'ok'}"
    assert isinstance(decision.body, AnswerSaved)
    return "late" if decision.body.late else "saved"


def at(of: Attempt, sat: Exam | None = None) -> Callable[[int], str]:
    """What becomes of an answer by its arrival."""
    return lambda now: outcome(of, answer(), context(now), sat)


AFTER = {
    LatePolicy.DISCARD: "too_late",
    LatePolicy.KEEP_MARKED: "kept, ok",
    LatePolicy.ACCEPT: "late",
}


@pytest.mark.parametrize("policy", LatePolicy)
@pytest.mark.parametrize("state", [AttemptState.IN_PROGRESS, AttemptState.EXPIRED])
def test_an_answer_counts_by_its_arrival(state: AttemptState, policy: LatePolicy) -> None:
    """An expired attempt takes what was in time and waited for a frozen Redis."""
    check_phases(
        at(in_state(state), exam(late_policy=policy)),
        ("saved", DEADLINE + 1, "late", DEADLINE + GRACE + 1, AFTER[policy]),
    )


def test_the_time_of_a_pause_is_given_back() -> None:
    since, until = START + MINUTE, START + 6 * MINUTE
    halted = told(running(), paused(since))
    check_phases(at(halted), ("saved", since, "paused", DEADLINE + HOUR, "paused"))
    again = told(halted, resumed(until))
    ends = DEADLINE + 5 * MINUTE
    check_phases(at(again), ("saved", ends + 1, "late", ends + GRACE + 1, "kept, ok"))


def test_a_pause_of_the_exam_stops_answers_too() -> None:
    since = START + MINUTE
    check_phases(at(running(), exam(pauses=((since, None),))), ("saved", since, "paused"))


@pytest.mark.parametrize("since", [DEADLINE, DEADLINE + 1])
def test_a_pause_that_began_when_the_time_was_up_stops_nothing(since: int) -> None:
    halted = told(running(), paused(since))
    check_phases(at(halted), ("saved", DEADLINE + 1, "late", DEADLINE + GRACE + 1, "kept, ok"))


@pytest.mark.parametrize("policy", LatePolicy)
@pytest.mark.parametrize(
    ("state", "told_"),
    [
        (AttemptState.NOT_STARTED, "not_started"),
        (AttemptState.IN_PROGRESS, "saved"),
        (AttemptState.PAUSED, "paused"),
        (AttemptState.SUBMITTED, "attempt_closed"),
        (AttemptState.EXPIRED, "saved"),
        (AttemptState.TERMINATED, "attempt_closed"),
        (AttemptState.ABSENT, "attempt_closed"),
    ],
)
def test_each_state_says_whether_it_takes_an_answer(
    state: AttemptState, policy: LatePolicy, told_: str
) -> None:
    """The late policy is asked about time only, never about states."""
    sat, now = exam(late_policy=policy), START + 6 * MINUTE
    assert outcome(in_state(state), answer(), context(now), sat) == told_


def test_more_time_for_the_exam_does_not_reopen_what_has_expired() -> None:
    sat = exam(granted_ms=HOUR)
    assert at(in_state(AttemptState.EXPIRED), sat)(DEADLINE) == "saved"
    assert at(in_state(AttemptState.EXPIRED), sat)(DEADLINE + GRACE + 1) == "kept, ok"
    assert at(running(), sat)(DEADLINE + GRACE + 1) == "saved"


def test_a_reopened_attempt_takes_answers_again() -> None:
    at_ = START + 10 * MINUTE
    again = told(in_state(AttemptState.SUBMITTED), reopened(at_ + MINUTE))
    assert outcome(again, answer(), context(at_ + 2 * MINUTE)) == "saved"


def test_what_is_saved_is_what_was_sent() -> None:
    said = answer("q1", 7, ITEMS["q1"].options[0].id, flag=True, spent_ms=12_345)
    body = decide(running(), said, context(START + 1)).body
    digest = seal.digest(said.response, True)
    assert body == AnswerSaved(
        "q1", LEASE, 7, digest, said.response, START + 1, False, True, 12_345, False
    )


def test_the_receipt_will_cover_what_stands() -> None:
    first = decide(running(), answer(), context())
    stands = done(running(), first).responses["q5"]
    assert first.effect == answering.answer_effect(stands)
    assert seal.terms(first.effect) == {
        "arrived": START + MINUTE,
        "digest": seal.digest("Mercury", False),
        "late": False,
        "lease": LEASE,
        "seq": 1,
    }


# --- versions and repeats -------------------------------------------------------------------------


def test_a_repeat_gets_the_same_effect_whatever_has_happened_since() -> None:
    first = decide(running(), answer(), context())
    since = done(running(), first)
    for later in (
        since,
        told(since, saved("q4", 2, "3.14")),
        told(since, paused(START + HOUR // 4)),
        told(since, *(body for body in [granted(LATER, "browser-2")])),
        told(in_state(AttemptState.SUBMITTED), saved(arrived=START + MINUTE)),
        told(in_state(AttemptState.TERMINATED), saved(arrived=START + MINUTE)),
    ):
        again = decide(later, answer(), context(DEADLINE + HOUR))
        assert again.body is None
        assert again.effect == first.effect
        assert not again.superseded


@pytest.mark.parametrize("other", [answer(response="Gold"), answer(flag=True)])
def test_the_same_seq_with_another_value_is_refused(other: Answer) -> None:
    assert outcome(told(running(), saved()), other, context()) == "seq_reused"


def test_the_same_seq_of_a_kept_answer_with_another_value_is_refused() -> None:
    late = context(DEADLINE + GRACE + 1)
    with_kept = done(running(), decide(running(), answer(), late))
    assert outcome(with_kept, answer(response="Gold"), late) == "seq_reused"
    assert outcome(with_kept, answer(), late) == "again"


def test_an_older_answer_than_stands_is_superseded_and_has_no_receipt() -> None:
    decision = decide(told(running(), saved(seq=3)), answer(seq=2), context())
    assert (decision.superseded, decision.body, decision.effect) == (True, None, "")
    late = context(DEADLINE + HOUR)
    assert outcome(told(running(), saved(seq=3)), answer(seq=2), late) == "superseded"


def test_items_have_versions_of_their_own() -> None:
    assert outcome(told(running(), saved("q4", 9, "1")), answer("q5", 2), context()) == "saved"


def test_a_newer_lease_beats_any_seq() -> None:
    taken = told(running(), saved(seq=99), granted(LATER, "browser-2"))
    assert outcome(taken, answer(seq=1), context(instance="browser-2", lease=LATER)) == "saved"


def test_null_clears_a_response() -> None:
    body = decide(told(running(), saved()), answer(seq=2, response=None), context()).body
    assert isinstance(body, AnswerSaved)
    assert body.response is None


# --- refused, and kept ----------------------------------------------------------------------------


@pytest.mark.parametrize("lease", [EARLIER, LATER, ""])
def test_the_answer_of_another_lease_is_kept_and_refused(lease: str) -> None:
    assert outcome(running(), answer(), context(lease=lease)) == "kept, lease_lost"


def test_an_answer_of_a_lost_lease_is_kept_once() -> None:
    lost = told(running(), granted(LATER, "browser-2"))
    first = decide(lost, answer(), context())
    assert isinstance(first.body, AnswerKept)
    assert first.body.why == "lease_lost"
    assert seal.terms(first.effect)["late"] is False
    after = done(lost, first)
    assert after.core.kept == 1
    again = decide(after, answer(), context(START + HOUR))
    assert (again.body, again.refusal, again.effect) == (None, Code.LEASE_LOST, first.effect)
    assert outcome(after, answer(seq=2), context()) == "kept, lease_lost"


def test_a_late_answer_is_kept_once_and_acked_as_not_counted() -> None:
    now = context(DEADLINE + GRACE + 1)
    first = decide(running(), answer(), now)
    after = done(running(), first)
    again = decide(after, answer(), context(DEADLINE + HOUR))
    assert (again.body, again.refusal, again.counted) == (None, None, False)
    assert again.effect == first.effect
    said = seal.terms(again.effect)
    assert (said["arrived"], said["late"]) == (DEADLINE + GRACE + 1, True)
    assert "q5" not in after.responses


def test_so_many_are_kept_and_no_more() -> None:
    full = running()
    for seq in range(1, answering.KEPT_PER_ATTEMPT_MAX + 1):
        full = done(full, decide(full, answer(seq=seq), context(lease=EARLIER)))
    assert full.core.kept == answering.KEPT_PER_ATTEMPT_MAX
    assert outcome(full, answer(seq=501), context(lease=EARLIER)) == "lease_lost"
    assert outcome(full, answer(seq=501), context(DEADLINE + HOUR)) == "too_late"
    assert outcome(full, answer(seq=500), context(lease=EARLIER)) == "again"
    assert outcome(full, answer(seq=501), context()) == "saved"


def test_no_command_can_pose_as_a_kept_answer() -> None:
    """Ids are a client's to choose; the keys of kept answers are not among them."""
    assert not re.fullmatch(r"[A-Za-z0-9_.:\-]+", kept_key("q5", LEASE, 1))


def test_an_item_that_is_not_of_the_paper_is_refused_in_any_state() -> None:
    for state in AttemptState:
        assert outcome(in_state(state), answer("q99"), context()) == "unknown_item"


def test_a_response_that_does_not_fit_is_refused_in_any_state() -> None:
    for state in AttemptState:
        assert outcome(in_state(state), answer("q3", 1, "yes"), context()) == "bad_response"


def test_nobody_answers_before_somebody_joined() -> None:
    assert outcome(told(attempt(), started()), answer(), context()) == "kept, lease_lost"
