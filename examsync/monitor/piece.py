"""What a feed is made of: pieces, each encoded once, with a rev that orders it (pure).

A row of the monitor has two parts with separate revs, because a connection changes without a
fact, and several processes may report it. Signals, raised hands and receipts are pieces too, but
nothing that stands: they have no rev and are told as they come. The feed itself says who is gone
from where; a connection is in the hall of its row.
"""

import msgspec
from msgspec import Struct

from protocol.from_server import Connection, Hand, NoticeReceipt, Row, Signal

REV_CHARS = 40
"""Both kinds of rev are digits, padded to this length, so that text compares like numbers."""

ROW = "r"
CONNECTION = "c"
SIGNAL = "v"
HAND = "h"
RECEIPT = "n"
HAPPENINGS = frozenset({SIGNAL, HAND, RECEIPT})
_STANDING = frozenset({ROW, CONNECTION})
GONE = "g"
"""No more in this hall, or on the roll: whoever sees the hall drops row and connection."""

_json = msgspec.json.Encoder().encode


class Piece(Struct, frozen=True, gc=False):
    """One part of one attempt. `body` is JSON as it goes over the wire; `hall` is whose it is.

    It is in no cycle, so Python's collector need not look at it: boards hold tens of thousands.
    """

    tag: str
    attempt: str
    hall: str
    body: bytes
    rev: str = ""

    @property
    def stands(self) -> bool:
        """Whether it replaces an older piece of its kind (and is in a snapshot)."""
        return self.tag in _STANDING

    @property
    def field(self) -> str:
        """Where it stands in the feed's hash; "" for what does not stand."""
        return f"{self.attempt}:{self.tag}" if self.stands else ""

    @property
    def label(self) -> str:
        """How it is marked in the stream: what, whose, in which hall."""
        return f"{self.tag}{self.attempt}|{self.hall}"

    def told(self) -> tuple[str, str, str, bytes]:
        """Field, rev, label and body, as feed.lua takes them; thousands a second are asked."""
        tag, attempt = self.tag, self.attempt
        field = f"{attempt}:{tag}" if tag in _STANDING else ""
        return field, self.rev, f"{tag}{attempt}|{self.hall}", self.body


def labelled(label: str, body: bytes) -> Piece:
    """A piece as it came out of the stream; its rev has done its work and is not there. Of who is
    gone nothing is told but who it is."""
    who, _, hall = label.partition("|")
    attempt = who[1:]
    return Piece(who[0], attempt, hall, body or _json(attempt))


def stored(value: bytes) -> Piece:
    """A piece as it stands in the hash: rev, label, a line break, body (JSON holds none)."""
    label, _, body = value[REV_CHARS:].rpartition(b"\n")
    rev = value[:REV_CHARS].decode()
    found = labelled(label.decode(), body)
    return Piece(found.tag, found.attempt, found.hall, found.body, rev)


def row_rev(row: Row, exam_n: int, change: int = 0) -> str:
    """Orders rows: the attempt's fact, the exam's facts (they move deadlines), then, among rows
    of the same facts, the change of the attempt in Postgres (it alone knows the grading and the
    seat); 0: it was not asked."""
    epoch, n = row.rev
    # An f-string with widths takes four times as long, for each row that is told.
    return "%010d%010d%06d%014d" % (epoch, n, exam_n, change)  # noqa: UP031


def row_piece(row: Row, exam_n: int, change: int = 0) -> Piece:
    """The attempt's part of a row."""
    return Piece(ROW, row.attempt, row.hall, _json(row), row_rev(row, exam_n, change))


def stamp_rev(stamp: tuple[int, int]) -> str:
    """Orders reports on connections: the later connection, then its later report."""
    return f"{stamp[0]:014d}{stamp[1]:010d}".ljust(REV_CHARS, "0")


def stamp_of(rev: str) -> tuple[int, int]:
    """The stamp behind a connection's rev."""
    return int(rev[:14]), int(rev[14:24])


def connection_piece(connection: Connection, hall: str) -> Piece:
    """The connection's part of a row."""
    rev = stamp_rev(connection.stamp)
    return Piece(CONNECTION, connection.attempt, hall, _json(connection), rev)


def gone_piece(attempt: str) -> Piece:
    """Nothing of this attempt stands any more, wherever it did."""
    return Piece(GONE, attempt, "", _json(attempt))


def event_piece(event: Signal | Hand | NoticeReceipt, hall: str) -> Piece:
    """Something that happened, told once."""
    return Piece(_EVENT_TAGS[type(event)], event.attempt, hall, _json(event))


_EVENT_TAGS: dict[type, str] = {Signal: SIGNAL, Hand: HAND, NoticeReceipt: RECEIPT}
