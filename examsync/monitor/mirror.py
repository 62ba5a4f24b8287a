"""What stands in one exam's feed: the rows and connections of all, ready to be sent (pure).

A process that watches an exam holds its mirror and keeps it by the very entries it forwards, so a
snapshot and the deltas after it cannot disagree.
"""

from collections import Counter
from collections.abc import Iterable

import msgspec
from msgspec import Struct

from examsync.monitor.history import Halls, envelope, parted, version_text
from examsync.monitor.piece import CONNECTION, GONE, ROW, Piece
from protocol.from_server import Connection
from protocol.types import AttemptState, Presence

ROWS_PER_CHUNK = 500
"""About 300 KB: a chunk goes out in one message, and a slow line takes the next when it can."""


class _RowFace(Struct, frozen=True):
    """As much of a row as is counted."""

    state: AttemptState


class _ConnectionFace(Struct, frozen=True):
    """As much of a connection as is counted."""

    level: Presence
    process: str = ""


_row_face = msgspec.json.Decoder(_RowFace).decode
_connection_face = msgspec.json.Decoder(_ConnectionFace).decode
_connection = msgspec.json.Decoder(Connection).decode


class Mirror:
    """Everybody's pieces. What it is handed has been found newer by the feed already."""

    def __init__(self, exam: str) -> None:
        self.exam = exam
        self._pieces: dict[str, dict[str, Piece]] = {ROW: {}, CONNECTION: {}}
        self._states: dict[str, AttemptState] = {}
        self._faces: dict[str, _ConnectionFace] = {}
        # Kept as pieces come: figures are asked for every second, and a row that was answered to
        # changes none. By hall:
        self._in_state: Counter[tuple[str, AttemptState]] = Counter()
        self._at_level: Counter[tuple[str, Presence]] = Counter()
        self._holding: Counter[str] = Counter()

    def take(self, pieces: Iterable[Piece]) -> None:
        """Let pieces stand, and who is gone go; what happened is passed over."""
        rows, states = self._pieces[ROW], self._states
        for piece in pieces:
            if piece.tag == ROW:
                state, held = _row_face(piece.body).state, rows.get(piece.attempt)
                rows[piece.attempt] = piece
                if held is None or held.hall != piece.hall or states[piece.attempt] is not state:
                    self._move(piece, held, state)
            elif piece.tag == CONNECTION:
                self._drop(CONNECTION, piece.attempt)
                self._connect(piece)
            elif piece.tag == GONE:
                self._leave(piece)

    def snapshot(self, generation: str, version: int, halls: Halls) -> list[bytes]:
        """The bodies of the `roster` events of a snapshot, at least one, in order."""
        text = version_text(generation, version)
        chunks = self._chunks(halls)
        return [
            envelope(
                {"exam": self.exam, "version": text, "part": part, "parts": len(chunks)},
                parted(chunk),
            )
            for part, chunk in enumerate(chunks, 1)
        ]

    def states(self, halls: Halls) -> dict[str, int]:
        """How many attempts are in which state."""
        return _summed(self._in_state.items(), halls)

    def presence(self, halls: Halls) -> dict[str, int]:
        """How many are how present; those without a connection so far count as `never`."""
        return _summed(self._at_level.items(), halls)

    def processes(self) -> set[str]:
        """The processes that hold a connection which is not away."""
        return {process for process, number in self._holding.items() if number}

    def held_by(self, process: str) -> list[tuple[Connection, str]]:
        """The connections of a process that are not away, each with its hall."""
        return [
            (_connection(self._pieces[CONNECTION][attempt].body), self._hall(attempt))
            for attempt, face in self._faces.items()
            if face.process == process and face.level is not Presence.AWAY
        ]

    def _leave(self, gone: Piece) -> None:
        """Somebody is gone from a hall; where he is now comes in the same entry, if anywhere."""
        for tag in (ROW, CONNECTION):
            held = self._pieces[tag].get(gone.attempt)
            if held is not None and held.hall == gone.hall:
                self._drop(tag, gone.attempt)

    def _move(self, row: Piece, was: Piece | None, state: AttemptState) -> None:
        """A row is new, in another hall, or in another state."""
        attempt = row.attempt
        never = attempt not in self._faces
        if was is not None:
            self._in_state[was.hall, self._states[attempt]] -= 1
            self._at_level[was.hall, Presence.NEVER] -= never
        self._in_state[row.hall, state] += 1
        self._at_level[row.hall, Presence.NEVER] += never
        self._states[attempt] = state

    def _connect(self, piece: Piece) -> None:
        face, row = _connection_face(piece.body), self._pieces[ROW].get(piece.attempt)
        if row is not None:
            self._at_level[row.hall, Presence.NEVER] -= 1
        self._faces[piece.attempt] = face
        self._pieces[CONNECTION][piece.attempt] = piece
        self._at_level[piece.hall, face.level] += 1
        self._holding[face.process] += face.level is not Presence.AWAY

    def _drop(self, tag: str, attempt: str) -> None:
        """A row or a connection stands no more, if it did."""
        held = self._pieces[tag].pop(attempt, None)
        if held is None:
            return
        if tag == ROW:
            self._in_state[held.hall, self._states.pop(attempt)] -= 1
            self._at_level[held.hall, Presence.NEVER] -= attempt not in self._faces
            return
        face, row = self._faces.pop(attempt), self._pieces[ROW].get(attempt)
        self._at_level[held.hall, face.level] -= 1
        self._holding[face.process] -= face.level is not Presence.AWAY
        if row is not None:
            self._at_level[row.hall, Presence.NEVER] += 1

    def _hall(self, attempt: str) -> str:
        return self._pieces[CONNECTION][attempt].hall

    def _shown(self, tag: str, halls: Halls) -> list[str]:
        pieces = self._pieces[tag]
        if not halls:
            return list(pieces)
        return [attempt for attempt, piece in pieces.items() if piece.hall in halls]

    def _chunks(self, halls: Halls) -> list[list[Piece]]:
        attempts = list(dict.fromkeys([*self._shown(ROW, halls), *self._shown(CONNECTION, halls)]))
        starts = range(0, max(len(attempts), 1), ROWS_PER_CHUNK)
        return [self._both(attempts[at : at + ROWS_PER_CHUNK], halls) for at in starts]

    def _both(self, attempts: list[str], halls: Halls) -> list[Piece]:
        """Rows and connections of some, as far as they may be shown."""
        found = (self._pieces[tag].get(one) for one in attempts for tag in (ROW, CONNECTION))
        return [piece for piece in found if piece and (not halls or piece.hall in halls)]


def _summed(
    counts: Iterable[tuple[tuple[str, AttemptState | Presence], int]], halls: Halls
) -> dict[str, int]:
    """Of these halls, or of all; nothing that nobody is in."""
    found: Counter[str] = Counter()
    for (hall, what), number in counts:
        if not halls or hall in halls:
            found[str(what)] += number
    return dict(+found)
