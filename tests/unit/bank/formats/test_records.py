"""Records know the line on which they begin, and a lost quote is found where it was opened."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.bank.formats.records import DELIMITERS, Record, records
from examsync.bank.report import RowProblem


def read(text: str, delimiter: str = ",") -> list[Record]:
    found = list(records(text, delimiter))
    assert all(isinstance(record, Record) for record in found), found
    return [record for record in found if isinstance(record, Record)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_editors_count_them(end: str) -> None:
    text = end.join(["a,b", "", '"one', 'two",x', " , ", "c,d", ""])
    assert [(record.line, record.cells) for record in read(text)] == [
        (1, ["a", "b"]),
        (3, [f"one{end}two", "x"]),
        (6, ["c", "d"]),
    ]


def test_separators_of_unicode_do_not_end_lines() -> None:
    assert [record.line for record in read("a\x0bb,c\u2028d\nnext,row\n")] == [1, 2]


def test_quotes_inside_quotes_are_doubled() -> None:
    assert read('"say ""hi""",x\n')[0].cells == ['say "hi"', "x"]


@pytest.mark.parametrize(
    "text",
    [
        'a,b\nc,"never closed\nd,e\nf,g\n',
        'a,b\nc,"never closed',
        'a,b\nc,"say ""never closed""\nd,e\n',
    ],
)
def test_a_quote_that_is_never_closed_is_found_where_it_was_opened(text: str) -> None:
    *before, last = records(text, ",")
    assert before == [Record(1, ["a", "b"])]
    assert isinstance(last, RowProblem)
    assert (last.line, last.code) == (2, "quote_unclosed")


def test_a_stray_quote_inside_a_cell_is_only_a_character() -> None:
    assert read('5" pipe,x\n6" pipe,y\n')[0].cells == ['5" pipe', "x"]


def test_a_cell_without_end_stops_the_reading_with_its_line() -> None:
    *_, last = records('a,b\nx,"' + "y\n" * 100_000 + '",z\n', ",")
    assert isinstance(last, RowProblem)
    assert (last.line, last.code) == (2, "quote_unclosed")


@given(
    st.lists(st.lists(st.text('ab,;\t|"\n\r é', max_size=6), min_size=2, max_size=4), max_size=6),
    st.sampled_from(DELIMITERS),
)
def test_what_a_csv_writer_writes_is_read_back(rows: list[list[str]], delimiter: str) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    assert [record.cells for record in read(file.getvalue(), delimiter)] == kept


@given(st.text('ab,"\n\r', max_size=40))
def test_no_text_makes_it_fail_and_lines_only_rise(text: str) -> None:
    lines = [record.line for record in records(text, ",")]
    assert lines == sorted(set(lines))
