"""What Valkey and Postgres have in common: a directory, a port, a password, a life.

Subclassed by `valkey.py` and `postgres.py`; each says how it is prepared, started and known to
be ready. Everything here is synchronous and may be called from any thread, one at a time.
"""

import os
import secrets
import shutil
import signal
import socket
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar, Self

from examsync.devstack import identity
from examsync.devstack.binaries import Found
from examsync.devstack.errors import StartFailed
from examsync.devstack.process import POLL_S, Command, Process, locked, log_tail

READY_WAIT_S = 60.0  # recovery after a crash on a slow disk; a healthy start takes under a second
START_ATTEMPTS_MAX = 5  # a free port may be taken, or old backends linger, between look and start
LOOPBACK = "127.0.0.1"
FREE_PORTS = range(20_000, 32_000)  # below Linux's and macOS's ephemeral ranges


class Server(ABC):
    """A real server on loopback, its data kept in `directory` between runs."""

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    def __init__(self, directory: Path | str, *, port: int = 0) -> None:
        """Run in `directory`, made if absent. Port 0: a free one, kept when restarted."""
        self.directory = Path(directory).resolve()
        self.port = port
        self._process: Process | None = None

    def start(self) -> str:
        """Start, wait until it answers, return its URL. Raises StackError.

        Data of an earlier life are recovered first, however that life ended.
        """
        if self.running():
            return self.url
        self.directory.mkdir(parents=True, exist_ok=True)
        chosen = self.port
        for attempt in range(1, START_ATTEMPTS_MAX + 1):
            self.port = chosen or free_port()
            try:
                self._start_once()
                return self.url
            except StartFailed as failure:
                self._discard()
                if attempt == START_ATTEMPTS_MAX or not self._worth_retrying(str(failure)):
                    raise
                time.sleep(0.2 * attempt)
        raise AssertionError("the loop returns or raises")

    def stop(self) -> None:
        """Stop in order: what it holds is on disk afterwards. Stopping twice is fine."""
        self._discard()

    def kill(self) -> None:
        """SIGKILL, as a crash; returns when the process is gone. Killing twice is fine."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()

    def restart(self) -> str:
        """Start again on the same port with the same data, after `stop`, `kill` or neither."""
        self.stop()
        return self.start()

    def running(self) -> bool:
        """Whether the process lives (a paused one does)."""
        return self._process is not None and self._process.running()

    @property
    def pid(self) -> int:
        """The server's process id. Raises StartFailed when it does not run."""
        return self._live().pid

    @property
    def log(self) -> Path:
        """What the server printed in this life; the life before is beside it, `.1` at the end."""
        return self.directory / f"{self.name}.log"

    @property
    @abstractmethod
    def url(self) -> str:
        """Where and as whom to connect, password included."""

    @abstractmethod
    def _binary(self) -> Found:
        """Find what to run."""

    @abstractmethod
    def _prepare(self, place: identity.Place) -> None:
        """Bring the data into a state that can be started."""

    @abstractmethod
    def _argv(self, place: identity.Place) -> tuple[str, ...]:
        """The command line."""

    @abstractmethod
    def _ready(self, place: identity.Place, pid: int) -> bool:
        """Whether the process `pid` takes commands now."""

    def _worth_retrying(self, failure: str) -> bool:
        """Whether a failed start may go well a moment later."""
        return "Address already in use" in failure

    def _start_once(self) -> None:
        lock = locked(self.directory)
        try:
            place = self._place()
            self._prepare(place)
            command = Command(
                argv=self._argv(place),
                identity=place.identity,
                stop_signal=self.stop_signal,
                log=self.log,
                env=environment(),
            )
        except BaseException:
            os.close(lock)
            raise
        rotate(self.log)
        self._process = Process(command, lock)
        self._wait_ready(place)

    def _place(self) -> identity.Place:
        found = self._binary()
        place = identity.place(found.binary, found.package, self.directory / "data")
        place.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.identity.owns(place.data)
        return place

    def _wait_ready(self, place: identity.Place) -> None:
        process = self._live()
        deadline = time.monotonic() + READY_WAIT_S
        while not self._ready(place, process.pid):
            if not process.running():
                raise StartFailed(f"{self.name} ended while starting.\n{log_tail(self.log)}")
            if time.monotonic() > deadline:
                raise StartFailed(f"{self.name} is not ready.\n{log_tail(self.log)}")
            time.sleep(POLL_S)

    def _live(self) -> Process:
        if self._process is None:
            raise StartFailed(f"{self.name} in {self.directory} is not running; start it first.")
        return self._process

    def _discard(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.stop()

    def _secret(self) -> str:
        """The password, made once and kept beside the data, readable by its owner only."""
        path = self.directory / "secret"
        if not path.exists():
            write_private(path, secrets.token_urlsafe(24))
        return path.read_text()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def remove(self) -> None:
        """Stop, and delete the directory with all data."""
        self.stop()
        identity.forget_moved(self.directory / "data")
        shutil.rmtree(self.directory, ignore_errors=True)


def free_port() -> int:
    """A TCP port on loopback that was free a moment ago.

    Not one the kernel gives to outgoing connections: while a killed server is away, a client
    that keeps trying could be given that very port, connect to itself and keep it.
    """
    for _ in range(100):
        port = FREE_PORTS[secrets.randbelow(len(FREE_PORTS))]
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise StartFailed(f"No free port between {FREE_PORTS.start} and {FREE_PORTS.stop}.")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, in one step as others see it."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    part.rename(path)


def rotate(log: Path) -> None:
    """Keep the log of one earlier life."""
    if log.exists():
        log.replace(log.with_name(log.name + ".1"))


def environment() -> dict[str, str]:
    """What a server gets to see of ours: where programs are, and a language its errors come in."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
