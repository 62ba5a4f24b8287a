"""A real Valkey that fsyncs before it answers. Used by `stack.py`, the demo and fault drills."""

import json
import shutil
import signal
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from examsync.devstack import binaries
from examsync.devstack.identity import Place
from examsync.devstack.process import POLL_S, state_of
from examsync.devstack.server import LOOPBACK, Server, write_private

PING_TIMEOUT_S = 1.0

# What the server insists on at start (DESIGN 6.8), and no second kind of snapshot beside the log.
SETTINGS = {
    "appendonly": "yes",
    "appendfsync": "always",
    "maxmemory-policy": "noeviction",
    "save": '""',
}


class Valkey(Server):
    """One Valkey: `start`, `stop`, and for drills `kill`, `restart`, `pause`, `resume`, `wipe`."""

    name = "valkey"
    stop_signal = signal.SIGTERM

    def __init__(
        self, directory: Path | str, *, port: int = 0, settings: Mapping[str, str] | None = None
    ) -> None:
        """`settings` are lines of valkey.conf that win over ours, as `{"maxmemory": "64mb"}`."""
        super().__init__(directory, port=port)
        self._settings = {**SETTINGS, **(settings or {})}
        self._wiping = False

    @property
    def url(self) -> str:
        """`redis://:password@127.0.0.1:port/0`."""
        return f"redis://:{self._secret()}@{LOOPBACK}:{self.port}/0"

    def pause(self) -> None:
        """Freeze the process (SIGSTOP): connections stay open, nothing is answered from now on."""
        self._live().signal(signal.SIGSTOP)
        self._wait_stopped(True)

    def resume(self) -> None:
        """Let a frozen process go on where it was."""
        self._live().signal(signal.SIGCONT)
        self._wait_stopped(False)

    def _wait_stopped(self, stopped: bool) -> None:
        """A signal takes effect when the kernel gets round to it; T is the state of the frozen."""
        while self.running():
            state = state_of(self.pid)
            if state is not None and (state[0] == "T") == stopped:
                return
            time.sleep(POLL_S)

    def wipe(self) -> str:
        """Lose everything: kill, delete the data, start empty on the same port; returns the URL."""
        self.kill()
        self._wiping = True
        return self.start()

    def _binary(self) -> binaries.Found:
        return binaries.valkey()

    def _prepare(self, place: Place) -> None:
        if self._wiping:
            empty(place.data)
            self._wiping = False
        lines = {
            "bind": LOOPBACK,
            "port": str(self.port),
            "dir": json.dumps(str(place.data), ensure_ascii=False),
            "requirepass": self._secret(),
            **self._settings,
        }
        config = place.data / "valkey.conf"
        write_private(config, "".join(f"{key} {value}\n" for key, value in lines.items()))
        place.identity.owns(config)

    def _argv(self, place: Place) -> tuple[str, ...]:
        return (str(place.binary), str(place.data / "valkey.conf"))

    def _ready(self, place: Place, pid: int) -> bool:
        """PONG: it has loaded its data (LOADING before) and knows our password."""
        try:
            with socket.create_connection((LOOPBACK, self.port), PING_TIMEOUT_S) as connection:
                connection.sendall(f"AUTH {self._secret()}\r\nPING\r\n".encode())
                with connection.makefile("rb") as answers:
                    return [answers.readline(), answers.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
        except OSError:
            return False


def empty(folder: Path) -> None:
    """Delete what is in a folder, not the folder: its owner stays."""
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
