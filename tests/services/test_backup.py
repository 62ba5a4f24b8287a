"""`examsync backup` and `restore`: a database comes back whole, or not at all; no acked answer that
anybody still holds is lost."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import pytest
from msgspec import Struct

from examsync.infra.backup_file import LEVEL
from tests.conftest import url_of
from tests.services.calling import Called, Caller
from tests.services.installation import (
    SECRET,
    App,
    Candidate,
    config,
    done,
    furnish,
    opened,
    settled,
)


@pytest.fixture
async def empty_url(admin: asyncpg.Connection, stack: object, tmp_path: Path) -> AsyncIterator[str]:
    """A database that was just created."""
    name = f"restored_{tmp_path.name.replace('-', '_')[:40]}".lower()
    await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield url_of(stack, name)  # type: ignore[arg-type]
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


async def sat(built: App, *names: str) -> list[str]:
    """Attempts that were handed in and graded."""
    ids = await furnish(built, *names)
    for name in names:
        one = Candidate(built, name)
        await one.start()
        done(await one.answer("right"))
        await one.signal()
        await one.submit()
    await built.working.flush()
    await built.results.grader.grade_due()
    return ids


async def backed_up(call: Caller, folder: Path) -> Path:
    file = folder / "exam.backup"
    said = await call("backup", str(file))
    assert said.code == 0, said.err
    return file


async def restored(call: Caller, url: str, file: Path, *more: str) -> Called:
    call.settings["postgres.url"] = url
    return await call("restore", str(file), *more)


async def content(url: str) -> dict[str, list[str]]:
    """All rows, but for the epochs, by table."""
    connection = await asyncpg.connect(url)
    tables = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    found = {}
    for (name,) in tables:
        without = "- 'epoch' - 'change'" if name == "attempts" else "- 'applied_at'"
        rows = await connection.fetch(f"SELECT (to_jsonb(t) {without})::text FROM {name} AS t")
        found[name] = sorted(row[0] for row in rows)
    await connection.close()
    del found["epochs"]
    return found


async def test_all_of_it_comes_back_and_verifies(
    built: App, call: Caller, database_url: str, empty_url: str, tmp_path: Path
) -> None:
    ids = await sat(built, "asha", "ravi")
    file = await backed_up(call, tmp_path)
    assert file.stat().st_mode & 0o077 == 0, "it is as secret as the database"
    said = await restored(call, empty_url, file, "--discard", "--json")
    assert said.code == 0, said.err
    assert await content(empty_url) == await content(database_url)
    verified = await call("verify", "--json")
    assert (verified.json["findings"], verified.json["attempts"]) == ([], len(ids))


async def test_who_goes_on_after_a_restore_has_an_epoch_later_than_any(
    built: App, call: Caller, empty_url: str, tmp_path: Path
) -> None:
    """Clients drop what a later fact of the same epoch covers: no epoch may come twice."""
    await furnish(built, "asha")
    asha = Candidate(built, "asha")
    before = (await asha.start()).epoch
    await built.working.flush()
    file = await backed_up(call, tmp_path)
    assert (await restored(call, empty_url, file, "--discard")).code == 0
    async with opened(config(built.config.redis.url, empty_url)) as later:
        await settled(later)
        again = Candidate(later, "asha")
        attempt = await again.join()
        assert attempt.epoch > before + 500
        done(await again.answer("right"))
        await later.working.flush()
    assert (await call("verify", "--json")).json["findings"] == []


class Newer(Struct, frozen=True):
    """What came after a backup: who answered what, when somebody started, and when one ended."""

    file: Path
    answers: dict[str, list[str]]
    started_at: int | None
    closed_at: int | None


async def newer(built: App, call: Caller, folder: Path) -> Newer:
    """A backup, and then more: all but the last answer was durable."""
    asha, ravi, mina = await furnish(built, "asha", "ravi", "mina")
    one, two, three = (Candidate(built, name) for name in ("asha", "ravi", "mina"))
    await one.start()
    done(await one.answer("before", item=0))
    await two.join()
    await built.working.flush()
    file = await backed_up(call, folder)
    done(await one.answer("after", item=0))
    done(await one.answer("new", item=1))
    started = await two.start()
    done(await two.answer("started later"))
    await two.signal()
    await three.start()
    done(await three.answer("right", item=4))
    closed = await three.submit()
    await built.working.flush()
    done(await one.answer("not flushed", item=2))
    answers = {asha: ["after", "new", "not flushed"], ravi: ["started later"], mina: ["right"]}
    return Newer(file, answers, started.core.started_at, closed.core.closed_at)


async def test_what_a_redis_that_lives_on_knows_newer_is_brought_back(
    built: App, call: Caller, empty_url: str, tmp_path: Path
) -> None:
    """Postgres is lost; what was durable after the backup is in Redis only, and nobody's outbox."""
    made = await newer(built, call, tmp_path)
    assert (await restored(call, empty_url, made.file)).code == 1, "it has to be chosen"
    said = await restored(call, empty_url, made.file, "--salvage", "--json")
    assert said.code == 0, said.err
    salvaged = said.json["salvaged"]
    assert (salvaged["attempts"], salvaged["answers"], salvaged["refused"]) == (3, 5, 0)
    assert salvaged["left"] == {"violation": 1}
    connection = await asyncpg.connect(empty_url)
    for attempt, answers in made.answers.items():
        rows = await connection.fetch(
            "SELECT response #>> '{}' AS said FROM responses WHERE attempt = $1", attempt
        )
        assert sorted(row["said"] for row in rows) == answers
    _, ravi, mina = made.answers
    when = "SELECT coalesce(closed_at, started_at) FROM attempts WHERE id = $1"
    assert await connection.fetchval(when, ravi) == made.started_at
    assert await connection.fetchval(when, mina) == made.closed_at
    await connection.close()
    verified = await call("verify", "--json")
    assert verified.json["findings"] == []
    assert verified.json["branches"] != [], "what was not flushed stands aside"
    again = await call("restore", "--salvage", "--json")
    assert again.json["salvaged"]["answers"] == 0


