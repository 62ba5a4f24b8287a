"""An exam as an examiner's client holds it (pure): a snapshot, and the deltas that follow on it.

A delta is taken on the version it builds on and on no other; whoever missed one watches again.
"""

import msgspec
from msgspec import Struct

from loadtest.report import Watched
from protocol.from_server import (
    EVENTS_TO_EXAMINER,
    Connection,
    Hands,
    Progress,
    Receipts,
    Roster,
    Row,
    Stats,
    Violations,
)

Delta = Roster | Progress | Violations | Hands | Receipts


class Feed(Struct):
    """One exam. `version` is None until a snapshot is whole; `seen` counts for the report."""

    exam: str
    version: str | None = None
    rows: dict[str, Row] = {}
    connections: dict[str, Connection] = {}
    hands: set[str] = set()
    stats: Stats | None = None
    seen: Watched = msgspec.field(default_factory=Watched)
    arriving: tuple[str, int] | None = None

    def heard(self, name: str, body: object) -> bool:
        """Take an event; False if something before it is missing: watch again."""
        event = decoded(name, body)
        return event is None or self.take(event)

    def take(self, event: Struct) -> bool:
        """The same, of an event that is a Struct already."""
        if getattr(event, "exam", None) != self.exam:
            return True
        match event:
            case Stats():
                self.stats = event
            case Roster(prior=None):
                return self._part(event)
            case Roster() | Progress() | Violations() | Hands() | Receipts():
                return self._delta(event)
        return True

    def _part(self, roster: Roster) -> bool:
        """A chunk of a snapshot. The first begins afresh; the last makes the feed whole."""
        if roster.part == 1:
            self.rows, self.connections, self.version = {}, {}, None
        elif self.arriving != (roster.version, roster.part - 1):
            self.version = self.arriving = None
            return self._gap()
        self.arriving = (roster.version, roster.part)
        self._merge(roster.rows, roster.connections)
        if roster.part == roster.parts:
            self.version, self.arriving = roster.version, None
            self.seen.snapshots += 1
        return True

    def _delta(self, delta: Delta) -> bool:
        if self.version is None:
            return True  # between `watch` and the end of the snapshot: it will be in there
        if delta.prior != self.version:
            return self._gap()
        self.version = delta.version
        self.seen.deltas += 1
        match delta:
            case Roster():
                self._drop(delta.gone)
                self._merge(delta.rows, delta.connections)
            case Progress():
                self._merge(delta.rows, [])
            case Violations():
                self.seen.violations += len(delta.violations)
            case Hands():
                self._raise(delta)
        return True

    def _raise(self, delta: Hands) -> None:
        for hand in delta.hands:
            self.seen.hands += hand.raised
            (self.hands.add if hand.raised else self.hands.discard)(hand.attempt)

    def _drop(self, gone: list[str]) -> None:
        for attempt in gone:
            self.rows.pop(attempt, None)
            self.connections.pop(attempt, None)
            self.hands.discard(attempt)

    def _merge(self, rows: list[Row], connections: list[Connection]) -> None:
        for row in rows:
            held = self.rows.get(row.attempt)
            if held is None or held.rev <= row.rev:
                self.rows[row.attempt] = row
        for connection in connections:
            known = self.connections.get(connection.attempt)
            if known is None or known.stamp <= connection.stamp:
                self.connections[connection.attempt] = connection
        self.seen.rows = len(self.rows)

    def _gap(self) -> bool:
        self.version = None
        self.seen.gaps += 1
        return False


def decoded(name: str, body: object) -> Struct | None:
    """An event's Struct, or None for an event or a shape that is not known."""
    try:
        event: Struct = msgspec.convert(body, EVENTS_TO_EXAMINER[name])
    except (KeyError, msgspec.ValidationError):
        return None
    return event
