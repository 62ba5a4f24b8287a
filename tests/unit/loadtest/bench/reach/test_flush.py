"""The flusher: what its histogram says of a window, and both goals of its row."""

import pytest

from loadtest.bench.house import Flushed
from loadtest.bench.reach import flush
from tests.unit.loadtest.bench.windows import window

EVERYTHING = float("inf")


def page(*counts: float) -> dict[str, float]:
    """A page of metrics with the cumulative counts of 0.5, 1, 2 and 5 s, and of all."""
    names = [f'{flush.LAG}_bucket{{le="{bound}"}}' for bound in (0.5, 1.0, 2.0, 5.0)]
    return dict(zip([*names, f"{flush.LAG}_count"], counts, strict=True))


def lag(within_2_s: float) -> dict[float, float]:
    """A hundred facts, so many of them durable within two seconds, none before one."""
    return dict.fromkeys(flush.BOUNDS_S, 0.0) | {
        **{bound: 100.0 for bound in flush.BOUNDS_S if bound > 2.0},
        2.0: within_2_s,
        EVERYTHING: 100.0,
    }


def test_facts_of_before_the_window_do_not_count() -> None:
    found = flush.histogram(page(1, 1, 1, 1, 1), page(1, 51, 101, 101, 101))
    assert (found[0.5], found[1.0], found[2.0], found[EVERYTHING]) == (0, 50, 100, 100)
    assert flush.share_within(found, 1.0) == 0.5
    assert flush.bound_of(found, 0.5) == 1.0
    assert flush.bound_of(found, 0.95) == 2.0


def test_no_facts_were_within_no_time() -> None:
    assert flush.share_within(flush.histogram({}, {}), 1.0) == 0.0


@pytest.mark.parametrize(
    ("cpu_s", "within_2_s", "met"), [(5.0, 95.0, True), (5.1, 95.0, False), (5.0, 94.0, False)]
)
def test_both_how_fast_and_how_far_behind_have_to_be_met(
    cpu_s: float, within_2_s: float, met: bool
) -> None:
    flushed = Flushed(100_000, 100_000, 10.0, cpu_s)
    found = flush.row(flushed, lag(within_2_s), window("open"), 5_000)
    assert found.figure == pytest.approx(100_000 / cpu_s)
    assert (found.met, found.remarks) == (met, [])


def test_a_backlog_of_which_little_was_timed_is_remarked_on() -> None:
    found = flush.row(Flushed(1_000, 10, 1.0, 0.0), lag(100.0), window("open"), 5_000)
    assert found.remarks == ["only 10 of 1,000 facts were timed"]
    assert not found.met
