"""Rows count what happened, keep failures apart from durations, and add up over processes."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.swarm.rows import GROWTH, REASONS_MAX, Histogram, Measure, Rows

DURATIONS = st.lists(st.floats(0.02, 60_000), min_size=1, max_size=200)


def rows(*measures: Measure) -> Rows:
    made = Rows()
    for measure in measures:
        made.add(measure)
    return made


def exactly(durations: list[float], per_cent: int) -> float:
    """By nearest rank."""
    rank = max(-(-len(durations) * per_cent // 100), 1)
    return sorted(durations)[rank - 1]


@given(DURATIONS, st.integers(1, 100))
def test_a_percentile_is_never_flattering_and_at_most_one_per_cent_too_high(
    durations: list[float], per_cent: int
) -> None:
    histogram = Histogram()
    for ms in durations:
        histogram.add(ms)
    found, true = histogram.percentile(per_cent), exactly(durations, per_cent)
    assert found is not None
    assert true * (1 - 1e-9) <= found <= true * GROWTH * (1 + 1e-9)


@given(DURATIONS, DURATIONS)
def test_two_histograms_together_are_the_histogram_of_both(
    one: list[float], two: list[float]
) -> None:
    apart, other, together = Histogram(), Histogram(), Histogram()
    for ms in one:
        apart.add(ms)
        together.add(ms)
    for ms in two:
        other.add(ms)
        together.add(ms)
    apart.merge(other)
    assert apart == together


def test_nothing_measured_has_no_percentile() -> None:
    assert Histogram().percentile(99) is None


def test_a_failure_counts_and_its_time_does_not() -> None:
    row = rows(
        Measure("WSC", "answer", 5.0), Measure("WSC", "answer", 900.0, error="internal")
    ).get("WSC answer")
    assert (row.count, row.failed, row.failures) == (2, 1, {"internal": 1})
    assert row.timed.max_ms == 5.0


def test_what_has_no_time_is_counted_without_a_zero() -> None:
    row = rows(Measure("WSR", "closed"), Measure("WSR", "closed")).get("WSR closed")
    assert (row.count, row.untimed, row.timed.count) == (2, 2, 0)
    assert row.timed.percentile(50) is None


def test_the_same_name_of_two_kinds_is_two_rows() -> None:
    made = rows(Measure("WSC", "violation", 3.0), Measure("FAN", "violation", 40.0))
    assert sorted(made.rows) == ["FAN violation", "WSC violation"]


def test_rows_of_workers_add_up_also_over_the_wire() -> None:
    one = rows(Measure("WSC", "answer", 5.0, size=10), Measure("WSC", "answer", error="paused"))
    two = rows(Measure("WSC", "answer", 7.0, size=10), Measure("WSR", "notice"))
    one.merge(msgspec.json.decode(msgspec.json.encode(two), type=Rows))
    row = one.get("WSC answer")
    assert (row.count, row.failed, row.size, row.timed.max_ms) == (3, 1, 20, 7.0)
    assert one.get("WSR notice").count == 1
    assert one.failed == 1


def test_reasons_without_end_are_kept_apart_only_so_far() -> None:
    made = rows(*(Measure("ERR", "task", error=f"reason {n}") for n in range(REASONS_MAX + 9)))
    row = made.get("ERR task")
    assert row.failed == REASONS_MAX + 9
    assert row.failures["other"] == 9


@pytest.mark.parametrize("name", ["WSC answer", "nothing"])
def test_asking_for_a_row_makes_none(name: str) -> None:
    made = Rows()
    assert made.get(name).count == 0
    assert not made.rows
