"""Feeds that are wiped, turned back, frozen, forgotten or kept, on a real Redis."""

import asyncio

import pytest
import redis

from examsync.devstack import Valkey
from examsync.errors import ExamError
from examsync.monitor import following, keeping
from examsync.monitor.store import feed_keys
from protocol.facts import HandRaised, Started, ViolationReported
from tests.services.monitors import (
    ledger,
    newcomer,
    now,
    running,
    until,
    whole,
)
from tests.unit.monitor.scene import EXAM


async def test_a_wiped_redis_leads_to_a_new_generation_and_fresh_snapshots(redis_url: str) -> None:
    book = ledger("a1", "a2")
    async with running(redis_url, book) as one, running(redis_url, book, "web-2") as other:
        clients = [(await each.watch())[0] for each in (one, other)]
        one.monitor.presence.connected("a1", EXAM, now(), "A")
        attempt = await one.tell(newcomer("a1"), Started("s1", now()))
        await until(lambda: all(c.board.rows == book.rows() for c in clients))
        await until(lambda: all("a1" in c.board.connections for c in clients))
        before = {c.board.version.partition(".")[0] for c in clients if c.board.version}
        assert len(before) == 1
        with redis.Redis.from_url(redis_url) as server:
            server.flushall()

        def anew() -> bool:
            one.monitor.presence.seen("a1", now())
            versions = {(c.board.version or "").partition(".")[0] for c in clients}
            return len(versions) == 1 and not versions & (before | {""})

        await until(anew)
        await until(lambda: all("a1" in c.board.connections for c in clients))
        await one.tell(attempt, HandRaised("h1", True, ""))
        await until(lambda: all(c.board.rows == book.rows() for c in clients))
        assert all(c.gaps == 0 for c in clients)


async def test_a_feed_that_is_watched_does_not_expire(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "KEEP_MS", 0)
    async with running(redis_url, ledger("a1")) as one:
        client, _ = await one.watch()
        await until(lambda: whole(client))
        with redis.Redis.from_url(redis_url) as server:
            names = feed_keys(EXAM)[:2]
            for name in names:
                server.pexpire(name, 20_000)
            await until(lambda: all(int(server.pttl(name)) > 20_000 for name in names))


async def test_a_feed_that_began_anew_is_told_who_is_connected(redis_url: str) -> None:
    book = ledger("a1")
    async with running(redis_url, book) as one:
        client, _ = await one.watch()
        one.monitor.presence.connected("a1", EXAM, now(), "A")
        await until(lambda: "a1" in client.board.connections)
        generation = (client.board.version or "").partition(".")[0]
        assert await one.store.begin(EXAM, generation, "anew") == "anew"

        def anew() -> bool:
            one.monitor.presence.seen("a1", now())
            version = client.board.version or ""
            return version.startswith("anew.") and "a1" in client.board.connections

        await until(anew)


async def test_a_feed_that_went_backwards_is_begun_anew(redis_url: str) -> None:
    book = ledger("a1")
    async with running(redis_url, book) as one:
        client, _ = await one.watch()
        await one.tell(newcomer("a1"), Started("s1", now()))
        await until(lambda: whole(client) and client.board.rows == book.rows())
        before = client.board.version
        assert before is not None
        generation = before.partition(".")[0]
        with redis.Redis.from_url(redis_url) as server:
            meta = f"examsync:m:{{{EXAM}}}:meta"
            server.hset(meta, "version", "0")
        await until(lambda: (client.board.version or generation).partition(".")[0] != generation)
        await until(lambda: client.board.rows == book.rows())


async def test_while_postgres_is_away_a_feed_cannot_begin_and_says_so(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "PATIENCE_S", 0.3)
    book = ledger("a1")
    book.away = True
    async with running(redis_url, book) as one:
        with pytest.raises(ExamError) as refused:
            await one.watch()
        assert refused.value.problem.retry
        book.away = False
        monkeypatch.setattr(following, "PATIENCE_S", 30.0)
        client, _ = await one.watch()
        await until(lambda: whole(client))


async def test_an_exam_nobody_watches_any_more_is_followed_no_longer(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "LINGER_MS", 100)
    async with running(redis_url, ledger("a1")) as one:
        client, watching = await one.watch()
        await until(lambda: whole(client))
        one.monitor.unwatch(watching)
        await until(lambda: one.monitor.followed() == [])
        again, _ = await one.watch()
        await until(lambda: whole(again))


@pytest.mark.faults
async def test_what_is_confirmed_while_redis_is_frozen_is_told_when_it_thaws(
    valkey: Valkey,
) -> None:
    book = ledger("a1")
    async with running(valkey.url, book) as one:
        client, _ = await one.watch()
        await until(lambda: whole(client))
        before = client.board.version
        valkey.pause()
        after = await one.tell(newcomer("a1"), Started("s1", now()), flush=False)
        await one.tell(after, ViolationReported("v1", "paste", 1, ""), flush=False)
        await asyncio.sleep(1.5)  # longer than a call to Redis may take: it fails, and is repeated
        assert client.board.version == before
        valkey.resume()
        await until(lambda: client.board.rows["a1"].violations == 1)
        await until(lambda: len(client.board.happened) == 1)
        assert client.gaps == 0
