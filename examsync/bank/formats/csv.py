"""CSV as teachers keep it: any order of columns, any usual delimiter, all problems at once.

The header is `type,question,option_a,...,answer,marks,negative_marks,section,topic,difficulty,
explanation,image,language,external_id` (and `tags`, `shuffle`); only `question` and `answer` are
needed. `template()` shows every kind.
"""

import re
from collections.abc import Iterator

from examsync.bank.entry import meaning_of
from examsync.bank.formats import header as headings
from examsync.bank.formats.decoding import decode
from examsync.bank.formats.header import Header
from examsync.bank.formats.options import Notation, usual_notation
from examsync.bank.formats.parsed import FILE_BYTES_MAX, ROWS_MAX, Parsed, Row
from examsync.bank.formats.records import DELIMITERS, Record, records
from examsync.bank.formats.row import RowReader
from examsync.bank.report import RowProblem, Severity

_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)
"""Excel's own first line, which names the delimiter."""


def parse(data: bytes) -> Parsed:
    """Everything a CSV file holds, and all that is wrong with it. Never raises for bad content."""
    if len(data) > FILE_BYTES_MAX:
        message = f"{len(data)} bytes; the limit is {FILE_BYTES_MAX}: split the file"
        return Parsed([], [RowProblem(0, "", "file_too_large", message)], 0)
    text, problems = decode(data)
    found = iter(_records(text))
    first = next((record for record in found), None)
    if not isinstance(first, Record):
        return Parsed([], [*problems, *([first] if first else _nothing(problems))], 0)
    header, wrong = headings.read(first.cells, first.line)
    problems += wrong
    if any(problem.severity is Severity.ERROR for problem in wrong):
        return Parsed([], problems, 0)
    return _Reading(header, problems).parse(list(found))


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


class _Reading:
    """The rows of one file: repeats found, limits kept."""

    def __init__(self, header: Header, problems: list[RowProblem]) -> None:
        self.header = header
        self.problems = problems
        self.rows: list[Row] = []
        self.count = 0
        self.unnamed = 0
        self.usual: Notation | None = None
        self._lines: dict[str, tuple[int, bytes]] = {}

    def parse(self, found: list[Record | RowProblem]) -> Parsed:
        """Read what is left of the file: once for how it writes answers, once for the rest."""
        self.usual = usual_notation(
            (self.header.cell(record.cells, "answer"), self.header.option_cells(record.cells))
            for record in found
            if isinstance(record, Record)
        )
        for record in found:
            if isinstance(record, RowProblem):
                self.problems.append(record)
            elif self.count == ROWS_MAX:
                message = f"more than {ROWS_MAX} questions; split the file here"
                self.problems.append(RowProblem(record.line, "", "rows_too_many", message))
                break
            else:
                self._row(record)
        self._say_what_was_assumed()
        return Parsed(self.rows, self.problems, self.count)

    def _row(self, record: Record) -> None:
        self.count += 1
        reader = RowReader(self.header, record, self.usual)
        entry = reader.read()
        self.problems += reader.problems
        if entry is None:
            return
        self.unnamed += not reader.named
        row = Row(record.line, entry)
        if not self._repeats(row, named=reader.named):
            self.rows.append(row)

    def _repeats(self, row: Row, *, named: bool) -> bool:
        """A row that says the same again is left out; one that says otherwise is an error."""
        name, meaning = row.entry.question.external_id, meaning_of(row.entry)
        line, before = self._lines.setdefault(name, (row.line, meaning))
        if line == row.line:
            return False
        if before == meaning:
            message = f"this row says the same as line {line}; it is left out"
            code, severity = "row_repeated", Severity.WARNING
        elif named:
            message = f"line {line} has the same external_id; give each question its own"
            code, severity = "external_id_repeated", Severity.ERROR
        else:
            message = f"line {line} asks the same, with another key or other marks; keep one"
            code, severity = "question_repeated", Severity.ERROR
        column = self.header.spelled.get("external_id", "")
        self.problems.append(RowProblem(row.line, column, code, message, severity))
        return True

    def _say_what_was_assumed(self) -> None:
        if "type" not in self.header.at:
            message = "there is no column type; each row's type was made out from its answer"
            self.problems.append(RowProblem(0, "type", "type_guessed", message, Severity.INFO))
        if self.unnamed:
            message = (
                f"{self.unnamed} questions have no external_id and are known by their wording:"
                " with another wording they count as new"
            )
            problem = RowProblem(0, "external_id", "external_id_made", message, Severity.INFO)
            self.problems.append(problem)
