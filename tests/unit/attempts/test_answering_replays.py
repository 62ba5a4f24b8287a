"""Answers that come back with their receipt: they pass lease, deadline and state, nothing else."""

import pytest
from msgspec import structs

from examsync.attempts import answering, seal
from examsync.attempts.attempt import Attempt, held
from examsync.attempts.decision import Context, Decision, effect
from examsync.errors import ExamError
from protocol.facts import AnswerKept, AnswerSaved
from protocol.from_client import Answer
from protocol.problems import Code
from protocol.types import CLOSED_STATES, AttemptState
from tests.builders import (
    DEADLINE,
    EARLIER,
    GRACE,
    HOUR,
    LATER,
    LEASE,
    START,
    answer,
    context,
    done,
    exam,
    granted,
    in_state,
    items,
    running,
    saved,
    told,
)

ITEMS = items()
WAS = saved(arrived=START + 7, seq=5)
PROOF = answering.answer_effect(held(WAS))


def decide(of: Attempt, said: Answer, ctx: Context) -> Decision:
    """What becomes of an answer in the usual exam."""
    return answering.decide(of, exam(), ITEMS, said, ctx)


def replayed(of: Attempt, *, proof: str = PROOF, said: Answer | None = None) -> Decision:
    """What becomes of the answer acked before, sent again long after by whoever."""
    ctx = context(DEADLINE + HOUR, lease=LATER, instance="browser-9", proof=proof)
    return decide(of, said or answer(seq=5), ctx)


@pytest.mark.parametrize("state", AttemptState)
def test_a_lost_answer_is_restored_in_every_state(state: AttemptState) -> None:
    decision = replayed(in_state(state))
    assert decision.body == structs.replace(WAS, replayed=True)
    assert decision.effect == PROOF
    assert (decision.refusal, decision.counted, decision.superseded) == (None, True, False)
    assert done(in_state(state), decision).core == in_state(state).core


@pytest.mark.parametrize("state", sorted(CLOSED_STATES))
def test_without_its_receipt_it_would_not_be(state: AttemptState) -> None:
    of = in_state(state)
    if state is AttemptState.EXPIRED:
        assert isinstance(decide(of, answer(), context(DEADLINE + HOUR)).body, AnswerKept)
        return
    with pytest.raises(ExamError) as refusal:
        decide(of, answer(), context(DEADLINE + HOUR))
    assert refusal.value.code is Code.ATTEMPT_CLOSED


def test_a_late_answer_stays_late() -> None:
    was = saved(seq=5, late=True, arrived=DEADLINE + 3)
    body = replayed(running(), proof=answering.answer_effect(held(was))).body
    assert body == structs.replace(was, replayed=True)


def test_the_same_version_is_a_repeat() -> None:
    decision = replayed(told(running(), WAS))
    assert (decision.body, decision.effect, decision.superseded) == (None, PROOF, False)


@pytest.mark.parametrize(
    "newer", [saved(seq=6), saved(seq=1, lease=LATER)], ids=["a later seq", "a later lease"]
)
def test_a_receipt_does_not_pass_the_version_check(newer: AnswerSaved) -> None:
    decision = replayed(told(running(), newer))
    assert (decision.body, decision.superseded) == (None, True)


@pytest.mark.parametrize(
    "older", [saved(seq=4), saved(seq=99, lease=EARLIER)], ids=["an earlier seq", "a lost lease"]
)
def test_what_is_older_gives_way(older: AnswerSaved) -> None:
    assert replayed(told(running(), older)).body == structs.replace(WAS, replayed=True)


@pytest.mark.parametrize(
    "said",
    [answer(seq=5, response="Gold"), answer(seq=5, flag=True), answer(seq=6), answer(seq=4)],
    ids=["another response", "another flag", "a later seq", "an earlier seq"],
)
def test_a_receipt_over_something_else_is_refused(said: Answer) -> None:
    with pytest.raises(ExamError) as refusal:
        replayed(running(), said=said)
    assert refusal.value.code is Code.BAD_RECEIPT


@pytest.mark.parametrize("proof", ["{}", effect(closed_at=1), effect(digest="x", seq=5)])
def test_a_receipt_over_another_kind_of_thing_is_refused(proof: str) -> None:
    with pytest.raises(ExamError) as refusal:
        replayed(running(), proof=proof)
    assert refusal.value.code is Code.BAD_RECEIPT


def test_a_replay_must_still_fit_the_item() -> None:
    with pytest.raises(ExamError) as refusal:
        replayed(running(), said=answer("q3", 5, "Mercury"))
    assert refusal.value.code is Code.BAD_RESPONSE


def test_the_lease_of_a_replay_is_the_one_it_was_given_under() -> None:
    """Not the one of the connection that brings it: the version decides who wins, later too."""
    taken = told(running(), granted(LATER, "browser-2"))
    after = done(taken, replayed(taken))
    assert after.responses["q5"].version == (LEASE, 5)
    newer = decide(after, answer(seq=1), context(instance="browser-2", lease=LATER))
    assert isinstance(newer.body, AnswerSaved)


def test_an_answer_that_was_kept_is_kept_again_and_once() -> None:
    late = context(DEADLINE + GRACE + 1)
    first = decide(running(), answer(seq=5), late)
    again = replayed(running(), proof=first.effect)
    assert again.body == first.body
    assert (again.counted, again.refusal, again.effect) == (False, None, first.effect)
    after = done(running(), again)
    assert replayed(after, proof=first.effect).body is None
    assert "q5" not in after.responses


def test_a_kept_answer_of_a_lost_lease_is_refused_again() -> None:
    first = decide(running(), answer(seq=5), context(lease=EARLIER))
    again = replayed(running(), proof=first.effect)
    assert again.body == first.body
    assert again.refusal is Code.LEASE_LOST


def test_in_time_but_expired_counts_only_for_the_lease_that_stands() -> None:
    of = told(in_state(AttemptState.EXPIRED))
    body = decide(of, answer(), context(DEADLINE)).body
    assert isinstance(body, AnswerSaved)
    assert not body.late
    assert isinstance(decide(of, answer(), context(DEADLINE, lease=EARLIER)).body, AnswerKept)


def test_restoring_twice_gives_the_same_receipt() -> None:
    after = done(running(), replayed(running()))
    assert answering.answer_effect(after.responses["q5"]) == PROOF
    assert seal.terms(PROOF)["digest"] == seal.digest("Mercury", False)
