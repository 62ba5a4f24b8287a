"""Who comes back, who is slow, who is dead: lines to examiners, with a real Redis behind."""

import pytest

from examsync.monitor import watcher
from protocol.facts import AnswerSaved, HandRaised, Started
from protocol.from_server import Hand
from tests.services.monitors import (
    Client,
    ledger,
    newcomer,
    now,
    running,
    until,
    whole,
)
from tests.unit.monitor.scene import EXAM


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
