"""`examsync migrate` on a real database: what it lacks, once."""

from typing import Any

import pytest

from examsync.cli import AWAY, DONE, NOT_DONE
from examsync.infra.migrations import pending
from examsync.infra.migrations.runner import FOLDER
from tests.services.calling import Caller

NAMES = sorted(path.stem for path in FOLDER.glob("*.sql"))


@pytest.fixture
async def empty(pool: Any) -> None:
    """A database with nothing in it."""
    await pool.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


@pytest.mark.usefixtures("empty")
async def test_it_applies_what_is_missing_and_then_nothing(call: Caller, database_url: str) -> None:
    dry = await call("migrate", "--dry-run")
    assert (dry.code, dry.out.splitlines()) == (DONE, [f"pending {name}" for name in NAMES])
    assert await pending(database_url) == NAMES
    done = await call("migrate")
    assert (done.code, done.out.splitlines()) == (DONE, [f"applied {name}" for name in NAMES])
    assert await pending(database_url) == []
    again = await call("migrate")
    assert (again.code, again.out) == (DONE, "The database is up to date.\n")


@pytest.mark.usefixtures("empty")
async def test_programs_get_json(call: Caller) -> None:
    assert (await call("migrate", "--dry-run", "--json")).json == {"pending": NAMES}
    assert (await call("migrate", "--json")).json == {"applied": NAMES}
    assert (await call("migrate", "--json")).json == {"applied": []}


@pytest.mark.usefixtures("empty")
async def test_commands_ask_for_it_in_words(call: Caller) -> None:
    done = await call("exam", "list")
    assert done.code == NOT_DONE
    (line,) = done.err.splitlines()
    assert line.startswith("examsync: not_done: The database lacks 0001_accounts")
    assert line.endswith("run `examsync migrate` first.")


async def test_a_database_of_a_newer_version_is_refused(call: Caller, pool: Any) -> None:
    await pool.execute("INSERT INTO schema_migrations VALUES (9999, '9999_later', 'x')")
    for command in (("migrate",), ("exam", "list")):
        done = await call(*command)
        assert done.code == NOT_DONE
        assert "9999_later was applied to this database but its file is gone" in done.err


async def test_without_a_database_it_says_which_setting_to_look_at(call: Caller) -> None:
    call.settings["postgres.url"] = "postgresql://127.0.0.1:1/nothing"
    done = await call("migrate")
    assert done.code == AWAY
    (line,) = done.err.splitlines()
    assert "postgres.url (EXAMSYNC_DATABASE_URL)" in line
