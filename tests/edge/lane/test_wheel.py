"""Pings from one wheel: everybody once in its time, and not all at once."""

from collections import Counter

from examsync.edge.lane.wheel import Wheel

START = 1_800_000_000_000


class One:
    """Somebody who counts pings."""

    def __init__(self, opened_at: int = START - 60_000) -> None:
        self.spoke = -1
        self.opened_at = opened_at
        self.pings = 0

    def ping(self) -> None:
        self.pings += 1


def test_everybody_is_reached_once_in_a_turn_however_often_it_is_turned() -> None:
    wheel, ones = Wheel(25_000), [One() for _ in range(100)]
    for one in ones:
        wheel.add(one)
    for ms in range(0, 25_000, 100):
        wheel.turn(START + ms)
    assert {one.pings for one in ones} == {1}


def test_who_came_together_is_spread() -> None:
    wheel, ones = Wheel(25_000), [One() for _ in range(100)]
    for one in ones:
        wheel.add(one)
    per_second = Counter[int]()
    for second in range(25):
        before = sum(one.pings for one in ones)
        wheel.turn(START + second * 1_000)
        per_second[sum(one.pings for one in ones) - before] += 1
    assert per_second == {4: 25}


def test_the_first_ping_comes_after_half_a_turn_and_within_one_and_a_half() -> None:
    wheel = Wheel(25_000)
    wheel.turn(START)
    ones = [One(START) for _ in range(25)]
    for one in ones:
        wheel.add(one)
    first: dict[One, int] = {}
    for second in range(1, 60):
        wheel.turn(START + second * 1_000)
        first.update({one: second for one in ones if one.pings and one not in first})
    assert min(first.values()) >= 12
    assert max(first.values()) <= 37


def test_a_wheel_that_stood_still_pings_nobody_twice() -> None:
    wheel, one = Wheel(25_000), One()
    wheel.add(one)
    wheel.turn(START)
    before = one.pings
    wheel.turn(START + 300_000)
    assert one.pings == before + 1


def test_who_was_taken_off_is_pinged_no_more() -> None:
    wheel, one, other = Wheel(25_000), One(), One()
    wheel.add(one)
    wheel.add(other)
    wheel.discard(one)
    wheel.discard(one)
    assert len(wheel) == 1
    for second in range(30):
        wheel.turn(START + second * 1_000)
    assert one.pings == 0
    assert other.pings
