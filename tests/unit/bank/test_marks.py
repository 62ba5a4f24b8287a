"""Marks stay exact, whatever they are written as."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.bank import marks

FRACTIONS = st.fractions(min_value=-5_000, max_value=5_000, max_denominator=3_000)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("4", 4),
        ("0.25", Fraction(1, 4)),
        ("2/3", Fraction(2, 3)),
        ("1000", 1000),
        ("0", 0),
        ("1,5", Fraction(3, 2)),
    ],
)
def test_marks_are_read_as_authors_write_them(written: str, value: Fraction) -> None:
    assert marks.parse(written) == value


@pytest.mark.parametrize(
    "written",
    [
        "",
        "four",
        "-4",
        "1e3",
        "1/0",
        "1,500",
        "1,5,5",
        ".5",
        "4.",
        "1000.01",
        "0.1234567",
        "٤",
        "4 ",
        "nan",
    ],
)
def test_what_is_no_number_of_marks_is_refused_with_a_hint(written: str) -> None:
    with pytest.raises(ValueError, match=r"write 4|limit is"):
        marks.parse(written)


@pytest.mark.parametrize("written", ["1", "-1", "−1", "- 1"])
def test_a_penalty_means_the_same_with_and_without_its_minus(written: str) -> None:
    assert marks.parse_penalty(written) == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(4), "4"),
        (Fraction(-1, 4), "-0.25"),
        (Fraction(2, 3), "2/3"),
        (Fraction(-1, 3), "-1/3"),
        (Fraction(1, 80), "0.0125"),
        (Fraction(1, 50), "0.02"),
        (Fraction(1000), "1000"),
        (Fraction(0), "0"),
    ],
)
def test_the_exact_text_is_a_decimal_where_there_is_one(value: Fraction, text: str) -> None:
    assert marks.exact(value) == text


@given(FRACTIONS)
def test_exact_text_reads_back_to_the_same_value(value: Fraction) -> None:
    assert marks.read(marks.exact(value)) == value


@given(st.decimals(min_value=0, max_value=1000, places=4))
def test_every_decimal_keeps_its_shortest_form(value: object) -> None:
    text = marks.exact(Fraction(str(value)))
    assert "/" not in text
    assert "." not in text or not text.endswith("0")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(200, 3), "66.67"),
        (Fraction(-200, 3), "-66.67"),
        (Fraction(25, 2), "12.5"),
        (Fraction(-1), "-1"),
        (Fraction(1, 200), "0.01"),
        (Fraction(-1, 1000), "0"),
        (Fraction(100), "100"),
    ],
)
def test_people_read_two_places_rounded_half_away_from_zero(value: Fraction, text: str) -> None:
    assert marks.rounded(value) == text


@given(st.lists(FRACTIONS))
def test_a_total_is_the_exact_sum(many: list[Fraction]) -> None:
    assert marks.total(many) == sum(many, Fraction(0))


@given(FRACTIONS)
def test_the_decimal_for_sorting_keeps_the_order(value: Fraction) -> None:
    assert marks.decimal(value, 9) <= marks.decimal(value + Fraction(1, 10**8), 9)
    assert abs(Fraction(marks.decimal(value, 9)) - value) <= Fraction(1, 2 * 10**9)


@given(FRACTIONS, st.integers(0, 6))
def test_rounding_never_moves_a_value_by_more_than_half_a_unit(
    value: Fraction, places: int
) -> None:
    shown = Fraction(marks.rounded(value, places))
    assert abs(shown - value) <= Fraction(1, 2 * 10**places)
