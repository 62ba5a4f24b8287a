"""A server of our own to load: Valkey, Postgres and `examsync serve` as processes, pinned to cores.

Nothing of `examsync` is imported; it is run, as anybody would. All of it ends when we end, however
that is: each process has a keeper that notices.
"""

import importlib.util
import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from loadtest.ports import free_port

READY_WITHIN_S = 60.0
STOP_WITHIN_S = 15.0
LOOK_S = 0.1
TICKS_PER_S = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100

STACK = """
import json, os, sys
from examsync.devstack import Stack, StackError, remove_data
try:
    remove_data(sys.argv[1])
    stack = Stack(sys.argv[1]).start()
except StackError as error:
    print(json.dumps({"error": str(error)}), flush=True)
    sys.exit(1)
with stack:
    print(json.dumps({"redis": stack.redis_url, "database": stack.database_url}), flush=True)
    sys.stdin.read()
"""
"""Both storage servers, empty, until standard input ends: also when whoever holds it was killed."""


class NotServed(Exception):
    """The server could not be started: what went wrong, and where to read more."""


class Served:
    """A server on a free port of the loopback; `with` starts and stops it. Raises NotServed."""

    def __init__(self, folder: Path, cores: frozenset[int] = frozenset()) -> None:
        self.url = ""
        self.secret = secrets.token_urlsafe(33)
        self.log = folder / "server.log"
        self._folder = folder
        self._cores = cores
        self._stack: subprocess.Popen[str] | None = None
        self._keeper: subprocess.Popen[bytes] | None = None
        self._pid = 0
        self._lock: IO[bytes] | None = None

    def __enter__(self) -> "Served":
        """Start all of it; on any failure nothing is left running."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = alone(self._folder / "lock")
        self.log.write_bytes(b"")
        try:
            environment = self._environment(*self._start_stack())
            self._migrate(environment)
            self._serve(environment)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop: the server first. Whatever is deaf is killed, by its keeper."""
        for process in (self._keeper, self._stack):
            if process is None:
                continue
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(2 * STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._lock is not None:
            self._lock.close()

    def cpu_s(self) -> float | None:
        """Processor time the serving process has used; None where that cannot be read."""
        try:
            fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_S  # utime and stime, proc(5)

    # --- its parts --------------------------------------------------------------------------------

    def _start_stack(self) -> tuple[str, str]:
        with self.log.open("ab") as errors:
            self._stack = subprocess.Popen(
                [sys.executable, "-c", STACK, str((self._folder / "servers").resolve())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,  # Ctrl-C is ours alone
            )
        assert self._stack.stdout is not None
        line = self._stack.stdout.readline()
        said = json.loads(line) if line else {"error": f"see {self.log}"}
        if "error" in said:
            raise NotServed(f"Valkey and Postgres could not be started: {said['error']}")
        return said["redis"], said["database"]

    def _environment(self, redis_url: str, database_url: str) -> dict[str, str]:
        """What the server is told; all else is as by default, whatever is set here for others."""
        ours = {k: v for k, v in os.environ.items() if not k.startswith("EXAMSYNC_")}
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        return ours | {
            "EXAMSYNC_REDIS_URL": redis_url,
            "EXAMSYNC_DATABASE_URL": database_url,
            "EXAMSYNC_AUTH_SECRET": self.secret,
            "EXAMSYNC_AUTH_RECEIPT_SECRET": "receipts of load tests, on this machine only",
            "EXAMSYNC_SERVER_PORT": str(port),
            "EXAMSYNC_SERVER_DRAIN_S": "3",
            "EXAMSYNC_SERVER_DRAIN_JITTER_MS": "500",
        }

    def _migrate(self, environment: dict[str, str]) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "examsync", "migrate"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise NotServed(f"`examsync migrate` failed: {(done.stderr or done.stdout).strip()}")

    def _serve(self, environment: dict[str, str]) -> None:
        self._keeper = keep([sys.executable, "-m", "examsync", "serve"], environment, self.log)
        pin(self._keeper.pid, self._cores)  # what it starts inherits that
        self._pid = pid_of(self._keeper)
        pin(self._pid, self._cores)
        self._wait_until_ready(self._keeper)

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        until_s = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until_s and process.poll() is None:
            if ready(self.url):
                return
            time.sleep(LOOK_S)
        lines = self.log.read_text(errors="replace").splitlines() or ["(nothing)"]
        raise NotServed(f"The server did not begin to serve. {self.log} ends: {lines[-1]}")


def alone(path: Path) -> IO[bytes]:
    """Hold a lock, for the data are deleted at the start. Raises NotServed if another has it."""
    import fcntl  # not on Windows, where there are no storage servers from wheels either

    held = path.open("ab")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.close()
        raise NotServed(f"Another load test runs in {path.parent}; wait for its end.") from error
    return held


def ready(url: str) -> bool:
    """Whether a server says that it is ready."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=1) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def keep(
    argv: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    *,
    stop_signal: signal.Signals = signal.SIGTERM,
    grace_s: float = STOP_WITHIN_S,
) -> subprocess.Popen[bytes]:
    """Start a program under the keeper that storage servers have, too: a script of its own.

    This is the keeper: a byte on its input is a signal for the program, the end of its input asks
    the program to stop and kills it after `grace_s`. Output goes to the end of `log`. Raises
    NotServed.
    """
    spec = {
        "argv": list(argv),
        "user": None,
        "group": None,
        "stop_signal": int(stop_signal),
        "grace_s": grace_s,
        "env": None,  # the keeper's own: it holds secrets, and every user can read argv
    }
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", keeper(), json.dumps(spec)],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            env=dict(environment),
            start_new_session=True,  # Ctrl-C is ours alone
        )


def pid_of(kept: subprocess.Popen[bytes]) -> int:
    """The program's own, when it has been started; 0 if it could not be."""
    assert kept.stdout is not None
    with kept.stdout as answers:
        return int(answers.readline() or 0)


def keeper() -> str:
    """Where the script is that keeps a process and outlives nobody. Raises NotServed."""
    spec = importlib.util.find_spec("examsync")
    places = list(spec.submodule_search_locations or []) if spec is not None else []
    path = Path(places[0], "devstack", "keeper.py") if places else Path()
    if not path.is_file():
        raise NotServed("examsync is not installed here; name a server: --host http://...")
    return str(path)


def cores() -> tuple[frozenset[int], frozenset[int]]:
    """The server's cores and the load test's: one, and all others. Empty where there is but one."""
    if not hasattr(os, "sched_getaffinity"):
        return frozenset(), frozenset()  # macOS has no such thing
    first, *others = sorted(os.sched_getaffinity(0))
    return (frozenset({first}), frozenset(others)) if others else (frozenset(), frozenset())


def pin(pid: int, to: frozenset[int]) -> None:
    """Keep a process, and what it starts from now on, to these cores; to all, if there are none."""
    if to and pid:
        try:
            os.sched_setaffinity(pid, to)
        except OSError:
            return  # it has just ended; whoever waits for it will notice
