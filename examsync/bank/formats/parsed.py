"""What a format hands back: the rows that hold, and everything that was found on the way."""

from msgspec import Struct

from examsync.bank.entry import Entry
from examsync.bank.report import RowProblem

FILE_BYTES_MAX = 16 * 1024 * 1024
"""About 40,000 questions with explanations; a larger bank comes in several files."""
ROWS_MAX = 20_000


class Row(Struct, frozen=True):
    """A question without errors and the line it stands on."""

    line: int
    entry: Entry


class Parsed(Struct, frozen=True):
    """`rows` has no row with an error; `rows_read` counts those too, but not blank ones."""

    rows: list[Row]
    problems: list[RowProblem]
    rows_read: int
