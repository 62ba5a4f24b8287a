"""The pool, the named queries and the migrations, against a real Postgres."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import msgspec
import pytest

from examsync.devstack import Stack
from examsync.infra.migrations import MigrationError, migrate, pending
from examsync.infra.migrations.runner import FOLDER, read
from examsync.infra.postgres import AWAY, Pool, QueriesInvalid, connect_pool, load_queries

CHAIRS = "CREATE TABLE chairs (n integer);\nINSERT INTO chairs VALUES (1);\n"
DESKS = "CREATE TABLE desks (n integer);\n"


class Seat(msgspec.Struct):
    """Something to keep in a jsonb column."""

    row: int
    name: str


@pytest.fixture
async def empty_url(stack: Stack, admin: asyncpg.Connection) -> AsyncIterator[str]:
    """A database nobody migrated."""
    name = f"examsync_empty_{os.getpid()}"
    await admin.execute(f"CREATE DATABASE {name}")
    yield stack.database_url.rpartition("/")[0] + "/" + name
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two migrations."""
    write(tmp_path, "0001_chairs", CHAIRS)
    write(tmp_path, "0003_desks", DESKS)
    return tmp_path


def write(folder: Path, name: str, sql: str) -> None:
    """One migration file."""
    (folder / f"{name}.sql").write_text(sql)


