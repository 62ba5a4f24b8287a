"""One monitor, or two, on a real Redis: what examiners are sent, and when it is a snapshot."""

import asyncio

import pytest
import redis
from msgspec import structs

from examsync.devstack import Valkey
from examsync.errors import ExamError
from examsync.monitor import following, keeping, watcher
from examsync.monitor.store import feed_keys
from protocol.facts import AnswerSaved, HandRaised, NoticeAcknowledged, Started, ViolationReported
from protocol.from_server import Hand, NoticeReceipt, Signal
from protocol.types import Presence
from tests.services.monitors import Client, Ledger, newcomer, now, running, until
from tests.unit.monitor.scene import EXAM


def ledger(*names: str) -> Ledger:
    found = Ledger()
    found.register(*(newcomer(name) for name in names))
    return found


def whole(client: Client) -> bool:
    return client.board.version is not None


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


# --- coming back --------------------------------------------------------------------------------


async def test_who_comes_back_with_his_version_gets_what_he_missed(redis_url: str) -> None:
    book = ledger("a1")
    async with running(redis_url, book) as one, running(redis_url, book, "web-2") as other:
        first, watching = await one.watch()
        attempt = await one.tell(newcomer("a1"), Started("s1", now()))
        await until(lambda: whole(first) and first.board.rows == book.rows())
        one.monitor.unwatch(watching)
        await one.tell(attempt, HandRaised("h1", True, ""))
        probe, _ = await one.watch()
        await until(lambda: whole(probe) and probe.board.rows == book.rows())
        again = Client()
        again.board = first.board
        resumed = await other.monitor.watch(EXAM, first.board.version, again)
        assert not resumed.snapshot
        await until(lambda: again.board.rows == book.rows())
        assert again.gaps == 0
        assert "roster" not in again.events
        assert [type(each) for each in again.board.happened] == [Hand]


@pytest.mark.parametrize("version", ["", "nonsense", "0000.7", "x.999999"])
async def test_who_comes_back_with_any_other_version_gets_a_snapshot(
    redis_url: str, version: str
) -> None:
    async with running(redis_url, ledger("a1")) as one:
        client, watching = await one.watch(version)
        assert watching.snapshot
        await until(lambda: whole(client))


async def test_who_watches_no_more_is_sent_no_more(redis_url: str) -> None:
    book = ledger("a1")
    async with running(redis_url, book) as one:
        client, watching = await one.watch()
        other, _ = await one.watch()
        await until(lambda: whole(client) and whole(other))
        one.monitor.unwatch(watching)
        one.monitor.unwatch(watching)
        count = len(client.events)
        await one.tell(newcomer("a1"), Started("s1", now()))
        await until(lambda: other.board.rows == book.rows())
        assert len(client.events) == count


# --- slow and dead ------------------------------------------------------------------------------


async def test_a_slow_line_misses_nothing_and_gets_it_merged(redis_url: str) -> None:
    book = ledger("a1")
    async with running(redis_url, book) as one:
        slow, _ = await one.watch()
        fast, _ = await one.watch()
        await until(lambda: whole(slow) and whole(fast))
        slow.full = True
        attempt = await one.tell(newcomer("a1"), Started("s1", now()))
        for seq in range(1, 5):
            body = AnswerSaved(f"i{seq}", "1-a", seq, "d", "x", now())
            attempt = await one.tell(attempt, body)
            await until(lambda seq=seq: fast.board.rows["a1"].answered == seq)  # type: ignore[misc]
        assert slow.board.rows["a1"].answered == 0
        progress = slow.events.count("progress")
        slow.full = False
        await until(lambda: slow.board.rows == fast.board.rows)
        assert slow.events.count("progress") <= progress + 2 < fast.events.count("progress")
        assert slow.gaps == 0


async def test_a_dead_line_is_cut(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "STUCK_MS", 300)
    book = ledger("a1")
    async with running(redis_url, book) as one:
        dead, _ = await one.watch()
        dead.full = True
        await until(lambda: dead.was_cut)
        fine, _ = await one.watch()
        await until(lambda: whole(fine))


async def test_a_sink_that_raises_is_cut_and_harms_nobody(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = ledger("a1")
    async with running(redis_url, book) as one:
        broken, fine = Client(), Client()

        def send(event: str, body: bytes) -> None:
            raise RuntimeError("the socket is closed")

        monkeypatch.setattr(broken, "send", send)
        await one.monitor.watch(EXAM, None, broken)
        await one.monitor.watch(EXAM, None, fine)
        await until(lambda: whole(fine) and broken.was_cut)


# --- presence -----------------------------------------------------------------------------------


async def test_who_falls_silent_is_seen_to_and_comes_back_by_a_frame(redis_url: str) -> None:
    book = ledger("a1")
    async with running(redis_url, book) as one:
        client, _ = await one.watch()
        presence = one.monitor.presence
        presence.connected("a1", EXAM, now(), "A")
        seen: list[Presence] = []

        def level(wanted: Presence) -> bool:
            found = client.board.connections.get("a1")
            if found is not None and (not seen or seen[-1] is not found.level):
                seen.append(found.level)
            return found is not None and found.level is wanted

        await until(lambda: level(Presence.AWAY))
        presence.seen("a1", now(), pending=2, rtt_ms=700)
        await until(lambda: level(Presence.LIVE))
        assert seen == [Presence.LIVE, Presence.LATE, Presence.SILENT, Presence.AWAY, Presence.LIVE]
        assert client.board.connections["a1"].pending == 2


async def test_figures_come_without_being_asked_for(redis_url: str) -> None:
    book = ledger("a1", "a2")
    async with running(redis_url, book) as one:
        client, _ = await one.watch()
        one.monitor.presence.connected("a1", EXAM, now(), "A")
        await until(
            lambda: (
                client.board.stats is not None
                and client.board.stats.presence == {"live": 1, "never": 1}
            )
        )
        assert client.board.stats is not None
        assert client.board.stats.states == {"not_started": 2}
        assert (client.board.stats.backlog, client.board.stats.durable_lag_ms) == (3, 40)


async def test_whom_a_dead_process_held_is_away(redis_url: str) -> None:
    book = ledger("a1", "a2")
    async with running(redis_url, book) as watching:
        client, _ = await watching.watch()
        async with running(redis_url, book, "web-2") as dying:
            for name in ("a1", "a2"):
                dying.monitor.presence.connected(name, EXAM, now(), "A")
            await until(lambda: len(client.board.connections) == 2)
        # it hung up without a word about its candidates
        await until(
            lambda: all(c.level is Presence.AWAY for c in client.board.connections.values())
        )


async def test_a_process_that_was_taken_for_dead_says_that_it_lives(redis_url: str) -> None:
    book = ledger("a1")
    async with running(redis_url, book) as one, running(redis_url, book, "web-2") as other:
        client, _ = await other.watch()
        presence = one.monitor.presence
        presence.connected("a1", EXAM, now(), "A")
        await until(lambda: "a1" in client.board.connections)
        beats = one.store.beat

        async def silent(process: str) -> bool:
            del process
            return True

        one.store.beat = silent  # type: ignore[method-assign]

        def level(wanted: Presence) -> bool:
            presence.seen("a1", now())  # frames come all the time: its own sweep sees no change
            return client.board.connections["a1"].level is wanted

        await until(lambda: level(Presence.AWAY))
        one.store.beat = beats  # type: ignore[method-assign]
        await until(lambda: level(Presence.LIVE))


# --- a feed that ends ---------------------------------------------------------------------------


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
