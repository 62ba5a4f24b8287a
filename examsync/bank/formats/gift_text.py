r"""GIFT's smallest parts: escapes (`\~ \= \# \{ \} \: \n \\`), texts in a format, pieces of blocks.

Source: "GIFT format" of the Moodle documentation (docs.moodle.org). Any other backslash is one.
"""

import functools
import re

from msgspec import Struct

from examsync.bank.formats.markup import plain_text
from examsync.bank.formats.unclear import CellUnclear

ESCAPE = r"\\[~=#{}:n\\]"
FORMAT = re.compile(r"\s*\[(html|moodle|plain|markdown)\]", re.IGNORECASE)
_ESCAPED = re.compile(ESCAPE)
TEXT_CHARS_MAX = 100_000
"""With all its markup; what is left without is limited by `faults`."""
_SPECIAL = re.compile(r"[~=#{}:\\]")


class Unclear(CellUnclear):
    """Something in a block cannot be read; `at` is its place in the block's text."""

    def __init__(self, code: str, message: str, at: int) -> None:
        super().__init__(code, message)
        self.at = at


class Piece(Struct, frozen=True):
    """A part of a block's text as it stands in the file; `at` is where it begins there."""

    raw: str
    at: int

    def cut(self, start: int, end: int | None = None) -> "Piece":
        """A part of this part."""
        return Piece(self.raw[start:end], self.at + start)

    def find(self, what: str, start: int = 0) -> int:
        """Where the first of these characters stands that is not escaped; -1 if none does."""
        for found in _finder(what).finditer(self.raw, start):
            if len(found[0]) == 1:  # no escape
                return found.start()
        return -1

    def split(self, what: str) -> tuple["Piece", "Piece | None"]:
        """What is before and after the first `what` (several characters, in this order)."""
        for found in _sequence_finder(what).finditer(self.raw):
            if found[0] == what:
                return self.cut(0, found.start()), self.cut(found.end())
        return self, None


@functools.lru_cache(maxsize=32)
def _finder(characters: str) -> re.Pattern[str]:
    return re.compile(f"{ESCAPE}|[{re.escape(characters)}]")


@functools.lru_cache(maxsize=32)
def _sequence_finder(sequence: str) -> re.Pattern[str]:
    return re.compile(f"{ESCAPE}|{re.escape(sequence)}")


class Texts:
    """Reads the texts of a question in the format of its stem, unless a text names its own.

    `lost` collects the HTML elements whose meaning plain text cannot keep.
    """

    def __init__(self) -> None:
        self.format = "moodle"
        self.lost: set[str] = set()

    def stem(self, piece: Piece) -> str:
        """The stem, whose format is that of all that follows."""
        named = FORMAT.match(piece.raw)
        self.format = named[1].lower() if named else self.format
        return self.read(piece)

    def read(self, piece: Piece) -> str:
        """A text for candidates. Lines of the file are joined, but not those of markdown.

        Raises Unclear if it is too long to be looked at.
        """
        named = FORMAT.match(piece.raw)
        form = named[1].lower() if named else self.format
        raw = piece.raw[named.end() :] if named else piece.raw
        if len(raw) > TEXT_CHARS_MAX:
            message = f"{len(raw)} characters; the limit is {TEXT_CHARS_MAX}"
            raise Unclear("too_long", message, piece.at)
        text = unescape(raw if form == "markdown" else joined_lines(raw))
        if form != "html":
            return text.strip()
        text, lost = plain_text(text)
        self.lost |= lost
        return text


def joined_lines(raw: str) -> str:
    """The lines of the file as one; line breaks of the text itself are escaped and stay."""
    return " ".join(filter(None, (line.strip() for line in raw.split("\n"))))


def unescape(raw: str) -> str:
    """The text that its author means."""
    return _ESCAPED.sub(lambda found: "\n" if found[0][1] == "n" else found[0][1], raw)


def escape(text: str) -> str:
    """The inverse of `unescape`, on one line."""
    return _SPECIAL.sub(r"\\\g<0>", text).replace("\n", "\\n")
