"""`examsync serve` as people run it: several processes behind one port, killed, drained."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from signal import SIGINT, SIGTERM

import pytest
import websockets.sync.client

from examsync.cli.demo import free_port
from examsync.cli.demonstration.processes import Server

pytestmark = pytest.mark.slow

WAIT_S = 30.0
CONNECTIONS = 12
SOCKET = "/socket.io/?EIO=4&transport=websocket"


class Family(Server):
    """Two serving processes and their parent."""

    @property
    def pid(self) -> int:
        """The parent's."""
        assert self._process is not None
        return self._process.pid

    def children(self) -> list[int]:
        """The serving processes."""
        listed = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]


def settings(redis_url: str, database_url: str, *, processes: int) -> dict[str, str]:
    """What the processes are told."""
    return os.environ | {
        "EXAMSYNC_REDIS_URL": redis_url,
        "EXAMSYNC_DATABASE_URL": database_url,
        "EXAMSYNC_SERVER_DEMO": "true",
        "EXAMSYNC_SERVER_PROCESSES": str(processes),
        "EXAMSYNC_SERVER_DRAIN_S": "2",
        "EXAMSYNC_SERVER_DRAIN_JITTER_MS": "100",
    }


@pytest.fixture
def family(redis_url: str, database_url: str, tmp_path: Path) -> Iterator[Family]:
    """Two processes on a port of the loopback."""
    environment = settings(redis_url, database_url, processes=2)
    server = Family(free_port(0), environment, tmp_path / "server.log")
    server.start()
    try:
        yield server
    finally:
        server.stop()


def until(true: Callable[[], object]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_processes_share_the_port_count_together_and_are_replaced(family: Family) -> None:
    until(lambda: len(family.children()) == 2)
    with contextlib.ExitStack() as stack:
        url = family.url.replace("http", "ws") + SOCKET
        for _ in range(CONNECTIONS):
            stack.enter_context(websockets.sync.client.connect(url))
        first, second = family.children()
        os.kill(first, signal.SIGKILL)
        until(lambda: len(family.children()) == 2 and first not in family.children())
        assert second in family.children()
        until(lambda: Path(f"/proc/{first}").exists() is False)
    with urllib.request.urlopen(f"{family.url}/readyz?verbose") as reply:
        assert reply.read().decode().endswith("ready\n")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_told_to_stop_they_drain_and_leave_nobody_behind(family: Family) -> None:
    until(lambda: family.log.read_text().count('"event":"serving"') == 2)
    children = family.children()
    assert family.stop() == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in children)
    assert family.log.read_text().count('"event":"drained"') == 2
    assert family.log.read_text().count('"event":"stopped"') == 2


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_one_process_told_to_stop_comes_to_its_own_end(
    redis_url: str, database_url: str, tmp_path: Path, told: signal.Signals
) -> None:
    log = tmp_path / "server.log"
    server = Family(free_port(0), settings(redis_url, database_url, processes=1), log)
    server.start()
    os.kill(server.pid, told)
    until(lambda: not server.running)
    assert server.stop() == 0  # it was not the signal that ended it
    assert '"event":"stopped"' in log.read_text()  # after the last flush


@pytest.mark.parametrize(("told", "processes"), [(SIGTERM, 1), (SIGINT, 1), (SIGTERM, 2)])
def test_it_can_be_stopped_while_it_waits_for_storage(
    database_url: str, tmp_path: Path, told: signal.Signals, processes: int
) -> None:
    nowhere = f"redis://127.0.0.1:{free_port(0)}"
    environment = settings(nowhere, database_url, processes=processes)
    log = tmp_path / "server.log"
    with log.open("wb") as out:
        call = [sys.executable, "-m", "examsync", "serve", "--no-work"]
        port = {"EXAMSYNC_SERVER_PORT": "0", "EXAMSYNC_LOG_FORMAT": "json"}
        serving = subprocess.Popen(call, env=environment | port, stderr=out)
    try:
        # Each says so again and again, and the first time that it waits this long.
        until(lambda: log.read_text().count('"again_in_s":0.2,') >= processes)
        serving.send_signal(told)
        assert serving.wait(WAIT_S) == 0
    finally:
        serving.kill()
        serving.wait()
    assert log.read_text().count('"event":"told to stop before storage was there"') == processes
    assert log.read_text().count('"event":"stopped"') == processes


def test_a_port_that_is_taken_is_said_in_one_line(family: Family) -> None:
    port = family.url.rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, "-m", "examsync", "serve"],
        env=os.environ | {"EXAMSYNC_SERVER_DEMO": "true", "EXAMSYNC_SERVER_PORT": port},
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )
    assert done.returncode == 2
    assert f"Cannot listen on 127.0.0.1:{port}" in done.stderr
    assert done.stderr.count("\n") == 1
