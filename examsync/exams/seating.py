"""A list of candidates from CSV (pure): every problem with its line, nothing guessed.

Header: candidate (required), name, hall, group, factor (working time, 1.25 = a quarter more),
extension_min (minutes after the window's end).
"""

import csv
import io
import re
from decimal import Decimal, InvalidOperation

from msgspec import Struct

COLUMNS = ("candidate", "name", "hall", "group", "factor", "extension_min")
CANDIDATES_MAX = 100_000
FACTOR_PERMILLE = (100, 10_000)
EXTENSION_MIN_MAX = 7 * 24 * 60
_ID = re.compile(r"[A-Za-z0-9_.:\-]{1,64}")


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


def parse(text: str) -> Seating:
    """Read a list of candidates."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    header = [name.strip().lower() for name in reader.fieldnames or []]
    if "candidate" not in header:
        return Seating([], ["line 1: the header must name a column `candidate`."])
    reader.fieldnames = header
    problems = [
        f"line 1: unknown column {name!r}; there are {', '.join(COLUMNS)}."
        for name in header
        if name not in COLUMNS
    ]
    candidates: dict[str, Candidate] = {}
    for row in reader:
        candidate, wrong = _read({k: (v or "").strip() for k, v in row.items() if k in COLUMNS})
        if candidate.id in candidates:
            wrong.append(f"{candidate.id} is there twice")
        problems += [f"line {reader.line_num}: {what}." for what in wrong]
        if not wrong:
            candidates[candidate.id] = candidate
    if len(candidates) > CANDIDATES_MAX:
        problems.append(f"more than {CANDIDATES_MAX} candidates")
    return Seating(list(candidates.values()), problems)


def _read(row: dict[str, str]) -> tuple[Candidate, list[str]]:
    wrong: list[str] = []
    id_ = row["candidate"]
    if not _ID.fullmatch(id_):
        wrong.append(f"{id_!r} is no id: use letters, digits and _ . : -, 64 at most")
    factor = _number(row.get("factor") or "1", "factor", wrong)
    permille = int(factor * 1_000)
    if not FACTOR_PERMILLE[0] <= permille <= FACTOR_PERMILLE[1]:
        wrong.append("factor must be between 0.1 and 10")
    minutes = _number(row.get("extension_min") or "0", "extension_min", wrong)
    if not 0 <= minutes <= EXTENSION_MIN_MAX:
        wrong.append("extension_min must be between 0 and a week")
    candidate = Candidate(
        id_,
        row.get("name", "")[:200],
        row.get("hall", "")[:64],
        row.get("group", "")[:64],
        permille,
        int(minutes * 60_000),
    )
    return candidate, wrong


def _number(text: str, column: str, wrong: list[str]) -> Decimal:
    try:
        number = Decimal(text)
        if not number.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        wrong.append(f"{column} {text!r} is no number")
        return Decimal(1)
    return number
