"""Which options an answer cell means: by letter, by place counted from 1, or by their text."""

import re
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from examsync.bank.folding import fold
from examsync.bank.formats.unclear import CellUnclear

USUAL_ROWS_MIN = 3
"""So many rows must show, each for itself, how a file writes its answers."""
_DECORATION = re.compile(r"^option\s+|[()\[\].]")
_PLACE = re.compile(r"(\d{1,2})(?:\.0)?", re.ASCII)


class Notation(StrEnum):
    """A way of naming an option."""

    LETTER = "letter"
    PLACE = "place"
    TEXT = "text"


class Options:
    """The options of one row, by letter; `usual` is how the rest of the file names them.

    `doubts` collects what was decided only by what is usual, in words for a warning.
    """

    def __init__(self, texts: dict[str, str], usual: Notation | None = None) -> None:
        self.texts = texts
        self.usual = usual
        self.doubts: list[str] = []

    def named_by(self, cell: str, *, many: bool) -> list[str]:
        """The letters of the options that an answer cell names, in order. Raises CellUnclear.

        Several are set apart by `;` or `,` ("A;C"), or are letters in a run ("ACD").
        """
        if self.readings(cell):
            return [self._only(cell)]
        if many and len(cell) > 1 and set(cell.lower()) <= set(self.texts):
            return sorted(set(cell.lower()))
        found = [self._only(part) for part in parts(cell)]
        if len(set(found)) != len(found):
            raise CellUnclear("answer_twice", f"{cell!r} names the same option twice")
        if not many and len(found) > 1:
            message = f"{len(found)} right options; keep one, or set type to multiple_choice"
            raise CellUnclear("answer_too_many", message)
        return sorted(found)

    def readings(self, text: str) -> dict[Notation, list[str]]:
        """Every option that this text could mean, by the notation that makes it so."""
        folded = [letter for letter, own in self.texts.items() if fold(own) == fold(text)]
        exact = [letter for letter in folded if self.texts[letter] == text]
        bare = _DECORATION.sub("", text.lower()).strip()
        place = _PLACE.fullmatch(text)
        found = {
            Notation.TEXT: exact or folded,
            Notation.LETTER: [bare] if bare in self.texts else [],
            Notation.PLACE: self._at(int(place[1])) if place else [],
        }
        return {notation: letters for notation, letters in found.items() if letters}

    def _at(self, place: int) -> list[str]:
        letter = chr(ord("a") + place - 1) if 1 <= place <= 26 else ""
        return [letter] if letter in self.texts else []

    def _only(self, text: str) -> str:
        """The one option meant. Options of the very same text stand for each other here."""
        readings = self.readings(text)
        meant = sorted({letter for letters in readings.values() for letter in letters})
        if not meant:
            there = ", ".join(self.texts).upper()
            message = f"{text!r} is none of the options; write one of {there}, or its text"
            raise CellUnclear("answer_unknown", message)
        if len({self.texts[letter] for letter in meant}) > 1:
            return self._usually(text, readings, " or ".join(letter.upper() for letter in meant))
        return meant[0]

    def _usually(self, text: str, readings: dict[Notation, list[str]], could: str) -> str:
        """Decide by what the other rows do. Raises CellUnclear if they do not tell."""
        letters = readings.get(self.usual, []) if self.usual else []
        if not letters:
            message = f"{text!r} can mean option {could}; write {self._plainer(text)}"
            raise CellUnclear("answer_ambiguous", message)
        doubt = f"{text!r} could mean option {could}; the other rows answer by {self.usual},"
        self.doubts.append(f"{doubt} so it is {letters[0].upper()}")
        return letters[0]

    def _plainer(self, text: str) -> str:
        """A way of writing that no option's text can be taken for."""
        letters_clear = not any(fold(own) in self.texts for own in self.texts.values())
        return "the letter" if letters_clear or text.isdecimal() else "its place, counted from 1"


def parts(cell: str) -> list[str]:
    """The single answers of a cell."""
    return [part.strip() for part in re.split("[;,]", cell) if part.strip()]


def usual_notation(rows: Iterable[tuple[str, dict[str, str]]]) -> Notation | None:
    """How a file names right options, told by those (answer, options) that allow one reading only.

    None unless at least `USUAL_ROWS_MIN` rows agree and not one speaks against them.
    """
    shown = Counter[Notation]()
    for answer, texts in rows:
        options = Options(texts)
        single = options.readings(answer)
        each = [single] if single else [options.readings(part) for part in parts(answer)]
        shown.update(notation for found in each if len(found) == 1 for notation in found)
    if len(shown) != 1:
        return None
    notation, count = shown.most_common(1)[0]
    return notation if count >= USUAL_ROWS_MIN else None
