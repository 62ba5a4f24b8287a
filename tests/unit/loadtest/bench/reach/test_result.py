"""What is chosen, how it is read, and how it ends."""

import pytest

from loadtest.bench.machine import Machine
from loadtest.bench.reach.result import Reached, choose, exit_code, shown, table
from loadtest.bench.reach.row import Measured

MACHINE = Machine("A processor", 2, 8, "Linux 6", False, 0.1, {})
ROW = Measured(
    "joins",
    "who joins",
    1_500.0,
    "joins/s",
    "2,000/s at least",
    False,
    (1_400.0, 1_600.0),
    {"cpu_us": 420.5},
    ["the machine was busy"],
)


def reached(**more: dict[str, str]) -> Reached:
    return Reached("2026-01-01T00:00:00+00:00", MACHINE, 3, [ROW], **more)


def test_rows_come_in_the_order_of_the_table_whatever_was_asked() -> None:
    assert choose("b,a", ["a", "b", "c"]) == ["a", "b"]
    assert choose("all", ["a", "b"]) == ["a", "b"]


def test_a_row_nobody_knows_is_said_with_those_there_are() -> None:
    with pytest.raises(KeyError, match="there is no x; there are: all, a, b"):
        choose("a,x", ["a", "b"])


def test_a_missed_goal_is_shown_and_is_no_error() -> None:
    text = table(reached())
    assert "joins  1,500 (1,400-1,600) joins/s  2,000/s at least  not met" in text
    assert "  cpu_us  420" in text
    assert "  ! the machine was busy" in text
    assert exit_code(reached()) == 0


def test_what_was_lost_or_could_not_be_measured_is_an_error_and_is_shown() -> None:
    wrong, not_run = reached(wrong={"bell": "an ack"}), reached(not_run={"bell": "no cc"})
    assert (exit_code(wrong), exit_code(not_run)) == (1, 2)
    assert "bell: WRONG: an ack" in table(wrong)
    assert "bell: NOT MEASURED: no cc" in table(not_run)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.1234, "0.123"), (4.567, "4.57"), (45.67, "45.7"), (12_345.6, "12,346")],
)
def test_a_figure_has_three_digits(value: float, text: str) -> None:
    assert shown(value) == text
