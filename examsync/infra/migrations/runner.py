"""Applies `NNNN_name.sql` in order, each in one transaction, each once; called by the commands.

What was applied is written down with a checksum, so a file that changed afterwards is noticed.
Numbers may have gaps; a new file must have a higher number than all applied ones.
"""

import hashlib
import itertools
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

FOLDER = Path(__file__).parent
FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
OWN_TRANSACTION = re.compile(r"^\s*(begin|commit|rollback)\s*;", re.IGNORECASE | re.MULTILINE)
LOCK = 0x6578616D  # "exam"; one migration at a time per database, whoever runs it
CONNECT_TIMEOUT_S = 10.0

MAKE_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""
RECORD = "INSERT INTO schema_migrations (number, name, checksum) VALUES ($1, $2, $3)"
APPLIED = "SELECT name, checksum FROM schema_migrations ORDER BY number"


class MigrationError(Exception):
    """The files and the database do not fit together, or a file failed; says which and why."""


@dataclass(frozen=True)
class Migration:
    """One file: its number, its name without the suffix, its SQL, and the SQL's checksum."""

    number: int
    name: str
    sql: str
    checksum: str


async def migrate(url: str, folder: Path = FOLDER) -> list[str]:
    """Apply what is missing and return its names, in order. Raises MigrationError.

    A file that fails leaves nothing behind; those before it stay. Several callers at once are
    fine: one works, the others wait and find nothing to do.
    """
    async with locked(url) as connection:
        missing = unapplied(read(folder), await applied(connection))
        for migration in missing:
            await apply(connection, migration)
        return [migration.name for migration in missing]


async def pending(url: str, folder: Path = FOLDER) -> list[str]:
    """The names that `migrate` would apply; changes nothing. Raises MigrationError."""
    connection = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT_S)
    try:
        return [found.name for found in unapplied(read(folder), await applied(connection))]
    finally:
        await connection.close()


def read(folder: Path) -> list[Migration]:
    """The files of a folder in order of number. Raises MigrationError for names that clash."""
    found = [parse(path) for path in sorted(folder.glob("*.sql"))]
    for earlier, later in itertools.pairwise(found):
        if earlier.number == later.number:
            raise MigrationError(
                f"{earlier.name} and {later.name} share a number; renumber the newer one."
            )
    return found


def parse(path: Path) -> Migration:
    """One file. Raises MigrationError for a bad name, or a transaction of its own."""
    name = FILE_NAME.fullmatch(path.name)
    if name is None:
        raise MigrationError(f"{path.name} must be called NNNN_words.sql, as 0001_accounts.sql.")
    sql = path.read_bytes().decode().replace("\r\n", "\n")  # a checkout may rewrite line ends
    if OWN_TRANSACTION.search(sql):
        raise MigrationError(f"{path.name} must not begin or end transactions: the runner does.")
    checksum = hashlib.sha256(sql.encode()).hexdigest()
    return Migration(int(name[1]), path.stem, sql, checksum)


def unapplied(files: Sequence[Migration], recorded: dict[str, str]) -> list[Migration]:
    """The files not in `recorded` (name -> checksum). Raises MigrationError if they disagree."""
    by_name = {migration.name: migration for migration in files}
    for name, checksum in recorded.items():
        if name not in by_name:
            raise MigrationError(
                f"{name} was applied to this database but its file is gone: is this an older "
                "version of the program, or was the file renamed?"
            )
        if by_name[name].checksum != checksum:
            raise MigrationError(
                f"{name}.sql changed after it was applied. Undo the change and write a new file; "
                "a database that may be lost can be made anew."
            )
    missing = [migration for migration in files if migration.name not in recorded]
    highest = max((by_name[name].number for name in recorded), default=0)
    for migration in missing:
        if migration.number < highest:
            raise MigrationError(
                f"{migration.name} comes before {highest:04}, which is applied; give it a higher "
                "number, or make a database that may be lost anew."
            )
    return missing


async def applied(connection: asyncpg.Connection) -> dict[str, str]:
    """What the database says was applied: name -> checksum, in order."""
    if await connection.fetchval("SELECT to_regclass('schema_migrations')") is None:
        return {}
    return {row["name"]: row["checksum"] for row in await connection.fetch(APPLIED)}


async def apply(connection: asyncpg.Connection, migration: Migration) -> None:
    """Run one file and write it down, both or neither. Raises MigrationError."""
    try:
        async with connection.transaction():
            await connection.execute(migration.sql)
            await connection.execute(RECORD, migration.number, migration.name, migration.checksum)
    except asyncpg.PostgresError as error:
        raise MigrationError(f"{migration.name}{line_of(error, migration)}: {error}") from error


def line_of(error: asyncpg.PostgresError, migration: Migration) -> str:
    """`, line 7` when Postgres says where in the file it stumbled."""
    position = getattr(error, "position", None)
    if position is None:
        return ""
    return f", line {migration.sql.count(chr(10), 0, int(position)) + 1}"


@asynccontextmanager
async def locked(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that alone may migrate this database; others wait here."""
    connection = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT_S)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        await connection.execute(MAKE_TABLE)
        yield connection
    finally:
        await connection.close()  # ends the lock too
