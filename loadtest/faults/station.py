"""One process of ExamSync in a drill, a proxy on each of its ways: clients, Redis, Postgres."""

import asyncio
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from loadtest.faults.process import Process
from loadtest.faults.proxy import Proxy
from loadtest.faults.waiting import waited_s_of
from loadtest.ports import LOOPBACK, free_port, port_of, through
from loadtest.served import READY_WITHIN_S, ready

LOOK_S = 0.05
ASK_WITHIN_S = 2.0
SKEWED = Path(__file__).with_name("skewed.py")
_SAMPLE = re.compile(r"^(\w+)(\{[^}]*\})? (\S+)$", re.MULTILINE)


class NotStarted(Exception):
    """A process of the drill did not begin to serve: what its log says."""


class Station:
    """`examsync serve` or `examsync work`. Clients come in at `url`, which stays over restarts."""

    def __init__(
        self,
        name: str,
        command: tuple[str, ...],
        environment: Mapping[str, str],
        folder: Path,
        skew_s: int = 0,
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self.process: Process | None = None
        self.port = free_port()
        self.door = Proxy(self.port, free_port())
        redis, database = environment["EXAMSYNC_REDIS_URL"], environment["EXAMSYNC_DATABASE_URL"]
        self.redis = Proxy(port_of(redis), free_port())
        self.postgres = Proxy(port_of(database), free_port())
        self._command = command
        self._skew_s = skew_s
        self._environment = {
            **environment,
            "EXAMSYNC_SERVER_PORT": str(self.port),
            "EXAMSYNC_REDIS_URL": through(redis, self.redis.port),
            "EXAMSYNC_DATABASE_URL": through(database, self.postgres.port),
        }

    @property
    def serves(self) -> bool:
        """Whether it has clients at all."""
        return self._command[0] == "serve"

    @property
    def url(self) -> str:
        """Where clients come in."""
        return f"http://{LOOPBACK}:{self.door.port}"

    @property
    def direct(self) -> str:
        """The same without the proxy: for an examiner's desk, and for figures."""
        return f"http://{LOOPBACK}:{self.port}"

    async def open(self) -> None:
        """Open the ways; the process is not started by that."""
        for proxy in (self.door, self.redis, self.postgres):
            await proxy.open()

    async def start(self) -> None:
        """Start the process and wait until it serves. Raises NotStarted."""
        self.launch()
        await self.until_ready()

    def launch(self) -> None:
        """Start the process; it may have to wait for storage."""
        run = [sys.executable, "-m", "examsync"]
        if self._skew_s:
            run = [sys.executable, str(SKEWED), str(self._skew_s), "examsync"]
        self.process = Process([*run, *self._command], self._environment, self.log)

    async def until_ready(self) -> None:
        """Wait until it serves (a worker: until it runs). Raises NotStarted."""
        process = self.process
        assert process is not None
        began = time.monotonic()
        while process.running:
            if time.monotonic() - began > READY_WITHIN_S + waited_s_of(process.pid):
                break
            if not self.serves or await asyncio.to_thread(ready, self.direct):
                return
            await asyncio.sleep(LOOK_S)
        raise NotStarted(f"{self.name} did not begin to serve: {process.last_words}")

    async def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            await self.process.kill()

    async def stop(self) -> int:
        """SIGTERM, and wait; 0 if it ended in good order."""
        return await self.process.stop() if self.process is not None else 0

    async def close(self) -> None:
        """Stop it and close its ways."""
        if self.process is not None:
            self.process.close()
            await self.process.ended()
        for proxy in (self.door, self.redis, self.postgres):
            await proxy.close()

    async def figures(self) -> dict[str, float]:
        """Its /metrics, by name, labels added up; nothing if it does not answer."""
        return await asyncio.to_thread(read_figures, self.direct)


def read_figures(url: str) -> dict[str, float]:
    """A page of metrics, by name; nothing if nobody answers."""
    try:
        with urllib.request.urlopen(f"{url}/metrics", timeout=ASK_WITHIN_S) as reply:
            return figures(reply.read().decode())
    except (urllib.error.URLError, OSError):
        return {}


def figures(page: str) -> dict[str, float]:
    """The samples on a page of metrics: each with its labels as it stands there, and by its name
    alone with all labels added up (`examsync_saves_total` over outcomes)."""
    found: dict[str, float] = {}
    for name, labels, value in _SAMPLE.findall(page):
        found[name] = found.get(name, 0.0) + float(value)
        if labels:
            found[name + labels] = float(value)
    return found
