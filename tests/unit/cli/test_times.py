"""Durations and moments as people write them, and as they are shown."""

import click
import pytest

from examsync.cli.times import DURATION, MOMENT, shown_duration, shown_time


@pytest.mark.parametrize(
    ("text", "ms"), [("90s", 90_000), ("45", 2_700_000), ("1.5h", 5_400_000), ("250ms", 250)]
)
def test_a_duration_is_read(text: str, ms: int) -> None:
    assert DURATION.convert(text, None, None) == ms


@pytest.mark.parametrize("ms", [0, 250, 45_000, 90_000, 5_400_000, 7_200_000, 3_600_001])
def test_a_duration_is_shown_as_it_can_be_read(ms: int) -> None:
    assert DURATION.convert(shown_duration(ms), None, None) == ms


def test_a_moment_is_shown_as_it_can_be_read() -> None:
    at = MOMENT.convert("2030-05-01T09:00+05:30", None, None)
    assert shown_time(at) == "2030-05-01T03:30:00+00:00"
    assert MOMENT.convert(shown_time(at), None, None) == at


def test_a_moment_without_its_offset_could_be_misread() -> None:
    with pytest.raises(click.BadParameter):
        MOMENT.convert("2030-05-01T09:00", None, None)
