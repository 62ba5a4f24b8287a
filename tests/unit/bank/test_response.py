"""Which responses fit which items."""

from typing import Any

import pytest

from examsync.bank.paper import public_paper
from examsync.bank.response import check_response
from examsync.errors import ExamError
from protocol.paper import Item
from protocol.problems import Code
from protocol.types import ItemKind
from tests import papers

ITEMS = {
    item.kind: item for section in public_paper(papers.paper()).sections for item in section.items
}
SINGLE, MULTIPLE = ITEMS[ItemKind.SINGLE_CHOICE], ITEMS[ItemKind.MULTIPLE_CHOICE]
LONG = ITEMS[ItemKind.LONG_TEXT]


def refusal(item: Item, response: Any) -> str:
    with pytest.raises(ExamError) as caught:
        check_response(item, response)
    assert caught.value.code is Code.BAD_RESPONSE
    return caught.value.problem.detail


def test_there_is_a_check_for_every_kind() -> None:
    assert set(ITEMS) == set(ItemKind)
    for item in ITEMS.values():
        assert refusal(item, {"not": "a response"})


def test_null_clears_every_kind() -> None:
    for item in ITEMS.values():
        check_response(item, None)


def test_the_right_responses_fit() -> None:
    responses = papers.right_responses()
    for item in ITEMS.values():
        check_response(item, responses.get(item.id, "It rains because …"))


@pytest.mark.parametrize(
    ("kind", "response"),
    [
        (ItemKind.SINGLE_CHOICE, "no-such-option"),
        (ItemKind.SINGLE_CHOICE, ""),
        (ItemKind.SINGLE_CHOICE, True),
        (ItemKind.SINGLE_CHOICE, 1),
        (ItemKind.SINGLE_CHOICE, []),
        (ItemKind.MULTIPLE_CHOICE, "a"),
        (ItemKind.MULTIPLE_CHOICE, ["no-such-option"]),
        (ItemKind.MULTIPLE_CHOICE, True),
        (ItemKind.TRUE_FALSE, 1),
        (ItemKind.TRUE_FALSE, 0),
        (ItemKind.TRUE_FALSE, "true"),
        (ItemKind.NUMERICAL, True),
        (ItemKind.NUMERICAL, float("nan")),
        (ItemKind.NUMERICAL, float("inf")),
        (ItemKind.NUMERICAL, float("-inf")),
        (ItemKind.NUMERICAL, 10**30 + 1),
        (ItemKind.NUMERICAL, "1" * 65),
        (ItemKind.NUMERICAL, ["3"]),
        (ItemKind.SHORT_TEXT, 3),
        (ItemKind.SHORT_TEXT, "x" * 501),
        (ItemKind.SHORT_TEXT, "a\x00b"),
        (ItemKind.SHORT_TEXT, "a\ud800b"),
        (ItemKind.LONG_TEXT, "x" * 20_001),
        (ItemKind.LONG_TEXT, False),
        (ItemKind.LONG_TEXT, "🙂" * 15_360),
        (ItemKind.LONG_TEXT, "\x01" * 10_240),
    ],
)
def test_what_does_not_fit_is_refused_by_the_item(kind: ItemKind, response: Any) -> None:
    item = ITEMS[kind]
    assert refusal(item, response).startswith(item.id)


@pytest.mark.parametrize(
    ("kind", "response"),
    [
        (ItemKind.MULTIPLE_CHOICE, []),
        (ItemKind.TRUE_FALSE, False),
        (ItemKind.NUMERICAL, -0.5),
        (ItemKind.NUMERICAL, 10**30),
        (ItemKind.NUMERICAL, "about 3"),
        (ItemKind.NUMERICAL, ""),
        (ItemKind.SHORT_TEXT, "पारा 🙂"),
        (ItemKind.SHORT_TEXT, "x" * 500),
        (ItemKind.LONG_TEXT, "x" * 20_000),
        (ItemKind.LONG_TEXT, "क" * 20_000),
    ],
)
def test_responses_at_the_edges_fit(kind: ItemKind, response: Any) -> None:
    check_response(ITEMS[kind], response)


def test_every_option_can_be_chosen_alone_and_all_together() -> None:
    chosen = [option.id for option in MULTIPLE.options]
    check_response(MULTIPLE, chosen)
    check_response(MULTIPLE, chosen[::-1])
    for option in SINGLE.options:
        check_response(SINGLE, option.id)


def test_an_option_chosen_twice_or_too_many_are_refused() -> None:
    first = MULTIPLE.options[0].id
    assert "twice" in refusal(MULTIPLE, [first, first])
    assert "more ids" in refusal(MULTIPLE, [first] * 5)


def test_the_size_of_an_essay_is_told_in_bytes_where_they_are_the_limit() -> None:
    assert "61442 bytes as JSON; the limit is 61440" in refusal(LONG, "🙂" * 15_360)
