"""Right choices less wrong ones, as a share of what is right: Canvas' "partial with penalty"."""

from fractions import Fraction


def proportional(right: frozenset[str], chosen: frozenset[str], _offered: int) -> Fraction:
    """max(0, (right choices - wrong choices) / right options).

    Source: Instructure's guide to New Quizzes, "Partial credit with penalty" (4 marks, 2 right
    options: two right and one wrong choice bring 2). Choosing everything earns as much as its
    right options outnumber the wrong ones, often nothing. What comes to 0 counts as wrong.
    """
    hits, misses = len(chosen & right), len(chosen - right)
    return max(Fraction(0), Fraction(hits - misses, len(right)))
