"""Two processes against one: who is told to the generator, what Redis counts, the goal."""

import msgspec
import pytest

from loadtest.bench.reach import two
from loadtest.bench.reach.two import Talk, Told
from tests.unit.loadtest.bench.windows import window


def told(cpu_s: float, words: float = 0.0, flushing: float = 0.0) -> Told:
    """Three windows of so much processor time, so many words per answer."""
    return Told([window(cpu_s=cpu_s)] * 3, {"words": words, "xadd": 1.0}, {"words": flushing})


@pytest.mark.parametrize(
    ("both", "met"),
    [
        (told(1.15), True),
        (told(1.16), False),
        (told(1.0, words=1.0), False),
        (told(1.0, flushing=1.0), False),
        (told(1.0, flushing=0.05), True),
    ],
)
def test_it_is_met_if_both_cost_little_more_and_no_answer_is_told(both: Told, met: bool) -> None:
    found = two.row(told(1.0), both, 5_000)
    assert found.met is met
    assert found.also["two: xadd per answer"] == 1.0


def test_what_redis_counted_is_told_for_each_answer() -> None:
    found = two.per_answer(Talk(5, {"xadd": 10}), Talk(7, {"xadd": 30, "hget": 10}), 20)
    assert found == {"words": 0.1, "xadd": 1.0, "hget": 0.5}


def test_calls_are_read_by_command() -> None:
    assert two.calls_of({"cmdstat_xadd": {"calls": 3, "usec": 9}}) == {"xadd": 3}


def test_every_serving_process_is_one_whose_time_counts() -> None:
    assert two.named(7, []) == {"server": 7}
    assert two.named(7, [8, 9]) == {"server": 7, "server1": 8, "server2": 9}


def test_the_busier_of_two_is_told_apart() -> None:
    used = {"server": 0.0, "server1": 3.0, "server2": 1.0, "redis": 9.0}
    assert two.busier(msgspec.structs.replace(window(), cpu_s=used)) == pytest.approx(0.75)


def test_a_rate_that_was_not_held_meets_nothing() -> None:
    late = Told([window(acked=500, sent=1_000)] * 3, {"words": 0.0}, {"words": 0.0})
    assert not two.row(late, late, 5_000).met
