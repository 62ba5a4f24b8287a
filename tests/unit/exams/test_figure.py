"""Numbers with a dot or a comma: what is read, and what has to be written another way."""

from decimal import Decimal

import pytest

from examsync.exams.figure import broken, read

FACTOR = (Decimal("0.1"), Decimal(10))
MINUTES = (Decimal(0), Decimal(10_080))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.25", "1.25"),
        ("1,25", "1.25"),
        ("1", "1"),
        ("1,5", "1.5"),
        ("0,125", "0.125"),
        ("1.333", "1.333"),
        ("1,3333", "1.3333"),
        ("१.२५", "1.25"),
    ],
)
def test_a_dot_and_a_comma_are_the_same(text: str, number: str) -> None:
    assert read(text, FACTOR) == Decimal(number)


@pytest.mark.parametrize("text", ["1,250", "9,999"])
@pytest.mark.parametrize("among", [FACTOR, MINUTES])
def test_what_may_be_thousands_has_to_be_written_another_way(
    text: str, among: tuple[Decimal, Decimal]
) -> None:
    dotted, whole = text.replace(",", "."), text.replace(",", "")
    with pytest.raises(ValueError, match=rf"^could mean {dotted} or {whole}; write the one"):
        read(text, among)
    read(dotted, MINUTES)
    read(whole, MINUTES)


@pytest.mark.parametrize("text", ["1.250,5", "1,250.5", "1,2,3", "125%", "+1", "1 ,5", ",5", "5,"])
def test_what_is_no_number_is_told_how_to_be_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no number from 0\.1 to 10; write it as 1\.25 or 1,"):
        read(text, FACTOR)


@pytest.mark.parametrize("text", ["0,09", "10,01", "0"])
def test_a_number_out_of_bounds_is_told_the_bounds_alone(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no number from 0\.1 to 10$"):
        read(text, FACTOR)


def test_two_pieces_of_a_number_look_like_one_that_was_cut() -> None:
    assert broken(["c", "1", "25"], 1)
    assert broken(["c", " 1 ", "25 ", "0"], 1)
    assert not broken(["c", "1", "Hall"], 1)
    assert not broken(["c", "1"], 1)
    assert not broken(["c", "1.5", "3"], 1)
