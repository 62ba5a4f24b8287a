"""As whom a server runs. Postgres refuses to be root, so as root we step down, one of three ways.

Called by `server.py`. An ordinary user changes nothing. Root becomes `nobody` when `nobody` can
reach the binaries and the data; else root without powers inside a user namespace, which reaches
everything; else, where those are forbidden (many containers), `nobody` with both moved to a
place it can reach.
"""

import functools
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from examsync.devstack.errors import StackError

UNSHARE = ("unshare", "--user", "--map-user=65534")
MOVED_ROOT = Path("/var/tmp")  # survives a reboot, unlike /tmp


@dataclass(frozen=True)
class Identity:
    """What to put before a command and which ids to run it under; None means ours."""

    prefix: tuple[str, ...] = ()
    user: int | None = None
    group: int | None = None

    def owns(self, directory: Path) -> None:
        """Make this identity the owner of `directory` and all in it, if it is not already.

        Raises StackError when it belongs to somebody else and we are not root.
        """
        user = os.geteuid() if self.user is None else self.user
        group = os.getegid() if self.group is None else self.group
        if directory.stat().st_uid == user:
            return
        if os.geteuid() != 0:
            raise StackError(f"{directory} belongs to another user. Remove it, or choose another.")
        os.chown(directory, user, group)
        for folder, folders, files in os.walk(directory):
            for name in (*folders, *files):
                os.chown(Path(folder, name), user, group, follow_symlinks=False)


@dataclass(frozen=True)
class Place:
    """Who runs a server, where its data lie, and which binary it starts."""

    identity: Identity
    data: Path
    binary: Path


OURSELVES = Identity()


def nobody() -> Identity:
    """The unprivileged account every Unix has."""
    entry = pwd.getpwnam("nobody")
    return Identity(user=entry.pw_uid, group=entry.pw_gid)


def reachable(path: Path) -> bool:
    """Whether an account without rights of its own may walk to `path` (its content aside)."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents)


@functools.cache
def namespaces_allowed() -> bool:
    """Whether this kernel and container let us make a user namespace."""
    try:
        return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def place(binary: Path, package: Path | None, data: Path) -> Place:
    """Choose how to run `binary` on `data`; `package` is the folder to copy if it has to move.

    Raises StackError when root cannot step down: a binary outside a package that nobody reaches.
    """
    if os.geteuid() != 0:
        return Place(OURSELVES, data, binary)
    if reachable(binary) and reachable(data):
        return Place(nobody(), data, binary)
    if namespaces_allowed():
        return Place(Identity(prefix=UNSHARE), data, binary)
    return moved(binary, package, data)


def moved(binary: Path, package: Path | None, data: Path) -> Place:
    """Copy the binaries to, and keep the data in, a folder that `nobody` can reach."""
    if not reachable(binary) and package is None:
        raise StackError(
            f"{binary} cannot be reached by the user 'nobody', and Postgres must not run as root. "
            "Run this as an ordinary user, or install Postgres under /usr."
        )
    home = moved_home(data)
    if not reachable(binary) and package is not None:
        binary = copied(binary, package, home)
    return Place(nobody(), home / "data", binary)


def moved_home(data: Path) -> Path:
    """The stand-in folder for `data`; made, and refused if somebody else made it."""
    name = "examsync-" + hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:16]
    home = MOVED_ROOT / name
    home.mkdir(mode=0o711, exist_ok=True)
    state = home.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid():
        raise StackError(f"{home} belongs to somebody else; remove it or run as an ordinary user.")
    (home / "data").mkdir(mode=0o700, exist_ok=True)
    return home


def copied(binary: Path, package: Path, home: Path) -> Path:
    """Copy the package and its sibling of shared libraries (found by a relative rpath)."""
    for source in (package, package.with_name(package.name + ".libs")):
        target = home / source.name
        if source.is_dir() and not target.exists():
            part = home / (source.name + ".part")
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(source, part, symlinks=True)
            part.rename(target)
    return home / package.name / binary.relative_to(package)


def forget_moved(data: Path) -> None:
    """Remove what `moved` made for `data`, if anything."""
    name = "examsync-" + hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:16]
    shutil.rmtree(MOVED_ROOT / name, ignore_errors=True)
