"""The life of a feed on a real Valkey: begun once, filled quietly, and every end is noticed."""

import pytest
import redis

from examsync.devstack import Valkey
from examsync.errors import Unavailable
from examsync.infra import keys
from examsync.monitor import store as module
from examsync.monitor.feed import Answer, Telling
from examsync.monitor.store import FeedStore
from tests.stores.feeds import begun, bodies, server, standing, store, tell
from tests.unit.monitor.scene import EXAM, NOW, connection_of, row_of

__all__ = ["server", "store"]


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


async def test_whoever_fills_too_late_tells_what_is_newer(store: FeedStore) -> None:
    """Somebody may have read the feed since it was filled: what changes then is told, so that he
    and a fresh snapshot hold the same."""
    await begun(store)
    await store.fill(EXAM, [row_of("a1", n=3)])
    await store.filled(EXAM, "g1", 0)
    assert await store.fill(EXAM, [row_of("a1", n=3), row_of("a2", n=4)]) == Answer(
        "g1", 1, {0: row_of("a1", n=3).rev}
    )
    (told,) = (await standing(store)).earlier
    assert [piece.body for piece in told.pieces] == [row_of("a2", n=4).body]


async def test_whoever_filled_an_earlier_generation_says_nothing_of_this_one(
    store: FeedStore,
) -> None:
    await begun(store)
    await store.begin(EXAM, "g1", "g2")
    await store.filled(EXAM, "g2", 3)
    await store.filled(EXAM, "g1", 7)
    meta = await store.meta(EXAM)
    assert meta is not None
    assert (meta.generation, meta.filled) == ("g2", True)
    assert await store.filled_as_of(EXAM, "g2") == 3


async def test_what_was_only_filled_is_forgotten_too(store: FeedStore, server: redis.Redis) -> None:
    await begun(store)
    await store.fill(EXAM, [row_of()])
    assert 0 < int(server.pttl(keys.feed_rows(EXAM))) <= module.FEED_LIFE_MS


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
    assert before != ""
    valkey.restart()
    with pytest.raises(Unavailable):
        await store.meta(EXAM)
    with pytest.raises(Unavailable):
        await store.hear({EXAM: 1})
    meta = await store.meta(EXAM)
    assert meta is not None
    assert meta.run_id == before != store.run_id
    assert not meta.here
    heard = (await store.hear({EXAM: 1}))[EXAM]
    assert heard.meta == meta
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