async def test_a_backup_during_an_exam_is_of_one_moment(
    built: App, call: Caller, empty_url: str, tmp_path: Path
) -> None:
    names = [f"c{number}" for number in range(8)]
    await furnish(built, *names)
    sitting = [Candidate(built, name) for name in names]
    for one in sitting:
        await one.start()
    over = asyncio.Event()

    async def answer() -> None:
        count = 0
        while not over.is_set() or count < 10:
            for one in sitting:
                done(await one.answer(f"answer {count}", item=count % 5))
            await built.working.flush()
            count += 1

    answering = asyncio.create_task(answer())
    file = await backed_up(call, tmp_path)
    over.set()
    await answering
    said = await restored(call, empty_url, file, "--discard")
    assert said.code == 0, said.err
    verified = await call("verify", "--json")
    assert (verified.json["findings"], verified.json["attempts"]) == ([], len(names))


BREAKS: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda raw: raw[: len(raw) // 2],
    "a byte changed": lambda raw: raw.replace(b"asha", b"asho"),
    "the end left out": lambda raw: raw[: raw.rindex(b'{"frame":"end"')],
    "something after the end": lambda raw: raw + b"{}",
    "rows of nobody": lambda raw: raw.replace(b'{"frame":"table"', b'{"frame":"tabel"', 1),
    "nothing at all": lambda raw: b"",
}


@pytest.mark.parametrize("how", BREAKS)
async def test_a_damaged_backup_is_refused_before_anything_is_done(
    built: App, call: Caller, empty_url: str, tmp_path: Path, how: str
) -> None:
    await sat(built, "asha")
    file = await backed_up(call, tmp_path)
    raw = gzip.decompress(file.read_bytes())
    broken = BREAKS[how](raw)
    assert broken != raw
    file.write_bytes(gzip.compress(broken, LEVEL))
    said = await restored(call, empty_url, file, "--discard")
    assert (said.code, "not_done" in said.err) == (1, True), said
    connection = await asyncpg.connect(empty_url)
    assert (
        await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname='public'") == 0
    )
    await connection.close()


async def test_no_backup_goes_into_a_database_that_is_in_use_or_under_another_secret(
    built: App, call: Caller, database_url: str, empty_url: str, tmp_path: Path
) -> None:
    await sat(built, "asha")
    file = await backed_up(call, tmp_path)
    said = await restored(call, database_url, file, "--discard")
    assert (said.code, "is not empty" in said.err) == (1, True), said
    assert (await call("backup", str(file))).code == 1, "a backup is never written over"
    call.settings["auth.receipt_secret"] = "not " + SECRET
    said = await restored(call, empty_url, file, "--discard")
    assert (said.code, "auth.receipt_secret" in said.err) == (1, True), said
