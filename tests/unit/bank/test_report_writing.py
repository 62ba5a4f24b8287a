"""The report of an import as CSV."""

import csv
import io

import msgspec

from examsync.bank.formats.parsed import Parsed
from examsync.bank.intake import report
from examsync.bank.report import RowProblem, Severity
from examsync.bank.report_writing import COLUMNS, write

PROBLEMS = [
    RowProblem(0, "type", "type_guessed", 'no column, "type"', Severity.INFO),
    RowProblem(12, "=1+1", "answer_unknown", "=cmd|' /C calc'!A0 is none\nof the options"),
    RowProblem(3, "Question", "too_long", "-x", Severity.WARNING),
]


def rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_problems_have_their_place_and_no_cell_is_a_formula() -> None:
    told = report(Parsed([], PROBLEMS, 3), [], committed=False)
    assert rows(write(told)) == [
        list(COLUMNS),
        ["12", "'=1+1", "error", "answer_unknown", "'=cmd|' /C calc'!A0 is none\nof the options"],
        ["3", "Question", "warning", "too_long", "'-x"],
        ["", "type", "info", "type_guessed", 'no column, "type"'],
    ]


def test_what_is_not_listed_is_counted() -> None:
    told = msgspec.structs.replace(
        report(Parsed([], PROBLEMS[:1], 3), [], committed=False), problems_omitted=7
    )
    assert rows(write(told))[-1][-1] == "7 more problems are not listed"
