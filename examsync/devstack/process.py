"""A server process seen from our side of its keeper: start, signal, wait. Called by `server.py`."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from examsync.devstack import keeper
from examsync.devstack.errors import DataInUse, StartFailed
from examsync.devstack.identity import Identity

LOCK_WAIT_S = 12.0  # longer than a keeper gives its server to stop after our predecessor was killed
STOP_GRACE_S = 10.0
POLL_S = 0.005
PROC = Path("/proc")
LOG_TAIL_LINES = 15


@dataclass(frozen=True)
class Command:
    """What to run, as whom, how it is asked to stop, and where its output goes."""

    argv: tuple[str, ...]
    identity: Identity
    stop_signal: signal.Signals
    log: Path
    env: dict[str, str]


class Process:
    """One running server under its keeper."""

    def __init__(self, command: Command, lock: int) -> None:
        """Start it. `lock` is held by the keeper from here on; our copy is closed."""
        self._keeper = start_keeper(command, lock)
        self.pid = self._server_pid(command)

    def _server_pid(self, command: Command) -> int:
        assert self._keeper.stdout is not None
        with self._keeper.stdout as answers:
            line = answers.readline()
        if not line:
            self._close()
            raise StartFailed(f"{command.argv[0]} could not be started.\n{log_tail(command.log)}")
        return int(line)

    def running(self) -> bool:
        """Whether the server lives (a paused one does)."""
        return self._keeper.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal through the keeper, which alone knows that the process id is still ours."""
        assert self._keeper.stdin is not None
        try:
            self._keeper.stdin.write(bytes([number]))
        except BrokenPipeError:
            return  # it ended by itself; running() says so

    def kill(self) -> None:
        """End it at once, as a crash would, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        self._keeper.wait(STOP_GRACE_S)
        self._close()

    def stop(self) -> None:
        """Ask it to stop, in order, and wait; the keeper kills it after its grace."""
        self._close()

    def _close(self) -> None:
        assert self._keeper.stdin is not None
        self._keeper.stdin.close()
        self._keeper.wait(2 * STOP_GRACE_S)


def start_keeper(command: Command, lock: int) -> subprocess.Popen[bytes]:
    """Start `keeper.py` in a session of its own, so that Ctrl-C reaches us and not the server."""
    spec = {
        "argv": [*command.identity.prefix, *command.argv],
        "user": command.identity.user,
        "group": command.identity.group,
        "stop_signal": int(command.stop_signal),
        "grace_s": STOP_GRACE_S,
        "env": command.env,
    }
    with command.log.open("ab") as log:
        try:
            return subprocess.Popen(
                [sys.executable, "-I", "-S", keeper.__file__, json.dumps(spec)],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                pass_fds=(lock,),
            )
        finally:
            os.close(lock)


def locked(directory: Path) -> int:
    """Take the lock of a data directory and return its descriptor. Raises DataInUse.

    The keeper inherits it: it is free again when server and keeper are gone, whoever died first.
    """
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + LOCK_WAIT_S
    while not took(descriptor):
        holder = os.pread(descriptor, 20, 0).decode()
        # A dead holder's keeper is just stopping its server; a living holder means to keep it.
        if time.monotonic() > deadline or (holder and alive(int(holder))):
            os.close(descriptor)
            raise DataInUse(
                f"Process {holder} runs a server on {directory} (another ./dev demo?): "
                "press Ctrl-C where it runs."
            )
        time.sleep(POLL_S)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def is_held(directory: Path) -> bool:
    """Whether a server runs on a data directory."""
    try:
        descriptor = os.open(directory / "lock", os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not took(descriptor)
    finally:
        os.close(descriptor)


def took(descriptor: int) -> bool:
    """Try to lock; whether it worked."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def state_of(pid: int) -> tuple[str, str] | None:
    """The state letter and command name of a process, or None if it is gone.

    A zombie (Z) counts as alive for kill(pid, 0) but holds nothing any more.
    """
    return state_in_proc(pid) if (PROC / "self").exists() else state_by_ps(pid)


def state_in_proc(pid: int) -> tuple[str, str] | None:
    """`state_of` on Linux, where slim images have no `ps`."""
    try:
        line = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    name, _, rest = line.partition("(")[2].rpartition(") ")
    return rest[0], name


def state_by_ps(pid: int) -> tuple[str, str] | None:
    """`state_of` elsewhere."""
    answer = subprocess.run(
        ["ps", "-o", "stat=,comm=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, name = answer.stdout.strip().partition(" ")
    return (state[0], Path(name.strip()).name) if state else None


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    state = state_of(pid)
    return state is not None and state[0] != "Z"


def log_tail(log: Path) -> str:
    """The last lines of a server's log, for an error message."""
    if not log.exists():
        return "(it wrote no log)"
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join(lines[-LOG_TAIL_LINES:])
