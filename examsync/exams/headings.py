"""The first line of a list of candidates (pure): which cell is which column, in whatever spelling.

What looks like a slip of one of our columns is an error (its cells would be lost); any other
column that we do not know is left out with a warning.
"""

import difflib
import re
import unicodedata

from msgspec import Struct

from examsync.bank.formats.formula import bare
from protocol.http_exams import RosterProblem

COLUMNS = ("candidate", "name", "hall", "group", "factor", "extension_min")
_MEANT = {
    **{column: column for column in COLUMNS},
    "candidate_id": "candidate",
    "id": "candidate",
    "roll_no": "candidate",
    "roll_number": "candidate",
    "full_name": "name",
    "candidate_name": "name",
    "student_name": "name",
    "room": "hall",
    "class": "group",
    "batch": "group",
    "time_factor": "factor",
    "working_time": "factor",
    "extension": "extension_min",
    "extension_minutes": "extension_min",
}
"""Spellings people use, as `folded`; nothing that could mean anything else."""
HEADING_CHARS_SHOWN = 40


class Headings(Struct, frozen=True):
    """Where our columns are, and how the file spells them. `cells` is how many headings it has."""

    at: dict[str, int]
    spelled: dict[str, str]
    cells: int
    errors: list[RosterProblem]
    warnings: list[RosterProblem]


def read(cells: list[str], line: int) -> Headings:
    """The columns that a line names."""
    found = Headings({}, {}, len(cells), [], [])
    for place, cell in enumerate(cells):
        heading = bare(cell.strip())
        name = _MEANT.get(folded(heading))
        if name is None:
            _unknown(heading, line, found)
        elif name in found.at:
            message = f"the columns {found.spelled[name]!r} and {heading!r} mean the same; keep one"
            found.errors.append(RosterProblem(line, heading, "column_twice", message))
        else:
            found.at[name], found.spelled[name] = place, heading
    return found if "candidate" in found.at else _nobody(cells, line)


def _nobody(cells: list[str], line: int) -> Headings:
    """Without that column nothing else matters: it may be another file altogether."""
    message = "the header must name a column `candidate`"
    close = [cell.strip() for cell in cells if _closest(folded(cell)) == "candidate"]
    if close:
        message += f"; is it {close[0][:HEADING_CHARS_SHOWN]!r}?"
    return Headings({}, {}, len(cells), [RosterProblem(line, "", "column_missing", message)], [])


def known(cells: list[str]) -> int:
    """How many of these would be columns of ours."""
    return sum(folded(cell) in _MEANT for cell in cells)


def folded(heading: str) -> str:
    """A heading without what spellings differ in: case, width, spaces, hyphens, dots."""
    text = unicodedata.normalize("NFKC", heading).strip().casefold()
    return re.sub(r"[^\w]+", "_", text).strip("_")


def _unknown(heading: str, line: int, found: Headings) -> None:
    if not heading:
        return
    shown = heading[:HEADING_CHARS_SHOWN]
    meant = _closest(folded(heading))
    if meant:
        message = f"unknown column {shown!r}; did you mean {meant}?"
        found.errors.append(RosterProblem(line, shown, "column_unknown", message))
    else:
        message = f"unknown column {shown!r} is left out; there are {', '.join(COLUMNS)}"
        found.warnings.append(RosterProblem(line, shown, "column_unknown", message))


def _closest(heading: str) -> str:
    """The column of ours that a heading looks like, or nothing."""
    close = difflib.get_close_matches(heading, _MEANT, 1, cutoff=0.75)
    return _MEANT[close[0]] if close else ""
