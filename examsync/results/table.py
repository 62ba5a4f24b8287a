"""Which rows of an exam's results somebody wants to see, and in which order (pure)."""

from collections.abc import Callable, Iterable
from fractions import Fraction

from msgspec import Struct

from examsync.bank import marks
from examsync.errors import ExamError
from protocol.http_results import ResultRow
from protocol.problems import Code
from protocol.types import AttemptState, Grading


class Wanted(Struct, frozen=True):
    """What is asked of the table. Whatever is None or empty leaves nothing out.

    `sort`: a name of SORTS, after a minus from the greatest down. `text` is looked for in the
    candidate's id and name, whatever the case. `halls`: those that whoever asks may see.
    """

    sort: str = "-total"
    state: AttemptState | None = None
    grading: Grading | None = None
    hall: str | None = None
    group: str | None = None
    text: str = ""
    halls: frozenset[str] = frozenset()


EVERY_ROW = Wanted()


def _total(row: ResultRow) -> Fraction | None:
    return marks.read(row.whole.total) if row.whole else None


SORTS: dict[str, Callable[[ResultRow], Fraction | str | int | None]] = {
    "total": _total,
    "candidate": lambda row: row.candidate,
    "name": lambda row: row.name.casefold(),
    "hall": lambda row: row.hall,
    "group": lambda row: row.group,
    "state": lambda row: row.state,
    "grading": lambda row: row.grading,
    "started_at": lambda row: row.started_at,
    "closed_at": lambda row: row.closed_at,
}


def arranged(rows: Iterable[ResultRow], wanted: Wanted) -> list[ResultRow]:
    """The rows that are wanted, in order; those without what they are sorted by come last.

    Raises ExamError BAD_REQUEST for an order that does not exist.
    """
    name = wanted.sort.removeprefix("-")
    if name not in SORTS:
        raise ExamError(Code.BAD_REQUEST, f"sort by one of {', '.join(SORTS)}, or -total and so on")
    found = sorted((row for row in rows if _is_wanted(row, wanted)), key=lambda row: row.candidate)
    key = SORTS[name]
    known = [row for row in found if key(row) is not None]
    known.sort(key=key, reverse=wanted.sort.startswith("-"))  # type: ignore[arg-type]  # none None
    return known + [row for row in found if key(row) is None]


def _is_wanted(row: ResultRow, wanted: Wanted) -> bool:
    text = wanted.text.casefold()
    return (
        wanted.state in (None, row.state)
        and wanted.grading in (None, row.grading)
        and wanted.hall in (None, row.hall)
        and wanted.group in (None, row.group)
        and (not wanted.halls or row.hall in wanted.halls)
        and (text in row.candidate.casefold() or text in row.name.casefold())
    )
