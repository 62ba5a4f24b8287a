"""CSV as we write it: nothing is lost, nothing is executed."""

import csv as stdlib_csv
import io

import pytest
from hypothesis import given, settings

from examsync.bank.entry import Entry
from examsync.bank.formats import csv
from examsync.bank.formats.csv_writing import answer_cell, write, written_marks
from examsync.bank.question import Between, Near, Numerical, SingleChoice, choices
from examsync.bank.report import Severity
from tests.unit.bank.formats.entries import BANKS


@settings(max_examples=150, deadline=None)
@given(BANKS)
def test_what_is_written_is_read_back_unchanged(bank: list[Entry]) -> None:
    parsed = csv.parse(write(bank))
    assert [row.entry for row in parsed.rows] == bank
    assert [p for p in parsed.problems if p.severity is Severity.ERROR] == []


def single(*texts: str, right: int) -> SingleChoice:
    options = choices(list(texts))
    return SingleChoice(external_id="x", stem="?", options=options, answer=options[right].id)


@pytest.mark.parametrize(
    ("texts", "cell"),
    [
        (("red", "blue"), "B"),
        (("B", "A"), "(B)"),
        (("2", "1"), "B"),
        (("b", "x", "(b)"), "((B))"),
    ],
)
def test_a_right_option_is_named_so_that_no_text_can_be_meant(
    texts: tuple[str, ...], cell: str
) -> None:
    assert answer_cell(single(*texts, right=1)) == cell


def test_numbers_are_spelled_as_they_were() -> None:
    answers = (Near("3.14", "0.01"), Near("5", relative="0.02"), Between("5.", ".7e1"))
    question = Numerical(external_id="x", stem="?", answers=answers)
    assert answer_cell(question) == "3.14±0.01;5±2%;5. .. .7e1"


@pytest.mark.parametrize(
    ("stored", "cell"), [(None, ""), ("4", "4"), ("2/3", "2/3"), ("0.0078125", "1/128")]
)
def test_marks_are_written_so_that_they_can_be_read(stored: str | None, cell: str) -> None:
    assert written_marks(stored) == cell


def test_no_cell_begins_like_a_formula() -> None:
    question = SingleChoice(
        external_id="@x",
        stem="=HYPERLINK(1)",
        topic="+t",
        explanation="-1-1",
        tags=("|t",),
        options=choices(["=1", "\u200b=2"]),
        answer=choices(["=1"])[0].id,
    )
    data = write([Entry(question, "＝s")])
    assert data.startswith(b"\xef\xbb\xbf")
    _, cells = stdlib_csv.reader(io.StringIO(data.decode("utf-8-sig")))
    assert sorted(cell for cell in cells if cell.startswith("'")) == sorted(
        ["'@x", "'=HYPERLINK(1)", "'+t", "'-1-1", "'|t", "'=1", "'\u200b=2", "'＝s"]
    )
    assert [row.entry.question for row in csv.parse(data).rows] == [question]


def test_an_empty_bank_is_a_line_of_headings() -> None:
    assert write([]).count(b"\n") == 1
