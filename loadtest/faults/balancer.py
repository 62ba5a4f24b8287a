"""haproxy in front of the serving processes, as in `config/haproxy.cfg`, but on the loopback."""

import asyncio
import os
import shutil
import signal
import time
from pathlib import Path

from loadtest.faults.process import Process
from loadtest.ports import LOOPBACK, free_port

PROGRAM = "haproxy"
SBIN = "/usr/sbin"
OPEN_WITHIN_S = 10.0

CONFIG = """
global
    log stderr format raw local0 warning
    maxconn 4000
defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    timeout tunnel 90s
    timeout queue 5s
frontend exams
    bind {loopback}:{port}
    default_backend examsync
backend examsync
    balance leastconn
    option httpchk
    http-check send meth GET uri /readyz
    http-check expect status 200
    option redispatch
    retries 3
    default-server check inter 300 fall 2 rise 1 maxconn 2000
{servers}
"""


def found(program: str) -> str | None:
    """Where a program is. Debian's haproxy lies where only root looks for programs."""
    return shutil.which(program, path=os.pathsep.join((os.environ.get("PATH", ""), SBIN)))


class NotBalanced(Exception):
    """haproxy did not begin: what it said."""


class Balancer:
    """One haproxy over these ports. Clients come in at `url`."""

    def __init__(self, ports: list[int], folder: Path, environment: dict[str, str]) -> None:
        self.port = free_port()
        self._config = folder / "haproxy.cfg"
        self._log = folder / "haproxy.log"
        self._environment = environment
        self._process: Process | None = None
        servers = "\n".join(
            f"    server s{number} {LOOPBACK}:{port}" for number, port in enumerate(ports)
        )
        self._text = CONFIG.format(loopback=LOOPBACK, port=self.port, servers=servers)

    @property
    def url(self) -> str:
        """Where clients come in."""
        return f"http://{LOOPBACK}:{self.port}"

    async def open(self) -> None:
        """Start it and wait until it takes connections. Raises NotBalanced."""
        self._config.write_text(self._text)
        argv = [found(PROGRAM) or PROGRAM, "-db", "-f", str(self._config.resolve())]
        self._process = Process(argv, self._environment, self._log, signal.SIGTERM)
        end = time.monotonic() + OPEN_WITHIN_S
        while time.monotonic() < end and self._process.running:
            try:
                _, writer = await asyncio.open_connection(LOOPBACK, self.port)
            except OSError:
                await asyncio.sleep(0.1)
                continue
            writer.close()
            return
        raise NotBalanced(f"haproxy did not begin: {self._process.last_words}")

    async def close(self) -> None:
        """Stop it."""
        if self._process is not None:
            self._process.close()
            await self._process.ended()
