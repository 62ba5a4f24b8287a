"""Numbers as people type them, read exactly. Used by answer keys and by grading; never floats."""

import re
import unicodedata
from fractions import Fraction

_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}((,\d{3})+|(,\d{2})*,\d{3})(\.\d*)?", re.ASCII)
"""1,234,567 or, the Indian way, 12,34,567."""
_COMMA = re.compile(r"[+-]?\d*,\d+", re.ASCII)
_MINUS = str.maketrans("−–‒﹣－", "-----", "\u00a0\u202f '_")
"""Signs that keyboards and word processors put for a minus; what groups digits goes away."""
TYPED_CHARS_MAX = 64


def plain(text: str) -> str:
    """NFKC, digits of every script as 0-9, one kind of minus, no spaces inside."""
    folded = unicodedata.normalize("NFKC", text.strip()).translate(_MINUS)
    return "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() else char for char in folded
    ).removeprefix("+")


def ambiguous(text: str) -> bool:
    """Could the one comma group thousands or mark decimals ("1,234")? Keys must not be so."""
    return re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", plain(text), re.ASCII) is not None


def parse(typed: str | int | float) -> Fraction | None:
    """The exact value, or None if this is no number.

    A float is taken for its shortest decimal text (3.1 is 31/10, as it was typed). "1,234,567" and
    "12,34,567" are grouped thousands, "3,14" has a decimal comma; "1,234" is read as 1234.
    """
    text = plain(typed if isinstance(typed, str) else repr(typed))
    if len(text) > TYPED_CHARS_MAX:
        return None
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    elif _COMMA.fullmatch(text):
        text = text.replace(",", ".")
    return Fraction(text.rstrip(".")) if _PLAIN.fullmatch(text) else None
