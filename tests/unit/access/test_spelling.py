"""Secrets that people type: what looks alike is alike, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.access.spelling import ALPHABET, forgiven, grouped, spelled


def test_the_alphabet_has_no_letters_that_look_like_others_or_make_words() -> None:
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)


@given(st.integers(0, 2**50 - 1))
def test_a_number_is_spelled_so_that_it_can_be_read_back(number: int) -> None:
    text = spelled(number, 10)
    assert len(text) == 10
    assert sum(ALPHABET.index(c) << 5 * (9 - at) for at, c in enumerate(text)) == number


@given(st.text(ALPHABET, min_size=1, max_size=30))
def test_a_spelling_means_itself_however_it_is_grouped_and_cased(text: str) -> None:
    assert forgiven(text) == text
    assert forgiven(grouped(text.lower())) == text
    assert forgiven(f" {grouped(text, 3)}\t") == text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("oO0", "000"),
        ("iIlL1", "11111"),
        ("ab\u2013cd\u00a0ef", "ABCDEF"),
        ("7K3M-0QX9-T4", "7K3M0QX9T4"),
    ],
)
def test_what_looks_alike_is_understood(typed: str, meant: str) -> None:
    assert forgiven(typed) == meant


@pytest.mark.parametrize("typed", ["", "-", "U", "AÄ", "A_B", "A.B", "٣", "А", "A\x00"])
def test_what_no_spelling_has_is_none(typed: str) -> None:
    assert forgiven(typed) is None


def test_groups_are_of_four() -> None:
    assert grouped("ABCDEFGHJK") == "ABCD-EFGH-JK"
    assert grouped("ABCD") == "ABCD"
