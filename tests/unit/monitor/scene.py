"""An exam, attempts, rows and connections for the monitor's tests."""

from typing import Any

from msgspec import structs

from examsync.attempts.attempt import Attempt, Held, Seat
from examsync.attempts.core import Core
from examsync.exams.exam import Exam, Terms
from examsync.monitor.piece import Piece, connection_piece, event_piece, row_piece
from protocol.from_server import Connection, Hand, Row, Signal
from protocol.types import AttemptState, Presence

NOW = 1_763_714_800_000
HOUR_MS = 3_600_000
EXAM = "exam1"


def exam(**changes: Any) -> Exam:
    """Three hours long, opened an hour ago."""
    terms = Terms(NOW - HOUR_MS, NOW + 2 * HOUR_MS, NOW + 4 * HOUR_MS, 3 * HOUR_MS)
    return structs.replace(Exam(EXAM, "Physics", "p1", terms, n=3), **changes)


def attempt(name: str = "a1", n: int = 7, hall: str = "B", **core: Any) -> Attempt:
    """An attempt in progress since ten minutes, if `core` says nothing else."""
    known: dict[str, Any] = {"state": AttemptState.IN_PROGRESS, "started_at": NOW - 600_000}
    seat = Seat(EXAM, f"c-{name}", f"Asha {name}", hall, "12")
    return Attempt(name, seat, 2, n, "head", Core(**(known | core)), {}, {})


def held(seq: int, response: Any = "x", **fields: Any) -> Held:
    """A response that stands; it arrived `seq` seconds after NOW."""
    return Held("1-aa", seq, "d", response, NOW + seq * 1_000, **fields)


def row(name: str = "a1", n: int = 1, hall: str = "B", **fields: Any) -> Row:
    """A row as of fact n."""
    known: dict[str, Any] = {"state": AttemptState.IN_PROGRESS, "answered": n, "total": 9}
    return Row(name, f"c-{name}", f"Asha {name}", (2, n), hall=hall, **(known | fields))


def connection(name: str = "a1", reports: int = 1, **fields: Any) -> Connection:
    """A live connection's report."""
    known: dict[str, Any] = {"level": Presence.LIVE, "since": NOW, "process": "web-1"}
    return Connection(name, (NOW, reports), **(known | fields))


def row_of(name: str = "a1", n: int = 1, hall: str = "B", **fields: Any) -> Piece:
    """The piece of a row."""
    return row_piece(row(name, n, hall, **fields), 3)


def connection_of(name: str = "a1", reports: int = 1, hall: str = "B", **fields: Any) -> Piece:
    """The piece of a connection."""
    return connection_piece(connection(name, reports, **fields), hall)


def signal_of(name: str = "a1", id_: str = "v1", hall: str = "B") -> Piece:
    """The piece of a signal."""
    return event_piece(Signal(name, id_, "paste", NOW, NOW - 30), hall)


def hand_of(name: str = "a1", hall: str = "B") -> Piece:
    """The piece of a raised hand."""
    return event_piece(Hand(name, True, NOW, "?"), hall)
