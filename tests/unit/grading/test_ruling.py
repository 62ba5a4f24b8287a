"""Decisions about items after the exam."""

from fractions import Fraction

import pytest

from examsync.bank.paper import Item
from examsync.bank.question import TrueFalse, options_of
from examsync.grading.grade import Mark
from examsync.grading.ruling import Ruling, grade_under, maximum_under
from protocol.http_results import Outcome, Rule
from tests import papers

ITEM = Item("q1", papers.single(right=0), "4", "1")
RIGHT, OTHER = (option.id for option in options_of(ITEM.question)[:2])
FULL = Mark(Outcome.CORRECT, Fraction(4))
NONE = Mark(Outcome.UNANSWERED, Fraction(0))
COSTS = Mark(Outcome.INCORRECT, Fraction(-1))


def test_without_a_ruling_the_key_decides() -> None:
    assert grade_under(None, ITEM, RIGHT) == FULL
    assert grade_under(None, ITEM, OTHER) == COSTS
    assert maximum_under(None, ITEM) == 4


def test_a_corrected_key_decides_anew() -> None:
    ruling = Ruling(Rule.KEY, papers.single(right=1))
    assert grade_under(ruling, ITEM, OTHER) == FULL
    assert grade_under(ruling, ITEM, RIGHT) == COSTS
    assert grade_under(ruling, ITEM, None) == NONE
    assert maximum_under(ruling, ITEM) == 4


@pytest.mark.parametrize("question", [None, papers.true_false()])
def test_a_corrected_key_is_of_the_same_kind(question: TrueFalse | None) -> None:
    with pytest.raises(ValueError, match="own kind"):
        grade_under(Ruling(Rule.KEY, question), ITEM, RIGHT)


def test_full_marks_for_everybody_or_for_all_who_attempted() -> None:
    for response in (RIGHT, OTHER, None):
        assert grade_under(Ruling(Rule.FULL_TO_ALL), ITEM, response) == FULL
    attempted = Ruling(Rule.FULL_TO_ATTEMPTED)
    assert grade_under(attempted, ITEM, RIGHT) == grade_under(attempted, ITEM, OTHER) == FULL
    assert grade_under(attempted, ITEM, None) == NONE


def test_a_dropped_item_counts_for_nobody_and_not_in_the_maximum() -> None:
    ruling = Ruling(Rule.DROPPED)
    for response in (RIGHT, OTHER, None):
        assert grade_under(ruling, ITEM, response) == Mark(Outcome.DROPPED, Fraction(0))
    assert maximum_under(ruling, ITEM) == 0
