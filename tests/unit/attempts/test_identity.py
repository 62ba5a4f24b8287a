"""Ids and partitions never change for an installation: these are promises, spelled out."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from examsync.attempts.identity import attempt_id, partition


def test_an_attempt_has_the_id_it_always_had() -> None:
    assert attempt_id("exam-1", "asha") == "a03c23322d3e3467858e7f278"
    assert partition("a03c23322d3e3467858e7f278", 8) == 4


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_two_seats_never_share_an_id(e1: str, c1: str, e2: str, c2: str) -> None:
    """Ids of exams and candidates hold no NUL, so they cannot run into each other."""
    pairs = [(e.replace("\x00", ""), c.replace("\x00", "")) for e, c in ((e1, c1), (e2, c2))]
    assert (attempt_id(*pairs[0]) == attempt_id(*pairs[1])) == (pairs[0] == pairs[1])


def test_attempts_spread_over_the_partitions() -> None:
    found = Counter(partition(attempt_id("exam-1", f"c{n}"), 8) for n in range(8_000))
    assert sorted(found) == list(range(8))
    assert min(found.values()) > 850
