"""OpenTriviaQA's text files, with all that is odd in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.bank.formats import FORMATS, opentrivia
from examsync.bank.formats.parsed import Parsed
from examsync.bank.question import SingleChoice, TrueFalse, options_of
from examsync.bank.report import Severity

OWN = b"""
#Q Which of these\r
A cat would eat, or drink:\r
milk?\r
^ Milk\r
A Stones\r
B Milk\r
C Stones

#Q Is caf\xe9 a drink?
^ True
A True
B False
#Q Which one is it?
^ all of the above
A One
B Two
C All of the above

#Q Nobody knows?
A Yes
B No

#Q What?
^ That
A This
B Those
"""


def found(parsed: Parsed) -> list[tuple[int, str]]:
    return [(problem.line, problem.code) for problem in parsed.problems]


def test_opentrivia_is_among_the_formats() -> None:
    assert FORMATS["opentrivia"] is opentrivia.parse


def test_an_odd_file_is_taken_and_told() -> None:
    parsed = opentrivia.parse(OWN)
    assert found(parsed) == [
        (10, "encoding_guessed"),
        (8, "option_duplicate"),
        (20, "answer_empty"),
        (24, "answer_unknown"),
        (0, "external_id_made"),
    ]
    assert parsed.rows_read == 5
    milk, cafe, which = (row.entry.question for row in parsed.rows)
    assert isinstance(milk, SingleChoice)
    assert milk.stem == "Which of these\nA cat would eat, or drink:\nmilk?"
    assert [option.text for option in milk.options] == ["Stones", "Milk"]
    assert milk.answer == milk.options[1].id
    assert isinstance(cafe, TrueFalse)
    assert (cafe.stem, cafe.answer) == ("Is café a drink?", True)
    assert isinstance(which, SingleChoice)
    assert (which.shuffle, which.answer) == (False, which.options[2].id)


def test_answers_may_go_on_over_several_lines() -> None:
    parsed = opentrivia.parse(b"#Q Q?\n^ one\ntwo\nA one\ntwo\nB A\n\nA b\n")
    (row,) = parsed.rows
    assert [option.text for option in options_of(row.entry.question)] == ["one\ntwo", "A\nA b"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b"stray\n", "text_stray"),
        (b"PK\x03\x04", "not_text"),
        (b"#Q\n^ a\nA a\nB b", "stem_empty"),
        (b"#Q Q?\n^ a\nA a", "options_count"),
        (b"#Q Q?\n^ a\nA a\nB\nC c", "option_empty"),
    ],
)
def test_what_is_wrong_is_told(data: bytes, code: str) -> None:
    assert code in [problem.code for problem in opentrivia.parse(data).problems]


def test_text_before_the_first_question_is_told_once() -> None:
    (problem,) = opentrivia.parse(b"\na title\nby me\n#Q Q?\n^ a\nA a\nB b").problems[:1]
    assert (problem.line, problem.code) == (2, "text_stray")
    assert problem.message.startswith("2 lines")


@given(st.lists(st.sampled_from(["#Q", "^", "A", "B", " ", "x", "\n", "\r", "\x00"])))
def test_every_question_is_taken_or_told(parts: list[str]) -> None:
    parsed = opentrivia.parse("".join(parts).encode())
    told = [p for p in parsed.problems if p.severity is Severity.ERROR or p.code == "row_repeated"]
    assert parsed.rows_read <= len(parsed.rows) + len(told)
