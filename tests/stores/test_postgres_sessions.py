"""What a use of a pooled connection leaves behind for the next one, against a real Postgres."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

import examsync
from examsync.infra.migrations.runner import FOLDER
from examsync.infra.postgres import Pool, connect_pool, load_queries


@pytest.fixture
async def one(database_url: str) -> AsyncIterator[Pool]:
    """A pool of one connection: who comes next has what the last one left."""
    pool = await connect_pool(database_url, connections_max=1, acquire_timeout_s=10.0)
    yield pool
    await pool.close()


LEFT = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
LEAVE = "SELECT pg_advisory_lock(7)"


async def asked_of(pool: Pool, watching: asyncpg.Connection) -> str:
    """The last statement of the pool's only connection, as Postgres shows it."""
    pid = await pool.fetchval("SELECT pg_backend_pid()")
    shown = "SELECT query FROM pg_stat_activity WHERE pid = $1"
    return str(await watching.fetchval(shown, pid))


async def test_a_connection_whose_use_ended_well_is_given_back_without_another_word(
    one: Pool, admin: asyncpg.Connection
) -> None:
    assert await asked_of(one, admin) == "SELECT pg_backend_pid()"


async def fail(pool: Pool) -> None:
    """A use that leaves a lock, and comes to no good end."""
    async with pool.acquire() as connection:
        await connection.execute(LEAVE)
        await connection.execute("SELECT 1 / 0")


async def test_a_use_that_failed_is_followed_by_a_reset_of_the_session(one: Pool) -> None:
    with pytest.raises(asyncpg.DivisionByZeroError):
        await fail(one)
    assert await one.fetchval(LEFT) == 0


async def test_a_reset_is_due_for_the_failed_use_alone_and_for_the_next_failure_again(
    one: Pool,
) -> None:
    for _ in range(2):
        assert await one.fetchval("SELECT 1") == 1
        with pytest.raises(asyncpg.DivisionByZeroError):
            await fail(one)
        assert await one.fetchval(LEFT) == 0


async def test_a_transaction_that_was_left_open_is_ended_and_the_session_reset(one: Pool) -> None:
    async with one.acquire() as connection:
        await connection.execute(LEAVE)
        await connection.transaction().start()
    async with one.acquire() as connection:
        assert not connection.is_in_transaction()
        assert await connection.fetchval(LEFT) == 0


async def test_a_use_that_was_cancelled_leaves_a_connection_that_works(one: Pool) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await one.fetchval("SELECT pg_sleep(30)")
    assert await one.fetchval("SELECT 1") == 1


async def test_a_connection_that_ended_while_in_use_is_given_back_and_replaced(one: Pool) -> None:
    async with one.acquire() as connection:
        connection.terminate()
    assert await one.fetchval("SELECT 1") == 1


BEGINS = {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}
LEAVES = re.compile(
    r"\bset_config\s*\(|\bpg_(?:try_)?advisory_(?!xact_|unlock)\w*\s*\(|"
    r"\b(?:listen|declare|discard|temp|temporary|prepare|load|hold)\b(?!\s*=)|\bsetseed\s*\(",
    re.IGNORECASE,
)
QUERY_FILES = sorted(
    path for path in Path(examsync.__file__).parent.rglob("*.sql") if path.parent != FOLDER
)


@pytest.mark.parametrize("path", QUERY_FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_statement_leaves_anything_in_a_session(path: Path) -> None:
    """Or `Session` would hand it on to whoever comes next."""
    for name, sql in load_queries(path).items():
        bare = re.sub(r"--[^\n]*|'(?:[^']|'')*'", " ", sql)
        for statement in filter(str.strip, bare.split(";")):
            assert statement.split()[0].upper() in BEGINS, f"{name}: {statement}"
        assert LEAVES.search(bare) is None, name


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT set_config('jit', 'off', false)",
        "SELECT pg_advisory_lock(1)",
        "SELECT pg_try_advisory_lock_shared(1)",
        "CREATE TEMP TABLE t ()",
        "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
    ],
)
def test_that_test_would_see_what_stays(sql: str) -> None:
    assert LEAVES.search(sql) is not None
