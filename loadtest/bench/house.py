"""What all contestants share: Valkey, Postgres, a server for the office work, and the flusher.

All of it runs on the second core, as the generator does; only the contestant has the first.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import redis
from msgspec import Struct

from loadtest.bench.processes import Kept
from loadtest.office import Office
from loadtest.ports import free_port
from loadtest.served import STACK, NotServed, alone, ready
from loadtest.tokens import sign
from protocol.types import Role

SECRET = "tokens of benchmarks, on this machine and on no other"
RECEIPT_SECRET = "receipts of benchmarks, on this machine and on no other"
PARTITIONS = 8
FLUSH_WITHIN_S = 300.0
LOOK_S = 0.02
UNMET = "10000"
"""Limits are looked at for every answer, but no generator is to meet them."""
LIMITS = (
    "CONNECTION_PER_S", "CONNECTION_BURST", "CANDIDATE_PER_S", "CANDIDATE_BURST", "CONNECTS_PER_S",
)  # fmt: skip


class Flushed(Struct, frozen=True):
    """What emptying the log into Postgres took, from the first batch on: of all facts those
    `timed`, in seconds of the clock and of the flusher's processor."""

    facts: int
    timed: int
    seconds: float
    cpu_s: float


class House:
    """Storage servers, migrated, and an `examsync serve` for the office. Raises NotServed."""

    def __init__(self, folder: Path, contestant: frozenset[int], rest: frozenset[int]) -> None:
        self.folder = folder.resolve()
        self.contestant_cores = contestant
        self.environment: dict[str, str] = {}
        self._rest = rest
        self._url = ""
        self._held = contextlib.ExitStack()

    @property
    def server_core(self) -> int:
        """The contestant's core."""
        return min(self.contestant_cores)

    @property
    def other_core(self) -> int:
        """The core of all else, or the first of them."""
        return min(self._rest)

    def __enter__(self) -> "House":
        """Start all of it; on any failure nothing is left running."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as held:
            held.enter_context(alone(self.folder / "lock"))
            for old in self.folder.glob("*.log"):
                old.unlink()
            redis_url, database_url = held.enter_context(self._storage())
            self._url, self.environment = self.serving(redis_url, database_url)
            self._migrate()
            held.enter_context(self.examsync("office", self._url, self.environment, self._rest))
            self._held = held.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all of it."""
        self._held.close()

    @property
    def redis_url(self) -> str:
        """Where Valkey is."""
        return self.environment["EXAMSYNC_REDIS_URL"]

    @property
    def database_url(self) -> str:
        """Where Postgres is."""
        return self.environment["EXAMSYNC_DATABASE_URL"]

    def office(self) -> Office:
        """An admin's desk."""
        return Office(self._url, sign(SECRET, "bench", Role.ADMIN))

    def serving(self, redis_url: str, database_url: str, **more: str) -> tuple[str, dict[str, str]]:
        """An address for one more server of ours, and what it is told."""
        ours = {k: v for k, v in os.environ.items() if not k.startswith("EXAMSYNC_")}
        port = free_port()
        return f"http://127.0.0.1:{port}", ours | {
            "EXAMSYNC_REDIS_URL": redis_url,
            "EXAMSYNC_DATABASE_URL": database_url,
            "EXAMSYNC_AUTH_SECRET": SECRET,
            "EXAMSYNC_AUTH_RECEIPT_SECRET": RECEIPT_SECRET,
            "EXAMSYNC_SERVER_PORT": str(port),
            "EXAMSYNC_SERVER_DRAIN_S": "1",
            "EXAMSYNC_SERVER_DRAIN_JITTER_MS": "100",
            **{f"EXAMSYNC_LIMITS_{name}": UNMET for name in LIMITS},
            **more,
        }

    def examsync(
        self, name: str, url: str, environment: dict[str, str], cores: frozenset[int]
    ) -> Kept:
        """`examsync serve` without the work loops, not started yet."""
        argv = [sys.executable, "-m", "examsync", "serve", "--no-work"]
        log = self.folder / f"{name}.log"
        return Kept(argv, environment, log=log, cores=cores, ready=lambda: ready(url))

    # --- storage ----------------------------------------------------------------------------------

    def redis_pid(self) -> int:
        """Valkey's process."""
        with self.redis() as line:
            return int(line.info("server")["process_id"])

    @contextlib.contextmanager
    def redis(self) -> Iterator["redis.Redis"]:
        """A connection to Valkey."""
        line = redis.Redis.from_url(self.redis_url)
        try:
            yield line
        finally:
            line.close()

    def backlog(self) -> int:
        """How many facts are in no database yet."""
        with self.redis() as line:
            return sum(int(line.xlen(log_of(p))) for p in range(PARTITIONS))

    def flusher(
        self, cores: frozenset[int] = frozenset(), settings: Mapping[str, str] | None = None
    ) -> Kept:
        """`examsync work`, not started yet; on the cores of all else unless others are named."""
        argv = [sys.executable, "-m", "examsync", "work"]
        told = self.environment | dict(settings or {})
        return Kept(argv, told, log=self.folder / "work.log", cores=cores or self._rest)

    def flush(self, cores: frozenset[int] = frozenset()) -> Flushed:
        """Start a flusher, wait until nothing is left, stop it. Raises NotServed."""
        facts = self.backlog()
        until_s = time.monotonic() + FLUSH_WITHIN_S
        with self.flusher(cores) as worker:
            # What it takes to start is not the flush's: count from the first batch that is done.
            while (left := self.backlog()) == facts and facts and time.monotonic() < until_s:
                worker.check()
                time.sleep(LOOK_S)
            began_s, cpu_s = time.monotonic(), worker.cpu_s()
            while self.backlog() and time.monotonic() < until_s:
                worker.check()
                time.sleep(LOOK_S)
            done = Flushed(facts, left, time.monotonic() - began_s, worker.cpu_s() - cpu_s)
        if self.backlog():
            raise NotServed(f"The flush did not end within {FLUSH_WITHIN_S:.0f} s.")
        return done

    @contextlib.contextmanager
    def _storage(self) -> Iterator[tuple[str, str]]:
        with (self.folder / "storage.log").open("ab") as errors:
            stack = subprocess.Popen(
                [sys.executable, "-c", STACK, str(self.folder / "servers")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
        assert stack.stdout is not None
        assert stack.stdin is not None
        try:
            line = stack.stdout.readline()
            said = json.loads(line) if line else {"error": f"see {self.folder}/storage.log"}
            if "error" in said:
                raise NotServed(f"Valkey and Postgres could not be started: {said['error']}")
            yield said["redis"], said["database"]
        finally:
            stack.stdin.close()
            stack.wait()

    def _migrate(self) -> None:
        argv = [sys.executable, "-m", "examsync", "migrate"]
        done = subprocess.run(
            argv, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise NotServed(f"`examsync migrate` failed: {(done.stderr or done.stdout).strip()}")


def log_of(p: int) -> str:
    """The stream of a partition's facts, as `examsync.infra.keys` names it."""
    return ":".join(("examsync", f"{{{p}}}", "log"))
