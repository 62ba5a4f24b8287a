"""The latest entries of one exam's feed, and what a watcher has missed (pure).

An entry is what one process told at once. Entries are merged and encoded for watchers here: those
at the same place with the same halls get the very same bytes.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

import msgspec
from msgspec import Struct

from examsync.monitor.piece import (
    CONNECTION,
    GONE,
    HAND,
    HAPPENINGS,
    RECEIPT,
    ROW,
    SIGNAL,
    Piece,
)

ENTRIES_MAX = 1_000
BYTES_MAX = 8_388_608
"""Beyond this a snapshot is the cheaper way: 10,000 rows are about 6 MB."""

PLACES_MAX = 64
"""Watchers at so many different places are served without encoding twice; more are rare."""

Halls = frozenset[str]
"""Whose pieces are shown; empty: everybody's."""

_EVENTS = {SIGNAL: ("violation", "violations"), HAND: ("hand", "hands")}
_EVENTS[RECEIPT] = ("receipts", "receipts")
_LISTS = {GONE: "gone", ROW: "rows", CONNECTION: "connections"}


class Entry(Struct, frozen=True):
    """What was told at once, under one version: standing pieces, or events of one kind."""

    version: int
    pieces: tuple[Piece, ...]
    at: int = 0
    """When the oldest of it came about (ms)."""

    @property
    def urgent(self) -> bool:
        """Whether it waits for nothing."""
        return any(piece.tag in HAPPENINGS for piece in self.pieces)


class Said(Struct, frozen=True):
    """An event for watchers, encoded: after it they are at `version`."""

    event: str
    version: int
    body: bytes


class Gap(Exception):
    """An entry is missing: only a snapshot helps."""


class History:
    """A bounded run of entries without holes. It can tell what came after any version from
    `floor` to `head`."""

    def __init__(self, exam: str, generation: str, head: int) -> None:
        self.exam = exam
        self.generation = generation
        self.floor = head
        self.head = head
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._cache: dict[tuple[int, int, Halls], list[Said]] = {}

    def append(self, entry: Entry) -> None:
        """Take the next entry. Raises Gap if it is not the next."""
        if entry.version != self.head + 1:
            raise Gap(f"{entry.version} after {self.head}")
        self.head = entry.version
        self._entries.append(entry)
        self._bytes += weight(entry)
        self._cache.clear()
        while len(self._entries) > ENTRIES_MAX or self._bytes > BYTES_MAX:
            dropped = self._entries.popleft()
            self._bytes -= weight(dropped)
            self.floor = dropped.version

    def recall(self, earlier: Iterable[Entry]) -> None:
        """Put entries before the oldest, newest first, as far as they join without a hole."""
        for entry in earlier:
            room = len(self._entries) < ENTRIES_MAX
            if entry.version != self.floor or self._bytes + weight(entry) > BYTES_MAX or not room:
                return
            self._entries.appendleft(entry)
            self._bytes += weight(entry)
            self.floor = entry.version - 1

    def covers(self, version: int) -> bool:
        """Whether everything after `version` is here."""
        return self.floor <= version <= self.head

    def since(self, position: int, sent: int, halls: Halls) -> list[Said]:
        """What a watcher that has looked up to `position`, and last was sent `sent`, has missed.

        Raises Gap if it is not all here.
        """
        if not self.covers(position):
            raise Gap(f"{position} is before {self.floor} or after {self.head}")
        key = (position, sent, halls)
        if key not in self._cache:
            if len(self._cache) >= PLACES_MAX:
                self._cache.clear()
            self._cache[key] = list(self._said(position, sent, halls))
        return self._cache[key]

    def _said(self, position: int, sent: int, halls: Halls) -> Iterator[Said]:
        for _, run in groupby(entries_after(self._entries, position), key=family):
            entries = list(run)
            pieces = merged(entries, halls)
            if pieces:
                said = self._encode(pieces, sent, entries[-1].version)
                sent = said.version
                yield said

    def _encode(self, pieces: Sequence[Piece], prior: int, version: int) -> Said:
        place: dict[str, object] = {
            "exam": self.exam,
            "version": version_text(self.generation, version),
            "prior": version_text(self.generation, prior),
        }
        tag = pieces[0].tag
        if tag in _EVENTS:
            event, name = _EVENTS[tag]
            return Said(event, version, envelope(place, {name: pieces}))
        lists = parted(pieces)
        if lists.keys() == {"rows"}:
            return Said("progress", version, envelope(place, {"rows": lists["rows"]}))
        return Said("roster", version, envelope(place, lists))


def entries_after(entries: deque[Entry], position: int) -> list[Entry]:
    """The entries after `position`, oldest first; the long past is not walked through."""
    found: list[Entry] = []
    for entry in reversed(entries):
        if entry.version <= position:
            break
        found.append(entry)
    return found[::-1]


def family(entry: Entry) -> str:
    """Entries of one family, next to each other, make one event: rows, connections and who is
    gone do."""
    return entry.pieces[0].tag if entry.urgent else ROW


def merged(entries: Sequence[Entry], halls: Halls) -> list[Piece]:
    """The pieces to show, of standing ones only the last of each.

    Who is gone comes before what stands: whoever takes it drops what he holds of them, and then
    takes what has come since. Somebody who only moved between shown halls is not gone.
    """
    if entries and entries[0].urgent:
        return [piece for entry in entries for piece in shown(entry, halls)]
    gone: dict[str, Piece] = {}
    stand: dict[tuple[str, str], Piece] = {}
    for entry in entries:
        pieces = shown(entry, halls)
        here = {piece.attempt for piece in pieces if piece.tag == ROW}
        for piece in pieces:
            if piece.stands:
                stand[piece.attempt, piece.tag] = piece
            elif piece.attempt not in here:
                gone[piece.attempt] = piece
                stand.pop((piece.attempt, ROW), None)
                stand.pop((piece.attempt, CONNECTION), None)
    return [*gone.values(), *stand.values()]


def shown(entry: Entry, halls: Halls) -> list[Piece]:
    """As much of an entry as may be shown to who sees these halls."""
    return [piece for piece in entry.pieces if not halls or piece.hall in halls]


def parted(pieces: Iterable[Piece]) -> dict[str, list[Piece]]:
    """Rows, connections and who is gone, apart, under the names a roster gives them; no list that
    would be empty."""
    lists: dict[str, list[Piece]] = {}
    for piece in pieces:
        lists.setdefault(_LISTS[piece.tag], []).append(piece)
    return lists


def envelope(place: Mapping[str, object], lists: Mapping[str, Sequence[Piece]]) -> bytes:
    """An event's body: its place in the feed, and its lists of pieces that are JSON already."""
    parts = [msgspec.json.encode(place)[:-1]]
    for name, pieces in lists.items():
        parts.append(b',"' + name.encode() + b'":[')
        parts.append(b",".join(piece.body for piece in pieces) + b"]")
    return b"".join([*parts, b"}"])


def weight(entry: Entry) -> int:
    """The bytes of an entry, about."""
    return sum(len(piece.body) for piece in entry.pieces)


def version_text(generation: str, number: int) -> str:
    """A version as it goes over the wire."""
    return f"{generation}.{number}"


def version_of(text: str) -> tuple[str, int] | None:
    """Generation and number; None if it was not made here."""
    generation, _, number = text.rpartition(".")
    # isascii: int() takes digits of other scripts, which no version of ours has.
    plain = number.isascii() and number.isdigit() and len(number) < 16
    return (generation, int(number)) if generation and plain else None
