"""What an import found and did, in words its author can act on. Made by formats and the service."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

PROBLEMS_MAX = 1_000
"""A report keeps this many problems and counts the rest: nobody reads more, browsers choke."""


class Severity(StrEnum):
    """How bad a problem is."""

    ERROR = "error"
    """The row is not imported; the file is not, unless bad rows are to be skipped."""
    WARNING = "warning"
    """Imported, but look at it."""
    INFO = "info"
    """What we took for granted."""


class Takes(StrEnum):
    """How a file can be taken."""

    ALL = "all"
    SKIP_BAD = "skip_bad"
    """Without its bad rows, if that is wanted."""
    NONE = "none"
    """It was not read to its end, or holds no good question: nobody knows what would be missing."""


class RowProblem(Struct, frozen=True):
    """One finding. `line` is the file's line on which the row begins (0: the whole file);
    `column` is the heading as the file spells it, in GIFT the number of the character in the line
    (then `line` is the one it stands in), or empty for the whole row."""

    line: int
    column: str
    code: str
    message: str
    severity: Severity = Severity.ERROR


class Report(Struct, frozen=True, omit_defaults=True):
    """The outcome of an import; a dry run tells what a commit would do."""

    committed: bool
    takes: Takes
    rows: int
    accepted: int
    """Questions new to the bank."""
    updated: int
    """Questions that got a new version; papers keep the old one."""
    unchanged: int
    skipped: int
    """Rows with errors, and repeats of a row in the same file."""
    errors_found: int
    warnings_found: int
    problems: list[RowProblem]
    problems_omitted: int = 0
    """How many more there were than `problems` holds."""

    @property
    def errors(self) -> list[RowProblem]:
        """The problems that keep rows out, as far as they are listed."""
        return [p for p in self.problems if p.severity is Severity.ERROR]


def count(problems: Iterable[RowProblem], severity: Severity) -> int:
    """How many there are of a severity."""
    return sum(problem.severity is severity for problem in problems)


def in_order(problems: list[RowProblem]) -> list[RowProblem]:
    """Errors first, so that the cut at `PROBLEMS_MAX` loses the least; then by line."""
    rank = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
    return sorted(problems, key=lambda p: (rank[p.severity], p.line))
