"""What stands between the braces."""

import pytest

from examsync.bank.formats.gift_answers import Reading, read
from examsync.bank.formats.gift_text import Piece, Texts, Unclear
from examsync.bank.question import Between, Near
from protocol.types import ItemKind


def reading(raw: str, *, short: bool = False) -> Reading:
    return read(Piece(raw, 0), Texts(), short=short)


@pytest.mark.parametrize(
    ("raw", "answer", "feedback"),
    [
        ("T", True, []),
        (" false ", False, []),
        ("TRUE#no#yes", True, ["no", "yes"]),
        ("F# #yes", False, ["yes"]),
    ],
)
def test_true_and_false(raw: str, answer: bool, feedback: list[str]) -> None:
    found = reading(raw)
    assert (found.kind, found.key) == (ItemKind.TRUE_FALSE, {"answer": answer})
    assert found.feedback == feedback


def test_short_answers_with_their_feedback() -> None:
    found = reading("=no one#Good! =%100%nobody =%0%Grant#No.")
    assert (found.kind, found.key) == (ItemKind.SHORT_TEXT, {"answers": ["no one", "nobody"]})
    assert found.feedback == ["no one: Good!", "Grant: No."]


def test_a_star_stands_for_itself_and_is_told_unless_escaped() -> None:
    found = reading(r"=a*b =a\*c")
    assert found.key == {"answers": ["a*b", "a*c"]}
    assert [(doubt.code, doubt.at) for doubt in found.doubts] == [("wildcard_literal", 1)]


def test_short_answers_are_never_html() -> None:
    texts = Texts()
    texts.format = "html"
    assert read(Piece("=a<b", 0), texts, short=False).key == {"answers": ["a<b"]}


@pytest.mark.parametrize(
    ("raw", "answers"),
    [
        ("#1822", [Near("1822")]),
        ("# -3.142:0.001 ", [Near("-3.142", "0.001")]),
        ("#-5..5#so", [Between("-5", "5")]),
        ("#\n =1822:0\n =%100%5..6#x\n =%0%7 ~#no", [Near("1822"), Between("5", "6")]),
    ],
)
def test_numbers(raw: str, answers: list[Near | Between]) -> None:
    found = reading(raw)
    assert found.kind is ItemKind.NUMERICAL
    assert found.numbers == tuple(answers)


@pytest.mark.parametrize(
    ("raw", "code", "words"),
    [
        ("=a -> b\n=c -> d", "kind_unsupported", "matching"),
        ("=four =%150%4", "weight_unsupported", "more than all"),
        ("#=1822:0 =%101%1822:2", "weight_unsupported", "%101%"),
        ("#five", "answer_not_number", "'five'"),
        ("no one", "answer_unclear", "'no one'"),
        ("= =a", "answer_empty", "empty"),
    ],
)
def test_what_we_cannot_say_is_told(raw: str, code: str, words: str) -> None:
    with pytest.raises(Unclear, match=words) as caught:
        reading(raw)
    assert caught.value.code == code


@pytest.mark.parametrize("raw", ["=1822 =%50%1823", "#=1822 =%50%1823:2", "=1822 =%12.5%1823#x"])
def test_an_answer_worth_a_part_is_left_out_and_told(raw: str) -> None:
    found = reading(raw)
    assert found.key["answers"] in (["1822"], (Near("1822"),))
    assert [doubt.code for doubt in found.doubts] == ["part_left_out"]


def test_pairs_may_be_said_to_be_short_answers_and_nothing_is_an_essay() -> None:
    assert reading("=a -> b", short=True).key == {"answers": ["a -> b"]}
    assert reading(" \n ").kind is ItemKind.LONG_TEXT
