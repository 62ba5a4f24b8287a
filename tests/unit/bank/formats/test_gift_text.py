"""GIFT's smallest parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.bank.formats.gift_text import (
    TEXT_CHARS_MAX,
    Piece,
    Texts,
    Unclear,
    escape,
    unescape,
)


def test_escapes_are_moodles_and_any_other_backslash_is_one() -> None:
    assert unescape(r"\~ \= \# \{ \} \: a\nb \\neq \frac \ ") == "~ = # { } : a\nb \\neq \\frac \\ "


@given(st.text("~=#{}:\\n\nx"))
def test_what_is_escaped_is_unescaped_again(text: str) -> None:
    assert unescape(escape(text)) == text
    assert "\n" not in escape(text)
    assert Piece(escape(text), 0).find("~=#{}:") == -1


def test_escaped_characters_are_not_found() -> None:
    piece = Piece(r"a\=b\\=c", 10)
    assert piece.find("=~") == 6
    before, after = piece.split("=")
    assert (before.raw, after) == (r"a\=b\\", Piece("c", 17))
    assert piece.split("::") == (piece, None)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("  one\n  two  ", "one two"),
        (r"one\n two", "one\n two"),
        ("a  b", "a  b"),
        ("[html]<b>x</b>", "x"),
        ("[markdown]- x\n  - y", "- x\n  - y"),
        ("[plain]<b>", "<b>"),
        ("[other]x", "[other]x"),
    ],
)
def test_texts_are_read_in_their_format(raw: str, text: str) -> None:
    assert Texts().read(Piece(raw, 0)) == text


def test_the_format_of_the_stem_is_that_of_the_others() -> None:
    texts = Texts()
    assert texts.stem(Piece("[html]<p>Why?</p>", 0)) == "Why?"
    assert texts.read(Piece("<i>so</i><hr><video>", 0)) == "so"
    assert texts.read(Piece("[plain]<i>", 0)) == "<i>"
    assert texts.lost == {"video"}


def test_a_text_has_a_limit() -> None:
    with pytest.raises(Unclear, match="limit") as caught:
        Texts().read(Piece("x" * (TEXT_CHARS_MAX + 1), 7))
    assert (caught.value.code, caught.value.at) == ("too_long", 7)
