"""A list of candidates from CSV (pure): every problem with its line and column, nothing guessed.

Header: candidate (required), name, hall, group, factor (working time, 1.25 or "1,25" = a quarter
more), extension_min (minutes after the window's end); separated by commas, semicolons or tabs.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from examsync.bank.formats.decoding import decode
from examsync.bank.formats.formula import bare
from examsync.exams import figure, headings
from examsync.exams.headings import Headings
from protocol.http_exams import RosterProblem
from protocol.types import ID_CHARS_MAX

CANDIDATES_MAX = 100_000
NAME_CHARS_MAX = 200
LABEL_CHARS_MAX = 64
"""Of a hall or a group: they are columns of the monitor."""
NUMBERS = ("factor", "extension_min")
FACTOR = (Decimal("0.1"), Decimal(10))
EXTENSION_MIN = (Decimal(0), Decimal(7 * 24 * 60))
_ID = re.compile(rf"[A-Za-z0-9_.:\-]{{1,{ID_CHARS_MAX}}}")
_NO_LETTERS = {"Cc", "Cs", "Zl", "Zp"}
"""Categories of Unicode that no name is written with; joiners (Cf) some scripts need."""


class Candidate(Struct, frozen=True):
    """One line of the list."""

    id: str
    name: str = ""
    hall: str = ""
    group: str = ""
    factor_permille: int = 1_000
    extension_ms: int = 0


class Seating(Struct, frozen=True):
    """What could be read, and what is wrong with the rest. `lines`: of each candidate, by id.

    `spelled` holds the columns the file has, with their headings: what it has no column for, it
    says nothing about. `rows` counts the lines below the header that are not blank.
    """

    candidates: list[Candidate]
    errors: list[RosterProblem]
    warnings: list[RosterProblem] = []
    lines: dict[str, int] = {}
    spelled: dict[str, str] = {}
    rows: int = 0

    @property
    def problems(self) -> list[str]:
        """The errors, for people: `line N: ...`."""
        return [told(error) for error in self.errors]


def told(found: RosterProblem) -> str:
    """A finding as a sentence with its line."""
    said = found.message if found.message.endswith((".", "?")) else f"{found.message}."
    return f"line {found.line}: {said}" if found.line else said


def read(data: bytes) -> Seating:
    """Read a file; one whose letters would have to be guessed is a problem."""
    text, unsure = decode(data)
    if unsure:
        return Seating([], [RosterProblem(p.line, p.column, p.code, p.message) for p in unsure])
    return parse(text)


def parse(text: str) -> Seating:
    """Read a list of candidates."""
    reader = _Reader()
    try:
        rows = _rows(text)
        line, header = next(rows, (1, []))
        reader.header = headings.read(header, line)
        if not reader.header.errors:
            for line, cells in rows:
                if any(cell.strip() for cell in cells) and not reader.take(line, cells):
                    break
    except _Broken as error:
        reader.errors.append(error.found)
    return reader.seating()


class _Broken(Exception):
    """What follows cannot be told apart into cells."""

    def __init__(self, found: RosterProblem) -> None:
        super().__init__(found.message)
        self.found = found


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with its (last) line, by the separator under which the first line names the most
    columns that we know."""
    text = text.removeprefix("\ufeff")
    first = text.partition("\n")[0]
    separator = max(",;\t", key=lambda each: headings.known(_cells(first, each)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        message = f"{error}; is a quote open?"
        raise _Broken(RosterProblem(reader.line_num, "", "csv_broken", message)) from error


def _cells(line: str, separator: str) -> list[str]:
    return [cell.strip().strip('"') for cell in line.split(separator)]


class _Reader:
    """Gathers candidates and findings row by row."""

    def __init__(self) -> None:
        self.header = Headings({}, {}, 0, [], [])
        self.errors: list[RosterProblem] = []
        self._candidates: list[Candidate] = []
        self._lines: dict[str, int] = {}
        self._rows = 0

    def seating(self) -> Seating:
        """All of it."""
        errors = [*self.header.errors, *self.errors]
        lines = {each.id: self._lines[each.id] for each in self._candidates}
        return Seating(
            self._candidates, errors, self.header.warnings, lines, self.header.spelled, self._rows
        )

    def take(self, line: int, cells: list[str]) -> bool:
        """One row; False if there are too many."""
        if self._rows == CANDIDATES_MAX:
            self._wrong(line, "", "too_many", f"there are more than {CANDIDATES_MAX} candidates")
            return False
        self._rows += 1
        before = len(self.errors)
        candidate = self._candidate(line, cells)
        if candidate.id in self._lines:
            first = self._lines[candidate.id]
            said = f"{candidate.id} is there twice: on line {first} too"
            self._wrong(line, "candidate", "candidate_twice", said)
        self._lines.setdefault(candidate.id, line)
        if len(self.errors) == before:
            self._candidates.append(candidate)
        return True

    def _candidate(self, line: int, cells: list[str]) -> Candidate:
        self._check_width(line, cells)
        at = self.header.at.items()
        row = {name: bare(cells[place].strip()) for name, place in at if place < len(cells)}
        id_ = row.get("candidate", "")
        if not _ID.fullmatch(id_):
            allowed = f"letters, digits and _ . : -, {ID_CHARS_MAX} at most"
            said = f"{id_[:ID_CHARS_MAX]!r} is no id: use {allowed}" if id_ else "the id is missing"
            self._wrong(line, "candidate", "id_wrong", said)
        return Candidate(
            id_,
            self._text(line, row, "name", NAME_CHARS_MAX),
            self._text(line, row, "hall", LABEL_CHARS_MAX),
            self._text(line, row, "group", LABEL_CHARS_MAX),
            round(self._number(line, row.get("factor") or "1", "factor", FACTOR) * 1_000),
            round(
                self._number(line, row.get("extension_min") or "0", "extension_min", EXTENSION_MIN)
                * 60_000
            ),
        )

    def _check_width(self, line: int, cells: list[str]) -> None:
        columns = self.header.cells
        if len(cells) <= columns:
            return
        said = f"{len(cells)} cells under {columns} columns"
        at = self.header.at
        cut = [name for name in NUMBERS if name in at and figure.broken(cells, at[name])]
        if cut:
            said += f'; put {cut[0]} in quotes if it has a decimal comma ("1,25"), or write 1.25'
        self._wrong(line, "", "cells_too_many", said)

    def _text(self, line: int, row: dict[str, str], column: str, chars_max: int) -> str:
        text = row.get(column, "")
        if len(text) > chars_max:
            said = f"{column} has more than {chars_max} characters"
            self._wrong(line, column, "text_too_long", said)
        if any(unicodedata.category(char) in _NO_LETTERS for char in text):
            said = f"{column} has line ends or control characters"
            self._wrong(line, column, "text_unprintable", said)
        return text

    def _number(self, line: int, text: str, column: str, among: tuple[Decimal, Decimal]) -> Decimal:
        try:
            return figure.read(text, among)
        except ValueError as wrong:
            said = f"{column} {text[: figure.CELL_CHARS_SHOWN]!r} {wrong}"
            self._wrong(line, column, "number_wrong", said)
            return among[0]

    def _wrong(self, line: int, column: str, code: str, message: str) -> None:
        heading = self.header.spelled.get(column, "")
        self.errors.append(RosterProblem(line, heading, code, message))
