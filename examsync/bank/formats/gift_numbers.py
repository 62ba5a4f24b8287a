"""Numbers with their bounds as GIFT has them (3.14:0.01, 1..5), which is less than we can say.

A key that GIFT changes (3.14±1%, 1,234.5, १२) also stands in a comment, `[answer:3.14±1%]`, as in a
CSV file. It counts as long as it means what is between the braces: who edits those has the say.
"""

import re
from collections.abc import Iterable
from fractions import Fraction

from examsync.bank import marks, number
from examsync.bank.formats import answers
from examsync.bank.formats.unclear import CellUnclear
from examsync.bank.question import Between, Near

_PLAIN = re.compile(r"(-?)(\d*)(?:\.(\d*))?([eE][+-]?\d+)?", re.ASCII)


def written(answer: Near | Between) -> str:
    """One right number; a tolerance in percent becomes one in numbers."""
    if isinstance(answer, Between):
        return f"{_ascii(answer.low)}..{_ascii(answer.high)}"
    low, high = _bounds(answer)
    if low == high:
        return _ascii(answer.value)
    exact = (number.parse(answer.relative) or 0) != 0
    tolerance = marks.exact((high - low) / 2) if exact else _ascii(answer.tolerance)
    return f"{_ascii(answer.value)}:{tolerance}"


def as_stated(found: tuple[Near | Between, ...], stated: str) -> tuple[Near | Between, ...] | None:
    """What a comment states, if it means the same as what was found between the braces."""
    try:
        meant = tuple(answers.numbers(stated))
    except CellUnclear:
        return None
    return meant if _all_bounds(meant) == _all_bounds(found) else None


def _all_bounds(many: Iterable[Near | Between]) -> list[tuple[Fraction, Fraction]]:
    return [_bounds(answer) for answer in many]


def _bounds(answer: Near | Between) -> tuple[Fraction, Fraction]:
    """The smallest and the largest right number."""
    if isinstance(answer, Between):
        return _value(answer.low), _value(answer.high)
    value = _value(answer.value)
    reach = max(_value(answer.tolerance), _value(answer.relative) * abs(value))
    return value - reach, value + reach


def _value(text: str) -> Fraction:
    return number.parse(text) or Fraction(0)


def _ascii(text: str) -> str:
    """The number with a point, without groups, and with digits on both sides of its point."""
    plain = number.plain(text)
    parts = _PLAIN.fullmatch(plain)
    if parts is None:  # it has commas
        return marks.exact(_value(text))
    minus, whole, places, exponent = parts.groups()
    return f"{minus}{whole or 0}{'.' + places if places else ''}{exponent or ''}"
