"""The benchmark itself, small: real servers, real acks, all of them found in the export."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.node,
    pytest.mark.skipif(
        len(os.sched_getaffinity(0)) < 2 or not shutil.which("cc") or not shutil.which("node"),
        reason="it takes two cores, cc and Node.js",
    ),
]


def bench(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it with data of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "loadtest.bench", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_answers_are_acknowledged_compared_and_counted(tmp_path: Path) -> None:
    small = ("--candidates", "10", "--rates", "20", "--flushing", "10", "--idle-ms", "100")
    short = ("--window-ms", "300", "--rounds", "1", "--only", "examsync,node-tuned")
    done = bench(tmp_path, *small, *short, "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert list(result["contestants"]) == ["examsync", "node-tuned"]
    assert result["acked"] > 0
    assert result["compared"] > 0
    assert result["ratios"]["node-tuned"]["closed.cpu_us"]["median"] > 0


def test_a_row_is_measured_and_told(tmp_path: Path) -> None:
    done = bench(tmp_path, "--reach", "bell", "--candidates", "10", "--repeat", "1", "--json")
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)["rows"]
    assert row["name"] == "bell"
    assert row["figure"] > 0
    assert row["also"]["starts/s"] > 0


def test_whom_nobody_knows_is_said_with_whom_there_is(tmp_path: Path) -> None:
    done = bench(tmp_path, "--only", "nobody")
    assert done.returncode == 2
    assert "there is no nobody; there are: examsync" in done.stderr
