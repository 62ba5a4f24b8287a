"""Who sits down is decided by the seed, and things happen within the time there is."""

from random import Random

import pytest

from loadtest.bots.temper import SHARES, Happening, temper, think_s

CROWD = [temper(Random(seed), 120) for seed in range(400)]


def test_the_same_seed_makes_the_same_afternoon() -> None:
    assert temper(Random(5), 60) == temper(Random(5), 60)
    assert temper(Random(5), 60) != temper(Random(6), 60)


@pytest.mark.parametrize("for_s", [5, 30, 3_600])
def test_everything_happens_in_order_after_arriving_and_mostly_before_the_end(for_s: float) -> None:
    for seed in range(100):
        found = temper(Random(seed), for_s)
        times = [at for at, _ in found.happenings]
        assert times == sorted(times)
        assert all(found.arrives_s <= at <= for_s * 1.25 + 8 for at in times)


def test_who_goes_offline_comes_back() -> None:
    for each in CROWD:
        order = [what for _, what in each.happenings]
        if Happening.GO_OFFLINE in order:
            assert order.index(Happening.GO_OFFLINE) < order.index(Happening.COME_ONLINE)


def test_everything_happens_to_about_as_many_as_it_should() -> None:
    for what, share in SHARES.items():
        had = sum(any(each is what for _, each in t.happenings) for t in CROWD) / len(CROWD)
        assert share / 2 < had < share * 1.6, what
    assert 0 < sum(each.absent for each in CROWD) < 40


def test_who_vanishes_does_not_submit() -> None:
    for each in CROWD:
        order = {what for _, what in each.happenings}
        assert not {Happening.VANISH, Happening.SUBMIT} <= order


def test_thinking_takes_a_positive_and_bounded_time() -> None:
    someone, dice = CROWD[0], Random(1)
    times = [think_s(someone, dice) for _ in range(500)]
    assert min(times) > 0
    assert max(times) <= someone.think_s * 8
    assert sorted(times)[250] == pytest.approx(someone.think_s, rel=0.3)
