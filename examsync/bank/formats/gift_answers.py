"""What stands between the braces of a GIFT question to its kind and key. Called by `gift`."""

import re
from collections.abc import Iterator

from msgspec import Struct, field

from examsync.bank.formats import answers
from examsync.bank.formats.gift_answer import ALL, Answer, parts_left_out, split, weight_of
from examsync.bank.formats.gift_choices import choice
from examsync.bank.formats.gift_text import ESCAPE, Piece, Texts, Unclear, joined_lines, unescape
from examsync.bank.formats.keys import Key
from examsync.bank.formats.unclear import CellUnclear
from examsync.bank.question import Between, Near
from protocol.types import ItemKind

_WILDCARD = re.compile(rf"({ESCAPE})|\\(\*)|(\*)")
_TRUTH = {"t": True, "true": True, "f": False, "false": False}


class Reading(Struct):
    """A key, what is added to the explanation, and what its author should look at."""

    kind: ItemKind
    key: Key
    feedback: list[str] = field(default_factory=list)
    doubts: list[Unclear] = field(default_factory=list)
    numbers: tuple[Near | Between, ...] = ()
    """Of a numerical question: its key again."""


def read(piece: Piece, texts: Texts, *, short: bool) -> Reading:
    """The key between these braces; `short`: its author calls it a short text. Raises Unclear."""
    body = piece.raw.strip()
    if not body:
        return Reading(ItemKind.LONG_TEXT, {})
    if body.startswith("#"):
        return _numerical(piece.cut(piece.raw.index("#") + 1), texts)
    if piece.find("~") >= 0:
        found = split(piece, texts)
        kind, key, doubts = choice(found, piece.at)
        return Reading(kind, key, _feedback(found), doubts)
    if piece.find("=") >= 0:
        return _short(piece, texts, short=short)
    return _true_false(piece, texts)


def _feedback(found: list[Answer]) -> list[str]:
    return [": ".join(filter(None, (one.text, one.feedback))) for one in found if one.feedback]


def _true_false(piece: Piece, texts: Texts) -> Reading:
    word, feedback = piece.split("#")
    truth = _TRUTH.get(word.raw.strip().lower())
    if truth is None:
        message = f"{word.raw.strip()[:40]!r} is no answer; begin each with = (right) or ~ (wrong),"
        raise Unclear("answer_unclear", f"{message} or write T, F or #number", piece.at)
    said = []
    while feedback is not None:
        one, feedback = feedback.split("#")
        said.append(texts.read(one))
    return Reading(ItemKind.TRUE_FALSE, {"answer": truth}, [text for text in said if text])


def _short(piece: Piece, texts: Texts, *, short: bool) -> Reading:
    found = split(piece, texts)
    if not short and all("->" in one.piece.raw for one in found):
        message = (
            "matching: we have no such kind; make a single choice of each pair"
            " (or say // [type:short_text] above it, if these are short answers)"
        )
        raise Unclear("kind_unsupported", message, piece.at)
    doubts = [
        Unclear("wildcard_literal", "* stands for itself here, not for any text", one.at)
        for one in found
        if any(star for _, _, star in _WILDCARD.findall(one.piece.raw))
    ]
    doubts += parts_left_out(found)
    accepted = [_typed(one) for one in found if weight_of(one) == ALL]
    return Reading(ItemKind.SHORT_TEXT, {"answers": accepted}, _feedback(found), doubts)


def _typed(one: Answer) -> str:
    """A short answer is what candidates type: never HTML, whatever its stem is."""
    raw = _WILDCARD.sub(lambda found: found[1] or "*", one.piece.raw)
    plain = Texts()
    plain.format = "plain"
    text = plain.read(Piece(raw, one.at))
    if not text:
        raise Unclear("answer_empty", "an accepted answer is empty; fill it in", one.at)
    return text


def _numerical(piece: Piece, texts: Texts) -> Reading:
    if piece.find("=~") >= 0:
        found = split(piece, texts)
    else:
        number, feedback = piece.split("#")
        found = [Answer("=", None, number, "", texts.read(feedback) if feedback else "")]
    right = [one for one in found if weight_of(one) == ALL]
    numbers = tuple(bounds for one in right for bounds in _bounds(one))
    said = [
        ": ".join(filter(None, (joined_lines(one.piece.raw), one.feedback)))
        for one in found
        if one.feedback
    ]
    doubts = parts_left_out(found)
    return Reading(ItemKind.NUMERICAL, {"answers": numbers}, said, doubts, numbers)


def _bounds(one: Answer) -> Iterator[Near | Between]:
    text = unescape(joined_lines(one.piece.raw))
    try:
        yield from answers.numbers(text)
    except CellUnclear:
        message = f"{text!r} is no number; write {{#3.14}}, {{#3.14:0.01}} or {{#3.1..3.2}}"
        raise Unclear("answer_not_number", message, one.at) from None
