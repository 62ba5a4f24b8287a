"""Exact marks: `Fraction` inside, text outside. Thirds (UPSC: -1/3) stay thirds; never floats.

Used by papers, grading and results; nothing is rounded before a person reads it.
"""

import functools
import re
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

MARKS_MAX = 1_000
"""More marks than this for one item is a typing error, not a question."""
_REMEMBERED = 1_024
"""A paper has few different marks; reading them anew each time was a third of the grading."""
_COMMA = re.compile(r"\d{1,6},\d{1,2}", re.ASCII)
"""1,5 as half the world writes it; 1,500 could be anything."""
_WRITTEN = re.compile(r"\d{1,6}(\.\d{1,6})?|\d{1,6}/[1-9]\d{0,5}", re.ASCII)


def parse(text: str) -> Fraction:
    """Marks as authors write them: "4", "0.25" or "2/3". Raises ValueError, saying what to write.

    A leading minus is for `parse_penalty`; there are no marks below zero for a right answer.
    """
    if _COMMA.fullmatch(text):
        text = text.replace(",", ".")
    if not _WRITTEN.fullmatch(text):
        raise ValueError(f"{text!r} is not a number of marks; write 4, 0.25 or 2/3")
    marks = Fraction(text)
    if marks > MARKS_MAX:
        raise ValueError(f"{text} marks are too many; the limit is {MARKS_MAX}")
    return marks


def parse_penalty(text: str) -> Fraction:
    """What a wrong answer costs, as a number above or at zero: "1" and "-1" agree."""
    return parse(text.removeprefix("-").removeprefix("\N{MINUS SIGN}").strip())


def _point(digits: int, places: int) -> str:
    """The decimal text of digits / 10**places."""
    text = str(abs(digits)).zfill(places + 1)
    whole = f"{text[:-places]}.{text[-places:]}" if places else text
    return f"-{whole}" if digits < 0 else whole


def exact(marks: Fraction) -> str:
    """The shortest text that means exactly this: "4", "-0.25", "2/3". `read` takes it back."""
    if marks.denominator == 1:
        return str(marks.numerator)
    rest, places = marks.denominator, 0
    while rest % 2 == 0 or rest % 5 == 0:
        rest //= 10 if rest % 10 == 0 else 2 if rest % 2 == 0 else 5
        places += 1
    if rest != 1:
        return f"{marks.numerator}/{marks.denominator}"
    return _point(marks.numerator * 10**places // marks.denominator, places)


@functools.lru_cache(maxsize=_REMEMBERED)
def read(text: str) -> Fraction:
    """The inverse of `exact`; for what we wrote ourselves."""
    return Fraction(text)


def total(many: Iterable[Fraction]) -> Fraction:
    """Their exact sum; as `sum`, but adding whole numbers per denominator, which is far faster."""
    parts = defaultdict[int, int](int)
    for marks in many:
        parts[marks.denominator] += marks.numerator
    return sum((Fraction(top, bottom) for bottom, top in parts.items()), Fraction(0))


def rounded(marks: Fraction, places: int = 2) -> str:
    """For people: rounded half away from zero, trailing zeros dropped ("66.67", "12.5", "-1")."""
    text = _point(_units(marks, places), places)
    return text.rstrip("0").rstrip(".") if places else text


def decimal(marks: Fraction, places: int) -> Decimal:
    """The nearest decimal of so many places, for databases that sort; not for adding up."""
    return Decimal(_units(marks, places)).scaleb(-places)


def _units(marks: Fraction, places: int) -> int:
    scaled = abs(marks) * 10**places
    units: int = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return -units if marks < 0 else units
