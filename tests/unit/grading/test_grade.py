"""What one response earns."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.bank.paper import Item, Scheme
from examsync.bank.question import Between, Near, Question
from examsync.grading.grade import Mark, blank, grade, within
from protocol.http_results import Outcome
from tests import papers


def item(question: Question, scheme: Scheme = Scheme.ALL_OR_NOTHING) -> Item:
    return Item("q1", question, "4", "4/3", scheme)


CORRECT = Mark(Outcome.CORRECT, Fraction(4))
WRONG = Mark(Outcome.INCORRECT, Fraction(-4, 3))
UNANSWERED = Mark(Outcome.UNANSWERED, Fraction(0))


@pytest.mark.parametrize("response", [None, "", "  \n\u00a0", []])
def test_nothing_said_costs_nothing_whatever_the_kind(response: Any) -> None:
    assert blank(response)
    for question in papers.every_kind():
        assert grade(item(question), response) == UNANSWERED


@pytest.mark.parametrize("response", [False, 0, "0"])
def test_false_and_zero_are_answers(response: Any) -> None:
    assert not blank(response)
    assert grade(item(papers.true_false(False)), False) == CORRECT
    assert grade(item(papers.numerical(Near("0"))), 0) == CORRECT
    assert grade(item(papers.numerical(Near("0"))), "0") == CORRECT


def test_a_single_choice_is_right_or_costs() -> None:
    question = papers.single(right=2)
    for n, option in enumerate(question.options):
        assert grade(item(question), option.id) == (CORRECT if n == 2 else WRONG)


def test_a_multiple_choice_in_any_order_of_choosing() -> None:
    question = papers.multiple()
    for texts, mark in [("2 3", CORRECT), ("3 2", CORRECT), ("2", WRONG), ("2 3 4", WRONG)]:
        assert grade(item(question), papers.ids(question, texts)) == mark


def test_schemes_give_part_of_the_marks_for_a_part() -> None:
    question = papers.multiple()
    mark = grade(item(question, Scheme.PROPORTIONAL), papers.ids(question, "2"))
    assert mark == Mark(Outcome.PARTIAL, Fraction(2))
    mark = grade(item(question, Scheme.JEE_ADVANCED), papers.ids(question, "2"))
    assert mark == Mark(Outcome.PARTIAL, Fraction(1))
    assert grade(item(question, Scheme.PROPORTIONAL), papers.ids(question, "9")) == WRONG


def test_truth_is_a_boolean_not_a_number() -> None:
    assert grade(item(papers.true_false(True)), True) == CORRECT
    assert grade(item(papers.true_false(True)), False) == WRONG
    assert grade(item(papers.true_false(True)), 1) == WRONG


@pytest.mark.parametrize(
    ("response", "right"),
    [
        ("3.14", True),
        (3.14, True),
        ("3.145", True),
        ("3.135", True),
        ("3.1450000001", False),
        (3.1349999999, False),
        ("३.१४", True),
        ("3,14", True),
        (3, False),
        ("π", False),
        (True, False),
    ],
)
def test_a_number_within_its_tolerance_is_right_to_the_last_digit(
    response: Any, right: bool
) -> None:
    assert grade(item(papers.numerical()), response) == (CORRECT if right else WRONG)


def test_a_tenth_three_times_is_three_tenths() -> None:
    """In floats 0.1 + 0.2 is not 0.3; a tolerance of 0.1 around 0.3 must include 0.2 exactly."""
    question = papers.numerical(Near("0.3", tolerance="0.1"))
    for response in (0.2, "0.2", 0.4, "0.4"):
        assert grade(item(question), response) == CORRECT


@pytest.mark.parametrize(
    ("answer", "inside", "outside"),
    [
        (Near("42"), ["42", "42.0", "4.2e1"], ["42.0000001", "41"]),
        (Near("200", relative="0.005"), ["199", "201"], ["198.99", "201.01"]),
        (Near("-200", relative="0.005"), ["-199", "-201"], ["-198.99", "199"]),
        (Near("10", tolerance="1", relative="0.01"), ["9", "11"], ["8.9"]),
        (Near("1000", tolerance="1", relative="0.01"), ["990", "1010"], ["989"]),
        (Near("0", relative="0.5"), ["0", "-0"], ["0.0001"]),
        (Between("-3", "-2"), ["-3", "-2", "-2.5"], ["-3.01", "2.5"]),
    ],
)
def test_bounds_are_part_of_what_is_right(
    answer: Near | Between, inside: list[str], outside: list[str]
) -> None:
    question = papers.numerical(answer)
    assert all(grade(item(question), response) == CORRECT for response in inside)
    assert all(grade(item(question), response) == WRONG for response in outside)


def test_any_of_several_numbers_will_do() -> None:
    question = papers.numerical(Between("2", "3"), Between("-3", "-2"))
    assert grade(item(question), "-2.5") == grade(item(question), "2.5") == CORRECT
    assert grade(item(question), "0") == WRONG


@given(
    st.decimals(-1000, 1000, places=3), st.decimals(0, 10, places=3), st.decimals(-20, 20, places=4)
)
def test_within_agrees_with_exact_arithmetic(value: Any, tolerance: Any, off: Any) -> None:
    response = Fraction(value) + Fraction(off)
    answer = Near(str(value), tolerance=str(tolerance))
    assert within(response, answer) == (abs(Fraction(off)) <= Fraction(tolerance))


@pytest.mark.parametrize("response", ["mercury", " MERCURY ", "पारा", "Ｍercury"])
def test_a_word_in_any_case_and_script_that_is_accepted(response: str) -> None:
    assert grade(item(papers.short_text()), response) == CORRECT


@pytest.mark.parametrize("response", ["mercury metal", "mercur", "merc ury", 3, True])
def test_another_word_is_wrong(response: Any) -> None:
    assert grade(item(papers.short_text()), response) == WRONG


def test_case_counts_where_it_is_said_to() -> None:
    question = papers.short_text("NaCl", case_sensitive=True)
    assert grade(item(question), " NaCl") == CORRECT
    assert grade(item(question), "nacl") == WRONG


def test_an_essay_waits_for_a_person() -> None:
    assert grade(item(papers.long_text()), "Because …") == Mark(Outcome.MANUAL, Fraction(0))


@given(
    st.sampled_from(papers.every_kind()),
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.lists(st.text(max_size=3), max_size=4),
)
def test_every_response_to_every_kind_gets_a_mark_within_bounds(
    question: Question, response: Any
) -> None:
    for scheme in Scheme:
        mark = grade(item(question, scheme), response)
        assert Fraction(-4, 3) <= mark.marks <= 4
        assert (mark.outcome is Outcome.UNANSWERED) == blank(response)


def test_an_item_of_no_marks_is_still_right_or_wrong() -> None:
    survey = Item("q1", papers.true_false(True), "0", "0")
    assert grade(survey, True) == Mark(Outcome.CORRECT, Fraction(0))
    assert grade(survey, False) == Mark(Outcome.INCORRECT, Fraction(0))
