"""A lease that Redis lost comes back in the answers that were given under it, after the end; in the
attempt that is reopened then, nothing new may be taken for older than those."""

import pytest

from examsync.attempts import answering, joining
from examsync.attempts.attempt import Attempt
from examsync.errors import ExamError
from protocol.facts import AnswerSaved, LeaseGranted
from protocol.from_client import Join
from protocol.problems import Code
from protocol.types import AttemptState
from tests.builders import (
    EARLIER,
    LATER,
    LEASE,
    MINUTE,
    START,
    answer,
    context,
    done,
    exam,
    in_state,
    items,
    running,
    saved,
    told,
)

NOW = START + MINUTE


def outrun() -> Attempt:
    """Running under LEASE, with an answer that was given under LATER."""
    return told(running(), saved(lease=LATER, seq=5, replayed=True))


def test_an_answer_under_the_standing_lease_has_to_wait_for_a_newer_one() -> None:
    with pytest.raises(ExamError) as refused:
        answering.decide(outrun(), exam(), items(), answer(seq=9), context(NOW))
    assert refused.value.code is Code.NOT_JOINED
    assert refused.value.problem.retry


@pytest.mark.parametrize("named", [None, LEASE, LATER])
def test_a_join_brings_one_and_then_it_stands(named: str | None) -> None:
    of = outrun()
    decision = joining.decide(of, exam(), Join("again", "exam-1", named), context(NOW))
    assert isinstance(decision.body, LeaseGranted)
    assert decision.body.lease > LATER
    after = done(of, decision)
    ctx = context(NOW + 1, lease=decision.body.lease)
    taken = answering.decide(after, exam(), items(), answer(seq=1), ctx)
    assert isinstance(taken.body, AnswerSaved)


def test_what_the_same_lease_overtook_is_superseded_as_ever() -> None:
    of = told(running(), saved(seq=5))
    said = answering.decide(of, exam(), items(), answer(seq=4), context(NOW))
    assert said.superseded


def test_where_all_is_over_nobody_is_sent_to_join_for_a_lease_that_is_not_given() -> None:
    of = told(in_state(AttemptState.SUBMITTED), saved(lease=LATER, seq=5, replayed=True))
    said = answering.decide(of, exam(), items(), answer(seq=4), context(NOW))
    assert said.superseded


def test_an_older_lease_in_the_answers_is_no_reason_for_another() -> None:
    of = told(running(), saved(lease=EARLIER, seq=5))
    decision = joining.decide(of, exam(), Join("again", "exam-1", LEASE), context(NOW))
    assert decision.body is None
