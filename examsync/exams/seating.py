"""A list of candidates from CSV (pure): every problem with its line, nothing guessed.

Header: candidate (required), name, hall, group, factor (working time, 1.25 = a quarter more),
extension_min (minutes after the window's end); separated by commas, semicolons or tabs.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from examsync.bank.formats.decoding import decode
from protocol.types import ID_CHARS_MAX

COLUMNS = ("candidate", "name", "hall", "group", "factor", "extension_min")
CANDIDATES_MAX = 100_000
NAME_CHARS_MAX = 200
LABEL_CHARS_MAX = 64
"""Of a hall or a group: they are columns of the monitor."""
FACTOR = (Decimal("0.1"), Decimal(10))
EXTENSION_MIN = (Decimal(0), Decimal(7 * 24 * 60))
_ID = re.compile(rf"[A-Za-z0-9_.:\-]{{1,{ID_CHARS_MAX}}}")
_NO_LETTERS = {"Cc", "Cs", "Zl", "Zp"}
"""Categories of Unicode that no name is written with; joiners (Cf) some scripts need."""
_NUMBER = re.compile(r"\d{1,6}(\.\d{1,6})?")


class Candidate(Struct, frozen=True):
    """One line of the list."""

    id: str
    name: str = ""
    hall: str = ""
    group: str = ""
    factor_permille: int = 1_000
    extension_ms: int = 0


class Seating(Struct, frozen=True):
    """The candidates that could be read, and what is wrong with the others (`line N: ...`)."""

    candidates: list[Candidate]
    problems: list[str]


def read(data: bytes) -> Seating:
    """Read a file; one whose letters would have to be guessed is a problem."""
    text, unsure = decode(data)
    if unsure:
        problems = [f"line {p.line}: {p.message}." if p.line else f"{p.message}." for p in unsure]
        return Seating([], problems)
    return parse(text)


def parse(text: str) -> Seating:
    """Read a list of candidates."""
    found = Seating([], [])
    rows = _rows(text)
    try:
        _, header = next(rows, (1, []))
        names = [name.strip().lower() for name in header]
        found.problems.extend(_header_problems(names))
        if not found.problems:
            _read_rows(rows, names, found)
    except _Broken as error:
        found.problems.append(str(error))
    return found


class _Broken(Exception):
    """What follows cannot be told apart into cells."""


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with its (last) line, by the separator under which the first line names the most
    columns that we know."""
    text = text.removeprefix("\ufeff")
    first = text.partition("\n")[0].lower()
    separator = max(",;\t", key=lambda each: sum(n.strip() in COLUMNS for n in first.split(each)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise _Broken(f"line {reader.line_num}: {error}; is a quote open?") from error


def _read_rows(rows: Iterator[tuple[int, list[str]]], names: list[str], found: Seating) -> None:
    seen: set[str] = set()
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if len(seen) == CANDIDATES_MAX:
            found.problems.append(f"There are more than {CANDIDATES_MAX} candidates.")
            return
        candidate, wrong = _candidate(names, cells)
        if candidate.id in seen:
            wrong.append(f"{candidate.id} is there twice")
        seen.add(candidate.id)
        found.problems.extend(f"line {line}: {what}." for what in wrong)
        if not wrong:
            found.candidates.append(candidate)


def _header_problems(names: list[str]) -> list[str]:
    if "candidate" not in names:
        return ["line 1: the header must name a column `candidate`."]
    unknown = [name for name in names if name not in COLUMNS]
    twice = sorted({name for name in names if names.count(name) > 1 and name in COLUMNS})
    return [
        *(f"line 1: unknown column {name!r}; there are {', '.join(COLUMNS)}." for name in unknown),
        *(f"line 1: the column {name!r} is there twice." for name in twice),
    ]


def _candidate(names: list[str], cells: list[str]) -> tuple[Candidate, list[str]]:
    wrong: list[str] = []
    if len(cells) > len(names):
        wrong.append(f"{len(cells)} cells under {len(names)} columns")
    row = {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
    id_ = row.get("candidate", "")
    if not _ID.fullmatch(id_):
        allowed = f"letters, digits and _ . : -, {ID_CHARS_MAX} at most"
        wrong.append(f"{id_[:ID_CHARS_MAX]!r} is no id: use {allowed}")
    factor = _number(row.get("factor") or "1", "factor", FACTOR, wrong)
    minutes = _number(row.get("extension_min") or "0", "extension_min", EXTENSION_MIN, wrong)
    candidate = Candidate(
        id_,
        _text(row.get("name", ""), "name", NAME_CHARS_MAX, wrong),
        _text(row.get("hall", ""), "hall", LABEL_CHARS_MAX, wrong),
        _text(row.get("group", ""), "group", LABEL_CHARS_MAX, wrong),
        round(factor * 1_000),
        round(minutes * 60_000),
    )
    return candidate, wrong


def _text(text: str, column: str, chars_max: int, wrong: list[str]) -> str:
    if len(text) > chars_max:
        wrong.append(f"{column} has more than {chars_max} characters")
    if any(unicodedata.category(char) in _NO_LETTERS for char in text):
        wrong.append(f"{column} has line ends or control characters")
    return text


def _number(text: str, column: str, among: tuple[Decimal, Decimal], wrong: list[str]) -> Decimal:
    low, high = among
    number = Decimal(text) if _NUMBER.fullmatch(text) else None
    if number is None or not low <= number <= high:
        wrong.append(f"{column} {text[:20]!r} is no number from {low} to {high}")
        return low
    return number
