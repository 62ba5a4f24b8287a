"""CSV as teachers keep it: any order of columns, any usual delimiter, all problems at once.

The header is `type,question,option_a,...,answer,marks,negative_marks,section,topic,difficulty,
explanation,image,language,external_id` (and `tags`, `shuffle`, `case_sensitive`); only `question`
and `answer` are needed. `template()` shows every kind.
"""

import re
from collections.abc import Iterator

from examsync.bank.formats import header as headings
from examsync.bank.formats.collecting import Collected, too_large
from examsync.bank.formats.decoding import decode
from examsync.bank.formats.header import Header
from examsync.bank.formats.options import usual_notation
from examsync.bank.formats.parsed import Parsed
from examsync.bank.formats.records import DELIMITERS, Record, records
from examsync.bank.formats.resembling import resembling
from examsync.bank.formats.row import RowReader
from examsync.bank.report import RowProblem, Severity

_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)
"""Excel's own first line, which names the delimiter."""


def parse(data: bytes) -> Parsed:
    """Everything a CSV file holds, and all that is wrong with it. Never raises for bad content."""
    refusal = too_large(data)
    if refusal is not None:
        return refusal
    text, problems = decode(data)
    found = iter(_records(text))
    first = next((record for record in found), None)
    if not isinstance(first, Record):
        return Parsed([], [*problems, *([first] if first else _nothing(problems))], 0)
    header, wrong = headings.read(first.cells, first.line)
    problems += wrong
    if any(problem.severity is Severity.ERROR for problem in wrong):
        return Parsed([], [*problems, *resembling(text, "csv")], 0)
    return _read(header, list(found), problems)


def _nothing(problems: list[RowProblem]) -> list[RowProblem]:
    empty = RowProblem(0, "", "file_empty", "the file is empty; begin with the template")
    return [] if problems else [empty]


def _records(text: str) -> Iterator[Record | RowProblem]:
    named = _SEPARATOR_LINE.match(text)
    if not named:
        yield from records(text, _delimiter(text))
        return
    for record in records(text[named.end() :], named[1]):
        line = record.line + 1
        if isinstance(record, Record):
            yield Record(line, record.cells)
        else:
            yield RowProblem(line, record.column, record.code, record.message)


def _delimiter(text: str) -> str:
    """The delimiter under which the first line names the most columns that we know."""
    start = text.lstrip("\r\n ")[:20_000]

    def known(delimiter: str) -> int:
        first = next(records(start, delimiter), None)
        cells = first.cells if isinstance(first, Record) else []
        return sum(headings.column_of(cell) is not None for cell in cells)

    return max(DELIMITERS, key=known)


def _read(header: Header, found: list[Record | RowProblem], problems: list[RowProblem]) -> Parsed:
    """Read what is left of the file: once for how it writes answers, once for the rest."""
    usual = usual_notation(
        (header.cell(record.cells, "answer"), header.option_cells(record.cells))
        for record in found
        if isinstance(record, Record)
    )
    collected = Collected(problems)
    for record in found:
        if isinstance(record, RowProblem):
            problems.append(record)
        elif collected.count(record.line):
            _take(RowReader(header, record, usual), collected)
        else:
            break
    if not collected.rows_read and not problems:
        message = "there is no question below the first line"
        problems.append(RowProblem(0, "", "file_empty", message, Severity.WARNING))
    elif "type" not in header.at:
        message = "there is no column type; each row's type was made out from its answer"
        problems.append(RowProblem(0, "type", "type_guessed", message, Severity.INFO))
    return collected.parsed()


def _take(reader: RowReader, collected: Collected) -> None:
    entry = reader.read()
    collected.problems += reader.problems
    if entry is not None:
        column = reader.header.spelled.get("external_id", "")
        collected.take(reader.record.line, entry, named=reader.named, column=column)
