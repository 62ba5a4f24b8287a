"""The shuffle is stable for ever, fair, and decided by its seed alone."""

from collections import Counter
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.bank.shuffle import Draws

SEED = bytes(range(16))


def test_the_order_of_a_seed_is_written_in_stone() -> None:
    """If this fails, candidates who reload after an upgrade see another order. Do not edit it."""
    draws = Draws(SEED)
    assert draws.shuffled(list("abcdefgh")) == list("abcfhegd")
    assert draws.shuffled([str(n) for n in range(12)]) == [
        "1",
        "10",
        "8",
        "2",
        "3",
        "5",
        "6",
        "11",
        "7",
        "4",
        "0",
        "9",
    ]


@given(st.lists(st.text(), max_size=60), st.binary(min_size=16, max_size=64))
def test_nothing_is_lost_or_added(ids: list[str], seed: bytes) -> None:
    assert Counter(Draws(seed).shuffled(ids)) == Counter(ids)


def test_all_orders_of_four_options_come_equally_often() -> None:
    counts = Counter(
        tuple(Draws(n.to_bytes(16, "big")).shuffled(list("abcd"))) for n in range(4800)
    )
    assert set(counts) == set(permutations("abcd"))
    # chi-squared with 23 degrees of freedom: above 49.7 once in a thousand; the seeds are fixed.
    assert sum((count - 200) ** 2 / 200 for count in counts.values()) < 49.7


def test_no_number_below_a_limit_is_preferred() -> None:
    """Of 2**32 draws, % alone would send half below 2**30 here, where a third belongs."""
    draws, limit = Draws(SEED), 3 * 2**30
    numbers = [draws.below(limit) for _ in range(3_000)]
    assert max(numbers) < limit
    low = sum(number < 2**30 for number in numbers)
    assert 900 < low < 1_100, "four standard deviations around 1,000; the seed is fixed"


def test_a_seed_that_could_be_guessed_is_refused() -> None:
    with pytest.raises(ValueError, match="can be guessed"):
        Draws(b"candidate-00001")
