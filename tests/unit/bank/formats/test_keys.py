"""Keys of every kind, from an answer cell and options."""

import pytest

from examsync.bank.formats.keys import key_of
from examsync.bank.formats.options import Options
from examsync.bank.formats.unclear import CellUnclear
from examsync.bank.question import Near, choices
from protocol.types import ItemKind

TEXTS = {"a": "Delhi", "c": "Mumbai", "d": "Chennai"}
MADE = choices(list(TEXTS.values()))


def test_letters_are_those_of_the_columns_even_where_one_is_left_empty() -> None:
    key = key_of(ItemKind.SINGLE_CHOICE, "C", Options(TEXTS))
    assert key == {"options": MADE, "answer": MADE[1].id}


def test_right_options_stand_in_the_order_of_the_options() -> None:
    key = key_of(ItemKind.MULTIPLE_CHOICE, "D;A", Options(TEXTS))
    assert key == {"options": MADE, "answers": [MADE[0].id, MADE[2].id]}


@pytest.mark.parametrize(("answer", "truth"), [("A", True), ("2", False), ("False", False)])
def test_truth_may_be_spelled_out_as_options(answer: str, truth: bool) -> None:
    options = Options({"a": "True", "b": "False"})
    assert key_of(ItemKind.TRUE_FALSE, answer, options) == {"answer": truth}


def test_kinds_without_options_ignore_them() -> None:
    options = Options(TEXTS)
    assert key_of(ItemKind.TRUE_FALSE, "no", Options({})) == {"answer": False}
    assert key_of(ItemKind.NUMERICAL, "1", options) == {"answers": [Near("1")]}
    assert key_of(ItemKind.SHORT_TEXT, "a;b", options) == {"answers": ["a", "b"]}
    assert key_of(ItemKind.LONG_TEXT, "look for …", options) == {"guidance": "look for …"}


@pytest.mark.parametrize("kind", sorted(set(ItemKind) - {ItemKind.LONG_TEXT}))
def test_only_an_essay_goes_without_an_answer(kind: ItemKind) -> None:
    with pytest.raises(CellUnclear) as caught:
        key_of(kind, "", Options(TEXTS))
    assert caught.value.code == "answer_empty"
    assert key_of(ItemKind.LONG_TEXT, "", Options({})) == {"guidance": ""}
