"""Locust as a process: it ends in time, with all it started. Whole runs are in tests/edge."""

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from loadtest.swarming import TIMED_OUT, Swarm, time_limit_s


class Told(Swarm):
    """Runs this Python code in place of locust."""

    code = ""

    def _command(self) -> list[str]:
        return [sys.executable, "-c", self.code]


def told(code: str, folder: Path, limit_s: float = 30.0) -> Told:
    made = Told([], {}, folder / "result.json", limit_s)
    made.log = folder / "locust.log"
    made.code = code
    return made


def test_its_exit_code_is_told(tmp_path: Path) -> None:
    assert told("raise SystemExit(7)", tmp_path).run() == 7


def test_what_takes_too_long_is_ended_with_all_it_started(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "child"
    code = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
open({str(file)!r}, "w").write(str(child.pid))
time.sleep(60)
"""
    assert told(code, tmp_path, 3.0).run() == TIMED_OUT
    assert "not over after 3 s" in capsys.readouterr().err
    child = int(file.read_text())
    over = threading.Event()
    while not gone(child):  # it has been killed, and takes a moment to be gone
        over.wait(0.05)


def test_ctrl_c_is_passed_on_and_the_end_waited_for(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    code = f"""
import signal, sys, time
signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
open({str(ready)!r}, "w").close()
time.sleep(60)
"""
    swarm = told(code, tmp_path)
    threading.Thread(target=interrupt, args=[ready], daemon=True).start()
    before = signal.getsignal(signal.SIGINT)
    assert swarm.run() == 130
    assert signal.getsignal(signal.SIGINT) is before


def interrupt(ready: Path) -> None:
    over = threading.Event()
    while not ready.exists():
        over.wait(0.05)
    os.kill(os.getpid(), signal.SIGINT)


def gone(pid: int) -> bool:
    """Whether it has ended; whoever has not been waited for yet has, too."""
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def test_locust_is_told_nothing_of_other_servers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXAMSYNC_TOKEN", "of another server")
    monkeypatch.setenv("LOCUST_USERS", "9")
    file = tmp_path / "environment"
    code = f"import os; open({str(file)!r}, 'w').write(repr(sorted(os.environ)))"
    assert told(code, tmp_path).run() == 0
    assert "EXAMSYNC_TOKEN" not in file.read_text()
    assert "LOCUST_USERS" not in file.read_text()


def test_a_larger_crowd_may_take_longer() -> None:
    assert time_limit_s(60, 5_000) > time_limit_s(60, 300) > 60
