"""How long a stretch of work was, from two pages of metrics; and what a storm is told as."""

from loadtest.soak import storm
from loadtest.soak.crowd import Arrived
from loadtest.soak.storm import BOUNDS_S, Phase, Stormed

NAME = "examsync_loop_work_seconds"


def page(*counts: int, more: int = 0) -> dict[str, float]:
    """A histogram with so many in each bucket."""
    found, total = {}, 0
    for bound, count in zip(BOUNDS_S, [*counts, *[0] * len(BOUNDS_S)], strict=False):
        total += count
        found[f'{NAME}_bucket{{le="{bound}"}}'] = float(total)
    return found | {f"{NAME}_count": float(total + more)}


def test_the_longest_is_the_highest_bucket_with_something_new_in_it() -> None:
    before = page(10, 5, 0, 0, 0, 1)
    assert storm.longest(before, page(12, 6, 0, 0, 0, 1)) == 0.002
    assert storm.longest(before, page(12, 6, 0, 0, 1, 1)) == 0.02
    assert storm.longest(before, page(12, 6, 0, 0, 1, 2)) == 0.05
    assert storm.longest(before, before) == 0.0


def test_what_is_beyond_all_buckets_is_ten_seconds() -> None:
    assert storm.longest(page(1), page(2, more=1)) == 10.0


def test_a_storm_is_told_phase_by_phase() -> None:
    came = Arrived(9, 10, 4.0, 3, 0, 0, (1.0, 2.0, 3.0))
    phases = [Phase("come", 4.0, 0.02, 31.0, 3.5, came), Phase("gone", 1.0, 0.01, 12.0, 0.5)]
    shown = storm.told(Stormed(False, 10, phases)).splitlines()
    assert "9 of 10 joined, 3 times sent away" in shown[1]
    assert shown[2].split() == ["gone", "1.0", "0.5", "10", "12"]
