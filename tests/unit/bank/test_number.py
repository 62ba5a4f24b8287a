"""Numbers as people type them are read exactly or not at all."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.bank import number


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("3.14", "3.14"),
        (" 3.140 ", "3.14"),
        ("+3", "3"),
        ("-0.5", "-0.5"),
        (".5", "0.5"),
        ("3.", "3"),
        ("1.5e3", "1500"),
        ("1E-2", "0.01"),
        ("−7", "-7"),
        ("–7", "-7"),
        ("१२.५", "12.5"),
        ("１２", "12"),
        ("1,234,567.5", "1234567.5"),
        ("12,34,567", "1234567"),
        ("3,14", "3.14"),
        ("1,234", "1234"),
        ("1 000 000", "1000000"),
        ("1\u202f000", "1000"),
    ],
)
def test_numbers_of_all_keyboards_are_understood(typed: str, value: str) -> None:
    assert number.parse(typed) == Fraction(value)


@pytest.mark.parametrize(
    "typed",
    ["", " ", "-", ".", "e5", "1e", "abc", "3.1.4", "1,2,3", "0x10", "1e9999", "inf", "nan", "½½"],
)
def test_what_is_no_number_is_none(typed: str) -> None:
    assert number.parse(typed) is None


def test_a_very_long_text_is_no_number_and_costs_nothing() -> None:
    assert number.parse("9" * 65) is None
    assert number.parse("9" * 64) == 10**64 - 1


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_means_its_shortest_decimal_text(value: float) -> None:
    assert number.parse(value) == Fraction(repr(value))


def test_three_tenths_is_not_the_float_nearest_to_it() -> None:
    assert number.parse(0.1 + 0.2) != Fraction(3, 10)
    assert number.parse(0.3) == Fraction(3, 10)


@given(st.integers(-(10**30), 10**30))
def test_integers_are_themselves(value: int) -> None:
    assert number.parse(value) == value
    assert number.parse(str(value)) == value


@pytest.mark.parametrize("text", ["1,234", "12,345", "-1,234"])
def test_one_comma_before_three_digits_is_ambiguous(text: str) -> None:
    assert number.ambiguous(text)


@pytest.mark.parametrize("text", ["0,123", "1,23", "1,234,567", "1,234.5", "1234"])
def test_other_commas_are_clear(text: str) -> None:
    assert not number.ambiguous(text)
