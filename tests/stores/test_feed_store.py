"""Feeds on a real Valkey: newer revs win, versions have no holes, and every end is noticed."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import redis

from examsync.devstack import Valkey
from examsync.errors import Unavailable
from examsync.infra import keys
from examsync.monitor import store as module
from examsync.monitor.feed import Answer, Standing, Telling
from examsync.monitor.piece import Piece, stored
from examsync.monitor.store import FeedStore
from protocol.types import Presence
from tests.unit.monitor.scene import EXAM, NOW, connection_of, row_of, signal_of


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[FeedStore]:
    found = FeedStore(redis_url, block_ms=50)
    yield found
    await found.close()


@pytest.fixture
def server(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


async def begun(store: FeedStore, generation: str = "g1") -> str:
    await store.meta(EXAM)  # so that the server is known
    return await store.begin(EXAM, "", generation)


async def tell(store: FeedStore, *pieces: Piece) -> Answer | None:
    (answer,) = await store.tell([Telling(EXAM, pieces, NOW)])
    return answer


async def standing(store: FeedStore) -> Standing:
    found = await store.standing(EXAM)
    assert found is not None
    return found


async def pieces(store: FeedStore) -> list[Piece]:
    return [stored(each) for each in (await standing(store)).values]


async def bodies(store: FeedStore) -> set[bytes]:
    return {piece.body for piece in await pieces(store)}


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


# --- a feed's life ----------------------------------------------------------------------------


async def test_of_two_who_begin_at_once_the_first_is_followed(redis_url: str) -> None:
    one, other = FeedStore(redis_url), FeedStore(redis_url)
    await one.meta(EXAM)
    await other.meta(EXAM)
    assert await one.begin(EXAM, "", "g1") == "g1"
    assert await other.begin(EXAM, "", "g2") == "g1"
    await one.close()
    await other.close()


async def test_a_new_generation_begins_empty_and_at_zero(store: FeedStore) -> None:
    await begun(store)
    await tell(store, row_of())
    assert await store.begin(EXAM, "g1", "g2") == "g2"
    found = await standing(store)
    assert (found.meta.generation, found.meta.version) == ("g2", 0)
    assert (found.values, found.earlier) == ([], [])
    assert await tell(store, row_of(n=1)) == Answer("g2", 1, {})


async def test_who_hears_is_told_that_another_generation_began(store: FeedStore) -> None:
    await begun(store)
    for n in range(1, 4):
        await tell(store, row_of(n=n))
    await store.begin(EXAM, "g1", "g2")
    heard = (await store.hear({EXAM: 1}))[EXAM]
    assert heard.meta is not None
    assert heard.meta.generation == "g2"
    assert heard.entries == []


async def test_a_wiped_feed_is_no_feed(store: FeedStore, server: redis.Redis) -> None:
    await begun(store)
    await tell(store, row_of())
    server.flushall()
    assert (await store.hear({EXAM: 1}))[EXAM].meta is None
    assert await tell(store, row_of(n=2)) is None


async def test_a_feed_is_filled_quietly_and_nothing_newer_is_lost(store: FeedStore) -> None:
    await begun(store)
    await tell(store, row_of("a1", n=9))
    await store.fill(EXAM, [row_of("a1", n=3), row_of("a2", n=4)])
    meta = await store.meta(EXAM)
    assert meta is not None
    assert not meta.filled
    await store.filled(EXAM, "g1", 7)
    found = await standing(store)
    assert found.meta.filled
    assert found.meta.version == 1
    assert await bodies(store) == {row_of("a1", n=9).body, row_of("a2", n=4).body}


async def test_what_was_filled_is_of_its_generation(store: FeedStore) -> None:
    await begun(store)
    await store.filled(EXAM, "g1", 7)
    assert await store.filled_as_of(EXAM, "g1") == 7
    assert await store.filled_as_of(EXAM, "g0") == 0
    await store.begin(EXAM, "g1", "g2")
    assert await store.filled_as_of(EXAM, "g2") == 0
    meta = await store.meta(EXAM)
    assert meta is not None
    assert not meta.filled


async def test_one_process_fills_and_may_ask_again(store: FeedStore) -> None:
    await begun(store)
    assert await store.claim_filling(EXAM, "web-1")
    assert await store.claim_filling(EXAM, "web-1")
    assert not await store.claim_filling(EXAM, "web-2")
    await store.filled(EXAM, "g1", 0)
    assert await store.claim_filling(EXAM, "web-2")


async def test_a_feed_that_is_kept_by_nobody_is_forgotten_whole(
    store: FeedStore, server: redis.Redis
) -> None:
    await begun(store)
    await tell(store, row_of(), connection_of())
    names = [keys.feed_meta(EXAM), keys.feed_rows(EXAM), keys.feed(EXAM)]
    assert all(0 < int(server.pttl(name)) <= module.FEED_LIFE_MS for name in names)
    for name in names:
        server.pexpire(name, 5_000)
    await store.keep([EXAM])
    assert all(int(server.pttl(name)) > 5_000 for name in names)


# --- processes and machines -------------------------------------------------------------------


async def test_a_process_that_says_so_lives(store: FeedStore, server: redis.Redis) -> None:
    assert not await store.beat("web-1")
    assert await store.beat("web-1")
    assert await store.alive(["web-1", "web-2"]) == {"web-1"}
    assert await store.alive([]) == set()
    assert 0 < int(server.pttl(keys.process("web-1"))) <= module.PROCESS_LIFE_MS
    server.delete(keys.process("web-1"))  # as its time would
    assert not await store.beat("web-1")


async def test_an_error_of_redis_is_not_an_answer(store: FeedStore, server: redis.Redis) -> None:
    await begun(store)
    server.set(keys.feed_rows("broken"), "no hash")
    await store.begin("broken", "", "g1")
    server.set(keys.feed_rows("broken"), "no hash")
    with pytest.raises(Unavailable, match="WRONGTYPE"):
        await store.tell([Telling("broken", [row_of()], NOW)])
    with pytest.raises(Unavailable, match="WRONGTYPE"):
        await store.standing("broken")


@pytest.mark.faults
async def test_a_restarted_server_is_known_by_its_run_id(valkey: Valkey) -> None:
    store = FeedStore(valkey.url, block_ms=50)
    await begun(store)
    await tell(store, row_of())
    await store.hear({EXAM: 0})
    before = store.run_id
    assert before == store.run_id_heard != ""
    valkey.restart()
    with pytest.raises(Unavailable):
        await store.meta(EXAM)
    with pytest.raises(Unavailable):
        await store.hear({EXAM: 1})
    meta = await store.meta(EXAM)
    assert meta is not None
    assert meta.run_id == before != store.run_id
    heard = (await store.hear({EXAM: 1}))[EXAM]
    assert heard.meta == meta
    assert store.run_id_heard == store.run_id
    await store.close()


@pytest.mark.faults
async def test_a_frozen_server_is_not_waited_for_for_ever(valkey: Valkey) -> None:
    store = FeedStore(valkey.url, timeout_s=0.3, block_ms=50)
    await begun(store)
    await store.hear({EXAM: 0})
    valkey.pause()
    try:
        with pytest.raises(Unavailable):
            await tell(store, row_of())
        with pytest.raises(Unavailable):
            await store.hear({EXAM: 0})
    finally:
        valkey.resume()
    await store.close()
