"""The table says all there is, and nothing that was not measured."""

import msgspec

from loadtest.bench.figures import Spread
from loadtest.bench.result import Result, summed
from loadtest.bench.table import against, cell, table
from tests.unit.loadtest.bench.windows import HERE, PLAN, turn


def result(cpu_s: float = 1.0) -> Result:
    turns = [turn("examsync", 1, cpu_s), turn("node-stock", 1, 2.0)]
    what = {"examsync": "ours", "node-stock": "theirs"}
    return summed(turns, what, PLAN, machine=HERE, cores=(0, 1), made_at="2026-01-01T00:00:00")


def test_a_cell_has_the_median_and_where_it_lay_between() -> None:
    assert cell(Spread(8.14, 8.0, 8.27, 5), 1) == "8.1 (8.0-8.3)"
    assert cell(Spread(1234.5, 1234.5, 1234.5, 1), 0) == "1,234"
    assert cell(None, 1) == ""


def test_every_window_has_a_section_and_every_contestant_a_line() -> None:
    lines = table(result()).splitlines()
    assert sum(line.startswith("node-stock ") for line in lines) == 3
    assert any("Closed loop" in line for line in lines)
    assert any("1,000 answers/s" in line for line in lines)


def test_ratios_say_over_whom() -> None:
    text = table(result())
    assert "examsync over node-stock, paired by round" in text
    assert "closed.cpu_us         0.50" in text


def test_a_run_is_held_against_the_baseline_in_ratios() -> None:
    text = against(result(1.0), result(2.0))
    assert "examsync: closed.cpu_us 2.00" in text
    assert "node-stock: closed.cpu_us 1.00" in text


def test_a_baseline_of_others_says_nothing() -> None:
    other = result()
    other.contestants = {}
    assert against(other, result()) == ""


def test_a_baseline_of_another_crowd_says_so() -> None:
    other = result()
    other.plan = msgspec.structs.replace(other.plan, candidates=50)
    assert "which had 50 candidates" in against(other, result())
