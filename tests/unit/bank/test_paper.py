"""What candidates see of a paper, and in which order."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from examsync.bank.paper import Item, Paper, Section, order_for, public_paper
from examsync.bank.question import choices, options_of
from protocol import paper as public
from tests import papers

SEED = bytes(range(16))
SECRETS = {
    "answer",
    "answers",
    "explanation",
    "external_id",
    "guidance",
    "tolerance",
    "relative",
    "low",
    "high",
    "scheme",
    "case_sensitive",
    "topic",
    "tags",
    "shuffle",
}


def walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key of nested JSON with its value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner
            yield from walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner)


def test_the_public_paper_has_no_key_that_could_hold_an_answer() -> None:
    shown = msgspec.json.decode(msgspec.json.encode(public_paper(papers.paper())))
    kept = msgspec.json.decode(msgspec.json.encode(papers.paper()))
    assert len({key for key, _ in walk(kept)} & SECRETS) >= 8, "the walk must see the keys"
    assert not {key for key, _ in walk(shown)} & SECRETS


def test_the_public_paper_says_nothing_that_only_the_key_says() -> None:
    text = msgspec.json.encode(public_paper(papers.paper())).decode()
    for secret in ("mercury", "पारा", "3.14", "0.005", "since 1911", "Evaporation", "geography"):
        assert secret not in text


def test_the_public_paper_is_the_same_wherever_the_right_option_stands() -> None:
    """Were it not, the author's habit of writing the right option first would give it away."""

    def bytes_of(texts: list[str], right: int) -> bytes:
        options = choices(texts)
        question = msgspec.structs.replace(
            papers.single(), options=options, answer=options[right].id
        )
        one = Paper("p", "P", [Section("s", "S", [Item("q1", question, "4", "1")])])
        return msgspec.json.encode(public_paper(one))

    first = bytes_of(["Delhi", "Mumbai", "Chennai"], 0)
    assert first == bytes_of(["Mumbai", "Chennai", "Delhi"], 2)
    assert first == bytes_of(["Mumbai", "Chennai", "Delhi"], 0)


def test_options_that_keep_their_order_are_shown_in_it() -> None:
    question = msgspec.structs.replace(papers.single(), shuffle=False)
    one = Paper("p", "P", [Section("s", "S", [Item("q1", question, "4")])])
    shown = public_paper(one).sections[0].items[0]
    assert [option.text for option in shown.options] == ["Delhi", "Mumbai", "Chennai", "Kolkata"]
    order = order_for(one, SEED)
    assert order.options["q1"] == [option.id for option in question.options]


def test_titles_marks_and_instructions_are_shown() -> None:
    shown = public_paper(papers.paper())
    assert (shown.id, shown.title, shown.instructions) == ("paper-1", "A paper", "Answer all.")
    assert [section.title for section in shown.sections] == ["Choices", "Words"]
    first = shown.sections[0].items[0]
    assert (first.marks, first.negative_marks) == ("4", "1")


def test_thirds_are_shown_as_decimals() -> None:
    items = [Item("q1", papers.single(), "2", "2/3"), Item("q2", papers.single(), "0.25", "1/3")]
    shown = public_paper(Paper("p", "P", [Section("s", "S", items)])).sections[0].items
    assert [(item.marks, item.negative_marks) for item in shown] == [
        ("2", "0.6667"),
        ("0.25", "0.3333"),
    ]


def test_an_order_names_every_item_and_option_once_with_sections_in_order() -> None:
    paper = papers.paper()
    for n in range(50):
        order = order_for(paper, n.to_bytes(16, "big"))
        assert sorted(order.items[:3]) == ["q1", "q2", "q3"]
        assert order.items[3:] == ["q4", "q5", "q6"]
        assert set(order.options) == {"q1", "q2"}
        for item in paper.items()[:2]:
            assert set(order.options[item.id]) == {o.id for o in options_of(item.question)}


def test_the_same_seed_gives_the_same_order_and_seeds_differ() -> None:
    paper = papers.paper()
    assert order_for(paper, SEED) == order_for(paper, SEED)
    orders = {msgspec.json.encode(order_for(paper, n.to_bytes(16, "big"))) for n in range(200)}
    assert len(orders) > 150


def test_an_order_does_not_depend_on_where_the_author_put_the_right_option() -> None:
    def order(texts: str) -> public.Order:
        one = Paper("p", "P", [Section("s", "S", [Item("q1", papers.single(0, texts), "4")])])
        return order_for(one, SEED)

    assert order("Delhi Mumbai Chennai") == order("Chennai Delhi Mumbai")


def test_the_order_of_a_seed_is_written_in_stone() -> None:
    """If this fails, candidates who reload after an upgrade see another order. Do not edit it."""
    order = order_for(papers.paper(), SEED)
    assert msgspec.to_builtins(order) == {
        "items": ["q3", "q2", "q1", "q4", "q5", "q6"],
        "options": {
            "q1": ["dbf65f6bc2", "7d5c9cf38e", "df16d69945", "46034c5846"],
            "q2": ["4f091c3f3a", "ae2988427a", "96b63d79a7", "c4afa3b1f5"],
        },
    }


def test_items_stay_where_the_section_is_not_shuffled() -> None:
    order = order_for(papers.paper(shuffle=False), SEED)
    assert order.items == ["q1", "q2", "q3", "q4", "q5", "q6"]


def test_a_short_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="guessed"):
        order_for(papers.paper(), b"short")
