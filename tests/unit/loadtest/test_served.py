"""Cores are shared out, data are one run's at a time; the rest is in tests/edge."""

import os
import signal
import sys
from pathlib import Path

import pytest

from loadtest.ports import free_port
from loadtest.served import (
    NotServed,
    alone,
    cores,
    keep,
    keeper,
    pid_of,
    pin,
    ready,
)


def test_the_server_has_a_core_to_itself_where_there_are_two() -> None:
    servers, ours = cores()
    if len(os.sched_getaffinity(0)) == 1:
        assert (servers, ours) == (frozenset(), frozenset())
    else:
        assert len(servers) == 1
        assert servers | ours == os.sched_getaffinity(0)
        assert not servers & ours


def test_a_process_can_be_kept_to_the_cores_it_has() -> None:
    before = os.sched_getaffinity(0)
    pin(os.getpid(), frozenset(before))
    pin(os.getpid(), frozenset())  # no cores named: no change
    pin(2**22 + 1, frozenset(before))  # nobody has that id any more
    assert os.sched_getaffinity(0) == before


def test_a_second_run_is_told_to_wait(tmp_path: Path) -> None:
    held = alone(tmp_path / "lock")
    with pytest.raises(NotServed, match="Another load test runs"):
        alone(tmp_path / "lock")
    held.close()
    alone(tmp_path / "lock").close()


def test_nobody_is_ready_on_a_free_port() -> None:
    assert not ready(f"http://127.0.0.1:{free_port()}")


def test_the_keeper_is_a_script_that_is_there() -> None:
    assert Path(keeper()).is_file()


def test_what_is_kept_writes_to_the_log_and_ends_with_its_input(tmp_path: Path) -> None:
    says = "import os, time; print(os.environ['WORD'], os.getpid(), flush=True); time.sleep(60)"
    log = tmp_path / "log"
    kept = keep([sys.executable, "-c", says], {"WORD": "good morning"}, log)
    pid = pid_of(kept)
    assert kept.stdin is not None
    while not log.read_text().endswith("\n"):
        assert kept.poll() is None
    assert log.read_text() == f"good morning {pid}\n"
    kept.stdin.close()
    kept.wait()
    assert not Path(f"/proc/{pid}").exists()


def test_what_is_kept_gets_the_signals_that_its_keeper_is_told(tmp_path: Path) -> None:
    kept = keep([sys.executable, "-c", "import time; time.sleep(60)"], {}, tmp_path / "log")
    pid = pid_of(kept)
    assert kept.stdin is not None
    with kept.stdin as orders:
        orders.write(bytes([signal.SIGKILL]))
        kept.wait()
    assert not Path(f"/proc/{pid}").exists()
