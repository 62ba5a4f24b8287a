"""When joins and storms meet their goal."""

from pathlib import Path

from loadtest.bench.reach.arrivals import other_devices, row
from tests.unit.loadtest.bench.reach.test_crowd import RUN, arrival


def test_a_goal_is_met_by_rate_and_by_an_undisturbed_loop() -> None:
    assert row(RUN, "joins", "who", arrival(seconds=0.5, blocked_s=0.05), {}).met
    assert not row(RUN, "joins", "who", arrival(seconds=0.5, blocked_s=0.1), {}).met
    assert not row(RUN, "joins", "who", arrival(seconds=0.51, blocked_s=0.05), {}).met


def test_the_figure_is_the_rate() -> None:
    found = row(RUN, "storm", "who", arrival(), {"more": 1.0})
    assert (found.figure, found.unit, found.also) == (500.0, "joins/s", {"more": 1.0})


def test_the_same_people_come_from_other_devices(tmp_path: Path) -> None:
    seats = tmp_path / "seats.tsv"
    seats.write_text("ann\ttoken\tdevice-ann\nbob\ttoken\tdevice-bob\n")
    other_devices(seats)
    assert seats.read_text() == "ann\ttoken\tanother-ann\nbob\ttoken\tanother-bob\n"
