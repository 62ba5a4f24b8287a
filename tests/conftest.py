"""Real servers for every test that touches storage, and a loud word on what did not run.

One Valkey and one Postgres per pytest process (so per xdist worker), in a temporary folder that
is removed. A test that asks for `redis_url` starts on an emptied Redis (FLUSHALL before the test;
database 0, as in production); `database_url` is a database of its own, copied from a migrated
template. Drills that kill or wipe take `valkey` and `postgres`: servers of their own.
"""

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import hypothesis
import pytest
import redis
import structlog

from examsync.devstack import Postgres, Stack, Valkey
from examsync.infra.migrations import migrate
from examsync.infra.postgres import Pool, connect_pool

hypothesis.settings.register_profile(
    "examsync",
    deadline=None,  # a busy machine is no defect
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("examsync")

POOL_CLOSE_S = 10.0  # a pool that does not close has lost a connection
TEMPLATE = f"examsync_template_{os.getpid()}"
NUMBERS = itertools.count(1)

# marker -> (programs of which one must be there, the variable that names it otherwise)
NEEDED = {
    "browser": (("chromium-headless-shell", "chromium", "google-chrome"), "EXAMSYNC_CHROMIUM"),
    "node": (("node",), "EXAMSYNC_NODE"),
}


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """Structlog's own tracebacks, with every variable in colour, take a tenth of a second each in
    which the event loop stands: more than some faults of these tests last."""
    renderer = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.dev.set_exc_info,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ]
    )


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A temporary folder that an unprivileged server process can walk into."""
    folder = Path(tempfile.mkdtemp(prefix="examsync-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def stack(server_folder: Path) -> Iterator[Stack]:
    """Both servers, shared by this process's tests; fsync is off in Postgres, on in Valkey."""
    stack = Stack(server_folder / "shared", fsync=False)
    refuse_used_redis(stack)
    with stack:
        yield stack
    stack.remove()


def refuse_used_redis(stack: Stack) -> None:
    """A Redis from outside is emptied before every test, so it must hold nothing to begin with."""
    if stack.valkey is not None:
        return
    with redis.Redis.from_url(stack.redis_url) as client:
        if client.dbsize():
            pytest.exit("EXAMSYNC_REDIS_URL names a Redis that holds data; tests would delete it.")
    if os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1") != "1":
        pytest.exit("One Redis from outside serves one process: add -n 0.")


@pytest.fixture
def redis_url(stack: Stack) -> str:
    """An empty Redis."""
    with redis.Redis.from_url(stack.redis_url) as client:
        client.flushall()
    return stack.redis_url


@pytest.fixture(scope="session")
async def admin(stack: Stack) -> AsyncIterator[asyncpg.Connection]:
    """A connection that makes and drops databases, with the migrated template in place."""
    connection = await asyncpg.connect(stack.database_url)
    try:
        await drop(connection, TEMPLATE)
        await connection.execute(f"CREATE DATABASE {TEMPLATE}")
        await migrate(url_of(stack, TEMPLATE))
        yield connection
        await drop(connection, TEMPLATE)
    finally:
        await connection.close()


@pytest.fixture
async def database_url(stack: Stack, admin: asyncpg.Connection) -> AsyncIterator[str]:
    """A fresh, migrated database of this test's own."""
    name = f"examsync_test_{os.getpid()}_{next(NUMBERS)}"
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield url_of(stack, name)
    await drop(admin, name)


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """A pool on `database_url`; a test that keeps a connection fails when it closes."""
    pool = await connect_pool(database_url, connections_max=5)
    yield pool
    await asyncio.wait_for(pool.close(), POOL_CLOSE_S)


@pytest.fixture
def valkey(server_folder: Path) -> Iterator[Valkey]:
    """A started Valkey of this test's own: kill, pause, wipe it."""
    server = Valkey(server_folder / f"valkey-{next(NUMBERS)}")
    server.start()
    yield server
    server.remove()


@pytest.fixture
def postgres(server_folder: Path) -> Iterator[Postgres]:
    """A started, crash-safe, empty Postgres of this test's own: kill and restart it."""
    server = Postgres(server_folder / f"postgres-{next(NUMBERS)}")
    server.start()
    yield server
    server.remove()


async def drop(connection: asyncpg.Connection, name: str) -> None:
    """Drop a database, whoever is still connected to it."""
    await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def url_of(stack: Stack, name: str) -> str:
    """The URL of another database on the same server."""
    return stack.database_url.rpartition("/")[0] + "/" + name


def missing(marker: str) -> str | None:
    """Why tests with this marker cannot run here, or None when they can."""
    programs, variable = NEEDED[marker]
    if os.environ.get(variable) or any(shutil.which(program) for program in programs):
        return None
    return f"no {programs[0]} was found; install it, or name it in {variable}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a program that is not here."""
    reasons = {marker: missing(marker) for marker in NEEDED}
    for item in items:
        for marker, reason in reasons.items():
            if reason and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=f"{marker}: {reason}"))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    """Nothing is skipped in silence."""
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    terminalreporter.section("NOT RUN", red=True, bold=True)
    reasons = [report.longrepr[2].removeprefix("Skipped: ") for report in skipped]
    for reason in sorted(set(reasons)):
        terminalreporter.line(f"{reasons.count(reason)} x {reason}", red=True)
