"""The other end of a feed: what a client makes of its events (pure).

Used by the terminal's monitor and by the tests; the load test's examiner mirrors it. A delta is
taken on the version it builds on and on no other; whoever has missed one watches again.
"""

from collections import deque
from collections.abc import Callable
from enum import Enum

import msgspec
from msgspec import Struct

from protocol.from_server import (
    EVENTS_TO_EXAMINER,
    Connection,
    Hand,
    Hands,
    NoticeReceipt,
    Progress,
    Receipts,
    Roster,
    Row,
    Signal,
    Stats,
    Violations,
)

HAPPENED_MAX = 1_000
"""Signals, hands and receipts that are kept; the timeline has all."""

Happening = Signal | Hand | NoticeReceipt
Delta = Roster | Progress | Violations | Hands | Receipts

_DECODERS: dict[str, Callable[[bytes], object]] = {
    name: msgspec.json.Decoder(body).decode for name, body in EVENTS_TO_EXAMINER.items()
}


class Outcome(Enum):
    """What became of an event."""

    TAKEN = "taken"
    GAP = "gap"
    """Something before it is missing: watch again."""
    IGNORED = "ignored"
    """Of another exam, or not of the feed."""


class Board(Struct):
    """One exam as a client holds it. `version` is None until a snapshot is whole."""

    exam: str
    version: str | None = None
    rows: dict[str, Row] = {}
    connections: dict[str, Connection] = {}
    stats: Stats | None = None
    happened: deque[Happening] = msgspec.field(default_factory=lambda: deque(maxlen=HAPPENED_MAX))
    arriving: tuple[str, int] | None = None
    """The snapshot that is coming in: its version, and how many parts of it are here."""


def decoded(event: str, body: bytes) -> object:
    """The Struct of an event from the server. Raises KeyError for a name the feed does not use."""
    return _DECODERS[event](body)


def take(board: Board, event: object) -> Outcome:
    """Merge an event into the board."""
    if getattr(event, "exam", None) != board.exam:
        return Outcome.IGNORED
    match event:
        case Stats():
            board.stats = event
            return Outcome.TAKEN
        case Roster(prior=None):
            return _part(board, event)
        case Roster() | Progress() | Violations() | Hands() | Receipts():
            return _delta(board, event)
    return Outcome.IGNORED


def _part(board: Board, roster: Roster) -> Outcome:
    """One chunk of a snapshot. The first begins afresh; the last makes the board whole."""
    if roster.part == 1:
        board.rows, board.connections, board.version = {}, {}, None
    elif board.arriving != (roster.version, roster.part - 1):
        board.version = board.arriving = None
        return Outcome.GAP
    board.arriving = (roster.version, roster.part)
    _merge(board, roster.rows, roster.connections)
    if roster.part == roster.parts:
        board.version, board.arriving = roster.version, None
    return Outcome.TAKEN


def _delta(board: Board, delta: Delta) -> Outcome:
    if board.version is None or delta.prior != board.version:
        return Outcome.GAP
    board.version = delta.version
    match delta:
        case Roster():
            for attempt in delta.gone:
                board.rows.pop(attempt, None)
                board.connections.pop(attempt, None)
            _merge(board, delta.rows, delta.connections)
        case Progress():
            _merge(board, delta.rows, [])
        case Violations():
            _happen(board, delta.violations)
        case Hands():
            _happen(board, delta.hands)
        case Receipts():
            _happen(board, delta.receipts)
    return Outcome.TAKEN


def _merge(board: Board, rows: list[Row], connections: list[Connection]) -> None:
    """Each part by its own order: the newer wins, and so does the later of equals, for the exam
    can move a deadline without a fact of the attempt."""
    for row in rows:
        held = board.rows.get(row.attempt)
        if held is None or held.rev <= row.rev:
            board.rows[row.attempt] = row
    for connection in connections:
        known = board.connections.get(connection.attempt)
        if known is None or known.stamp <= connection.stamp:
            board.connections[connection.attempt] = connection


def _happen(board: Board, what: "list[Signal] | list[Hand] | list[NoticeReceipt]") -> None:
    """Note what happened, once: a process that got no reply tells it again."""
    board.happened.extend(each for each in what if each not in board.happened)
