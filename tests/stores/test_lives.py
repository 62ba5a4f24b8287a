"""Which life of Redis' data this is: claimed once, noticed always, later than any before."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from examsync.attempts.lives import Lives, parse, run_id_of
from examsync.attempts.ports import LaterEpoch, Life, Outcome
from examsync.attempts.records import PostgresRecords
from examsync.devstack import Valkey
from examsync.errors import Unavailable
from examsync.infra import keys
from examsync.infra.postgres import Pool
from examsync.infra.redis import Line
from tests.builders import CHAIN_KEY, granted, life, started
from tests.stores.shelf import P, Shelf, opened, written


@pytest.fixture
async def shelf(redis_url: str, pool: Pool) -> AsyncIterator[Shelf]:
    """One process."""
    async with opened(redis_url, pool) as shelf:
        yield shelf


@contextlib.asynccontextmanager
async def crowd(url: str, pool: Pool, count: int) -> AsyncIterator[list[Shelf]]:
    """Several processes at once."""
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(opened(url, pool)) for _ in range(count)]


async def epochs(pool: Pool) -> list[tuple[int, str, int]]:
    """Every claim there is, the oldest first."""
    rows = await pool.fetch("SELECT epoch, run_id, nth FROM epochs ORDER BY epoch")
    return [(row["epoch"], row["run_id"], row["nth"]) for row in rows]


def test_a_life_is_written_and_read_in_one_form() -> None:
    one = life(epoch=7, run_id="abc", backlog="5-1", began_at=9)
    assert one.text == "7:abc:5-1:9"
    assert parse(0, one.text.encode()) == one
    assert parse(0, None) is None


def test_a_server_that_tells_no_run_id_is_refused() -> None:
    assert run_id_of(b"# Server\r\nredis_version:7\r\nrun_id:abc\r\nhz:10\r\n") == "abc"
    with pytest.raises(Unavailable):
        run_id_of(b"# Server\r\n")


async def test_an_empty_redis_begins_the_first_epoch(shelf: Shelf, pool: Pool) -> None:
    first = await shelf.life()
    assert (first.p, first.epoch, first.backlog) == (P, 1, "0-0")
    assert await epochs(pool) == [(1, first.run_id, 1)]
    assert await shelf.raw.get(keys.epoch(P)) == first.text.encode()
    seconds, _ = await shelf.raw.time()
    assert abs(first.began_at - seconds * 1_000) < 60_000


async def test_of_many_who_come_at_once_one_begins_it(redis_url: str, pool: Pool) -> None:
    async with crowd(redis_url, pool, 8) as shelves:
        lives = await asyncio.gather(*[shelf.life() for shelf in shelves])
        stands = await shelves[0].raw.get(keys.epoch(P))
    assert {one.text.encode() for one in lives} == {stands}
    claims = await epochs(pool)
    assert [nth for _, _, nth in claims] == list(range(1, len(claims) + 1))


async def test_a_run_id_is_claimed_once_however_many_ask(shelf: Shelf) -> None:
    claims = await asyncio.gather(*[shelf.records.claim(P, "run-1", 0) for _ in range(10)])
    assert sorted(claims) == [(1, False)] * 9 + [(1, True)]
    assert await shelf.records.claim(P, "run-2", 0) == (2, True)
    assert await shelf.records.claim(P, "run-1", 0) == (1, False)
    assert await shelf.records.claim(P, "run-1", 1) == (3, True)
    assert await shelf.records.claim(P, "run-1", 2) == (3, False)
    assert await shelf.records.claim(P, "run-1", 9) == (10, True)
    assert await shelf.records.claim(P + 1, "run-1", 0) == (1, True)


async def test_who_comes_later_finds_the_life_that_stands(redis_url: str, pool: Pool) -> None:
    async with crowd(redis_url, pool, 2) as (one, other):
        assert await one.life() == await other.life()
    assert len(await epochs(pool)) == 1


# --- another life ---------------------------------------------------------------------------------


async def test_an_emptied_redis_is_noticed_on_a_standing_connection(
    shelf: Shelf, pool: Pool
) -> None:
    """Its run_id is the same: only the missing key tells."""
    attempt = await shelf.save(await shelf.seated(), granted())
    was = await shelf.life()
    made = await shelf.saves(attempt, started())
    await shelf.raw.flushall()
    assert await written(shelf.store, list(made)) == [Outcome.LIFE]
    assert await shelf.raw.dbsize() == 0
    now = await shelf.life()
    assert (now.epoch, now.run_id) == (was.epoch + 1, was.run_id)
    assert await epochs(pool) == [(1, was.run_id, 1), (2, was.run_id, 2)]


async def test_many_who_notice_at_once_agree(redis_url: str, pool: Pool) -> None:
    async with crowd(redis_url, pool, 6) as shelves:
        await asyncio.gather(*[shelf.life() for shelf in shelves])
        await shelves[0].raw.flushall()
        for shelf in shelves:
            shelf.lives.doubt()
        lives = await asyncio.gather(*[shelf.life() for shelf in shelves])
        for shelf in shelves:
            shelf.lives.doubt()
        again = await asyncio.gather(*[shelf.life() for shelf in shelves])
    assert len({one.text for one in again}) == 1
    assert all(one.epoch > 1 for one in lives)


async def test_a_key_of_another_server_begins_a_later_epoch(shelf: Shelf) -> None:
    """A replica that was promoted, or a file that was restored, brings the key along."""
    await shelf.life()
    await shelf.raw.set(keys.epoch(P), "50:another server:3-1:1")
    await shelf.raw.xadd(keys.log(P), {"f": "x"}, id="77-5")
    shelf.lives.doubt()
    found = await shelf.life()
    assert (found.epoch, found.backlog) == (51, "77-5")
    assert found.run_id != "another server"


async def test_a_new_connection_sees_it_before_its_first_write(redis_url: str, pool: Pool) -> None:
    async with crowd(redis_url, pool, 2) as (one, other):
        await one.life()
        await one.raw.set(keys.epoch(P), "50:another server:3-1:1")
        assert (await other.life()).epoch == 51


async def test_the_log_of_the_former_life_is_a_backlog_until_it_is_gone(shelf: Shelf) -> None:
    attempt = await shelf.seated()
    await shelf.save(attempt, granted(), started())
    assert await shelf.store.backlog_clear(P)
    await shelf.store.renew(P, (await shelf.life()).epoch)
    assert not await shelf.store.backlog_clear(P)
    (rows,) = await shelf.store.reads.call(("XRANGE", keys.log(P), "-", "+"))
    assert (await shelf.life()).backlog == rows[-1][0].decode()
    await shelf.raw.xadd(keys.log(P), {"f": "of this life"})
    await shelf.raw.xdel(keys.log(P), *[row[0] for row in rows])
    assert await shelf.store.backlog_clear(P)


async def test_who_meets_a_later_epoch_claims_one_still_later(shelf: Shelf) -> None:
    """Two primaries: whoever finds that Postgres was told of another life."""
    (id_,) = await shelf.register("asha")
    assert await shelf.records.rebuild(id_, 9) is not None
    with pytest.raises(LaterEpoch) as later:
        await shelf.records.rebuild(id_, (await shelf.life()).epoch)
    assert later.value.epoch == 9
    await shelf.store.renew(P, 9)
    assert (await shelf.life()).epoch == 10
    assert await shelf.records.rebuild(id_, 10) is not None


async def test_listeners_hear_of_a_new_epoch_and_not_of_the_first(shelf: Shelf) -> None:
    heard: list[Life] = []
    shelf.lives.listeners.append(heard.append)
    await shelf.life()
    shelf.lives.doubt()
    await shelf.life()
    assert heard == []
    await shelf.raw.flushall()
    shelf.lives.doubt()
    await shelf.life()
    assert [one.epoch for one in heard] == [2]


# --- without Postgres -----------------------------------------------------------------------------


class Away(PostgresRecords):
    """A Postgres that cannot be asked."""

    async def claim(self, p: int, run_id: str, above: int) -> tuple[int, bool]:
        """No."""
        raise Unavailable("Postgres is away")


async def test_without_postgres_a_life_goes_on_and_none_begins(redis_url: str, pool: Pool) -> None:
    line = Line(redis_url)
    async with opened(redis_url, pool) as shelf:
        away = Lives(1, Away(pool, CHAIN_KEY))
        with pytest.raises(Unavailable):
            await away.refresh(line)
        stands = await shelf.life()
        await away.refresh(line)
        assert away.get(P) == stands
    await line.close()


@pytest.mark.faults
async def test_a_killed_server_comes_back_with_all_that_was_acked_in_a_new_epoch(
    valkey: Valkey, pool: Pool
) -> None:
    async with opened(valkey.url, pool) as shelf:
        attempt = await shelf.seated()
        saved = await shelf.saves(attempt, granted(), started())
        assert await written(shelf.store, list(saved)) == [Outcome.OK, Outcome.OK]
        was = await shelf.life()
        valkey.kill()
        assert await written(shelf.store, list(saved)) == [Outcome.UNKNOWN, Outcome.UNKNOWN]
        valkey.start()
        assert await written(shelf.store, list(saved)) == [Outcome.LIFE, Outcome.LIFE]
        with pytest.raises(Unavailable):
            await shelf.life()  # the reading line breaks only now
        now = await shelf.life()
        assert (now.epoch, now.run_id == was.run_id) == (was.epoch + 1, False)
        assert not await shelf.store.backlog_clear(P)
        assert await shelf.store.log_hashes(P) == {each.fact.hash for each in saved}
        assert await shelf.store.load(P, attempt.id) is None
