"""Turns become one result, which can be written, read again and compared with."""

import msgspec
import pytest

from loadtest.bench.__main__ import BASELINE
from loadtest.bench.result import Result, figures_of, summed
from loadtest.bench.rounds import Turn
from loadtest.bench.sitting import Ledger
from tests.unit.loadtest.bench.windows import HERE, PLAN, turn

WHAT = {"examsync": "ours", "node-stock": "theirs", "absent": "had no turn"}


def result(*turns: Turn) -> Result:
    return summed(turns, WHAT, PLAN, machine=HERE, cores=(0, 1), made_at="2026-01-01T00:00:00")


def test_windows_are_named_in_front_of_their_figures() -> None:
    found = figures_of(turn("examsync", 1, 1.0), (0, 1))
    assert found["closed.cpu_us"] == pytest.approx(100)
    assert found["open.1000.cpu_us"] == pytest.approx(200)
    assert found["memory_kb"] == 16
    assert found["joins_per_s"] == pytest.approx(502.5)
    assert "flush.cpu_us" not in found


def test_contestants_stand_in_the_order_given_and_ours_is_compared_with_each() -> None:
    made = result(
        turn("node-stock", 1, 2.0),
        turn("examsync", 1, 1.0),
        turn("examsync", 2, 3.0),
        turn("node-stock", 2, 6.0),
    )
    assert list(made.contestants) == ["examsync", "node-stock"]
    assert made.rounds == 2
    assert made.contestants["examsync"].figures["closed.cpu_us"].median == pytest.approx(200)
    assert list(made.ratios) == ["node-stock"]
    assert made.ratios["node-stock"]["closed.cpu_us"].median == pytest.approx(0.5)


def test_without_ours_there_is_nothing_to_compare() -> None:
    assert result(turn("node-stock", 1, 2.0)).ratios == {}


def test_all_acks_are_counted_and_what_was_looked_up() -> None:
    one = turn("examsync", 1, 1.0)
    one.ledger = Ledger(compared=7)
    made = result(one)
    assert (made.acked, made.compared) == (20_000, 7)


def test_a_result_can_be_written_and_read() -> None:
    made = result(turn("examsync", 1, 1.0), turn("node-stock", 1, 2.0))
    assert msgspec.json.decode(msgspec.json.encode(made), type=Result) == made


def test_the_baseline_can_still_be_read() -> None:
    baseline = msgspec.json.decode(BASELINE.read_bytes(), type=Result)
    assert "examsync" in baseline.contestants
