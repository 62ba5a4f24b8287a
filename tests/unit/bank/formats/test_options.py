"""Which option an answer cell means, and when that is in doubt."""

import pytest

from examsync.bank.formats.options import Notation, Options, usual_notation
from examsync.bank.formats.unclear import CellUnclear

CITIES = {"a": "Delhi", "b": "Mumbai", "c": "Paris, France", "d": "Rome"}
EVEN = {"a": "2", "b": "4", "c": "6", "d": "8"}
VITAMINS = {"a": "B", "b": "C", "c": "D"}


def named(cell: str, texts: dict[str, str], *, many: bool = False) -> str:
    return "".join(Options(texts).named_by(cell, many=many))


@pytest.mark.parametrize(
    ("cell", "letter"),
    [
        ("B", "b"),
        ("b", "b"),
        ("(b)", "b"),
        ("B.", "b"),
        ("Option B", "b"),
        ("2", "b"),
        ("2.0", "b"),
        ("Mumbai", "b"),
        (" mumbai ".strip(), "b"),
        ("Paris, France", "c"),
        ("4", "d"),
    ],
)
def test_one_answer_by_letter_place_or_text(cell: str, letter: str) -> None:
    assert named(cell, CITIES) == letter


@pytest.mark.parametrize(
    ("cell", "letters"),
    [
        ("A;C", "ac"),
        ("c, a", "ac"),
        ("1;3", "ac"),
        ("Rome; 1", "ad"),
        ("ACD", "acd"),
        ("A", "a"),
        ("Paris, France", "c"),
        ("Delhi;Mumbai", "ab"),
    ],
)
def test_several_answers(cell: str, letters: str) -> None:
    assert named(cell, CITIES, many=True) == letters


@pytest.mark.parametrize(
    ("cell", "many", "code"),
    [
        ("Berlin", False, "answer_unknown"),
        ("E", False, "answer_unknown"),
        ("5", False, "answer_unknown"),
        ("0", False, "answer_unknown"),
        ("A;B", False, "answer_too_many"),
        ("AB", False, "answer_unknown"),
        ("A;1", True, "answer_twice"),
        ("A;Berlin", True, "answer_unknown"),
        ("AE", True, "answer_unknown"),
    ],
)
def test_what_cannot_be_meant_is_refused(cell: str, many: bool, code: str) -> None:
    with pytest.raises(CellUnclear) as caught:
        named(cell, CITIES, many=many)
    assert caught.value.code == code


def test_a_number_that_is_both_a_place_and_a_text_is_ambiguous() -> None:
    with pytest.raises(CellUnclear, match="can mean option A or B; write the letter") as caught:
        named("2", EVEN)
    assert caught.value.code == "answer_ambiguous"
    assert named("8", EVEN) == "d"
    assert named("B", EVEN) == "b"


def test_a_letter_that_is_both_a_letter_and_a_text_is_ambiguous() -> None:
    with pytest.raises(CellUnclear, match="can mean option A or B; write its place"):
        named("B", VITAMINS)
    assert named("2", VITAMINS) == "b"
    assert named("A", VITAMINS) == "a"


def test_a_text_in_its_exact_case_is_meant_before_one_in_another_case() -> None:
    assert named("NaCl", {"a": "NACL", "b": "NaCl"}) == "b"
    with pytest.raises(CellUnclear):
        named("nacl", {"a": "NACL", "b": "NaCl"})


def test_options_of_the_same_text_stand_for_each_other() -> None:
    assert named("same", {"a": "same", "b": "same"}) == "a"


@pytest.mark.parametrize(
    ("usual", "letter"), [(Notation.TEXT, "a"), (Notation.PLACE, "b"), (None, "")]
)
def test_doubt_is_decided_by_what_the_file_usually_does(
    usual: Notation | None, letter: str
) -> None:
    options = Options(EVEN, usual)
    if not letter:
        with pytest.raises(CellUnclear):
            options.named_by("2", many=False)
        return
    assert options.named_by("2", many=False) == [letter]
    (doubt,) = options.doubts
    assert f"answer by {usual}, so it is {letter.upper()}" in doubt


def test_no_doubt_no_word() -> None:
    options = Options(CITIES, Notation.TEXT)
    options.named_by("B", many=False)
    assert options.doubts == []


def test_the_usual_notation_is_told_by_rows_that_allow_one_reading() -> None:
    clear = [("Delhi", CITIES), ("Rome", CITIES), ("8", EVEN)]
    assert usual_notation(clear) is Notation.TEXT
    assert usual_notation([*clear, ("2", EVEN)]) is Notation.TEXT
    assert usual_notation(clear[:2]) is None
    assert usual_notation([*clear, ("C", CITIES)]) is None
    assert usual_notation([("3", CITIES), ("1;2", CITIES)]) is Notation.PLACE
    assert usual_notation([]) is None
