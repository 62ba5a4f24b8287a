"""Every scheme, against its published table and against what all must keep."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.bank.paper import Scheme
from examsync.grading.schemes import SCHEMES
from examsync.grading.schemes.all_or_nothing import all_or_nothing
from examsync.grading.schemes.jee_advanced import jee_advanced
from examsync.grading.schemes.proportional import proportional

OPTIONS = "abcdefgh"
SETS = st.frozensets(st.sampled_from(OPTIONS), min_size=1)


def four(right: str, chosen: str) -> Fraction:
    """The marks of four that JEE Advanced gives; None stands for its negative marks."""
    return jee_advanced(frozenset(right), frozenset(chosen), 4) * 4


def test_every_scheme_that_a_paper_can_name_is_there() -> None:
    assert set(SCHEMES) == set(Scheme)


@pytest.mark.parametrize(
    ("right", "chosen", "marks"),
    [
        ("a", "a", 4),
        ("abc", "abc", 4),
        ("abcd", "abcd", 4),
        ("abcd", "abc", 3),
        ("abcd", "ab", 2),
        ("abc", "ac", 2),
        ("abcd", "d", 1),
        ("abc", "b", 1),
        ("ab", "b", 1),
        ("a", "b", 0),
        ("ab", "abc", 0),
        ("ab", "ac", 0),
        ("abc", "abcd", 0),
        ("abc", "d", 0),
    ],
)
def test_jee_advanced_as_its_papers_say(right: str, chosen: str, marks: int) -> None:
    assert four(right, chosen) == marks


@pytest.mark.parametrize(
    ("right", "chosen", "share"),
    [
        ("ab", "ab", 1),
        ("ab", "abc", Fraction(1, 2)),
        ("ab", "a", Fraction(1, 2)),
        ("ab", "ac", 0),
        ("ab", "acd", 0),
        ("abc", "ab", Fraction(2, 3)),
        ("abc", "abcd", Fraction(2, 3)),
        ("a", "abcd", 0),
    ],
)
def test_proportional_is_hits_less_misses(right: str, chosen: str, share: Fraction) -> None:
    assert proportional(frozenset(right), frozenset(chosen), 4) == share


@pytest.mark.parametrize(("chosen", "share"), [("ab", 1), ("a", 0), ("abc", 0), ("cd", 0)])
def test_all_or_nothing_is_just_that(chosen: str, share: int) -> None:
    assert all_or_nothing(frozenset("ab"), frozenset(chosen), 4) == share


@pytest.mark.parametrize("scheme", list(Scheme))
@given(right=SETS, chosen=SETS)
def test_a_share_is_between_nothing_and_all_and_all_only_for_exactly_right(
    scheme: Scheme, right: frozenset[str], chosen: frozenset[str]
) -> None:
    share = SCHEMES[scheme](right, chosen, len(OPTIONS))
    assert 0 <= share <= 1
    assert (share == 1) == (chosen == right)


@pytest.mark.parametrize("scheme", list(Scheme))
@given(right=SETS, chosen=SETS, extra=st.sampled_from(OPTIONS))
def test_a_wrong_choice_more_never_pays(
    scheme: Scheme, right: frozenset[str], chosen: frozenset[str], extra: str
) -> None:
    if extra not in right:
        share = SCHEMES[scheme]
        assert share(right, chosen | {extra}, 8) <= share(right, chosen, 8)
