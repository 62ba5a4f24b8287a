"""Aiken files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.bank.formats import FORMATS, aiken
from examsync.bank.formats.parsed import FILE_BYTES_MAX
from examsync.bank.question import SingleChoice, TrueFalse, options_of, right_options
from examsync.bank.report import Severity

OWN = """\
\ufeffWhich is a colour?
A. a dog
B. red
C. a house
ANSWER: B

Which of these\r
are even,\r
and which is it?\r
A) 3\r
B) 4
   or so
answer: b

Is ice cold?
A. True
B. False
ANSWER: A
"""


def test_questions_are_read_with_their_lines() -> None:
    parsed = aiken.parse(OWN.encode())
    assert [row.line for row in parsed.rows] == [1, 7, 15]
    colour, even, ice = (row.entry.question for row in parsed.rows)
    assert isinstance(colour, SingleChoice)
    assert [o.text for o in colour.options if o.id in right_options(colour)] == ["red"]
    assert even.stem == "Which of these\nare even,\nand which is it?"
    assert [option.text for option in options_of(even)] == ["3", "4\nor so"]
    assert isinstance(ice, TrueFalse)
    assert [p.code for p in parsed.problems] == ["external_id_made"]
    assert FORMATS["aiken"] is aiken.parse


def test_a_letter_out_of_order_belongs_to_the_text() -> None:
    (row,) = aiken.parse(b"Vitamin\nC. what is it?\nA. acid\nC. no\nB. base\nANSWER: A").rows
    assert row.entry.question.stem == "Vitamin\nC. what is it?"
    assert [option.text for option in options_of(row.entry.question)] == ["acid\nC. no", "base"]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"Q?\nA. a\nB. b\nANSWER: C\n", (4, "answer_unknown")),
        (b"Q?\nA. a\nB. b\n\nR?\nA. a\nB. b\nANSWER: A\n", (1, "answer_empty")),
        (b"Q?\nA. a\nB. b\n", (1, "answer_empty")),
        (b"Q?\nA. a\nANSWER: A\n", (1, "options_count")),
        (b"Q?\nA. a\nB.\nANSWER: A\n", (1, "option_empty")),
        (b"ANSWER: A\n", (1, "answer_unknown")),
        (b"", (0, "file_empty")),
        (b"#Q x\n^ a\nA a\nB b\n", (0, "format_other")),
        (b"PK\x03\x04", (0, "not_text")),
        (b"x" * (FILE_BYTES_MAX + 1), (0, "file_too_large")),
    ],
)
def test_what_is_wrong_is_told(data: bytes, found: tuple[int, str]) -> None:
    assert found in [(problem.line, problem.code) for problem in aiken.parse(data).problems]


@given(st.lists(st.sampled_from(["A. ", "B) ", "ANSWER: A", "ANSWER:", "x", "\n", "\r", " "])))
def test_every_question_is_taken_or_told(parts: list[str]) -> None:
    parsed = aiken.parse("".join(parts).encode())
    told = [p for p in parsed.problems if p.severity is Severity.ERROR or p.code == "row_repeated"]
    assert parsed.rows_read <= len(parsed.rows) + len(told)


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    aiken.parse(data)
