"""The demo as a newcomer runs it, with the server killed twice meanwhile."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
WITHIN_S = 180.0


def test_a_killed_server_loses_no_acked_answer_and_closes_every_attempt(tmp_path: Path) -> None:
    call = [sys.executable, "-m", "examsync", "demo", "--for", "40", "--kill", "--json"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("EXAMSYNC_")}
    done = subprocess.run(
        call,
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["lost"] == 0
    assert told["candidates"] == 40
    assert told["server_kills"] == 2
    assert told["resumed"] > 0
    assert told["answers_acked"] > 100
    assert told["answers_in_postgres"] > 100
    assert told["attempts_closed_by_sweep"] > 0
    assert told["graded"] > 0
    assert told["monitor_deltas"] > 0
    assert told["violations"] > 0