async def tables(url: str) -> set[str]:
    """The tables of a database, without the runner's own."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    finally:
        await connection.close()
    return {row["tablename"] for row in rows} - {"schema_migrations"}


async def test_migrations_are_applied_once_in_order_gaps_allowed(
    empty_url: str, folder: Path
) -> None:
    assert await pending(empty_url, folder) == ["0001_chairs", "0003_desks"]
    assert await tables(empty_url) == set()
    assert await migrate(empty_url, folder) == ["0001_chairs", "0003_desks"]
    assert await tables(empty_url) == {"chairs", "desks"}
    assert await migrate(empty_url, folder) == []
    assert await pending(empty_url, folder) == []


async def test_many_migrators_at_once_apply_each_file_once(empty_url: str, folder: Path) -> None:
    answers = await asyncio.gather(*(migrate(empty_url, folder) for _ in range(5)))
    assert sorted(map(len, answers)) == [0, 0, 0, 0, 2]


async def test_a_failing_migration_names_its_line_and_leaves_nothing(
    empty_url: str, folder: Path
) -> None:
    write(folder, "0003_desks", DESKS + "SELECT\n  nothing_there;\n")
    with pytest.raises(MigrationError, match=r"^0003_desks, line 3: .*nothing_there"):
        await migrate(empty_url, folder)
    assert await tables(empty_url) == {"chairs"}
    assert await pending(empty_url, folder) == ["0003_desks"]


async def test_a_file_that_changed_after_it_was_applied_is_noticed(
    empty_url: str, folder: Path
) -> None:
    await migrate(empty_url, folder)
    write(folder, "0001_chairs", CHAIRS + "-- a harmless remark\n")
    with pytest.raises(MigrationError, match=r"0001_chairs\.sql changed"):
        await migrate(empty_url, folder)
    with pytest.raises(MigrationError, match=r"0001_chairs\.sql changed"):
        await pending(empty_url, folder)


async def test_line_ends_rewritten_by_a_checkout_are_no_change(
    empty_url: str, folder: Path
) -> None:
    await migrate(empty_url, folder)
    (folder / "0001_chairs.sql").write_bytes(CHAIRS.replace("\n", "\r\n").encode())
    assert await migrate(empty_url, folder) == []


async def test_an_applied_file_that_is_gone_is_noticed(empty_url: str, folder: Path) -> None:
    await migrate(empty_url, folder)
    (folder / "0001_chairs.sql").unlink()
    with pytest.raises(MigrationError, match=r"0001_chairs was applied .* gone"):
        await migrate(empty_url, folder)


async def test_a_new_file_below_an_applied_one_is_refused(empty_url: str, folder: Path) -> None:
    await migrate(empty_url, folder)
    write(folder, "0002_lamps", "CREATE TABLE lamps (n integer);")
    with pytest.raises(MigrationError, match="0002_lamps comes before 0003"):
        await migrate(empty_url, folder)


@pytest.mark.parametrize(
    ("name", "sql", "complaint"),
    [
        ("0001_stools", "SELECT 1", "0001_chairs and 0001_stools share a number"),
        ("two_stools", "SELECT 1", "must be called NNNN_words"),
        ("0002_stools", "BEGIN;\nSELECT 1;\nCOMMIT;", "must not begin or end transactions"),
    ],
)
def test_a_file_that_breaks_the_form_is_refused(
    folder: Path, name: str, sql: str, complaint: str
) -> None:
    write(folder, name, sql)
    with pytest.raises(MigrationError, match=complaint):
        read(folder)


async def test_our_own_migrations_apply_to_an_empty_database(empty_url: str) -> None:
    assert await migrate(empty_url) == [migration.name for migration in read(FOLDER)]
    assert await pending(empty_url) == []


async def test_a_full_pool_refuses_instead_of_waiting_for_ever(database_url: str) -> None:
    pool = await connect_pool(database_url, connections_max=1, acquire_timeout_s=0.05)
    async with pool.acquire():
        with pytest.raises(TimeoutError):
            await pool.fetchval("SELECT 1")
    assert await pool.fetchval("SELECT 1") == 1
    await pool.close()


async def test_a_statement_that_takes_too_long_is_given_up(database_url: str) -> None:
    pool = await connect_pool(database_url, command_timeout_s=1.0)
    with pytest.raises(TimeoutError):
        await pool.fetchval("SELECT pg_sleep(30)")
    assert await pool.fetchval("SELECT 1", timeout=5.0) == 1
    await pool.close()


async def test_who_stands_still_in_a_transaction_does_not_keep_its_locks(
    database_url: str, pool: Pool
) -> None:
    """A process frozen, or gone without a word, between lock and commit."""
    sleepy = await connect_pool(database_url, idle_transaction_s=0.3)
    async with pool.acquire() as connection:
        await connection.execute("CREATE TABLE desks (n integer)")
    async with sleepy.acquire() as frozen:
        await frozen.execute("BEGIN")
        await frozen.execute("LOCK TABLE desks")
        await pool.execute("INSERT INTO desks VALUES (1)")  # waits for the lock, and gets it
        with pytest.raises(AWAY):
            await frozen.execute("INSERT INTO desks VALUES (2)")
    assert await pool.fetchval("SELECT array_agg(n) FROM desks") == [1]
    await sleepy.close()


async def test_json_columns_take_structs_and_raw_json_and_give_plain_values(pool: Pool) -> None:
    for kind in ("json", "jsonb"):
        query = f"SELECT $1::{kind}"
        assert await pool.fetchval(query, Seat(3, "Zoë")) == {"row": 3, "name": "Zoë"}
        assert await pool.fetchval(query, msgspec.Raw(b'{"a":[1,null]}')) == {"a": [1, None]}
        assert await pool.fetchval(query, None) is None


async def test_a_connection_says_who_it_is_and_thinks_in_utc(database_url: str) -> None:
    pool = await connect_pool(database_url, name="examsync-flush")
    assert await pool.fetchval("SHOW application_name") == "examsync-flush"
    assert await pool.fetchval("SHOW timezone") == "UTC"
    await pool.close()


def test_queries_are_read_by_name_without_their_description(tmp_path: Path) -> None:
    path = tmp_path / "queries.sql"
    path.write_text(
        "-- What this file is about.\n\n"
        "-- name: count_chairs\n-- How many there are.\nSELECT count(*)\nFROM chairs;\n\n"
        "-- name: one\n-- Just one.\n-- And why.\nSELECT 1;\n"
    )
    assert dict(load_queries(path)) == {
        "count_chairs": "SELECT count(*)\nFROM chairs",
        "one": "-- And why.\nSELECT 1",
    }
    assert load_queries(path) is load_queries(path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("SELECT 1;\n-- name: one\n-- One.\nSELECT 1;", "before the first"),
        ("-- name: one\n-- One.\nSELECT 1;\n-- name: one\n-- One.\nSELECT 2;", "two statements"),
        ("-- name: One Thing\n-- One.\nSELECT 1;", "no name"),
        ("-- name: one\nSELECT 1;", "what it does"),
        ("-- name: one\n-- One.\n", "has no SQL"),
    ],
)
def test_a_query_file_that_breaks_the_form_is_refused(
    tmp_path: Path, text: str, complaint: str
) -> None:
    path = tmp_path / "queries.sql"
    path.write_text(text)
    with pytest.raises(QueriesInvalid, match=complaint):
        load_queries(path)
