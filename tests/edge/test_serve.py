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


@pytest.fixture
def family(redis_url: str, database_url: str, tmp_path: Path) -> Iterator[Family]:
    """Two processes on a port of the loopback."""
    environment = os.environ | {
        "EXAMSYNC_REDIS_URL": redis_url,
        "EXAMSYNC_DATABASE_URL": database_url,
        "EXAMSYNC_SERVER_DEMO": "true",
        "EXAMSYNC_SERVER_PROCESSES": "2",
        "EXAMSYNC_SERVER_DRAIN_S": "2",
        "EXAMSYNC_SERVER_DRAIN_JITTER_MS": "100",
    }
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
