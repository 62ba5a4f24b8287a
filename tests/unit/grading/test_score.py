"""Scores add up exactly, whatever is answered."""

from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.bank.paper import Item, Paper, Scheme, Section
from examsync.bank.question import options_of
from examsync.grading.ruling import Ruling
from examsync.grading.score import check_given, score
from protocol.http_results import Outcome, Rule
from tests import papers

PAPER = papers.paper(scheme=Scheme.PROPORTIONAL)
RIGHT = papers.right_responses()


def chosen(item: Item) -> st.SearchStrategy[Any]:
    """Responses to an item: right, wrong, blank, odd."""
    ids = [option.id for option in options_of(item.question)] or ["?"]
    said = st.sampled_from([*ids, "3.14", "Mercury", "something", "", None, True, False, 3.14, 7])
    return said | st.lists(st.sampled_from(ids), unique=True)


RESPONSES = st.fixed_dictionaries({}, optional={item.id: chosen(item) for item in PAPER.items()})


def test_all_right_is_the_maximum_of_the_machine_and_the_essay_is_unanswered() -> None:
    result = score(PAPER, RIGHT)
    assert result.whole.total == 22
    assert result.whole.maximum == 27
    assert result.whole.counts[Outcome.CORRECT] == 5
    assert result.whole.counts[Outcome.UNANSWERED] == 1
    assert not result.needs_manual


def test_nothing_answered_is_nothing() -> None:
    result = score(PAPER, {})
    assert result.whole.total == 0
    assert result.whole.counts[Outcome.UNANSWERED] == 6


def test_sections_have_their_own_totals() -> None:
    result = score(PAPER, RIGHT | {"q1": "wrong"})
    assert [(name, part.total, part.maximum) for name, part in result.sections.items()] == [
        ("s1", Fraction(7), Fraction(12)),
        ("s2", Fraction(10), Fraction(15)),
    ]


def test_an_essay_waits_until_a_person_has_marked_it() -> None:
    responses = RIGHT | {"q6": "Because …"}
    assert score(PAPER, responses).needs_manual
    assert score(PAPER, responses).whole.total == 22
    marked = score(PAPER, responses, given={"q6": Fraction(7, 2)})
    assert not marked.needs_manual
    assert marked.whole.total == Fraction(51, 2)
    essay = marked.items[-1]
    assert (essay.outcome, essay.by_hand) == (Outcome.PARTIAL, True)
    assert essay.marks == Fraction(7, 2)


@pytest.mark.parametrize(
    ("given", "outcome"),
    [(4, Outcome.CORRECT), (1, Outcome.PARTIAL), (0, Outcome.INCORRECT), (-1, Outcome.INCORRECT)],
)
def test_a_person_may_overrule_the_machine(given: int, outcome: Outcome) -> None:
    result = score(PAPER, RIGHT, given={"q1": Fraction(given)})
    first = result.items[0]
    assert (first.outcome, first.by_hand) == (outcome, True)
    assert first.marks == given
    assert result.whole.total == 18 + given


@pytest.mark.parametrize("given", [Fraction(41, 10), Fraction(-11, 10)])
def test_a_person_cannot_give_more_or_less_than_the_item_brings(given: Fraction) -> None:
    with pytest.raises(ValueError, match="q1 brings -1 to 4 marks"):
        score(PAPER, RIGHT, given={"q1": given})
    with pytest.raises(ValueError, match="not"):
        check_given(PAPER.items()[0], given)


def test_rulings_stand_above_what_was_given_but_a_corrected_key_does_not() -> None:
    hand = {"q1": Fraction(2)}
    whole = {"q1": Ruling(Rule.FULL_TO_ALL)}
    key = {"q1": Ruling(Rule.KEY, papers.single(right=3))}
    assert score(PAPER, RIGHT, given=hand, rulings=whole).items[0].marks == 4
    assert score(PAPER, RIGHT, given=hand, rulings=key).items[0].marks == 2
    assert score(PAPER, RIGHT, rulings=key).items[0].marks == -1


def test_a_dropped_item_lowers_the_maximum_for_everybody() -> None:
    result = score(PAPER, RIGHT, rulings={"q1": Ruling(Rule.DROPPED)})
    assert result.whole.total == 18
    assert result.whole.maximum == 23
    assert result.sections["s1"].maximum == 8


@pytest.mark.parametrize("where", ["responses", "given", "rulings"])
def test_an_item_that_is_not_in_the_paper_is_an_error(where: str) -> None:
    said: dict[str, Any] = {"responses": {}, where: {"q99": None}}
    with pytest.raises(ValueError, match="no item 'q99'"):
        score(PAPER, said.pop("responses"), **said)


def test_thirds_add_up_to_a_whole() -> None:
    """A hundred wrong answers at -2/3 are -66.66…, not what a hundred roundings make of it."""
    items = [Item(f"q{n}", papers.true_false(), "2", "2/3") for n in range(100)]
    result = score(Paper("p", "P", [Section("s", "S", items)]), {item.id: False for item in items})
    assert result.whole.total == Fraction(-200, 3)


@given(RESPONSES)
def test_totals_are_the_sums_of_their_items(responses: dict[str, Any]) -> None:
    result = score(PAPER, responses)
    assert result.whole.total == sum(item.marks for item in result.items)
    assert result.whole.total == sum(part.total for part in result.sections.values())
    assert result.whole.maximum == sum(part.maximum for part in result.sections.values())
    assert sum(result.whole.counts.values()) == len(result.items) == 6
    for outcome in Outcome:
        parts = result.sections.values()
        assert result.whole.counts[outcome] == sum(part.counts[outcome] for part in parts)


@given(RESPONSES)
def test_totals_are_bounded_and_silence_is_never_punished(responses: dict[str, Any]) -> None:
    result = score(PAPER, responses)
    assert -3 <= result.whole.total <= result.whole.maximum
    for item in result.items:
        assert -1 <= item.marks <= item.maximum
        if item.outcome is Outcome.UNANSWERED:
            assert item.marks == 0


@given(RESPONSES, st.randoms())
def test_the_order_of_choosing_and_of_options_changes_nothing(
    responses: dict[str, Any], random: Any
) -> None:
    mixed = dict(responses)
    for name, response in mixed.items():
        if isinstance(response, list):
            mixed[name] = random.sample(response, len(response))
    turned = msgspec.convert(msgspec.to_builtins(PAPER), Paper)
    for section in turned.sections:
        for at, item in enumerate(section.items):
            if options_of(item.question):
                options = tuple(reversed(options_of(item.question)))
                question = msgspec.structs.replace(item.question, options=options)
                section.items[at] = msgspec.structs.replace(item, question=question)
    assert score(turned, mixed) == score(PAPER, responses)


@given(RESPONSES, st.sampled_from([item.id for item in PAPER.items()]))
def test_answering_right_instead_never_lowers_the_total(
    responses: dict[str, Any], name: str
) -> None:
    if name in RIGHT:
        better = responses | {name: RIGHT[name]}
        assert score(PAPER, better).whole.total >= score(PAPER, responses).whole.total
