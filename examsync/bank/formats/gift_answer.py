"""One answer of a GIFT question: `=` or `~`, a weight in percent, a text, what is said about it."""

import re
from fractions import Fraction

from msgspec import Struct

from examsync.bank import marks
from examsync.bank.faults import ANSWERS_MAX
from examsync.bank.formats.gift_text import Piece, Texts, Unclear

ALL = Fraction(100)
_WEIGHT = re.compile(r"\s*%(-?\d{1,3}(?:\.\d{1,12})?)%", re.ASCII)


class Answer(Struct, frozen=True):
    """`weight` is in percent, None if none is written; `piece` is the text as in the file."""

    sign: str
    weight: Fraction | None
    piece: Piece
    text: str
    feedback: str

    @property
    def at(self) -> int:
        """Where its text begins."""
        return self.piece.at + len(self.piece.raw) - len(self.piece.raw.lstrip())


def split(piece: Piece, texts: Texts) -> list[Answer]:
    """All answers between the braces. Raises Unclear for text before the first, or too many."""
    begins = piece.find("=~")
    if piece.raw[:begins].strip():
        message = "there is text before the first answer; begin each with = (right) or ~ (wrong)"
        raise Unclear("answer_stray", message, piece.at)
    found = list[Answer]()
    while begins >= 0:
        if len(found) == ANSWERS_MAX:
            message = f"more than {ANSWERS_MAX} answers; is a closing brace missing?"
            raise Unclear("too_many", message, piece.at + begins)
        ends = piece.find("=~", begins + 1)
        one = piece.cut(begins, None if ends < 0 else ends)
        found.append(_answer(one, texts))
        begins = ends
    return found


def _answer(piece: Piece, texts: Texts) -> Answer:
    weight = _WEIGHT.match(piece.raw, 1)
    text, feedback = piece.cut(weight.end() if weight else 1).split("#")
    return Answer(
        piece.raw[0],
        Fraction(weight[1]) if weight else None,
        text,
        texts.read(text),
        texts.read(feedback) if feedback else "",
    )


def percent(weight: Fraction) -> str:
    """A weight as the file writes it, for messages."""
    return f"%{marks.exact(weight)}%"


def weight_of(one: Answer) -> Fraction:
    """In percent: what is written, else what the sign says. Raises Unclear if it is above 100."""
    if one.weight is None:
        return ALL if one.sign == "=" else Fraction(0)
    if one.weight > ALL:
        message = f"{percent(one.weight)} is more than all; a weight is at most %100%"
        raise Unclear("weight_unsupported", message, one.at)
    return one.weight


def parts_left_out(found: list[Answer]) -> list[Unclear]:
    """Doubts about answers that earn a part of the marks elsewhere, and nothing here."""
    return [
        Unclear(
            "part_left_out",
            f"{percent(weight_of(one))} for an answer is left out: an answer is right or wrong"
            " here, so this one earns nothing; write %100% if it is right",
            one.at,
        )
        for one in found
        if 0 < weight_of(one) < ALL
    ]
