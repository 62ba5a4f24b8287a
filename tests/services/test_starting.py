"""Starting while Redis or Postgres is not there yet: waits, not for ever, and never for nothing."""

import asyncio

import pytest
import redis
import structlog

from examsync.app import NotDurable, NotMigrated
from examsync.devstack import Postgres, Valkey
from examsync.errors import Unavailable
from examsync.infra.migrations import migrate
from examsync.starting import awaited, started
from examsync.web import running
from tests.services.installation import config


async def test_it_starts_when_what_was_away_has_come(valkey: Valkey, postgres: Postgres) -> None:
    await migrate(postgres.url)
    settings = config(valkey.url, postgres.url)
    valkey.kill()
    postgres.kill()

    async def bring() -> None:
        while len(logs) < 2:  # noqa: ASYNC110  # a log has no event
            await asyncio.sleep(0.01)
        await asyncio.to_thread(postgres.restart)
        await asyncio.to_thread(valkey.restart)

    with structlog.testing.capture_logs() as logs:
        bringing = asyncio.create_task(bring())
        async with started(settings, work=True, within_s=60) as built:
            assert "flush" in built.loops.names()
        await bringing
    told = [line for line in logs if line["event"] == "storage is away"]
    assert [line["again_in_s"] for line in told[:2]] == [0.2, 0.4]
    assert "ConnectionRefusedError" in told[0]["error"]
    assert built.loops.names() == []


async def test_whoever_serves_waits_too(valkey: Valkey, database_url: str) -> None:
    valkey.kill()
    with structlog.testing.capture_logs() as logs:

        async def bring() -> None:
            while not logs:  # noqa: ASYNC110  # a log has no event
                await asyncio.sleep(0.01)
            await asyncio.to_thread(valkey.restart)

        bringing = asyncio.create_task(bring())
        async with running(config(valkey.url, database_url), work=False) as (built, _):
            assert "front" in built.loops.names()
        await bringing
    assert "storage is away" in [line["event"] for line in logs]


async def test_it_does_not_wait_for_ever(valkey: Valkey, database_url: str) -> None:
    valkey.kill()
    with pytest.raises(Unavailable, match="Redis does not answer"):
        async with started(config(valkey.url, database_url), work=False, within_s=0.3):
            pass


async def test_what_waiting_cannot_cure_is_told_at_once(valkey: Valkey, database_url: str) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        client.config_set("appendonly", "no")
    with pytest.raises(NotDurable):
        async with started(config(valkey.url, database_url), work=False):
            pass


async def test_an_empty_database_is_no_reason_to_wait(valkey: Valkey, postgres: Postgres) -> None:
    with pytest.raises(NotMigrated):
        async with started(config(valkey.url, postgres.url), work=False):
            pass


async def test_it_begins_again_until_it_has_begun() -> None:
    failures: list[Exception] = [OSError("a"), TimeoutError("b"), Unavailable("c")]

    async def begin() -> str:
        if failures:
            raise failures.pop(0)
        return "begun"

    assert await awaited(begin, 60) == "begun"


async def test_a_defect_is_not_waited_for() -> None:
    async def begin() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await awaited(begin)
