"""Numbers with their bounds in GIFT."""

import pytest

from examsync.bank.formats.answers import numbers
from examsync.bank.formats.gift_numbers import as_stated, written


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("3.14", "3.14"),
        ("3.14±0.01", "3.14:0.01"),
        ("-200±1%", "-200:2"),
        ("200±1±1%", "200:2"),
        ("5±0.0", "5"),
        ("1,234.5", "1234.5"),
        ("१२", "12"),
        ("−.5", "-0.5"),
        ("5.", "5"),
        ("1.5e-3", "1.5e-3"),
        ("-5 to .5", "-5..0.5"),
    ],
)
def test_numbers_are_written_plainly(cell: str, text: str) -> None:
    (answer,) = numbers(cell)
    assert written(answer) == text
    assert as_stated(tuple(numbers(text)), cell) == (answer,)


@pytest.mark.parametrize("stated", ["5±2%", "5;6", "five", ""])
def test_a_comment_that_says_something_else_does_not_count(stated: str) -> None:
    assert as_stated(tuple(numbers("5:0.2")), stated) is None
