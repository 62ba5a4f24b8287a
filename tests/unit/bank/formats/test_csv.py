"""Whole files of questions: what is taken, what is found, and that nothing makes it fail."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import examsync.bank
from examsync.bank.formats import FORMATS, csv
from examsync.bank.formats.parsed import FILE_BYTES_MAX, ROWS_MAX, Parsed
from examsync.bank.question import ShortText, SingleChoice, kind_of
from examsync.bank.report import Severity
from protocol.types import ItemKind

BANK = Path(examsync.bank.__file__).parent
MESSY = Path(__file__).parents[3] / "data" / "messy.csv"


def parse(text: str) -> Parsed:
    return csv.parse(text.encode())


def found(parsed: Parsed) -> list[tuple[int, str, str]]:
    return [(problem.line, problem.column, problem.code) for problem in parsed.problems]


def test_csv_is_among_the_formats() -> None:
    assert FORMATS["csv"] is csv.parse


@pytest.mark.parametrize("name", ["template.csv", "sample.csv"])
def test_our_own_files_hold_every_kind_and_no_problem_at_all(name: str) -> None:
    parsed = csv.parse((BANK / name).read_bytes())
    assert parsed.problems == []
    assert {kind_of(row.entry.question) for row in parsed.rows} == set(ItemKind)
    assert len(parsed.rows) == parsed.rows_read


def test_the_sample_speaks_several_languages() -> None:
    rows = csv.parse((BANK / "sample.csv").read_bytes()).rows
    assert {row.entry.question.language for row in rows} == {"en", "hi", "ta", "ur"}
    assert len({row.entry.section for row in rows}) == 5
    assert len(rows) >= 30


def test_a_messy_file_is_told_all_its_problems_with_line_and_column() -> None:
    parsed = csv.parse(MESSY.read_bytes())
    assert found(parsed) == [
        (1, "Dificulty", "column_unknown"),
        (3, "Correct Answer", "answer_unknown"),
        (5, "Marks", "marks_unclear"),
        (6, "Correct Answer", "answer_empty"),
        (6, "Question", "stem_empty"),
        (7, "", "cells_extra"),
        (8, "Option A", "option_right_and_wrong"),
        (9, "Type", "type_unknown"),
        (13, "ID", "external_id_repeated"),
        (14, "ID", "row_repeated"),
    ]
    assert [row.line for row in parsed.rows] == [2, 10, 12]
    assert parsed.rows_read == 11
    assert all(problem.message for problem in parsed.problems)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("excel", ["", "sep=D\r\n", '"sep=D"\n'])
def test_delimiters_are_found_by_the_headings(delimiter: str, excel: str) -> None:
    stem = "Which of, these; is|right?".replace(delimiter, " ")
    rows = ["question,option_a,option_b,answer".replace(",", delimiter)]
    rows.append(delimiter.join([stem, "x", "y", "B"]))
    parsed = parse(excel.replace("D", delimiter) + "\n".join(rows))
    assert found(parsed) == [(0, "type", "type_guessed"), (0, "external_id", "external_id_made")]
    (row,) = parsed.rows
    assert row.line == (3 if excel else 2)
    assert isinstance(row.entry.question, SingleChoice)


def test_a_bom_and_windows_line_ends_are_no_trouble() -> None:
    text = "\ufeffexternal_id,type,question,answer\r\nx,short,Sky?,blue\r\n"
    parsed = parse(text)
    assert parsed.problems == []
    question = parsed.rows[0].entry.question
    assert isinstance(question, ShortText)
    assert question.answers == ("blue",)


def test_quoted_line_breaks_do_not_shift_the_lines_of_problems() -> None:
    parsed = parse('id,type,question,answer\n1,tf,"two\nlines",true\n2,tf,x,perhaps\n')
    assert found(parsed) == [(4, "answer", "answer_not_truth")]


def test_columns_in_any_order_with_any_spelling() -> None:
    parsed = parse("Key,B,A,Stem,Points,Ref\nA,no,yes,Is it?,2,r1\n")
    (row,) = parsed.rows
    assert row.entry.marks == "2"
    assert row.entry.question.external_id == "r1"


def test_ambiguous_answers_follow_the_rest_of_the_file() -> None:
    head = "id,type,question,option_a,option_b,option_c,answer\n"
    texts = "".join(f"{n},mcq,Q{n}?,one{n},two{n},three{n},two{n}\n" for n in range(3))
    places = "".join(f"{n},mcq,Q{n}?,one{n},two{n},three{n},2\n" for n in range(3))
    doubtful = "9,mcq,1+1?,2,4,6,2\n"
    for clear, right in [(texts, "2"), (places, "4")]:
        parsed = parse(head + clear + doubtful)
        assert found(parsed) == [(5, "answer", "answer_ambiguous")]
        assert parsed.problems[0].severity is Severity.WARNING
        question = parsed.rows[-1].entry.question
        assert isinstance(question, SingleChoice)
        chosen = {option.id: option.text for option in question.options}
        assert chosen[question.answer] == right
    parsed = parse(head + doubtful)
    assert found(parsed) == [(2, "answer", "answer_ambiguous")]
    assert parsed.problems[0].severity is Severity.ERROR
    assert parsed.rows == []


def test_the_same_wording_with_another_key_is_an_error_without_ids() -> None:
    head = "type,question,answer\n"
    parsed = parse(head + "tf,Sure?,true\ntf,Sure?,true\ntf,sure?,true\ntf,Sure?,false\n")
    assert found(parsed)[:2] == [(3, "", "row_repeated"), (5, "", "question_repeated")]
    assert len(parsed.rows) == 2


def test_made_ids_are_counted_once_for_the_file() -> None:
    parsed = parse("type,question,answer\ntf,A?,true\ntf,B?,true\n")
    (problem,) = parsed.problems
    assert (problem.code, problem.severity) == ("external_id_made", Severity.INFO)
    assert problem.message.startswith("questions without an external_id: 2;")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b"\n \n,,\n", "file_empty"),
        (b"PK\x03\x04", "not_text"),
        (b"who,what\nx,y\n", "column_missing"),
        (b"question,answer\n", "file_empty"),
        (b"::Q::What? {=a ~b}\n", "format_other"),
        (b'question,answer\n"What is it?,x\n', "quote_unclosed"),
        (b"question,answer\nnul\x00,x\n", "nul_character"),
        (b"x" * (FILE_BYTES_MAX + 1), "file_too_large"),
    ],
)
def test_files_that_cannot_be_taken_say_why(data: bytes, code: str) -> None:
    parsed = csv.parse(data)
    assert code in [problem.code for problem in parsed.problems]
    assert parsed.rows == []


def test_rows_have_a_limit_that_is_told_where_it_was_reached() -> None:
    lines = "".join(f"q{n},{n}\n" for n in range(ROWS_MAX + 5))
    parsed = parse("question,answer\n" + lines)
    assert len(parsed.rows) == ROWS_MAX
    (problem,) = [p for p in parsed.problems if p.severity is Severity.ERROR]
    assert (problem.line, problem.code) == (ROWS_MAX + 2, "rows_too_many")


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    csv.parse(data)
    csv.parse(b"type,question,option_a,option_b,answer,marks\n" + data)


CELLS = st.lists(st.text(max_size=12) | st.sampled_from(["mcq", "A", "1;2", "3±1"]), max_size=9)


@given(st.lists(CELLS, max_size=5))
def test_every_row_is_taken_or_told(rows: list[list[str]]) -> None:
    head = "type,question,option_a,option_b,answer,marks,external_id"
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    parsed = parse("\n".join([head, *lines]))
    left_out = {
        problem.line
        for problem in parsed.problems
        if problem.severity is Severity.ERROR or problem.code == "row_repeated"
    }
    assert len(parsed.rows) + len(left_out) >= parsed.rows_read
    assert not left_out & {row.line for row in parsed.rows}
