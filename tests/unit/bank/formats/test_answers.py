"""Answer cells of questions without options."""

import pytest

from examsync.bank.formats.answers import numbers, texts, truth
from examsync.bank.formats.unclear import CellUnclear
from examsync.bank.question import Between, Near


@pytest.mark.parametrize("cell", ["true", "TRUE", "T", "yes", "1", "सत्य", " True. "])
def test_truth_in_many_words(cell: str) -> None:
    assert truth(cell) is True


@pytest.mark.parametrize("cell", ["false", "FALSE", "f", "No", "0", "असत्य"])
def test_falsehood_in_many_words(cell: str) -> None:
    assert truth(cell) is False


@pytest.mark.parametrize("cell", ["maybe", "2", "", "truefalse"])
def test_neither_is_unclear(cell: str) -> None:
    with pytest.raises(CellUnclear, match="neither true nor false"):
        truth(cell)


@pytest.mark.parametrize(
    ("cell", "answers"),
    [
        ("42", [Near("42")]),
        ("-3.5e2", [Near("-3.5e2")]),
        ("3.14±0.01", [Near("3.14", "0.01")]),
        ("3.14 +/- 0.01", [Near("3.14", "0.01")]),
        ("3.14+-0.01", [Near("3.14", "0.01")]),
        ("3.14:0.01", [Near("3.14", "0.01")]),
        ("3.14 ± 1 %", [Near("3.14", relative="0.01")]),
        ("200±0.5%", [Near("200", relative="0.005")]),
        ("3.1..3.2", [Between("3.1", "3.2")]),
        ("3.1…3.2", [Between("3.1", "3.2")]),
        ("3.1 to 3.2", [Between("3.1", "3.2")]),
        ("3.1-3.2", [Between("3.1", "3.2")]),
        ("3.1 – 3.2", [Between("3.1", "3.2")]),
        ("-3..-2", [Between("-3", "-2")]),
        ("-3--2", [Between("-3", "-2")]),
        ("[3.1, 3.2]", [Between("3.1", "3.2")]),
        ("(3;4)", [Between("3", "4")]),
        ("2..3;-3..-2", [Between("2", "3"), Between("-3", "-2")]),
        ("1;2 ; 3±1;", [Near("1"), Near("2"), Near("3", "1")]),
        ("१२", [Near("१२")]),
        ("1e-5", [Near("1e-5")]),
        ("5±0.1±2%", [Near("5", "0.1", "0.02")]),
    ],
)
def test_numbers_with_their_bounds(cell: str, answers: list[Near | Between]) -> None:
    assert numbers(cell) == answers


@pytest.mark.parametrize("cell", ["three", "3.14 m", "3,1 or 3.2", "±0.1", "3..", "5 ± x", "x=3"])
def test_what_is_no_number_says_how_to_write_one(cell: str) -> None:
    with pytest.raises(CellUnclear, match=r"write 3\.14") as caught:
        numbers(cell)
    assert caught.value.code == "answer_not_number"


def test_numbers_without_end_are_not_read_one_by_one() -> None:
    with pytest.raises(CellUnclear, match="500001 numbers; the limit is 50") as caught:
        numbers("1;" * 500_000)
    assert caught.value.code == "too_many"


def test_accepted_texts_are_set_apart_by_semicolons_only() -> None:
    assert texts("New Delhi; Delhi, India ;;") == ["New Delhi", "Delhi, India"]
    assert texts(r"a\;b;c") == ["a;b", "c"]
    assert texts(" ; ") == []
