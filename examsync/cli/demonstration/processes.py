"""The demo's processes: the server and the bots, each with a log of its own."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

READY_WITHIN_S = 30.0
STOP_WITHIN_S = 30.0
LOOK_S = 0.1


class NotReady(Exception):
    """The server did not begin to serve; its log says why."""


class Server:
    """`examsync serve` as a process, which may be killed and started again on its port."""

    def __init__(self, port: int, environment: dict[str, str], log: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = log
        self.kills = 0
        self._environment = environment | {"EXAMSYNC_SERVER_PORT": str(port)}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it is ready. Raises NotReady."""
        call = [sys.executable, "-m", "examsync", "serve"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                call, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )
        end = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < end and self._process.poll() is None:
            if self._ready():
                return
            time.sleep(LOOK_S)
        tail = self.log.read_text(errors="replace")[-2_000:]
        raise NotReady(f"The server is not ready. The end of {self.log}:\n{tail}")

    def kill(self) -> None:
        """Kill it with -9, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self.kills += 1

    def stop(self) -> int:
        """Ask it to drain and stop; kill it if it will not. Its exit code."""
        return _stop(self._process)

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def metrics(self) -> dict[str, float]:
        """The samples on its /metrics page by name and labels; none if it does not answer."""
        try:
            with urllib.request.urlopen(f"{self.url}/metrics", timeout=1) as reply:
                page = reply.read().decode()
        except (urllib.error.URLError, OSError):
            return {}
        lines = (line.rpartition(" ") for line in page.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in lines}

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=1) as reply:
                return bool(reply.status == 200)
        except (urllib.error.URLError, OSError):
            return False


class Bots:
    """`python -m loadtest.bots` as a process: ordinary clients over WebSocket."""

    def __init__(self, arguments: list[str], log: Path) -> None:
        call = [sys.executable, "-m", "loadtest.bots", *arguments]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                call, stdout=output, stderr=output, start_new_session=True
            )

    @property
    def running(self) -> bool:
        """Whether any of them may still be sitting."""
        return self._process.poll() is None

    def stop(self) -> int:
        """Let them go home; they write their report first. Their exit code."""
        return _stop(self._process)


def _stop(process: subprocess.Popen[bytes] | None) -> int:
    if process is None:
        return 0
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


def environment(redis_url: str, database_url: str) -> dict[str, str]:
    """What the demo's server is told; everything else is as by default."""
    return os.environ | {
        "EXAMSYNC_REDIS_URL": redis_url,
        "EXAMSYNC_DATABASE_URL": database_url,
        "EXAMSYNC_SERVER_DEMO": "true",
        "EXAMSYNC_SERVER_DRAIN_S": "3",
        "EXAMSYNC_SERVER_DRAIN_JITTER_MS": "500",
    }
