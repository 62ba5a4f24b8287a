"""GIFT as we write it: nothing is lost, and Moodle has all that it knows of."""

import pytest
from hypothesis import given, settings

from examsync.bank.entry import Entry
from examsync.bank.formats import gift
from examsync.bank.formats.gift_writing import write
from examsync.bank.report import Severity
from tests.unit.bank.formats.entries import BANKS


@settings(max_examples=150, deadline=None)
@given(BANKS)
def test_what_is_written_is_read_back_unchanged(bank: list[Entry]) -> None:
    parsed = gift.parse(write(bank))
    assert [row.entry for row in parsed.rows] == bank
    assert [p for p in parsed.problems if p.severity is Severity.ERROR and bank] == []


OURS = r"""// [id:m-1] [marks:2] [section:Part \[I\]] [shuffle:no] [tag:even numbers]
::m-1::[plain]Which are even?{
~%50%2
~%-50%3
~%50%4
####Two and four\: \{2, 4\}.
}

$CATEGORY: $course$/top/Maths/Numbers

// [id:n-1] [answer:3.14±1%]
::n-1::[plain]What is π?{
#
=3.14:0.0314
}

// [id:s-1] [type:short_text] [case_sensitive:yes]
::s-1::[plain]How is this written?{
=a -> b
=\*->
}

$CATEGORY: $course$/top

// [id:l-1] [answer:Structure,\nspelling.]
::l-1::[plain]Write [html].{}
"""


def test_the_text_is_as_moodle_reads_it() -> None:
    parsed = gift.parse(OURS.encode())
    assert [problem.code for problem in parsed.problems] == []
    assert [row.entry.question.external_id for row in parsed.rows] == ["m-1", "n-1", "s-1", "l-1"]
    assert write([row.entry for row in parsed.rows]).decode() == OURS


def test_a_text_that_looks_like_a_format_or_a_weight_is_said_to_be_plain() -> None:
    parsed = gift.parse(b"Q{~[plain]%50%x =[plain][html]y}")
    (row,) = parsed.rows
    text = write([row.entry]).decode()
    assert "~[plain]%50%x\n=[plain][html]y\n" in text
    assert [again.entry for again in gift.parse(text.encode()).rows] != []


@pytest.mark.parametrize(
    ("count", "weight"), [(1, "%100%"), (2, "%50%"), (3, "%33.33333%"), (6, "%16.66667%")]
)
def test_right_options_share_the_whole_as_moodle_writes_it(count: int, weight: str) -> None:
    source = "Q{" + "".join(f"~{weight}{n}" for n in range(count)) + "~wrong}"
    (row,) = gift.parse(source.encode()).rows
    text = write([row.entry]).decode()
    assert text.count(f"~{weight}") == count
    assert f"~{weight.replace('%', '%-', 1)}wrong" in text
