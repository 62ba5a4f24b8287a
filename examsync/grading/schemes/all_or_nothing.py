"""All right options and no other, or nothing: Canvas calls it "exact match". The default."""

from fractions import Fraction


def all_or_nothing(right: frozenset[str], chosen: frozenset[str], _offered: int) -> Fraction:
    """1 if exactly the right options were chosen, else 0."""
    return Fraction(chosen == right)
