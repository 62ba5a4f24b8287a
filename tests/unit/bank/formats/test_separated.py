"""Several texts in one cell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.bank.formats.separated import joined, separated


@pytest.mark.parametrize(
    ("cell", "texts"),
    [
        ("a; b ;;c", ["a", "b", "c"]),
        (r"a\;b;c", ["a;b", "c"]),
        (r"a\\;b", ["a\\", "b"]),
        (r"a\\\;b", [r"a\;b"]),
        (r"\frac12;\\", [r"\frac12", r"\\"]),
        ("", []),
        (";", []),
    ],
)
def test_a_backslash_makes_the_separator_a_part_of_the_text(cell: str, texts: list[str]) -> None:
    assert separated(cell, ";") == texts


def test_there_may_be_several_separators() -> None:
    assert separated(r"a,b;c\,d", ";,") == ["a", "b", "c,d"]
    assert joined(["a,b", "c"], ";,") == r"a\,b;c"


@given(st.lists(st.text("a\\;, ").map(str.strip).filter(bool)))
def test_what_is_joined_is_separated_again(texts: list[str]) -> None:
    assert separated(joined(texts, ";,"), ";,") == texts
