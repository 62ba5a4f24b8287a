"""Feeds on a real Valkey: newer revs win, and versions have no holes."""

import asyncio

import pytest
import redis

from examsync.infra import keys
from examsync.monitor import store as module
from examsync.monitor.feed import Answer, Telling
from examsync.monitor.piece import Piece
from examsync.monitor.store import FeedStore
from protocol.types import Presence
from tests.stores.feeds import begun, bodies, pieces, server, standing, store, tell
from tests.unit.monitor.scene import EXAM, NOW, connection_of, row_of, signal_of

__all__ = ["server", "store"]


# --- what stands ------------------------------------------------------------------------------


async def test_without_a_feed_nobody_is_told(store: FeedStore, server: redis.Redis) -> None:
    assert await tell(store, row_of()) is None
    assert await store.standing(EXAM) is None
    assert await store.generations([EXAM, "other"]) == [None, None]
    assert server.keys("*") == []


async def test_a_telling_is_one_entry_under_the_next_version(store: FeedStore) -> None:
    await begun(store)
    first = await tell(store, row_of(), connection_of())
    second = await tell(store, signal_of(), signal_of("a2"))
    assert (first, second) == (Answer("g1", 1, {}), Answer("g1", 2, {}))
    heard = (await store.hear({EXAM: 0}))[EXAM]
    assert [len(entry.pieces) for entry in heard.entries] == [2, 2]
    assert [entry.at for entry in heard.entries] == [NOW, NOW]


async def test_an_older_rev_is_ignored_and_the_standing_one_is_named(store: FeedStore) -> None:
    await begun(store)
    await tell(store, row_of(n=5))
    answer = await tell(store, row_of("a2"), row_of(n=4))
    assert answer == Answer("g1", 2, {1: row_of(n=5).rev})
    assert await bodies(store) == {row_of(n=5).body, row_of("a2").body}


async def test_a_repeat_is_ignored_and_makes_no_version(store: FeedStore) -> None:
    await begun(store)
    await tell(store, row_of(n=5))
    assert await tell(store, row_of(n=5)) == Answer("g1", 1, {0: row_of(n=5).rev})
    assert (await standing(store)).meta.version == 1


async def test_a_newer_rev_that_says_the_same_stands_and_is_not_told(store: FeedStore) -> None:
    await begun(store)
    await tell(store, row_of(n=5))
    later = Piece("r", "a1", "B", row_of(n=5).body, rev=row_of(n=5).rev[:-1] + "9")
    assert await tell(store, later) == Answer("g1", 1, {})
    assert [piece.rev for piece in await pieces(store)] == [later.rev]


async def test_a_row_and_a_connection_are_ordered_apart(store: FeedStore) -> None:
    await begun(store)
    await tell(store, row_of(n=9), connection_of(reports=1))
    await tell(store, row_of(n=8), connection_of(reports=2, level=Presence.AWAY))
    connection = connection_of(reports=2, level=Presence.AWAY)
    assert await bodies(store) == {row_of(n=9).body, connection.body}


async def test_signals_are_told_every_time_and_do_not_stand(store: FeedStore) -> None:
    await begun(store)
    await tell(store, signal_of())
    await tell(store, signal_of())
    assert (await standing(store)).meta.version == 2
    assert await bodies(store) == set()


async def test_many_writers_at_once_leave_the_newest_and_no_hole(redis_url: str) -> None:
    stores = [FeedStore(redis_url, block_ms=50) for _ in range(4)]
    await begun(stores[0])

    async def write(one: FeedStore, offset: int) -> None:
        for n in range(50):
            await tell(one, row_of("a1", 4 * n + offset), row_of(f"own{offset}", n))

    await asyncio.gather(*(write(one, offset) for offset, one in enumerate(stores)))
    heard = (await stores[0].hear({EXAM: 0}))[EXAM]
    assert [entry.version for entry in heard.entries] == list(range(1, len(heard.entries) + 1))
    rows = {piece.attempt: piece.body for piece in await pieces(stores[1])}
    assert rows["a1"] == row_of("a1", 4 * 49 + 3).body
    told = {p.field: p.body for entry in heard.entries for p in entry.pieces}
    assert {f"{name}:r": body for name, body in rows.items()} == told
    for one in stores:
        await one.close()


async def test_a_piece_of_five_hundred_goes_in_at_once(store: FeedStore) -> None:
    await begun(store)
    answer = await tell(store, *(row_of(f"a{n}") for n in range(500)))
    assert answer == Answer("g1", 1, {})
    assert len(await bodies(store)) == 500


# --- what was told ----------------------------------------------------------------------------


async def test_hearing_goes_on_after_the_version_at_hand(store: FeedStore) -> None:
    await begun(store)
    for n in range(1, 4):
        await tell(store, row_of(n=n))
    heard = (await store.hear({EXAM: 2}))[EXAM]
    assert [entry.version for entry in heard.entries] == [3]
    assert heard.meta is not None
    assert heard.meta.version == 3


async def test_hearing_waits_for_what_comes_in_any_of_its_exams(store: FeedStore) -> None:
    other = "exam2"
    await begun(store)
    await store.begin(other, "", "g9")
    hearing = asyncio.create_task(store.hear({EXAM: 0, other: 0}))
    await store.tell([Telling(other, [row_of()], NOW)])
    heard = await hearing
    if not heard[other].entries:  # it came between two waits
        heard = await store.hear({EXAM: 0, other: 0})
    assert heard[EXAM].entries == []
    assert [entry.version for entry in heard[other].entries] == [1]


async def test_a_whole_feed_comes_with_its_latest_entries(store: FeedStore) -> None:
    await begun(store)
    await tell(store, row_of(n=1))
    await tell(store, signal_of())
    found = await standing(store)
    assert [entry.version for entry in found.earlier] == [2, 1]
    assert found.meta.version == 2


async def test_the_stream_is_capped(store: FeedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ENTRIES_MAX", 120)
    await begun(store)
    for start in range(0, 400, 20):
        await store.tell([Telling(EXAM, [row_of(n=start + n)], NOW) for n in range(1, 21)])
    heard = (await store.hear({EXAM: 0}))[EXAM]
    assert len(heard.entries) < 400
    assert heard.entries[-1].version == 400
    assert [e.version for e in heard.entries] == list(range(401 - len(heard.entries), 401))


async def test_a_stream_of_large_entries_is_capped_by_weight(
    store: FeedStore, server: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STREAM_BYTES_MAX", 100_000)
    await begun(store)
    for n in range(1, 301):
        await tell(store, row_of(n=n, name="x" * 5_000))
    assert 100 <= int(server.xlen(keys.feed(EXAM))) < 250  # whole nodes of a hundred are dropped
