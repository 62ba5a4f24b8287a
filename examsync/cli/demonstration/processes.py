"""The demo's processes: the server and the bots, each with a log of its own."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import click

from examsync.cli.options import CONFIG_VARIABLE
from examsync.devstack import keeper

READY_WITHIN_S = 30.0
STOP_WITHIN_S = 15.0
"""Then it is killed. The server drains for 3 s, the bots wait for 3 s."""
LOOK_S = 0.1


class NotReady(click.ClickException):
    """The server did not begin to serve; its log says why."""


class Kept:
    """A Python module run under a keeper: it ends when we are gone, also by kill -9."""

    def __init__(self, arguments: list[str], environment: dict[str, str], log: Path) -> None:
        spec = {
            "argv": [sys.executable, "-m", *arguments],
            "user": None,
            "group": None,
            "stop_signal": int(signal.SIGTERM),
            "grace_s": STOP_WITHIN_S,
            "env": None,  # the keeper's own: it may hold secrets, and every user can read argv
        }
        with log.open("ab") as output:
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", keeper.__file__, json.dumps(spec)],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                env=environment,
                start_new_session=True,  # Ctrl-C is ours alone
            )
        assert self._keeper.stdin is not None
        assert self._keeper.stdout is not None
        self._asks = self._keeper.stdin
        with self._keeper.stdout as answers:
            self.pid = int(answers.readline())

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._keeper.poll() is None

    def kill(self) -> None:
        """Kill it with -9, as a crash would."""
        if self.running:
            self._asks.write(bytes([signal.SIGKILL]))
            self._keeper.wait(STOP_WITHIN_S)
        self._asks.close()

    def stop(self) -> int:
        """Ask it to stop; the keeper kills it if it will not. 0 if it ended in good order."""
        self._asks.close()
        return self._keeper.wait(2 * STOP_WITHIN_S)


class Server:
    """`examsync serve` as a process, which may be killed and started again on its port."""

    def __init__(self, port: int, environment: dict[str, str], log: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = log
        self.kills = 0
        self._environment = environment | {"EXAMSYNC_SERVER_PORT": str(port)}
        self._process: Kept | None = None
        self._earlier: dict[str, float] = {}

    def start(self) -> None:
        """Start, and wait until it is ready. Raises NotReady."""
        self._process = Kept(["examsync", "serve"], self._environment, self.log)
        end = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < end and self._process.running:
            if self._ready():
                return
            time.sleep(LOOK_S)
        lines = self.log.read_text(errors="replace").splitlines() or ["(nothing)"]
        raise NotReady(f"The server is not ready. {self.log} ends: {lines[-1]}")

    def kill(self) -> None:
        """Kill it with -9, as a crash would."""
        if self._process is not None:
            counts = {name: value for name, value in self.metrics().items() if "_total" in name}
            self._process.kill()
            self._earlier = counts
            self.kills += 1

    def stop(self) -> int:
        """Ask it to drain and stop; it is killed if it will not. 0 if it ended in good order."""
        return self._process.stop() if self._process is not None else 0

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.running

    def metrics(self) -> dict[str, float]:
        """The samples on its /metrics page by name and labels, and what it counted before kills.

        Only the latter if it does not answer.
        """
        try:
            with urllib.request.urlopen(f"{self.url}/metrics", timeout=1) as reply:
                page = reply.read().decode()
        except (urllib.error.URLError, OSError):
            return self._earlier
        lines = (line.rpartition(" ") for line in page.splitlines() if not line.startswith("#"))
        samples = {name: float(value) for name, _, value in lines}
        return samples | {n: samples.get(n, 0) + value for n, value in self._earlier.items()}

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=1) as reply:
                return bool(reply.status == 200)
        except (urllib.error.URLError, OSError):
            return False


class Bots:
    """`python -m loadtest.bots` as a process: ordinary clients over WebSocket."""

    def __init__(self, arguments: list[str], log: Path) -> None:
        self._process = Kept(["loadtest.bots", *arguments], dict(os.environ), log)

    @property
    def running(self) -> bool:
        """Whether any of them may still be sitting."""
        return self._process.running

    def stop(self) -> int:
        """Let them go home; they write their report first. 0 if they ended in good order."""
        return self._process.stop()


def environment(redis_url: str, database_url: str) -> dict[str, str]:
    """What the demo's server is told; everything else is as by default, also without a file."""
    inherited = {name: value for name, value in os.environ.items() if name != CONFIG_VARIABLE}
    return inherited | {
        "EXAMSYNC_REDIS_URL": redis_url,
        "EXAMSYNC_DATABASE_URL": database_url,
        "EXAMSYNC_SERVER_DEMO": "true",
        "EXAMSYNC_SERVER_DRAIN_S": "3",
        "EXAMSYNC_SERVER_DRAIN_JITTER_MS": "500",
    }
