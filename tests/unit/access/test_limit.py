"""Token buckets: never more than the rate allows, never less than it promises."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.access.limit import Bucket, Limits, Rate, Turns, network_of

NOW = 1_763_714_800_000


def test_a_full_bucket_gives_its_burst_and_then_tells_how_long_to_wait() -> None:
    bucket = Bucket(Rate(per_s=10, burst=3))
    assert [bucket.take(NOW) for _ in range(3)] == [0, 0, 0]
    assert bucket.take(NOW) == 100
    assert bucket.take(NOW + 40) == 60


def test_waiting_as_long_as_told_is_enough_and_one_millisecond_less_is_not() -> None:
    bucket = Bucket(Rate(per_s=3, burst=1))
    assert bucket.take(NOW) == 0
    wait = bucket.take(NOW)
    assert bucket.take(NOW + wait - 1) > 0
    assert bucket.take(NOW + wait) == 0


def test_a_refused_take_costs_nothing() -> None:
    bucket = Bucket(Rate(per_s=1, burst=1))
    bucket.take(NOW)
    assert {bucket.take(NOW) for _ in range(50)} == {1000}


def test_a_rest_fills_no_higher_than_the_burst() -> None:
    bucket = Bucket(Rate(per_s=100, burst=2))
    bucket.take(NOW)
    assert [bucket.take(NOW + 3_600_000) for _ in range(3)] == [0, 0, 10]


def test_a_clock_that_steps_back_gives_nothing_extra_and_takes_nothing_away() -> None:
    bucket = Bucket(Rate(per_s=10, burst=1))
    bucket.take(NOW)
    assert bucket.take(NOW - 5_000) == 100
    assert bucket.take(NOW + 100) == 0


def test_a_cost_above_the_burst_passes_a_full_bucket_and_is_owed() -> None:
    bucket = Bucket(Rate(per_s=10, burst=5))
    assert bucket.take(NOW, cost=8) == 0
    assert bucket.take(NOW) == 400
    assert bucket.take(NOW + 400) == 0


@given(
    per_s=st.floats(0.1, 1000),
    burst=st.integers(1, 50),
    steps=st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 50)), max_size=60),
)
def test_over_any_stretch_no_more_passes_than_burst_and_rate_allow(
    per_s: float, burst: int, steps: list[tuple[int, int]]
) -> None:
    bucket = Bucket(Rate(per_s, burst))
    now, taken = NOW, 0
    for wait, cost in steps:
        now += wait
        cost = min(cost, burst)  # noqa: PLW2901
        if bucket.take(now, cost) == 0:
            taken += cost
        assert taken <= burst + (now - NOW) * per_s / 1000 + 1e-6


def test_keys_do_not_share_a_bucket() -> None:
    limits: Limits[str] = Limits(Rate(per_s=1, burst=1), keys_max=10)
    assert limits.take("a", NOW) == 0
    assert limits.take("b", NOW) == 0
    assert limits.take("a", NOW) > 0


def test_the_key_unused_for_longest_is_forgotten_first() -> None:
    limits: Limits[str] = Limits(Rate(per_s=0.001, burst=1), keys_max=2)
    for key in ("old", "kept", "old", "new"):
        limits.take(key, NOW)
    assert len(limits) == 2
    assert limits.take("old", NOW) > 0
    assert limits.take("kept", NOW) == 0


def test_any_number_of_keys_stays_within_the_bound() -> None:
    limits: Limits[int] = Limits(Rate(per_s=1, burst=1), keys_max=100)
    for key in range(10_000):
        limits.take(key, NOW)
    assert len(limits) == 100


def test_a_forgotten_key_starts_afresh_and_forgetting_twice_is_no_fault() -> None:
    limits: Limits[str] = Limits(Rate(per_s=1, burst=1), keys_max=2)
    limits.take("a", NOW)
    limits.forget("a")
    limits.forget("a")
    assert len(limits) == 0
    assert limits.take("a", NOW) == 0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix", "unix"),
        ("", ""),
    ],
)
def test_an_address_counts_as_what_its_owner_has(address: str, network: str) -> None:
    assert network_of(address) == network


def test_turns_are_given_one_after_the_other_and_no_sooner_than_the_first() -> None:
    turns = Turns(10, first_ms=1_000, last_ms=1_450)
    assert [turns.take(0) for _ in range(6)] == [1_000, 1_100, 1_200, 1_300, 1_400, None]
    assert turns.take(100) == 1_400
    assert turns.take(100) is None
    assert turns.take(5_000) == 1_000


@given(st.lists(st.integers(0, 400), min_size=2, max_size=60), st.floats(1, 5_000))
def test_no_more_come_by_turns_than_the_rate_allows(gaps: list[int], per_s: float) -> None:
    turns, now = Turns(per_s, first_ms=1_000, last_ms=30_000), 0
    due = []
    for gap in gaps:
        now += gap
        wait = turns.take(now)
        if wait is not None:
            assert 1_000 <= wait <= 30_001
            due.append(now + wait)
    assert due == sorted(due)
    for early, late in itertools.pairwise(due):
        assert late - early >= 1_000 / per_s - 1
