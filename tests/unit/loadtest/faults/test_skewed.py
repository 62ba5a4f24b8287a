"""A process whose clock is off, run as the drill runs it."""

import subprocess
import sys
import time
from pathlib import Path

from loadtest.faults.station import SKEWED

READER = """
import datetime as d
import time
print(time.time(), time.time_ns(), d.datetime.now(tz=d.timezone.utc).timestamp())
assert isinstance(d.datetime.fromtimestamp(0), d.datetime)
"""
HOUR_S = 3_600


def test_every_reading_of_the_time_of_day_is_off(tmp_path: Path) -> None:
    (tmp_path / "clockreader.py").write_text(READER)
    done = subprocess.run(
        [sys.executable, str(SKEWED), str(HOUR_S), "clockreader"],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, nanos, dated = (float(each) for each in done.stdout.split())
    for reading in (seconds, nanos / 1e9, dated):
        assert abs(reading - HOUR_S - time.time()) < HOUR_S / 2


def test_wrong_arguments_are_explained() -> None:
    done = subprocess.run(
        [sys.executable, str(SKEWED)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "MODULE" in done.stderr
