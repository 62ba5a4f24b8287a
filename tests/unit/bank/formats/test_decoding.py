"""Bytes become text gently, and what had to be assumed is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.bank.formats.decoding import decode
from examsync.bank.report import PROBLEMS_MAX, Severity

TEXT = "question,answer\nनाम?,हाँ\ncafé,“quotes”\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_that_say_what_they_are_are_read_without_a_word(encoding: str) -> None:
    assert decode(TEXT.encode(encoding)) == (TEXT, [])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark_is_known_by_its_zeros(encoding: str) -> None:
    text = "question,answer\nWhat?,That\n"
    assert decode(text.encode(encoding)) == (text, [])


def test_lines_of_another_encoding_are_read_one_by_one_and_named() -> None:
    data = "नाम\n".encode() + "café “x”\n".encode("cp1252") + b"plain\n"
    text, problems = decode(data)
    assert text == "नाम\ncafé “x”\nplain\n"
    (problem,) = problems
    assert (problem.line, problem.code) == (2, "encoding_guessed")
    assert problem.severity is Severity.WARNING
    assert "'é'" in problem.message


def test_a_text_with_some_zeros_is_not_taken_for_utf_16() -> None:
    text = "a\x00\x00" * 50
    assert decode(text.encode()) == (text, [])


def test_a_byte_that_no_encoding_knows_is_an_error_on_its_line() -> None:
    text, problems = decode(b"ok\nbad \x81 byte\n")
    assert text == "ok\nbad \ufffd byte\n"
    (problem,) = problems
    assert (problem.line, problem.code, problem.severity) == (2, "byte_unreadable", Severity.ERROR)
    assert "0x81" in problem.message


def test_many_guessed_lines_are_summed_up() -> None:
    problems = decode("é\n".encode("cp1252") * 100)[1]
    assert len(problems) == 21
    assert (problems[-1].line, problems[-1].message[:9]) == (0, "100 lines")


def test_unreadable_lines_without_end_are_counted() -> None:
    problems = decode(b"\x81\n" * 3_000)[1]
    assert len(problems) == PROBLEMS_MAX + 1
    assert (problems[-1].line, problems[-1].message[:10]) == (0, "3000 lines")
    assert problems[-1].severity is Severity.ERROR


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04rest", "Excel"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel"),
        (b"%PDF-1.7", "PDF"),
        (b"{\\rtf1", "word processor"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image"),
        (b"\x1f\x8b\x08", "compressed"),
        (bytes(range(256)) * 20, "no text file"),
        (b"\xff\xfea", "UTF-8"),
    ],
)
def test_what_is_no_text_is_named(data: bytes, words: str) -> None:
    text, (problem,) = decode(data)
    assert text == ""
    assert words in problem.message
    assert problem.severity is Severity.ERROR


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    text, problems = decode(data)
    assert text or problems or not data.strip(b"\xef\xbb\xbf\xff\xfe")
