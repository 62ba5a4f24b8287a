"""Headings of lists of candidates, in the spellings of people."""

import pytest

from examsync.exams import headings


@pytest.mark.parametrize(
    ("spelled", "column"),
    [
        ("Candidate", "candidate"),
        (" candidate-id ", "candidate"),
        ("Roll No.", "candidate"),
        ("ＮＡＭＥ", "name"),
        ("Full  Name", "name"),
        ("Room", "hall"),
        ("class", "group"),
        ("Time factor", "factor"),
        ("Extension (minutes)", "extension_min"),
    ],
)
def test_a_column_is_known_in_many_spellings(spelled: str, column: str) -> None:
    found = headings.read(["candidate" if column != "candidate" else "x", spelled], 1)
    assert found.at[column] == 1
    assert found.spelled[column] == spelled.strip()


def test_a_slip_of_a_column_is_an_error_and_a_strange_one_a_warning() -> None:
    found = headings.read(["candidate", "groop", "telephone", "", "hal"], 3)
    assert [(each.line, each.column) for each in found.errors] == [(3, "groop"), (3, "hal")]
    assert found.errors[0].message == "unknown column 'groop'; did you mean group?"
    (strange,) = found.warnings
    assert strange.message.startswith("unknown column 'telephone' is left out; there are candidate")
    assert found.cells == 5


def test_what_is_known_is_counted_to_find_the_separator() -> None:
    assert headings.known(["candidate", "Room", "telephone"]) == 2
