"""What this process has to tell and has not told yet, per exam, and when it is time to (pure).

Writing a mark is all that a confirmed fact or a sweep costs; of many changes of one part only the
last is told.
"""

from collections import deque
from collections.abc import Iterator

from msgspec import Struct

from examsync.attempts.attempt import Attempt
from examsync.monitor.piece import Piece

EVENTS_MAX = 2_000
"""Signals, hands and receipts of one exam that wait while Redis is away; the oldest go first.
They are facts, so the timeline has them all, and rows count them."""


class Pace(Struct, frozen=True):
    """At least so long between two tellings of an exam: of what stands, and of events.

    Of an exam without a feed it is asked every `alone_ms` whether somebody watches by now, of all
    such exams at the same time: fifty that nobody watches cost no more than one.
    """

    rows_ms: int = 250
    events_ms: int = 50
    alone_ms: int = 1_000


class Told(Struct, frozen=True):
    """What is about to be told of an exam."""

    rows: dict[str, Attempt]
    pieces: dict[str, Piece]
    events: tuple[Piece, ...]
    at: int
    """The earliest mark among it (ms)."""


class _Exam:
    """The marks of one exam."""

    __slots__ = (
        "alone", "events", "events_at", "marked_at", "pieces", "rows", "rows_at", "urgent_at",
    )  # fmt: skip

    def __init__(self) -> None:
        self.alone = False
        self.rows: dict[str, Attempt] = {}
        self.pieces: dict[str, Piece] = {}
        self.events: deque[Piece] = deque()
        self.marked_at: int | None = None
        self.urgent_at: int | None = None
        self.rows_at = 0
        self.events_at = 0


class Marks:
    """The marks of all exams."""

    def __init__(self, pace: Pace | None = None) -> None:
        self._pace = Pace() if pace is None else pace
        self._exams: dict[str, _Exam] = {}
        self.dropped = 0
        self.sooner = False
        """Something was marked where nothing was: `next_at` may be earlier. Who asks clears it."""

    def row(self, attempt: Attempt, now: int) -> None:
        """The attempt's row has to be built again; an older state changes nothing."""
        marks = self._marks(attempt.seat.exam)
        known = marks.rows.get(attempt.id)
        if known is None or known.rev <= attempt.rev:
            marks.rows[attempt.id] = attempt
        self._stands(marks, now)

    def piece(self, exam: str, piece: Piece, now: int) -> None:
        """A piece has to be told: of standing ones the newest, of others each."""
        marks = self._marks(exam)
        if piece.stands:
            known = marks.pieces.get(piece.field)
            if known is None or known.rev <= piece.rev:
                marks.pieces[piece.field] = piece
            self._stands(marks, now)
            return
        marks.events.append(piece)
        if marks.urgent_at is None:
            marks.urgent_at, self.sooner = now, True
        while len(marks.events) > EVENTS_MAX:
            marks.events.popleft()
            self.dropped += 1

    def _stands(self, marks: _Exam, now: int) -> None:
        if marks.marked_at is None:
            marks.marked_at, self.sooner = now, True

    def due(self, now: int) -> list[str]:
        """The exams of which something is to be told now."""
        return [exam for exam, marks in self._exams.items() if self._due_at(marks) <= now]

    def next_at(self) -> int | None:
        """When something is to be told next; None if there is nothing."""
        times = [self._due_at(marks) for marks in self._exams.values()]
        soonest = min(times, default=_NEVER)
        return None if soonest == _NEVER else soonest

    def take(self, exam: str, now: int) -> Told:
        """What is due of an exam; it is no longer marked."""
        marks = self._marks(exam)
        rows: dict[str, Attempt] = {}
        pieces: dict[str, Piece] = {}
        events: tuple[Piece, ...] = ()
        at = min(each for each in (marks.marked_at, marks.urgent_at, now) if each is not None)
        if self._rows_at(marks) <= now:
            rows, marks.rows = marks.rows, {}
            pieces, marks.pieces = marks.pieces, {}
            marks.marked_at, marks.rows_at = None, now
        if self._events_at(marks) <= now:
            events = tuple(marks.events)
            marks.events.clear()
            marks.urgent_at, marks.events_at = None, now
        return Told(rows, pieces, events, at)

    def put_back(self, exam: str, told: Told, now: int) -> None:
        """It could not be told: mark it again, what came since in front."""
        for attempt in told.rows.values():
            self.row(attempt, now)
        for piece in told.pieces.values():
            self.piece(exam, piece, now)
        marks = self._marks(exam)
        later = list(marks.events)
        marks.events.clear()
        for piece in (*told.events, *later):
            self.piece(exam, piece, now)

    def watched(self, exam: str, *, there: bool) -> None:
        """Whether there is a feed of the exam, as was just found out."""
        marks = self._exams.get(exam)
        if marks is not None and marks.alone is there:
            marks.alone = not there
            self.sooner = self.sooner or there

    def exams(self) -> list[str]:
        """The exams of which something was told here, and not long ago."""
        return list(self._exams)

    def forget(self, before: int) -> None:
        """Drop exams with nothing to tell that were last told before `before`."""
        for exam in list(self._idle(before)):
            del self._exams[exam]

    def _idle(self, before: int) -> Iterator[str]:
        for exam, marks in self._exams.items():
            if self._due_at(marks) == _NEVER and max(marks.rows_at, marks.events_at) < before:
                yield exam

    def _marks(self, exam: str) -> _Exam:
        marks = self._exams.get(exam)
        if marks is None:
            marks = self._exams[exam] = _Exam()
        return marks

    def _due_at(self, marks: _Exam) -> int:
        return min(self._rows_at(marks), self._events_at(marks))

    def _rows_at(self, marks: _Exam) -> int:
        """At once after a quiet time, else as the pace allows."""
        if marks.marked_at is None:
            return _NEVER
        if marks.alone:
            alone_ms = self._pace.alone_ms
            return max(marks.marked_at, (marks.rows_at // alone_ms + 1) * alone_ms)
        return max(marks.marked_at, marks.rows_at + self._pace.rows_ms)

    def _events_at(self, marks: _Exam) -> int:
        if marks.urgent_at is None:
            return _NEVER
        return max(marks.urgent_at, marks.events_at + self._pace.events_ms)


_NEVER = 2**62
