"""Papers are made of a bank's entries by their sections."""

import msgspec
import pytest

from examsync.bank.composition import ITEMS_MAX, Choices, Part, compose, suggested
from examsync.bank.entry import Entry
from examsync.bank.paper import Scheme
from examsync.errors import ExamError
from protocol.problems import Code
from tests import papers

SINGLE, MULTIPLE, TRUTH, NUMBER, WORD, ESSAY = papers.every_kind()
EVERY = [Entry(question) for question in papers.every_kind()]


def test_sections_come_in_the_order_in_which_they_are_first_named() -> None:
    entries = [
        Entry(SINGLE, "B"),
        Entry(MULTIPLE, "A"),
        Entry(TRUTH),
        Entry(NUMBER, "B"),
        Entry(ESSAY),
    ]
    paper = compose("p", "T", suggested(entries), Choices(), "Hello")
    assert [(s.id, s.title) for s in paper.sections] == [
        ("s1", "B"),
        ("s2", "A"),
        ("s3", "Questions"),
    ]
    placed = [[(item.id, item.question) for item in section.items] for section in paper.sections]
    assert placed == [
        [("q1", SINGLE), ("q2", NUMBER)],
        [("q3", MULTIPLE)],
        [("q4", TRUTH), ("q5", ESSAY)],
    ]
    assert (paper.id, paper.title, paper.instructions) == ("p", "T", "Hello")


def test_rows_keep_their_marks_and_the_others_get_the_papers() -> None:
    chosen = Choices("3.0", "-1/3", Scheme.PROPORTIONAL, shuffle_items=False)
    paper = compose(
        "p", "T", suggested([Entry(SINGLE, "", "4", "1"), Entry(WORD, "", None, "0")]), chosen
    )
    first, second = paper.items()
    assert (first.marks, first.negative_marks) == ("4", "1")
    assert (second.marks, second.negative_marks) == ("3", "0")
    (third,) = compose("p", "T", suggested([Entry(WORD)]), chosen).items()
    assert (third.marks, third.negative_marks, third.scheme) == ("3", "1/3", Scheme.PROPORTIONAL)
    assert [section.shuffle for section in paper.sections] == [False]


def test_what_a_part_decides_goes_before_rows_and_paper() -> None:
    rows = [Entry(SINGLE, "x", "4", "1"), Entry(WORD)]
    parts = [
        Part("A", rows, marks="2.50", negative_marks="-2/4", scheme=Scheme.JEE_ADVANCED),
        Part("B", [Entry(ESSAY, "", "7", "0")], negative_marks="0", shuffle_items=False),
    ]
    paper = compose("p", "T", parts, Choices("3", "1"))
    assert [(s.id, s.title, s.shuffle) for s in paper.sections] == [
        ("s1", "A", True),
        ("s2", "B", False),
    ]
    said = [(item.id, item.marks, item.negative_marks, item.scheme) for item in paper.items()]
    assert said == [
        ("q1", "2.5", "0.5", Scheme.JEE_ADVANCED),
        ("q2", "2.5", "0.5", Scheme.JEE_ADVANCED),
        ("q3", "7", "0", Scheme.ALL_OR_NOTHING),
    ]


def test_what_a_part_decides_must_be_numbers_of_marks_too() -> None:
    with pytest.raises(ExamError, match="write 4"):
        compose("p", "T", [Part("A", EVERY, marks="-1")], Choices())


@pytest.mark.parametrize("count", [0, ITEMS_MAX + 1])
def test_a_paper_has_at_least_one_item_and_not_too_many(count: int) -> None:
    with pytest.raises(ExamError) as caught:
        compose("p", "T", suggested([Entry(SINGLE)] * count), Choices())
    assert caught.value.code is Code.BAD_REQUEST


@pytest.mark.parametrize("chosen", [Choices(marks="many"), Choices(negative_marks="x")])
def test_defaults_must_be_numbers_of_marks(chosen: Choices) -> None:
    with pytest.raises(ExamError, match="write 4"):
        compose("p", "T", suggested([Entry(SINGLE)]), chosen)


def test_a_composed_paper_survives_json() -> None:
    paper = compose("p", "T", suggested(EVERY), Choices())
    assert msgspec.json.decode(msgspec.json.encode(paper), type=type(paper)) == paper
