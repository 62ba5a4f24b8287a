"""Processes of a benchmark: started under a keeper, kept to cores, measured, ended when we end."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from loadtest.served import (
    LOOK_S,
    STOP_WITHIN_S,
    TICKS_PER_S,
    NotServed,
    keep,
    pid_of,
)
from loadtest.served import pin as pin_to

READY_WITHIN_S = 180.0
"""Where a dozen other programs are at work, a start of two seconds takes as long as this."""


class Kept:
    """A process that ends with us, however that is; `with` starts and stops it."""

    def __init__(
        self,
        argv: list[str],
        environment: Mapping[str, str],
        *,
        log: Path,
        cores: frozenset[int] = frozenset(),
        ready: Callable[[], bool] = lambda: True,
    ) -> None:
        """`ready` says when the start is over. Raises NotServed on `with`."""
        self.pid = 0
        self.log = log
        self._argv = argv
        self._environment = dict(environment)
        self._cores = cores
        self._ready = ready
        self._keeper: subprocess.Popen[bytes] | None = None

    def tell(self, *options: str) -> None:
        """Options for the program itself, before its arguments; only before it is started."""
        self._argv[1:1] = options

    def __enter__(self) -> "Kept":
        """Start it and wait until it is ready."""
        self._keeper = keep(self._argv, self._environment, self.log)
        pin_to(self._keeper.pid, self._cores)
        self.pid = pid_of(self._keeper)
        pin_to(self.pid, self._cores)
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it in order; its keeper kills what is deaf."""
        if self._keeper is None:
            return
        assert self._keeper.stdin is not None
        self._keeper.stdin.close()
        try:
            self._keeper.wait(2 * STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._keeper.kill()
            self._keeper.wait()

    def _wait(self) -> None:
        until_s = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until_s:
            self.check()
            if self._ready():
                return
            time.sleep(LOOK_S)
        self.__exit__()
        raise NotServed(f"{self.log.stem} was not ready within {READY_WITHIN_S:.0f} s.")

    def check(self) -> None:
        """Raise NotServed, with its last words, if it has ended."""
        assert self._keeper is not None
        if self._keeper.poll() is not None:
            lines = self.log.read_text(errors="replace").split("\n")
            said = [line for line in lines if line.strip()] or ["(nothing)"]
            raise NotServed(f"{self.log.stem} has ended. {self.log} ends: {said[-1]}")

    def cpu_s(self) -> float:
        """Processor time it has used."""
        return cpu_s_of(self.pid)

    def memory_bytes(self) -> int:
        """Its resident memory."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


def cpu_s_of(pid: int) -> float:
    """Processor time of a process, all its threads together (/proc/PID/stat, 10 ms steps)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def listening(port: int) -> bool:
    """Whether somebody takes connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
