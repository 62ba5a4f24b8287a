"""What an erasure would take: who is meant, who is done, and what keeps the others."""

import pytest
from msgspec import structs

from examsync.audit.erasure import Found, Plan, Target, done, why_not
from protocol.types import CLOSED_STATES, AttemptState, Grading

GRADED = Found(AttemptState.SUBMITTED, Grading.GRADED, 9, True, "")


@pytest.mark.parametrize("state", AttemptState)
def test_only_what_is_over_is_erased(state: AttemptState) -> None:
    assert (why_not(structs.replace(GRADED, state=state)) == "") is (state in CLOSED_STATES)


@pytest.mark.parametrize("grading", Grading)
def test_only_what_is_settled_is_erased(grading: Grading) -> None:
    settled = grading in (Grading.GRADED, Grading.RELEASED)
    assert (why_not(structs.replace(GRADED, grading=grading)) == "") is settled


def test_what_cannot_be_erased_says_why() -> None:
    assert "off the roll" in why_not(structs.replace(GRADED, n=0))
    assert "before they could be" in why_not(structs.replace(GRADED, salted=False))


def test_a_person_is_erased_after_the_answers_were_and_not_the_other_way_round() -> None:
    answers = structs.replace(GRADED, salted=False, erased="answers")
    person = structs.replace(GRADED, salted=False, erased="person", grading=Grading.NONE)
    assert (done(answers, "answers"), done(answers, "person")) == (True, False)
    assert (done(person, "answers"), done(person, "person")) == (True, True)
    assert (why_not(answers), why_not(person)) == ("", "")
    assert not done(GRADED, "answers")


def test_an_erasure_that_broke_off_is_not_done() -> None:
    assert not done(structs.replace(GRADED, erased=""), "answers")


def test_a_plan_parts_who_is_meant_from_who_is_kept() -> None:
    one = Target("a1", "exam", "asha", AttemptState.SUBMITTED)
    over = structs.replace(one, attempt="a2", done=True)
    kept = structs.replace(one, attempt="a3", why_not="it is open")
    plan = Plan("answers", [one, over, kept])
    assert (plan.todo, plan.kept) == ([one], [kept])
