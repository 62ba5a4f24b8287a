"""A real Postgres, safe by default. Used by `stack.py`, the demo and fault drills."""

import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from examsync.devstack import binaries
from examsync.devstack.errors import StartFailed
from examsync.devstack.identity import Place
from examsync.devstack.process import POLL_S, alive, state_of
from examsync.devstack.server import LOOPBACK, Server, environment, write_private

NAME = "examsync"  # of the superuser and of the first database
OLD_LIFE_WAIT_S = 10.0
PID_LINE, STATUS_LINE = 0, 7  # of postmaster.pid, counted from 0

SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "jit": "off",  # short queries only; compiling them costs more than they do
}
SAFE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres(Server):
    """One Postgres: `start`, `stop`, and for drills `kill` and `restart`."""

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast"; SIGTERM would wait for every client to leave

    def __init__(
        self,
        directory: Path | str,
        *,
        port: int = 0,
        fsync: bool = True,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """`fsync=False` is for tests that claim nothing about crashes; `settings` win over ours."""
        super().__init__(directory, port=port)
        self._settings = {**SETTINGS, **(SAFE if fsync else FAST), **(settings or {})}
        self._synced = fsync

    @property
    def url(self) -> str:
        """`postgresql://examsync:password@127.0.0.1:port/examsync`."""
        return f"postgresql://{NAME}:{self._secret()}@{LOOPBACK}:{self.port}/{NAME}"

    def _binary(self) -> binaries.Found:
        return binaries.postgres()

    def _prepare(self, place: Place) -> None:
        cluster = cluster_of(place)
        if cluster.is_dir():
            forget_old_life(cluster / "postmaster.pid")
        else:
            create(place, self._secret(), synced=self._synced)

    def _argv(self, place: Place) -> tuple[str, ...]:
        settings = {"port": str(self.port), **self._settings}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return (str(place.binary), "-D", str(cluster_of(place)), *options)

    def _ready(self, place: Place, pid: int) -> bool:
        """Ready, and it is our process that says so: a killed server's file says it too."""
        lines = pid_file_lines(cluster_of(place) / "postmaster.pid")
        if len(lines) <= STATUS_LINE:
            return False
        return lines[PID_LINE].strip() == str(pid) and lines[STATUS_LINE].strip() == "ready"

    def _worth_retrying(self, failure: str) -> bool:
        """After a SIGKILL the old backends, and a lock file, may outlive their parent a moment."""
        lingering = ("pre-existing shared memory block", "lock file")
        return super()._worth_retrying(failure) or any(words in failure for words in lingering)


def cluster_of(place: Place) -> Path:
    """Postgres' own data directory, inside ours so that it can appear in one step."""
    return place.data / "cluster"


def pid_file_lines(path: Path) -> list[str]:
    """The lines of postmaster.pid, or none when there is no such file."""
    try:
        return path.read_text().splitlines()
    except FileNotFoundError:
        return []


def forget_old_life(pid_file: Path) -> None:
    """Remove the lock file of a server that is gone; wait a while for one that is going.

    Postgres itself would refuse: it takes a zombie, or an unrelated process that got the same
    number (usual in containers), for the old server.
    """
    lines = pid_file_lines(pid_file)
    if not lines:
        return
    pid = int(lines[PID_LINE])
    deadline = time.monotonic() + OLD_LIFE_WAIT_S
    while alive(pid) and is_postgres(pid) and time.monotonic() < deadline:
        time.sleep(POLL_S)
    if not (alive(pid) and is_postgres(pid)):
        pid_file.unlink(missing_ok=True)


def is_postgres(pid: int) -> bool:
    """Whether the process with this number is a Postgres at all."""
    state = state_of(pid)
    return state is not None and state[1] == "postgres"


def create(place: Place, password: str, *, synced: bool) -> None:
    """Make the cluster and the database `examsync`, complete or not at all."""
    part = place.data / "cluster.part"
    shutil.rmtree(part, ignore_errors=True)
    password_file = place.data / "initdb-password"
    write_private(password_file, password)
    place.identity.owns(password_file)
    initdb = [
        str(place.binary.with_name("initdb")),
        f"--pgdata={part}",
        f"--username={NAME}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",  # the same order of text on every machine
        *([] if synced else ["--no-sync"]),
    ]
    try:
        run(place, initdb)
    finally:
        password_file.unlink()
    run(place, [str(place.binary), "--single", "-D", str(part), "postgres"], MAKE_DATABASE)
    part.rename(cluster_of(place))


MAKE_DATABASE = f"CREATE DATABASE {NAME}\n"


def run(place: Place, argv: list[str], stdin: str = "") -> None:
    """Run one of Postgres' programs to its end. Raises StartFailed with what it printed."""
    who = place.identity
    done = subprocess.run(
        [*who.prefix, *argv],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=environment(),
        start_new_session=True,
        user=who.user,
        group=who.group,
        extra_groups=None if who.user is None else [],
    )
    if done.returncode != 0:
        raise StartFailed(f"{Path(argv[0]).name} failed:\n{done.stdout}{done.stderr}")
