"""The answer cell of kinds without options: truth, numbers with their bounds, short texts."""

import re
from fractions import Fraction

from examsync.bank import marks, number
from examsync.bank.faults import ANSWERS_MAX
from examsync.bank.formats.separated import separated
from examsync.bank.formats.unclear import CellUnclear
from examsync.bank.question import Between, Near

_TRUE = frozenset(["true", "t", "yes", "y", "right", "correct", "1", "सत्य", "सही", "हाँ"])
_FALSE = frozenset(["false", "f", "no", "n", "wrong", "incorrect", "0", "असत्य", "गलत", "नहीं"])
_NUMBER = r"[+\-−–]?(?:\d[\d,]*(?:\.\d*)?|\.\d+)(?:[eE][+\-]?\d{1,3})?"
_NEAR = re.compile(rf"({_NUMBER})\s*(?:±|\+/-|\+-|:)\s*({_NUMBER})\s*(%?)")
_NEAR_BOTH = re.compile(rf"({_NUMBER})\s*±\s*({_NUMBER})\s*±\s*({_NUMBER})\s*%")
_BETWEEN = re.compile(rf"({_NUMBER})\s*(?:\.\.+|…|\bto\b|[–—-])\s*({_NUMBER})")
_BRACKETS = re.compile(rf"[\[(]\s*({_NUMBER})\s*(?:\.\.+|…|\bto\b|[–—;,-])\s*({_NUMBER})\s*[\])]")


def truth(cell: str) -> bool:
    """True or false, in a few of the words that people type. Raises CellUnclear."""
    word = cell.casefold().strip(" .")
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise CellUnclear("answer_not_truth", f"{cell!r} is neither true nor false; write one of them")


def numbers(cell: str) -> list[Near | Between]:
    """The right numbers of a cell; several by `;`. Raises CellUnclear.

    3.14, 3.14±0.01, 3.14:0.01, 3.14±1%, 3.14±0.01±1%, 3.1..3.2, 3.1 to 3.2, [3.1, 3.2].
    """
    if cell.count(";") > ANSWERS_MAX:
        message = f"{cell.count(';') + 1} numbers; the limit is {ANSWERS_MAX}"
        raise CellUnclear("too_many", message)
    bracketed = _BRACKETS.fullmatch(cell)
    if bracketed:
        return [Between(bracketed[1], bracketed[2])]
    return [_number(part.strip()) for part in cell.split(";") if part.strip()]


def _number(text: str) -> Near | Between:
    near = _NEAR.fullmatch(text)
    if near:
        value, bound, percent = near.groups()
        return Near(value, relative=_percent(bound)) if percent else Near(value, bound)
    both = _NEAR_BOTH.fullmatch(text)
    if both:
        return Near(both[1], both[2], _percent(both[3]))
    between = _BETWEEN.fullmatch(text)
    if between:
        return Between(between[1], between[2])
    if number.parse(text) is None:
        message = f"{text!r} is no number; write 3.14, 3.14±0.01, 3.14±1% or 3.1..3.2"
        raise CellUnclear("answer_not_number", message)
    return Near(text)


def _percent(text: str) -> str:
    """The decimal text of text / 100, exactly."""
    return marks.exact((number.parse(text) or Fraction(0)) / 100)


def texts(cell: str) -> list[str]:
    r"""Accepted short answers, set apart by `;` (`\;` for one that belongs to an answer)."""
    return separated(cell, ";")
