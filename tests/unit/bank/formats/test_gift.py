"""Whole GIFT files: what is taken, what is found, and that nothing makes it fail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.bank.formats import FORMATS, gift
from examsync.bank.formats.parsed import FILE_BYTES_MAX, ROWS_MAX, Parsed
from examsync.bank.question import kind_of
from examsync.bank.report import Severity
from protocol.types import ItemKind

EVERY_KIND = """\
\ufeff// A quiz of our own.\r
$CATEGORY: $course$/top/General\r
\r
::One::Which is a colour? {=red#Right. ~dog ~house}\r
\r
Which are even?{~%50%2 ~%50%4 ~%-50%5}

Ice floats on water.{T#It does.}

The capital of Italy is {=Rome =Roma}.

How many legs has a spider? {#8}

Before you go on, breathe.

Write about rain. {}

// [id:pairs]
Match them.{=cat -> mouse =cow -> grass}

Which?{=red =%50%reddish
~blue}
"""


def found(parsed: Parsed) -> list[tuple[int, str, str]]:
    return [(problem.line, problem.column, problem.code) for problem in parsed.problems]


def test_gift_is_among_the_formats() -> None:
    assert FORMATS["gift"] is gift.parse


def test_a_file_of_every_kind_is_taken_and_the_rest_is_told() -> None:
    parsed = gift.parse(EVERY_KIND.encode())
    assert found(parsed) == [
        (14, "", "description_skipped"),
        (19, "13", "kind_unsupported"),
        (21, "18", "weight_unsupported"),
        (0, "", "titles_unused"),
        (0, "", "feedback_moved"),
        (0, "external_id", "external_id_made"),
    ]
    assert [row.line for row in parsed.rows] == [4, 6, 8, 10, 12, 16]
    assert parsed.rows_read == 9
    assert {kind_of(row.entry.question) for row in parsed.rows} == set(ItemKind)
    assert {row.entry.question.topic for row in parsed.rows} == {"General"}


def test_the_same_wording_with_another_key_needs_ids() -> None:
    assert found(gift.parse(b"Sure?{T}\n\nSure?{F}\n\nSure?{T}"))[:2] == [
        (3, "", "question_repeated"),
        (5, "", "row_repeated"),
    ]
    named = gift.parse(b"// [id:1]\nSure?{T}\n\n// [id:2]\nSure?{F}")
    assert (len(named.rows), named.problems) == (2, [])


def test_lines_in_other_encodings_are_read_and_told() -> None:
    parsed = gift.parse("Café?{T}\n\nनमस्ते?{T}\n\n".encode() + b"Caf\xe9 au lait?{T}")
    assert found(parsed)[0] == (5, "", "encoding_guessed")
    assert [row.entry.question.stem for row in parsed.rows][::2] == ["Café?", "Café au lait?"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b"// only a comment\n\n$CATEGORY: x", "file_empty"),
        (b"PK\x03\x04", "not_text"),
        (b"Sure?{T}\n\nWhich?{=a", "file_broken_off"),
        (b"x" * (FILE_BYTES_MAX + 1), "file_too_large"),
    ],
)
def test_files_that_cannot_be_taken_say_why(data: bytes, code: str) -> None:
    (problem,) = [p for p in gift.parse(data).problems if p.severity is Severity.ERROR]
    assert problem.code == code


def test_questions_have_a_limit_that_is_told_where_it_was_reached() -> None:
    parsed = gift.parse("".join(f"Q{n}{{T}}\n\n" for n in range(ROWS_MAX + 2)).encode())
    assert len(parsed.rows) == ROWS_MAX
    (problem,) = [p for p in parsed.problems if p.severity is Severity.ERROR]
    assert (problem.line, problem.code) == (2 * ROWS_MAX + 1, "rows_too_many")


PARTS = [
    *("{", "}", "=", "~", "#", "####", "%50%", "%-1%", "::", "\\", "->", "..", ":", "T", "1", "\n"),
    *("\n\n", "\r", "//", "[id:", "]", "[html]", "<![", "&", "[tag:x]", "$CATEGORY:", "$course$/"),
    *("[marks:", "[answer:", "[shuffle:no]", " ", "\x00", "*", "é"),
]


@given(st.lists(st.sampled_from(PARTS) | st.text(max_size=3), max_size=30))
def test_every_question_is_taken_or_told(parts: list[str]) -> None:
    parsed = gift.parse("".join(parts).encode("utf-8", "surrogatepass"))
    codes = ("row_repeated", "description_skipped")
    told = [p for p in parsed.problems if p.severity is Severity.ERROR or p.code in codes]
    assert parsed.rows_read <= len(parsed.rows) + len(told)


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    gift.parse(data)
