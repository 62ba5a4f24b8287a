"""Cores are shared out, data are one run's at a time; the rest is in tests/edge."""

import os
from pathlib import Path

import pytest

from loadtest.served import NotServed, alone, cores, free_port, keeper, pin, ready


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
