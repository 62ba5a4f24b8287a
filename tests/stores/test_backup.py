"""A backup of an older version: restored as it was, and then brought up to this one."""

import io
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from examsync import restoring
from examsync.devstack import Stack
from examsync.infra import backup
from examsync.infra.backup import NotEmpty
from examsync.infra.backup_file import BadBackup
from examsync.infra.migrations import migrate
from examsync.infra.migrations.runner import FOLDER
from tests.conftest import url_of

KEY = b"of backups"
BEFORE = "0010"
"""The first migration that the older version does not have."""


@pytest.fixture
async def urls(admin: asyncpg.Connection, stack: Stack) -> AsyncIterator[tuple[str, str]]:
    """Two databases that were just created."""
    names = ("backup_older", "backup_newer")
    for name in names:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    yield url_of(stack, names[0]), url_of(stack, names[1])
    for name in names:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def older(url: str, folder: Path) -> None:
    """A database of before there were salts: an attempt that was sat, and one that was not."""
    migrations = folder / "migrations"
    migrations.mkdir()
    for each in FOLDER.glob("*.sql"):
        if each.name < BEFORE:
            shutil.copy(each, migrations)
    await migrate(url, migrations)
    connection = await asyncpg.connect(url)
    await connection.execute(
        """INSERT INTO exams (id, title, paper, terms, created_by)
            VALUES ('e', 't', 'p', '{}', 'x');
        INSERT INTO attempts (id, exam, candidate, epoch, n, head) VALUES
            ('a1', 'e', 'asha', 3, 2, 'h'), ('a2', 'e', E'ra\\tvi\\n\\\\', 0, 0, 'h');
        INSERT INTO epochs (partition, epoch, run_id) VALUES (0, 4, 'r');
        INSERT INTO outbox (kind, exam, attempt, close, revision, made_at)
            VALUES ('graded', 'e', 'a1', 1, 1, 1);
        UPDATE event_count SET last = 7"""
    )
    await connection.close()


async def written(url: str, folder: Path) -> Path:
    """Its backup."""
    file = io.BytesIO()
    rows = await backup.write(url, file, KEY, lambda table, count: None)
    assert (rows["attempts"], rows["facts"]) == (2, 0)
    path = folder / "older.backup"
    path.write_bytes(file.getvalue())
    return path


async def restore(url: str, path: Path) -> None:
    async def fence(connection: asyncpg.Connection) -> None:
        await restoring.fence(connection, 2)

    after = restoring.fence_rest
    await backup.load(url, path, KEY, lambda table, count: None, fence=fence, after=after)


async def test_an_older_backup_is_restored_and_brought_up(
    urls: tuple[str, str], tmp_path: Path
) -> None:
    first, second = urls
    await older(first, tmp_path)
    await restore(second, await written(first, tmp_path))
    connection = await asyncpg.connect(second)
    rows = await connection.fetch("SELECT candidate, epoch, length(salt) FROM attempts ORDER BY id")
    epoch = 4 + restoring.EPOCHS_AHEAD
    assert [tuple(row) for row in rows] == [("asha", epoch, 0), ("ra\tvi\n\\", epoch, 32)]
    claimed = await connection.fetch("SELECT partition, epoch FROM epochs ORDER BY 2, 1")
    assert [tuple(row) for row in claimed] == [(0, 4), (0, epoch), (1, epoch)]
    assert await connection.fetchval("SELECT last FROM event_count") == 7
    added = """INSERT INTO outbox (kind, exam, attempt, close, revision, made_at)
        VALUES ('graded', 'e', 'a2', 1, 1, 1) RETURNING number"""
    assert await connection.fetchval(added) == 2, "sequences go on"
    await connection.close()


async def test_a_database_in_use_or_of_a_newer_version_takes_no_backup(
    urls: tuple[str, str], tmp_path: Path
) -> None:
    first, second = urls
    await older(first, tmp_path)
    file = await written(first, tmp_path)
    with pytest.raises(NotEmpty, match="not empty"):
        await restore(first, file)
    await migrate(second)
    with pytest.raises(NotEmpty, match="migrated further"):
        await restore(second, file)


async def test_what_fails_halfway_may_be_tried_again(
    urls: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = urls
    await older(first, tmp_path)
    file = await written(first, tmp_path)

    async def died(connection: asyncpg.Connection, partitions: int) -> None:
        raise BadBackup("the power failed")

    with monkeypatch.context() as patch:
        patch.setattr(restoring, "fence", died)
        with pytest.raises(BadBackup):
            await restore(second, file)
    await restore(second, file)
    connection = await asyncpg.connect(second)
    assert await connection.fetchval("SELECT count(*) FROM attempts") == 2
    await connection.close()
