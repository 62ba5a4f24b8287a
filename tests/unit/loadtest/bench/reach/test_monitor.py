"""Watching: the goals of cost, of delay and of the parts in which a board comes."""

import pytest

from loadtest.bench.reach.monitor import Pair, row
from loadtest.swarm.rows import Histogram
from tests.unit.loadtest.bench.windows import window


def pair(watched_s: float, late_ms: float, *chunks: int) -> Pair:
    """A window of one second of processor time, and a watched one of so many."""
    delays = Histogram()
    if late_ms:
        delays.add(late_ms)
    return Pair(window(), window(cpu_s=watched_s), delays, list(chunks), 4_000_000)


@pytest.mark.parametrize(
    ("pairs", "met"),
    [
        ([pair(1.09, 400, 500, 20), pair(1.5, 400, 500), pair(1.0, 400, 500)], True),
        ([pair(1.2, 400, 500)], False),
        ([pair(1.0, 600, 500)], False),
        ([pair(1.0, 400, 501)], False),
        ([pair(1.0, 0, 500)], False),
        ([pair(1.0, 400)], False),
    ],
    ids=["met", "dear", "late", "a long part", "nothing was seen", "no board came"],
)
def test_all_three_goals_have_to_be_met(pairs: list[Pair], met: bool) -> None:
    assert row(10_000, pairs, 5_000).met is met


def test_the_ratio_is_the_median_of_pairs() -> None:
    found = row(10_000, [pair(1.0, 1, 500), pair(1.3, 1, 500), pair(1.1, 1, 500)], 5_000)
    assert found.figure == pytest.approx(1.1)
    assert found.also["told to all, MB/s"] == pytest.approx(2.0)
