"""File formats of question banks: from bytes to what was read and found, from entries to bytes."""

from collections.abc import Callable, Sequence

from examsync.bank.entry import Entry
from examsync.bank.formats import aiken, csv, csv_writing, gift, gift_writing, opentrivia
from examsync.bank.formats.parsed import Parsed

FORMATS: dict[str, Callable[[bytes], Parsed]] = {
    "csv": csv.parse,
    "gift": gift.parse,
    "aiken": aiken.parse,
    "opentrivia": opentrivia.parse,
}
WRITERS: dict[str, Callable[[Sequence[Entry]], bytes]] = {
    "csv": csv_writing.write,
    "gift": gift_writing.write,
}
"""What is written can be read again, without a change to any question."""
