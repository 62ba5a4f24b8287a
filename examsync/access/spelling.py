"""Secrets that people read, say and type (pure): letters that look alike are one letter.

The alphabet is Crockford's base 32: no I, L, O or U, and whoever types one of the first three is
understood. Access codes and the passwords that the server makes are spelled with it.
"""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS_PER_CHAR = 5
_ALIKE = str.maketrans("OIL", "011")
_BETWEEN = str.maketrans("", "", "- \t\r\n\u2010\u2011\u2012\u2013\u2014\u2212\u00a0")
"""What stands between groups: every dash that a word processor makes of a hyphen, and spaces."""


def spelled(number: int, chars: int) -> str:
    """The lowest `chars` x 5 bits of a number, the highest first."""
    shifts = range((chars - 1) * BITS_PER_CHAR, -1, -BITS_PER_CHAR)
    return "".join(ALPHABET[number >> shift & 31] for shift in shifts)


def grouped(text: str, chars: int = 4) -> str:
    """In groups that the eye can hold: `XXXX-XXXX-XX`."""
    return "-".join(text[at : at + chars] for at in range(0, len(text), chars))


def forgiven(text: str) -> str | None:
    """What was meant: capitals without separators, O, I and L as digits; None if it cannot be.

    A text that is no spelling at all, as one with a U or an umlaut, cannot be.
    """
    meant = text.translate(_BETWEEN).upper().translate(_ALIKE)
    return meant if meant and set(meant) <= set(ALPHABET) else None
