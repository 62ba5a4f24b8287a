"""One mark of four for each right option, as long as none is wrong: JEE Advanced since 2016."""

from fractions import Fraction


def jee_advanced(right: frozenset[str], chosen: frozenset[str], offered: int) -> Fraction:
    """1 for exactly the right options; chosen / offered for some of them and no other; else 0.

    Source: the instructions of the 2018 papers, for items of 4 marks with four options: "+4 ONLY
    if (all) the correct option(s) is(are) chosen; +3 if all the four options are correct but ONLY
    three options are chosen; +2 if three or more options are correct but ONLY two options are
    chosen, both of which are correct; +1 if two or more options are correct but ONLY one option
    is chosen and it is a correct option; 0 if none is chosen; -2 in all other cases". For another
    number of options the step is one part in that number. Set negative marks to 2 (some years 1).
    """
    if chosen == right:
        return Fraction(1)
    return Fraction(len(chosen), offered) if chosen < right else Fraction(0)
