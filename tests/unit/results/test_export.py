"""Results as a file for spreadsheets, which execute what looks like a formula."""

import csv
import io

import pytest

from examsync.results.export import harmless, to_csv
from examsync.results.result import compute
from protocol.http_results import ResultRow
from protocol.types import AttemptState, Grading
from tests import papers

MARKS = compute(papers.paper(), papers.right_responses() | {"q3": False, "q6": "…"}, {}, {})
TITLES = {"s1": "Choices", "s2": "=Words"}


def row(**changes: object) -> ResultRow:
    usual = {
        "attempt": "a1",
        "candidate": "asha",
        "state": AttemptState.SUBMITTED,
        "grading": Grading.PENDING,
        "name": 'Asha "A" Rao,\nआशा',
        "hall": "hall-1",
        "group": "batch-1",
        "started_at": 1_800_000_000_123,
        "closed_at": 1_800_000_060_000,
        "close": 1,
        "revision": 2,
        "whole": MARKS.whole,
        "sections": MARKS.sections,
        "waiting": ["q6"],
    }
    return ResultRow(**(usual | changes))  # type: ignore[arg-type]


def table(*rows: ResultRow) -> list[dict[str, str]]:
    text = to_csv(rows, TITLES).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_every_column_is_there_and_survives_a_reader() -> None:
    (line,) = table(row())
    assert line == {
        "candidate": "asha",
        "name": 'Asha "A" Rao,\nआशा',
        "hall": "hall-1",
        "group": "batch-1",
        "state": "submitted",
        "grading": "pending",
        "started_at": "2027-01-15T08:00:00.123+00:00",
        "closed_at": "2027-01-15T08:01:00.000+00:00",
        "total": "17",
        "maximum": "27",
        "correct": "4",
        "partial": "0",
        "incorrect": "1",
        "unanswered": "0",
        "manual": "1",
        "dropped": "0",
        "section: Choices": "7",
        "section: =Words": "10",
        "waiting": "q6",
        "attempt": "a1",
        "close": "1",
        "revision": "2",
    }


def test_an_attempt_without_a_result_has_empty_marks() -> None:
    (line,) = table(ResultRow("a1", "asha", AttemptState.NOT_STARTED, Grading.NONE))
    assert (line["total"], line["section: Choices"], line["correct"]) == ("", "", "")
    assert (line["started_at"], line["closed_at"], line["close"]) == ("", "", "0")


def test_excel_is_told_that_it_is_utf_8_and_every_cell_is_quoted() -> None:
    data = to_csv([row()], TITLES)
    assert data.startswith(b'\xef\xbb\xbf"candidate",')
    assert b",17," not in data


def test_negative_marks_are_numbers_and_thirds_are_rounded() -> None:
    marks = compute(papers.paper(), {"q3": False}, {}, {})
    (line,) = table(row(whole=marks.whole))
    assert line["total"] == "-1"


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\x00=1",
        "  =1+1",
        "\u00a0=1",
        "\u200b=1",
        "\u202e=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠x",
        "\ufeff=1",
        "|calc",
        "%0A=1",
    ],
)
def test_what_could_be_a_formula_is_made_a_text(text: str) -> None:
    assert harmless(text) == f"'{text}"
    (line,) = table(row(name=text))
    assert line["name"] == f"'{text}"


@pytest.mark.parametrize("text", ["", "Asha", "O'Neil", "a=b", "1-2", "आशा", "(x)", "#1", "  Asha"])
def test_ordinary_texts_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text
