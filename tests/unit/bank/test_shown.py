"""Questions and papers as authors see them."""

import pytest

from examsync.bank import shown
from examsync.bank.composition import Choices, Part, compose, suggested
from examsync.bank.entry import Entry
from examsync.bank.formats.parsed import Parsed
from examsync.bank.intake import report
from examsync.bank.paper import Scheme
from examsync.bank.question import Between, Near
from examsync.bank.report import RowProblem
from protocol.types import ItemKind
from tests import papers


def test_right_options_are_marked_and_stand_in_the_authors_order() -> None:
    asked = shown.question(papers.multiple(right="2 3", texts="2 3 4 9"))
    assert [(option.text, option.right) for option in asked.options] == [
        ("2", True),
        ("3", True),
        ("4", False),
        ("9", False),
    ]
    assert (asked.kind, asked.answers, asked.shuffle) == (ItemKind.MULTIPLE_CHOICE, [], True)


@pytest.mark.parametrize(
    ("authored", "answers"),
    [
        (papers.true_false(answer=False), ["false"]),
        (papers.numerical(Near("3.14", "0.01"), Between("1", "2")), ["3.14±0.01", "1..2"]),
        (papers.short_text("a;b", "c"), ["a;b", "c"]),
    ],
)
def test_other_keys_are_said_as_an_import_takes_them(authored: object, answers: list[str]) -> None:
    asked = shown.question(authored)  # type: ignore[arg-type]  # one of each kind
    assert asked.answers == answers
    assert (asked.options, asked.shuffle) == ([], False)


def test_every_kind_can_be_shown() -> None:
    assert [shown.question(one).kind for one in papers.every_kind()] == list(ItemKind)


def test_sections_and_papers_add_up_exactly() -> None:
    rows = [Entry(question, "", "2/3", "1/3") for question in papers.every_kind()]
    paper = compose("p", "T", [*suggested(rows[:2]), Part("Rest", rows[2:])], Choices())
    first, rest = shown.sections(paper)
    assert (first.maximum, rest.maximum, shown.maximum_of(paper.items())) == ("4/3", "8/3", "4")
    assert shown.maximum({"2/3": 6}) == "4"
    item = first.items[0]
    assert (item.item, item.marks, item.negative_marks) == ("q1", "2/3", "1/3")
    assert item.scheme is Scheme.ALL_OR_NOTHING
    assert item.question.external_id == "capital"


def test_a_report_is_shown_whole() -> None:
    told = report(Parsed([], [RowProblem(3, "answer", "x", "why")], 1), [], committed=False)
    wire = shown.import_report(told)
    assert (wire.takes, wire.errors_found, wire.problems[0].severity) == ("none", 1, "error")
    assert (wire.problems[0].line, wire.problems[0].column) == (3, "answer")
