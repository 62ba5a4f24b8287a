"""A database as one file, as of one moment, while everybody goes on working in it; and back into
an empty one. Knows no exam: every table of the schema `public` is taken as it is.
"""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import asyncpg

from examsync import __version__
from examsync.infra.backup_file import (
    BadBackup,
    Begin,
    End,
    Frame,
    Rows,
    Table,
    Writer,
    key_name,
    read,
)
from examsync.infra.migrations import runner

APPLIED_TABLE = "schema_migrations"
ROWS_AT_FIRST = frozenset({"event_count"})
"""Tables that a migration puts a row into: what is restored takes its place."""
Progress = Callable[[str, int], None]
"""Told a table, and how many rows of it are done."""
Work = Callable[[asyncpg.Connection], Awaitable[None]]

TABLES = """
SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
    AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
GROUP BY c.relname ORDER BY c.relname
"""
REFERENCES = """
SELECT conrelid::regclass::text AS of, confrelid::regclass::text AS to_
FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""
SEQUENCES = """
SELECT c.relname AS name, pg_sequence_last_value(c.oid) AS last
FROM pg_class c WHERE c.relkind = 'S' AND c.relnamespace = 'public'::regnamespace
"""


class NotEmpty(Exception):
    """The database has something in it already; restoring would mix two installations."""


async def write(url: str, file: BinaryIO, key: bytes, told: Progress) -> dict[str, int]:
    """Write the database at `url` as it is at this moment; how many rows each table has.

    One transaction reads all of it (REPEATABLE READ): nobody waits for it, and it sees no half of
    anybody's work. Raises what asyncpg raises, and OSError.
    """
    connection = await asyncpg.connect(url, timeout=runner.CONNECT_TIMEOUT_S)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await _write(connection, Writer(file, key), key, told)
    finally:
        await connection.close()


async def _write(
    connection: asyncpg.Connection, out: Writer, key: bytes, told: Progress
) -> dict[str, int]:
    applied = list(await runner.applied(connection))
    at = await connection.fetchval("SELECT (extract(epoch FROM now()) * 1000)::bigint")
    out.frame(Begin(key_name(key), at, __version__, applied))
    rows = {}
    for table in await _tables(connection):
        out.frame(table)

        async def put(chunk: bytes) -> None:
            out.rows(chunk)

        said = await connection.copy_from_table(
            table.name, schema_name="public", columns=table.columns, output=put, format="text"
        )
        rows[table.name] = int(said.split()[-1])
        told(table.name, rows[table.name])
    sequences = {
        row["name"]: row["last"]
        for row in await connection.fetch(SEQUENCES)
        if row["last"] is not None
    }
    out.end(rows, sequences)
    return rows


async def _tables(connection: asyncpg.Connection) -> list[Table]:
    """All tables, those that others refer to before these."""
    rows = await connection.fetch(TABLES)
    found = {row["name"]: Table(row["name"], row["columns"]) for row in rows}
    found.pop(APPLIED_TABLE, None)
    needs: dict[str, set[str]] = {name: set() for name in found}
    for row in await connection.fetch(REFERENCES):
        if row["of"] != row["to_"]:
            needs[row["of"]].add(row["to_"])
    ordered: list[Table] = []
    while needs:
        free = sorted(name for name, to in needs.items() if not to & needs.keys())
        ordered += [found[name] for name in free]
        for name in free:
            del needs[name]
    return ordered


def check(path: Path, key: bytes) -> tuple[Begin, End]:
    """Read all of a backup: nothing is begun with one that is not whole. Raises BadBackup."""
    begin = end = None
    with path.open("rb") as file:
        for frame, _ in read(file, key):
            if isinstance(frame, Begin):
                begin = frame
            elif isinstance(frame, End):
                end = frame
    assert begin is not None
    assert end is not None
    return begin, end


async def load(
    url: str,
    path: Path,
    key: bytes,
    told: Progress,
    *,
    fence: Work,
    after: Work,
) -> Begin:
    """Restore into an empty database: its schema as it was, its rows, what `fence` does in the same
    transaction, what is newer of the schema, and what is to be done `after` that. What fails
    before that leaves the tables empty, and may be tried again.

    Raises BadBackup, NotEmpty, MigrationError, and what asyncpg raises.
    """
    begin, end = check(path, key)
    async with runner.locked(url) as connection:
        files = {each.name: each for each in runner.read(runner.FOLDER)}
        there = await runner.applied(connection)
        await _check_empty(connection, begin, list(there), set(files))
        for name in begin.migrations:
            if name not in there:
                await runner.apply(connection, files[name])
        async with connection.transaction():
            await _fill(connection, path, key, end, told)
            await fence(connection)
            for sequence, last in end.sequences.items():
                await connection.execute("SELECT setval($1::regclass, $2)", sequence, last)
        for migration in runner.unapplied(list(files.values()), await runner.applied(connection)):
            await runner.apply(connection, migration)
        await after(connection)
    return begin


async def _check_empty(
    connection: asyncpg.Connection, begin: Begin, there: list[str], known: set[str]
) -> None:
    newer = [name for name in begin.migrations if name not in known]
    if newer:
        raise BadBackup(f"it is of a newer version of the program, which has {', '.join(newer)}")
    if there != begin.migrations[: len(there)]:
        raise NotEmpty("The database was migrated further than the backup was: make an empty one.")
    for table in await _tables(connection):
        if table.name in ROWS_AT_FIRST:
            continue
        if await connection.fetchval(f'SELECT EXISTS (SELECT FROM "{table.name}")'):
            raise NotEmpty(
                f"The database is not empty (there is something in {table.name}): make an empty "
                "one, and name it by postgres.url."
            )


class _Parts:
    """The rows of one table, as asyncpg takes them; `after` is the frame that came next."""

    def __init__(self, frames: Iterator[tuple[Frame, bytes]]) -> None:
        self._frames = frames
        self.after: Frame | None = None

    def __aiter__(self) -> "_Parts":
        return self

    async def __anext__(self) -> bytes:
        frame, body = next(self._frames)
        if isinstance(frame, Rows):
            return body
        self.after = frame
        raise StopAsyncIteration


async def _fill(
    connection: asyncpg.Connection, path: Path, key: bytes, end: End, told: Progress
) -> None:
    """All rows, a table at a time. Raises BadBackup if any are missing."""
    with path.open("rb") as file:
        frames = read(file, key)
        next(frames)
        frame: Frame | None = next(frames)[0]
        while isinstance(frame, Table):
            name = frame.name
            if name in ROWS_AT_FIRST:
                await connection.execute(f'DELETE FROM "{name}"')
            parts = _Parts(frames)
            said = await connection.copy_to_table(
                name, schema_name="public", columns=frame.columns, source=parts, format="text"
            )
            count = int(said.split()[-1])
            if count != end.rows[name]:
                raise BadBackup(f"{name} has {count} rows, not {end.rows[name]}")
            told(name, count)
            frame = parts.after
