"""Rows of attempts that change again and again, without clock or I/O: of a row nearly all stays as
it was when an answer was saved, and is worked out once. Used by `service.py`.
"""

from msgspec import Struct

from examsync.attempts.attempt import Attempt, Seat
from examsync.attempts.core import Core
from examsync.exams.exam import Exam
from examsync.monitor import progress
from protocol.from_server import Row

ROWS_KEPT_MAX = 50_000
"""Attempts of which something is kept; some 200 bytes each."""
KEPT_MS = 20_000
"""What is kept of an attempt that was not told of for twice as long is forgotten."""


class Kept(Struct, frozen=True, gc=False):
    """A row, and what it was made of but for the responses."""

    core: Core
    seat: Seat
    exam: Exam
    total: int
    row: Row


class Rows:
    """The rows last told of attempts in this process."""

    def __init__(self) -> None:
        self._newer: dict[str, Kept] = {}
        self._older: dict[str, Kept] = {}
        self._turned_at = 0

    def __len__(self) -> int:
        """Of how many attempts something is kept."""
        return len(self._newer.keys() | self._older.keys())

    def row(self, attempt: Attempt, exam: Exam, total: int) -> Row:
        """As `progress.row` makes it."""
        kept = self._newer.get(attempt.id) or self._older.get(attempt.id)
        if (
            kept is not None
            and kept.core is attempt.core
            and kept.seat is attempt.seat
            and kept.exam is exam
            and kept.total == total
        ):
            self._newer[attempt.id] = kept
            return answered(kept.row, attempt)
        row = progress.row(attempt, exam, total)
        if len(self._newer) >= ROWS_KEPT_MAX:
            self._newer.clear()
        self._newer[attempt.id] = Kept(attempt.core, attempt.seat, exam, total, row)
        return row

    def forget(self, now: int) -> None:
        """Let go of what was not asked for in a while; call it every second or so."""
        if now - self._turned_at >= KEPT_MS:
            self._newer, self._older, self._turned_at = {}, self._newer, now


def answered(was: Row, attempt: Attempt) -> Row:
    """The row after facts that changed responses alone. Field by field in their order: `replace`,
    or naming them, takes twice as long."""
    counted = progress.counted(attempt)
    durable = attempt.durable
    return Row(
        was.attempt,
        was.candidate,
        was.name,
        attempt.rev,
        was.state,
        counted.answered,
        was.total,
        was.hall,
        was.group,
        was.started_at,
        was.deadline,
        was.paused_since,
        was.closed_at,
        counted.saved_at,
        durable if durable > (0, 0) else None,
        was.violations,
        counted.flagged,
        counted.late,
        was.kept,
        was.hand,
        was.takeover_waiting,
        was.grading,
        was.can,
    )
