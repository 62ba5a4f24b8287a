"""The type of a row, by name or by its answer."""

import pytest

from examsync.bank.formats.kinds import guessed, named
from examsync.bank.formats.options import Options
from examsync.bank.formats.unclear import CellUnclear
from protocol.types import ItemKind

CITIES = {"a": "Delhi", "b": "Mumbai"}


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        *((kind.value, kind) for kind in ItemKind),
        ("MCQ", ItemKind.SINGLE_CHOICE),
        ("Single Choice", ItemKind.SINGLE_CHOICE),
        ("MSQ", ItemKind.MULTIPLE_CHOICE),
        ("multiple-response", ItemKind.MULTIPLE_CHOICE),
        ("True/False", ItemKind.TRUE_FALSE),
        ("NAT", ItemKind.NUMERICAL),
        ("Fill in the blank", ItemKind.SHORT_TEXT),
        ("Essay", ItemKind.LONG_TEXT),
    ],
)
def test_types_have_many_names(cell: str, kind: ItemKind) -> None:
    assert named(cell) is kind


def test_an_unknown_type_is_told_what_it_may_mean() -> None:
    with pytest.raises(CellUnclear, match="did you mean numerical"):
        named("numericl")
    with pytest.raises(CellUnclear, match="write one of single_choice, multiple_choice"):
        named("☃")


@pytest.mark.parametrize(
    ("answer", "texts", "kind"),
    [
        ("A", CITIES, ItemKind.SINGLE_CHOICE),
        ("A;B", CITIES, ItemKind.MULTIPLE_CHOICE),
        ("nonsense", CITIES, ItemKind.SINGLE_CHOICE),
        ("true", {}, ItemKind.TRUE_FALSE),
        ("1", {}, ItemKind.NUMERICAL),
        ("0", {}, ItemKind.NUMERICAL),
        ("3.1..3.2", {}, ItemKind.NUMERICAL),
        ("mercury", {}, ItemKind.SHORT_TEXT),
        ("", {}, ItemKind.LONG_TEXT),
    ],
)
def test_a_row_without_a_type_is_what_its_answer_fits(
    answer: str, texts: dict[str, str], kind: ItemKind
) -> None:
    assert guessed(answer, Options(texts)) is kind


def test_guessing_leaves_no_doubts_behind() -> None:
    options = Options({"a": "2", "b": "4"})
    guessed("2", options)
    assert options.doubts == []
