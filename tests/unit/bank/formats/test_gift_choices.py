"""Choices: which options are right, and which weights cannot be said."""

import pytest

from examsync.bank.formats.gift_answer import split
from examsync.bank.formats.gift_choices import choice
from examsync.bank.formats.gift_text import Piece, Texts, Unclear
from protocol.types import ItemKind


def read(raw: str) -> tuple[ItemKind, list[str], list[str]]:
    """Kind, texts of right options, codes of doubts."""
    found = split(Piece(raw, 0), Texts())
    kind, key, doubts = choice(found, 0)
    options, right = key["options"], key.get("answers") or [key["answer"]]
    assert isinstance(options, tuple)
    assert isinstance(right, list)
    texts = [option.text for option in options if option.id in right]
    return kind, texts, [doubt.code for doubt in doubts]


SINGLE, MULTIPLE = ItemKind.SINGLE_CHOICE, ItemKind.MULTIPLE_CHOICE


@pytest.mark.parametrize(
    ("raw", "kind", "right", "doubts"),
    [
        ("~a =b ~c", SINGLE, "b", []),
        ("=%100%a ~%0%b", SINGLE, "a", []),
        ("=a ~%-25%b ~%-25%c", SINGLE, "a", ["penalty_left_out"]),
        ("=a =b ~c", MULTIPLE, "ab", ["answers_several"]),
        ("~%100%a ~%-100%b", MULTIPLE, "a", []),
        ("~%50%a ~%50%b ~%-50%c", MULTIPLE, "ab", []),
        ("~%50%a ~%50%b ~c", MULTIPLE, "ab", ["penalty_left_out"]),
        ("~%33%a ~%33%b ~%33%c ~%-100%d", MULTIPLE, "abc", ["penalty_left_out"]),
        ("~%50%a ~%50%b", MULTIPLE, "ab", []),
        ("=a ~%50%b ~%-5%c", SINGLE, "a", ["part_left_out", "penalty_left_out"]),
        ("~%70%a ~%30%b ~c", MULTIPLE, "ab", ["weights_unequal"]),
    ],
)
def test_what_is_right_is_the_key(raw: str, kind: ItemKind, right: str, doubts: list[str]) -> None:
    assert read(raw) == (kind, list(right), doubts)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("~a ~b", "answer_empty"),
        ("~%-50%a ~b", "answer_empty"),
        ("= ~b", "option_empty"),
        ("=%50%a ~b", "weight_unsupported"),
        ("=a ~%150%b", "weight_unsupported"),
        ("~%50%a ~b", "weights_sum"),
        ("~%100%a ~%100%b ~c", "weights_sum"),
    ],
)
def test_a_key_that_we_cannot_say_is_refused(raw: str, code: str) -> None:
    with pytest.raises(Unclear) as caught:
        read(raw)
    assert caught.value.code == code
