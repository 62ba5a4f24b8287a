"""One monitor, or two, on a real Redis: what examiners are told of what happens."""

import asyncio

import redis
from msgspec import structs

from protocol.facts import HandRaised, NoticeAcknowledged, Started, ViolationReported
from protocol.from_server import Hand, NoticeReceipt, Signal
from tests.services.monitors import (
    Ledger,
    ledger,
    newcomer,
    now,
    running,
    until,
    whole,
)
from tests.unit.monitor.scene import EXAM


async def test_who_watches_first_gets_everybody_as_postgres_knows_them(redis_url: str) -> None:
    book = ledger("a1", "a2")
    async with running(redis_url, book) as one:
        client, watching = await one.watch()
        assert watching.snapshot
        version = watching.version
        await until(lambda: whole(client))
        assert client.board.version == version
        assert client.board.rows == book.rows()
        assert client.events[0] == "roster"


async def test_a_confirmed_fact_reaches_who_watches_in_another_process(redis_url: str) -> None:
    book = ledger("a1")
    async with running(redis_url, book) as one, running(redis_url, book, "web-2") as other:
        client, _ = await other.watch()
        await until(lambda: whole(client))
        after = await one.tell(newcomer("a1"), Started("s1", now()), flush=False)
        await until(lambda: client.board.rows["a1"] == book.row(after))
        assert client.events.count("roster") == 1
        assert "progress" in client.events


async def test_only_one_process_reads_postgres_for_a_feed(redis_url: str) -> None:
    book = ledger("a1")
    async with running(redis_url, book) as one, running(redis_url, book, "web-2") as other:
        clients = await asyncio.gather(one.watch(), other.watch(), one.watch(), other.watch())
        await until(lambda: all(whole(client) for client, _ in clients))
        assert book.loads == 1


async def test_signals_hands_and_receipts_are_told_as_such(redis_url: str) -> None:
    book = ledger("a1")
    async with running(redis_url, book) as one:
        client, _ = await one.watch()
        attempt = await one.tell(newcomer("a1"), Started("s1", now()))
        attempt = await one.tell(attempt, ViolationReported("v1", "paste", 17, "12 words"))
        attempt = await one.tell(attempt, HandRaised("h1", True, "?"))
        await one.tell(attempt, NoticeAcknowledged("k1", "n1"))
        await until(lambda: len(client.board.happened) == 3)
        signal, hand, receipt = client.board.happened
        assert isinstance(signal, Signal)
        assert (signal.id, signal.signal, signal.client_at) == ("v1", "paste", 17)
        assert isinstance(hand, Hand)
        assert hand.raised
        assert isinstance(receipt, NoticeReceipt)
        assert receipt.notice == "n1"
        await until(lambda: client.board.rows["a1"].violations == 1)
        assert client.gaps == 0


async def test_what_became_durable_is_told_without_a_fact(redis_url: str) -> None:
    book = ledger("a1")
    async with running(redis_url, book) as one:
        client, _ = await one.watch()
        attempt = await one.tell(newcomer("a1"), Started("s1", now()), flush=False)
        await until(lambda: whole(client) and client.board.rows["a1"].started_at is not None)
        assert client.board.rows["a1"].durable is None
        book.flush(attempt)
        one.monitor.repair([("a1", EXAM)])
        await until(lambda: client.board.rows["a1"].durable == attempt.rev)


async def test_rows_that_postgres_has_older_do_not_come_back(redis_url: str) -> None:
    book = ledger("a1")
    async with running(redis_url, book) as one:
        client, _ = await one.watch()
        attempt = await one.tell(newcomer("a1"), Started("s1", now()), flush=False)
        await until(lambda: whole(client) and client.board.rows["a1"].rev == attempt.rev)
        one.monitor.repair([("a1", EXAM)])
        loads = book.loads
        await until(lambda: book.loads > loads)
        after = await one.tell(attempt, HandRaised("h1", True, ""), flush=False)
        await until(lambda: client.board.rows["a1"] == book.row(after))


async def test_a_fact_of_the_exam_changes_every_row_and_one_process_reads_them(
    redis_url: str,
) -> None:
    book = ledger("a1", "a2")
    async with running(redis_url, book) as one, running(redis_url, book, "web-2") as other:
        client, _ = await other.watch()
        attempt = await one.tell(newcomer("a1"), Started("s1", now()))
        await until(lambda: whole(client) and client.board.rows == book.rows())
        loads, before = book.loads, client.board.rows["a1"].deadline
        assert before is not None
        book.exam = structs.replace(book.exam, n=book.exam.n + 1, granted_ms=60_000)
        one.monitor.exam_changed(EXAM)
        other.monitor.exam_changed(EXAM)
        await until(lambda: client.board.rows["a1"].deadline == before + 60_000)
        assert client.board.rows == book.rows()
        await one.tell(attempt, HandRaised("h1", True, ""))
        await until(lambda: client.board.rows == book.rows())
        assert book.loads - loads == 2  # all rows once, and the one that became durable


async def test_who_is_registered_late_appears(redis_url: str) -> None:
    book = ledger("a1")
    async with running(redis_url, book) as one, running(redis_url, book, "web-2") as other:
        client, _ = await other.watch()
        await until(lambda: whole(client))
        book.register(newcomer("a2"))
        one.monitor.roll_changed(EXAM)
        await until(lambda: client.board.rows == book.rows())
        assert set(client.board.rows) == {"a1", "a2"}


async def test_without_watchers_nothing_is_built_or_kept(redis_url: str) -> None:
    book = ledger("a1")
    async with running(redis_url, book) as one:
        one.monitor.presence.connected("a1", EXAM, now(), "A")
        attempt = await one.tell(newcomer("a1"), Started("s1", now()))
        with redis.Redis.from_url(redis_url) as server:
            await until(lambda: server.exists("examsync:process:web-1") == 1)
            assert [key for key in server.keys("*") if b":m:" in key] == []
        assert book.loads == 0
        client, _ = await one.watch()
        await until(lambda: whole(client) and "a1" in client.board.connections)
        assert client.board.rows["a1"] == book.row(book.flushed["a1"])
        assert client.board.rows["a1"].rev == attempt.rev


async def test_an_examiner_of_one_hall_hears_of_no_other(redis_url: str) -> None:
    book = Ledger()
    book.register(newcomer("a1", "A"), newcomer("b1", "B"))
    async with running(redis_url, book) as one:
        here, _ = await one.watch(halls=frozenset({"B"}))
        everywhere, _ = await one.watch()
        one.monitor.presence.connected("a1", EXAM, now(), "A")
        one.monitor.presence.connected("b1", EXAM, now(), "B")
        await one.tell(newcomer("a1", "A"), ViolationReported("v1", "paste", 1, ""))
        await one.tell(newcomer("b1", "B"), Started("s1", now()))
        await until(lambda: set(everywhere.board.connections) == {"a1", "b1"})
        await until(lambda: set(here.board.connections) == {"b1"})
        await until(lambda: here.board.rows.get("b1") == book.rows()["b1"])
        assert set(here.board.rows) == {"b1"}
        assert list(here.board.happened) == []
        await until(lambda: here.board.stats is not None)
        assert here.board.stats is not None
        assert sum(here.board.stats.states.values()) == 1
        assert here.gaps == everywhere.gaps == 0
