"""Cells that a spreadsheet would execute."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from examsync.bank.formats.formula import bare, guarded


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+a", "-a", "@SUM(1)", " =1", "\u200b=1", "＝1", "|x", "%x", "-1..5", "'=1", "''-"],
)
def test_a_formula_gets_one_apostrophe_more(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "a=1", "-5", "+2.5", "'", "'tis", "1-1", "é", "−5"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert guarded(cell) == cell


@pytest.mark.parametrize("cell", ["'tis", "''", "it's", "-5"])
def test_only_the_apostrophe_of_a_guard_is_taken_away(cell: str) -> None:
    assert bare(cell) == cell


@given(st.text() | st.text("'=+-5 \u200b", max_size=6))
@example("'-5")
def test_a_guarded_cell_is_bare_again(cell: str) -> None:
    assert bare(guarded(cell)) == cell
