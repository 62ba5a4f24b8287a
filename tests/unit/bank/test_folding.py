"""Texts that look the same to a reader are the same text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.bank.folding import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Paris", "  pARIS "),
        ("New   York", "new\u00a0york"),
        ("café", "cafe\u0301"),
        ("STRASSE", "straße"),
        ("Ｈ２Ｏ", "h2o"),
        ("ﬁsh", "fish"),
        ("क्\u200dष", "क्ष"),
        ("\u202bשלום\u202c", "שלום"),
        ("x²", "x2"),
    ],
)
def test_differences_nobody_sees_do_not_count(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("a b", "ab"), ("über", "uber"), ("कमल", "कमला"), ("1.0", "1"), ("🙂", "🙃")]
)
def test_differences_that_carry_meaning_do(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_case_counts_when_it_is_said_to() -> None:
    assert fold("NaCl", case_sensitive=True) != fold("nacl", case_sensitive=True)


@given(st.text(), st.booleans())
def test_folding_twice_changes_nothing_more(text: str, case: bool) -> None:
    once = fold(text, case_sensitive=case)
    assert fold(once, case_sensitive=case) == once
