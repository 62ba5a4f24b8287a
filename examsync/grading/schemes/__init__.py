"""How a multiple choice counts that is right in part. A scheme is one function in one file.

A scheme is given the ids of the right options, the (not empty) ids that were chosen, and how many
options there were, and says which share of the marks that is: 1 is correct, between is partial,
and 0 is wrong and costs the item's negative marks.
"""

from collections.abc import Callable
from fractions import Fraction

from examsync.bank.paper import Scheme
from examsync.grading.schemes.all_or_nothing import all_or_nothing
from examsync.grading.schemes.jee_advanced import jee_advanced
from examsync.grading.schemes.proportional import proportional

Share = Callable[[frozenset[str], frozenset[str], int], Fraction]

SCHEMES: dict[Scheme, Share] = {
    Scheme.ALL_OR_NOTHING: all_or_nothing,
    Scheme.PROPORTIONAL: proportional,
    Scheme.JEE_ADVANCED: jee_advanced,
}
