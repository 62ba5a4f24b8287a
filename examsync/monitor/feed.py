"""What Redis says of a feed, as values: its life, what stands in it, what has come (pure)."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from examsync.errors import Unavailable
from examsync.monitor.history import Entry
from examsync.monitor.piece import Piece, labelled

META = ("generation", "run_id", "version", "filled")


class Meta(Struct, frozen=True):
    """A feed's present life. `filled`: whether everything that Postgres knows has been put in;
    `here`: whether it began on the very server that said this, and not on one this is a copy of."""

    generation: str
    run_id: str
    version: int
    filled: bool
    here: bool


class Answer(Struct, frozen=True):
    """What became of pieces. `outdone`: by index, the revs that stand and are not older."""

    generation: str
    version: int
    outdone: dict[int, str]


class Standing(Struct, frozen=True):
    """A feed as of `meta.version`. `values` are pieces as they are stored (there may be tens of
    thousands: whoever reads them does it in slices); `earlier`: its last entries, newest first."""

    meta: Meta
    values: list[bytes]
    earlier: list[Entry]


class Telling(Struct, frozen=True):
    """What is to be told of an exam at once; `at`: when the oldest of it came about (ms)."""

    exam: str
    pieces: Sequence[Piece]
    at: int


class Heard(Struct, frozen=True):
    """What has come since, and in which life of the feed. Entries of another life end the list."""

    meta: Meta | None
    entries: list[Entry]
    torn: bool = False


def checked(replies: list[Any]) -> list[Any]:
    """The replies, none of which is an error. Raises Unavailable."""
    for reply in replies:
        if isinstance(reply, Exception):
            raise Unavailable(str(reply)) from reply
    return replies


def meta_of(found: Sequence[bytes | None], server: str) -> Meta | None:
    """Meta from its fields, as the server of this run_id gave them."""
    generation, run_id, version, filled = found
    if generation is None:
        return None
    began_on = (run_id or b"").decode()
    whole = filled == generation
    return Meta(generation.decode(), began_on, int(version or 0), whole, began_on == server)


def answer_of(reply: Any) -> Answer | None:
    """What feed.lua said."""
    if reply is None:
        return None
    generation, version, *outdone = reply
    revs = {outdone[at]: outdone[at + 1].decode() for at in range(0, len(outdone), 2)}
    return Answer(generation.decode(), int(version), revs)


def entries_of(found: Sequence[Any], generation: str | None) -> tuple[list[Entry], bool]:
    """Entries of a stream, as far as they are of this generation; whether another one came."""
    entries: list[Entry] = []
    for entry_id, fields in found:
        if generation is None or fields[1] != generation.encode():
            return entries, True
        pieces = tuple(
            labelled(fields[at].decode(), fields[at + 1]) for at in range(4, len(fields), 2)
        )
        entries.append(Entry(int(entry_id.split(b"-")[0]), pieces, int(fields[3])))
    return entries, False


def standing_of(found: Any, server: str) -> Standing | None:
    """A feed from the replies of one transaction: meta, the hash's values, the last entries."""
    if found is None:
        raise Unavailable("the transaction was not carried out")
    meta, values, earlier = checked(found)
    present = meta_of(meta, server)
    if present is None:
        return None
    entries, _ = entries_of(earlier, present.generation)
    return Standing(present, values, entries)


def heard_of(
    streams: Mapping[bytes, Sequence[Any]], feed: str, meta: Sequence[Any], server: str
) -> Heard:
    """What has come in one of the streams that were waited for."""
    present = meta_of(meta, server)
    generation = None if present is None else present.generation
    entries, torn = entries_of(streams.get(feed.encode(), ()), generation)
    return Heard(present, entries, torn)
