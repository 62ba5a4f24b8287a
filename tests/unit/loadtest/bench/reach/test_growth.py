"""Growth is the dearer of two steps: more people, and more exams."""

import pytest

from loadtest.bench.reach.growth import Size, Step, row
from tests.unit.loadtest.bench.windows import window


def step(people: int, exams: int, *seconds: float) -> Step:
    """A size whose windows took so much of the server's processor."""
    windows = [window("open", cpu_s=each) for each in seconds]
    return Step(Size(people, exams), windows, window("open", cpu_s=9.0))


@pytest.mark.parametrize(
    ("many", "parted", "more", "met"),
    [(1.2, 1.2, 20.0, True), (1.3, 1.3, 30.0, False), (1.0, 1.5, 50.0, False), (0.5, 0.5, 0, True)],
)
def test_both_steps_have_to_be_within_the_goal(
    many: float, parted: float, more: float, met: bool
) -> None:
    found = row([step(100, 1, 1.0), step(10_000, 1, many), step(10_000, 50, parted)], 5_000)
    assert (round(found.figure, 6), found.met, found.remarks) == (more, met, [])


def test_a_size_costs_the_median_of_its_windows() -> None:
    assert step(1, 1, 1.0, 7.0, 2.0).cpu_us == pytest.approx(200.0)
