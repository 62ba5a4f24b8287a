"""Starting while Redis or Postgres is not there yet: waits, says so, and never for nothing."""

import asyncio
import os
import signal
from collections.abc import Sequence
from typing import Any

import pytest
import redis
import structlog

from examsync import starting
from examsync.app import NotDurable, NotMigrated
from examsync.devstack import Postgres, Valkey
from examsync.errors import Unavailable
from examsync.infra.migrations import migrate
from examsync.starting import awaited, started
from examsync.web import running
from tests.services.installation import config


class Leaping(asyncio.SelectorEventLoop):
    """A loop on which hours can pass in no time: what is asleep awakes."""

    leapt_s = 0.0

    def time(self) -> float:
        """Seconds, as on any loop, and those that were leapt over."""
        return super().time() + self.leapt_s


async def lines(logs: Sequence[Any], count: int) -> None:
    """So many lines have been logged."""
    while len(logs) < count:  # noqa: ASYNC110  # a log has no event
        await asyncio.sleep(0.01)


async def test_it_starts_when_what_was_away_has_come(valkey: Valkey, postgres: Postgres) -> None:
    await migrate(postgres.url)
    settings = config(valkey.url, postgres.url)
    valkey.kill()
    postgres.kill()

    async def bring() -> None:
        await lines(logs, 2)
        await asyncio.to_thread(postgres.restart)
        await asyncio.to_thread(valkey.restart)

    with structlog.testing.capture_logs() as logs:
        bringing = asyncio.create_task(bring())
        async with started(settings, work=True, within_s=60) as built:
            assert "flush" in built.loops.names()
        await bringing
    told = [line for line in logs if line["event"] == "storage is away"]
    assert [line["again_in_s"] for line in told[:2]] == [0.2, 0.4]
    assert "Postgres is away: ConnectionRefusedError" in told[0]["error"]
    assert built.loops.names() == []


async def test_whoever_serves_waits_too(valkey: Valkey, database_url: str) -> None:
    valkey.kill()
    with structlog.testing.capture_logs() as logs:

        async def bring() -> None:
            await lines(logs, 1)
            await asyncio.to_thread(valkey.restart)

        bringing = asyncio.create_task(bring())
        async with running(config(valkey.url, database_url), work=False) as (built, _):
            assert "front" in built.loops.names()
        await bringing
    assert "storage is away" in [line["event"] for line in logs]


def test_it_waits_for_a_frozen_redis_for_as_long_as_that_takes(
    valkey: Valkey, database_url: str
) -> None:
    async def bring(logs: Sequence[Any], loop: Leaping) -> None:
        for hours in range(1, 4):
            await lines(logs, hours)
            loop.leapt_s += 3_600
        await asyncio.to_thread(valkey.resume)

    async def scene() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Leaping)
        with structlog.testing.capture_logs() as logs:
            bringing = asyncio.create_task(bring(logs, loop))
            async with started(config(valkey.url, database_url), work=True) as built:
                assert "flush" in built.loops.names()
            await bringing
        told = [line for line in logs if line["event"] == "storage is away"][:3]
        assert {line["error"] for line in told} == {
            "Unavailable: Redis does not answer: TimeoutError"
        }
        assert [line["waited_s"] // 3_600 for line in told] == [0, 1, 2]

    valkey.pause()
    with asyncio.Runner(loop_factory=Leaping) as runner:
        runner.run(scene())


async def test_it_says_that_postgres_is_silent_before_it_gives_up_a_connection(
    valkey: Valkey, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate(postgres.url)
    monkeypatch.setattr(starting, "PAUSE_S_MAX", 0.1)
    os.kill(postgres.pid, signal.SIGSTOP)

    async def bring() -> None:
        await lines(logs, 2)
        os.kill(postgres.pid, signal.SIGCONT)

    with structlog.testing.capture_logs() as logs:
        bringing = asyncio.create_task(bring())
        async with started(config(valkey.url, postgres.url), work=True) as built:
            assert "flush" in built.loops.names()
        await bringing
    assert [(line["event"], line["error"]) for line in logs[:2]] == [
        ("storage is away", "Postgres has not answered for 0.1 s"),
        ("storage is away", "Postgres has not answered for 0.2 s"),
    ]


async def test_who_says_how_long_waits_no_longer(valkey: Valkey, database_url: str) -> None:
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
