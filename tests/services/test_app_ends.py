"""An App begins only on storage that keeps what was acked, and ends with nothing left to flush."""

from typing import Any

import pytest
import redis

from examsync import app
from examsync.app import NotDurable, NotMigrated
from examsync.devstack import Valkey
from examsync.errors import Unavailable
from examsync.infra.migrations import migrate
from examsync.settings import Redis
from tests.services.installation import Candidate, becomes, config, done, furnish, running


async def test_a_worker_grades_what_was_handed_in_unasked(
    redis_url: str, database_url: str
) -> None:
    async with running(config(redis_url, database_url), work=True) as built:
        await furnish(built, "asha")
        asha = Candidate(built, "asha")
        await asha.start()
        await asha.answer("right")
        await asha.submit()
        await becomes(lambda: built.pool.fetchval("SELECT grading FROM attempts"), "graded")
        assert await built.pool.fetchval("SELECT total_value FROM results") == 1


async def test_stopping_flushes_what_was_acked(
    redis_url: str, database_url: str, pool: Any
) -> None:
    async with running(config(redis_url, database_url)) as built:
        await furnish(built, "asha")
        asha = Candidate(built, "asha")
        await asha.start()
        rev = done(await asha.answer("right")).rev
    row = await pool.fetchrow("SELECT epoch, n FROM attempts")
    assert tuple(row) == rev
    assert await pool.fetchval("SELECT count(*) FROM responses") == 1


async def test_stopping_waits_for_no_redis_that_is_away(valkey: Valkey, database_url: str) -> None:
    async with running(config(valkey.url, database_url)) as built:
        valkey.kill()
    assert built.loops.names() == []


@pytest.mark.parametrize(("setting", "value"), [("appendonly", "no"), ("appendfsync", "everysec")])
async def test_a_redis_that_would_lose_answers_is_refused(
    valkey: Valkey, database_url: str, setting: str, value: str
) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        client.config_set(setting, value)
    built = await app.build(config(valkey.url, database_url))
    try:
        with pytest.raises(NotDurable, match=setting):
            await built.start(work=False)
        assert built.loops.names() == []
    finally:
        await built.stop(flush=False)


async def test_losing_a_second_may_be_accepted(valkey: Valkey, database_url: str) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        client.config_set("appendfsync", "everysec")
    settings = Redis(url=valkey.url, accept_everysec=True)
    async with running(config(valkey.url, database_url, redis=settings)) as built:
        assert "everysec" in (await built.check()).remarks[0]


async def test_a_redis_that_is_away_is_not_served_from(valkey: Valkey, database_url: str) -> None:
    valkey.kill()
    built = await app.build(config(valkey.url, database_url))
    try:
        with pytest.raises(Unavailable, match="Redis"):
            await built.start(work=True)
    finally:
        await built.stop(flush=False)


async def test_a_database_of_an_older_version_is_refused(
    redis_url: str, database_url: str, pool: Any
) -> None:
    await pool.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    with pytest.raises(NotMigrated, match=r"0001_accounts.*examsync migrate"):
        await app.build(config(redis_url, database_url))
    await migrate(database_url)
    await (await app.build(config(redis_url, database_url))).stop(flush=False)
