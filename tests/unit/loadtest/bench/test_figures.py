"""Figures per acknowledged answer, their spread, and ratios that drift cancels out of."""

import pytest

from loadtest.bench import figures
from loadtest.bench.figures import Spread
from tests.unit.loadtest.bench.windows import window


def test_processor_time_is_per_acknowledged_answer() -> None:
    found = figures.of_window(window(acked=20_000, cpu_s=1.0), 0, 1)
    assert found["cpu_us"] == pytest.approx(50)
    assert found["redis_us"] == pytest.approx(5)
    assert found["acks_per_s"] == pytest.approx(10_000)
    assert found["server_share"] == pytest.approx(0.5)
    assert (found["server_busy"], found["other_busy"]) == (0.9, 0.5)


def test_latencies_are_in_milliseconds() -> None:
    found = figures.of_window(window(), 0, 1)
    assert (found["p50_ms"], found["p95_ms"], found["p99_ms"]) == (0.8, 1.5, 2.0)


def test_a_window_without_an_ack_has_figures_too() -> None:
    assert figures.of_window(window(acked=0), 0, 1)["acks_per_s"] == 0


def test_a_spread_is_median_lowest_and_highest() -> None:
    assert figures.spread([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0, 3)
    assert figures.spread([1.0, 4.0]) == Spread(2.5, 1.0, 4.0, 2)


def test_a_figure_of_some_rounds_only_counts_those() -> None:
    found = figures.over_rounds([{"a": 1.0, "b": 5.0}, {"a": 3.0}])
    assert found == {"a": Spread(2.0, 1.0, 3.0, 2), "b": Spread(5.0, 5.0, 5.0, 1)}


def test_ratios_are_paired_by_round_so_that_a_slow_round_is_slow_for_both() -> None:
    ours = {1: {"closed.cpu_us": 10.0}, 2: {"closed.cpu_us": 30.0}, 3: {"closed.cpu_us": 1.0}}
    theirs = {1: {"closed.cpu_us": 20.0}, 2: {"closed.cpu_us": 60.0}}
    found = figures.ratios(ours, theirs, ["closed.cpu_us", "closed.p99_ms"])
    assert found == {"closed.cpu_us": Spread(0.5, 0.5, 0.5, 2)}


def test_nothing_is_divided_by_zero() -> None:
    assert figures.ratios({1: {"a": 1.0}}, {1: {"a": 0.0}}, ["a"]) == {}


def test_a_rate_that_was_not_held_is_remarked() -> None:
    held = {"open.5000.held": Spread(0.6, 0.5, 0.7, 3), "closed.held": Spread(0.5, 0.5, 0.5, 3)}
    assert figures.remarks(held) == ["open.5000: held only 60% of that rate"]


def test_a_generator_short_of_time_is_remarked() -> None:
    busy = {"closed.other_busy": Spread(0.95, 0.9, 0.99, 3)}
    assert figures.remarks(busy) == ["closed: the generator's core was 95% busy"]
    assert figures.remarks({"closed.other_busy": Spread(0.8, 0.7, 0.9, 3)}) == []


def test_answers_put_off_are_remarked() -> None:
    some = {"closed.put_off": Spread(0.02, 0.0, 0.04, 3)}
    assert figures.remarks(some) == ["closed: 2.0% of all answers were to be sent again later"]
    assert figures.remarks({"closed.put_off": Spread(0.0, 0.0, 0.5, 3)}) == []
