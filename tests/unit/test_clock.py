"""The clock: as Redis tells it, and never backwards. Time itself is set by hand here."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.clock import RedisClock


class Hands:
    """This process's monotonic clock, moved by the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at_s = 1_000.0
        monkeypatch.setattr(time, "monotonic", lambda: self.at_s)


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    """They stand at a thousand seconds."""
    return Hands(monkeypatch)


def read(clock: RedisClock, redis_ms: float, asked: float, answered: float) -> int:
    """The time after a reading of Redis TIME."""
    clock.set(redis_ms, asked=asked, answered=answered)
    return clock.now()


def test_before_the_first_reading_it_is_this_machines_time() -> None:
    before = int(time.time() * 1_000)
    now = RedisClock().now()
    assert before - 1_000 <= now <= int(time.time() * 1_000) + 1_000


def test_a_reading_counts_from_the_middle_of_its_round_trip(hands: Hands) -> None:
    clock = RedisClock()
    hands.at_s = 1_000.4
    assert read(clock, 5_000_000_000_000, 1_000.0, 1_000.4) == 5_000_000_000_200


def test_between_readings_it_goes_as_this_process_does(hands: Hands) -> None:
    clock = RedisClock()
    assert read(clock, 5_000_000_000_000, 1_000.0, 1_000.0) == 5_000_000_000_000
    hands.at_s += 1.5
    assert clock.now() == 5_000_000_001_500


def test_a_reading_that_is_ahead_is_followed_at_once(hands: Hands) -> None:
    clock = RedisClock()
    read(clock, 5_000_000_000_000, 1_000.0, 1_000.0)
    assert read(clock, 5_000_000_060_000, 1_000.0, 1_000.0) == 5_000_000_060_000


def test_after_a_reading_that_is_behind_time_stands_until_it_is_caught_up(hands: Hands) -> None:
    clock = RedisClock()
    read(clock, 5_000_000_000_000, 1_000.0, 1_000.0)
    assert read(clock, 4_999_999_998_000, 1_000.0, 1_000.0) == 5_000_000_000_000
    hands.at_s += 1.999
    assert clock.now() == 5_000_000_000_000
    hands.at_s += 0.002
    assert clock.now() == 5_000_000_000_001


def test_this_machines_own_time_may_be_changed_without_effect(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = RedisClock()
    read(clock, 5_000_000_000_000, 1_000.0, 1_000.0)
    monkeypatch.setattr(time, "time", lambda: 1.0)
    assert clock.now() == 5_000_000_000_000


def test_the_hands_are_the_ones_that_readings_are_taken_with(hands: Hands) -> None:
    assert RedisClock.monotonic_s() == 1_000.0


steps = st.one_of(
    st.tuples(st.just("pass"), st.integers(0, 100_000)),
    st.tuples(st.just("read"), st.integers(-3_600_000, 3_600_000)),
)


@given(st.lists(steps, max_size=30))
def test_it_never_runs_backwards(script: list[tuple[str, int]]) -> None:
    """Whatever Redis says, as after a failover to a machine whose clock is an hour behind."""
    with pytest.MonkeyPatch.context() as patch:
        hands = Hands(patch)
        clock = RedisClock()
        clock.set(5_000_000_000_000, asked=hands.at_s, answered=hands.at_s)
        seen = [clock.now()]
        for what, ms in script:
            if what == "pass":
                hands.at_s += ms / 1_000
            else:
                clock.set(5_000_000_000_000 + ms, asked=hands.at_s, answered=hands.at_s)
            seen.append(clock.now())
        assert seen == sorted(seen)
        hands.at_s += 4 * 3_600
        assert clock.now() > seen[-1], "it goes on in the end"
