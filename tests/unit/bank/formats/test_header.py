"""Headings as people type them."""

import pytest

from examsync.bank.formats.header import COLUMNS, column_of, read
from examsync.bank.report import Severity


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("question", "question"),
        (" Question Text ", "question"),
        ("QUESTION_TEXT", "question"),
        ("Correct Answer", "answer"),
        ("correct-option", "answer"),
        ("Answer Key", "answer"),
        ("Option A", "option_a"),
        ("option_e", "option_e"),
        ("Opt 3", "option_c"),
        ("option10", "option_j"),
        ("A", "option_a"),
        ("Choice (b)", "option_b"),
        ("Answer 1", "option_a"),
        ("alternative_d", "option_d"),
        ("Negative marks", "negative_marks"),
        ("penalty", "negative_marks"),
        ("Ｍａｒｋｓ", "marks"),
        ("subject", "section"),
        ("Feedback", "explanation"),
        ("id", "external_id"),
    ],
)
def test_headings_people_type_are_understood(heading: str, column: str) -> None:
    assert column_of(heading) == column


@pytest.mark.parametrize("heading", ["", "option_27", "option_0", "z", "time", "प्रश्न", "sr. no."])
def test_other_headings_are_not_guessed(heading: str) -> None:
    assert column_of(heading) is None


def test_every_column_of_ours_is_its_own_heading() -> None:
    assert [column_of(column) for column in COLUMNS] == list(COLUMNS)


def test_columns_may_stand_in_any_order() -> None:
    header, problems = read(["Answer", "b", "a", "Question", ""], 1)
    assert problems == []
    assert header.options == {"a": 2, "b": 1}
    cells = [" B ", "two", "one", "Which?", "ignored"]
    assert header.cell(cells, "answer") == "B"
    assert header.cell(cells, "marks") == ""
    assert header.cell(["B"], "question") == ""
    assert header.option_cells(cells) == {"a": "one", "b": "two"}
    assert header.option_cells(["B", " ", "one"]) == {"a": "one"}


def test_unknown_columns_are_named_with_what_they_may_mean() -> None:
    _, (problem,) = read(["question", "answer", "explaination"], 3)
    assert (problem.line, problem.column, problem.code) == (3, "explaination", "column_unknown")
    assert problem.severity is Severity.WARNING
    assert problem.message.endswith("did you mean explanation?")
    _, (problem,) = read(["question", "answer", "xyzzy"], 1)
    assert "did you mean" not in problem.message


def test_a_column_that_is_there_twice_is_an_error() -> None:
    _, (problem,) = read(["question", "answer", "Stem"], 1)
    assert (problem.code, problem.column) == ("column_twice", "Stem")
    assert "'question'" in problem.message


def test_a_missing_column_may_be_one_with_another_spelling() -> None:
    _, problems = read(["Qestion", "answer"], 1)
    said = next(p.message for p in problems if p.code == "column_missing")
    assert said.startswith("there is no column 'question' (is it 'Qestion'?);")


def test_columns_without_end_are_not_looked_at_one_by_one() -> None:
    header, (problem,) = read(["9"] * 500_000, 1)
    assert (problem.code, problem.severity) == ("columns_too_many", Severity.ERROR)
    assert header.at == {}


def test_missing_columns_are_all_named() -> None:
    _, problems = read(["option a", "option b"], 1)
    assert [(p.code, p.column) for p in problems] == [
        ("column_missing", "question"),
        ("column_missing", "answer"),
    ]


def test_cells_have_one_kind_of_line_end_and_no_guard() -> None:
    header, _ = read(["question", "answer", "option_a"], 1)
    cells = [" one\r\ntwo\rthree ", "'=1+1", "'-x"]
    assert header.cell(cells, "question") == "one\ntwo\nthree"
    assert header.cell(cells, "answer") == "=1+1"
    assert header.option_cells(cells) == {"a": "-x"}
