"""Bots answer what the kind of an item asks for."""

from random import Random

import pytest

from loadtest.bots.responding import respond
from protocol.examples.scene import PAPER
from protocol.paper import Item
from protocol.types import RESPONSE_BYTES_MAX, ItemKind

ITEMS = [item for section in PAPER.sections for item in section.items] + [
    Item("t", ItemKind.TRUE_FALSE, "?", "1"),
    Item("s", ItemKind.SHORT_TEXT, "?", "1"),
]
SHAPES: dict[ItemKind, type | tuple[type, ...]] = {
    ItemKind.SINGLE_CHOICE: str,
    ItemKind.MULTIPLE_CHOICE: list,
    ItemKind.TRUE_FALSE: bool,
    ItemKind.NUMERICAL: (int, float, str),
    ItemKind.SHORT_TEXT: str,
    ItemKind.LONG_TEXT: str,
}


def test_every_kind_is_tried_here() -> None:
    assert {item.kind for item in ITEMS} == set(ItemKind) == set(SHAPES)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.kind)
def test_a_response_fits_its_item(item: Item) -> None:
    options = {option.id for option in item.options}
    for seed in range(50):
        response = respond(item, None, Random(seed))
        assert isinstance(response, SHAPES[item.kind])
        chosen = response if isinstance(response, list) else [response]
        assert not options or (set(chosen) <= options and len(chosen) == len(set(chosen)) > 0)
        if item.kind is ItemKind.NUMERICAL:
            float(str(response))


def test_an_essay_grows_and_stays_within_the_limit() -> None:
    essay = next(item for item in ITEMS if item.kind is ItemKind.LONG_TEXT)
    dice, text = Random(1), ""
    lengths = []
    for _ in range(40):
        text = str(respond(essay, text, dice))
        lengths.append(len(text))
    assert max(lengths) > 5 * lengths[0]
    assert max(len(text.encode()) for text in [text]) <= RESPONSE_BYTES_MAX


def test_people_are_not_all_alike() -> None:
    item = ITEMS[0]
    assert len({respond(item, None, Random(seed)) for seed in range(30)}) == len(item.options)
