"""Questions as data: their kinds, their options' ids, their way to JSON and back."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from examsync.bank.question import (
    KIND_OF,
    Question,
    choices,
    kind_of,
    options_of,
    right_options,
)
from protocol.types import ItemKind
from tests import papers


def test_there_is_a_question_for_every_kind_of_item_and_its_tag_is_the_kind() -> None:
    assert set(KIND_OF.values()) == set(ItemKind)
    for question in papers.every_kind():
        stored = msgspec.to_builtins(question)
        assert stored["kind"] == kind_of(question).value


def test_every_kind_survives_json() -> None:
    for question in papers.every_kind():
        stored = msgspec.json.encode(question)
        assert msgspec.json.decode(stored, type=Question) == question


def test_option_ids_are_made_of_the_text_wherever_it_stands() -> None:
    there = {option.text: option.id for option in choices(["red", "green", "blue"])}
    back = {option.text: option.id for option in choices(["blue", "red", "green"])}
    assert there == back


@given(st.lists(st.text(max_size=5), max_size=26))
def test_option_ids_are_unique_even_for_equal_texts(texts: list[str]) -> None:
    made = choices(texts)
    assert [option.text for option in made] == texts
    assert len({option.id for option in made}) == len(texts)


def test_only_choices_have_options_and_right_ones() -> None:
    assert [bool(options_of(question)) for question in papers.every_kind()] == [True] * 2 + [
        False
    ] * 4
    assert right_options(papers.single(right=2)) == {papers.ids(papers.single(), "Chennai")[0]}
    assert right_options(papers.multiple()) == set(papers.ids(papers.multiple(), "2 3"))
