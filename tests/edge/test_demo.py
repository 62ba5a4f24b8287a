"""The demo as a newcomer runs it: stopped at once, or with the server killed twice meanwhile."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from examsync.cli import INTERRUPTED

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
WITHIN_S = 180.0


def environment() -> dict[str, str]:
    ours = {k: v for k, v in os.environ.items() if not k.startswith("EXAMSYNC_")}
    return ours | {"PYTHONPATH": str(ROOT)}


def test_who_stops_it_before_the_bots_have_begun_is_told_so(tmp_path: Path) -> None:
    call = [sys.executable, "-m", "examsync", "demo"]
    with subprocess.Popen(
        call, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    ) as demo:  # fmt: skip
        assert demo.stdout is not None
        for line in demo.stdout:
            if line.startswith("Starting Valkey"):
                break
        demo.send_signal(signal.SIGINT)
        said, complained = demo.communicate(timeout=WITHIN_S)
    assert (demo.returncode, complained) == (INTERRUPTED, "")
    assert said.endswith("Stopped before the bots had begun: there is nothing to count.\n")
    assert not (tmp_path / ".dev/demo/examsync").exists()


def test_a_killed_server_loses_no_acked_answer_and_closes_every_attempt(tmp_path: Path) -> None:
    call = [sys.executable, "-m", "examsync", "demo", "--for", "40", "--kill", "--json"]
    done = subprocess.run(
        call,
        cwd=tmp_path,
        env=environment(),
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
    # How many fit into the time depends on the machine; that everybody got some in does not.
    assert told["answers_acked"] >= told["candidates"]
    assert told["answers_in_postgres"] >= told["candidates"]
    assert told["attempts_closed_by_sweep"] > 0
    assert told["graded"] > 0
    assert told["monitor_deltas"] > 0
    assert told["violations"] > 0
