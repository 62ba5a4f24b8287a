"""From the log of a real Redis into a real Postgres: everything, in order, once, by anybody."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator

import pytest

from examsync.attempts import log
from examsync.attempts.attempt import Attempt
from examsync.attempts.flush import Flusher
from examsync.attempts.records import PostgresRecords
from examsync.errors import Unavailable
from examsync.infra import keys
from examsync.infra.postgres import Pool
from protocol.facts import Body
from tests.builders import (
    CHAIN_KEY,
    granted,
    saved,
    started,
)
from tests.stores.flushing import EVERYTHING, Told, commit_only, flusher, row, same_in_postgres
from tests.stores.shelf import P, Shelf, opened


@pytest.fixture
async def shelf(redis_url: str, pool: Pool) -> AsyncIterator[Shelf]:
    """One process."""
    async with opened(redis_url, pool) as shelf:
        yield shelf


async def test_what_was_saved_is_flushed_told_and_leaves_the_log(shelf: Shelf) -> None:
    attempt = await shelf.save(await shelf.seated(), *EVERYTHING)
    told: Told = []
    assert await flusher(shelf, told=told).turn(P) == 8
    assert await same_in_postgres(shelf, attempt)
    assert await shelf.raw.xlen(keys.log(P)) == 0
    ((durable, facts),) = told
    assert durable == {attempt.id: (1, 8)}
    assert [fact.n for fact in facts] == list(range(1, 9))
    assert (await shelf.load(attempt.id)).durable == (1, 8)
    assert await flusher(shelf).turn(P) == 0


async def test_sql_can_ask_the_row(shelf: Shelf) -> None:
    attempt = await shelf.save(await shelf.seated(), *EVERYTHING)
    await flusher(shelf).turn(P)
    found = await row(shelf, attempt.id)
    core = attempt.core
    assert (found["state"], found["grading"], found["closes"]) == ("submitted", "pending", 1)
    assert (found["started_at"], found["closed_at"]) == (core.started_at, core.closed_at)


async def test_a_batch_has_a_bound_and_the_rest_follows(shelf: Shelf) -> None:
    attempt = await shelf.save(await shelf.seated(), *EVERYTHING)
    small = flusher(shelf, limit=3)
    assert [await small.turn(P) for _ in range(4)] == [3, 3, 2, 0]
    assert await same_in_postgres(shelf, attempt)


# --- several flushers -----------------------------------------------------------------------------


async def test_a_fact_waits_for_the_one_another_flusher_holds(shelf: Shelf) -> None:
    attempt = await shelf.save(await shelf.seated(), *EVERYTHING)
    first, second = flusher(shelf, "f1", limit=3), flusher(shelf, "f2")
    held = await shelf.store.read(P, "f1", 3)
    assert len(held.entries) == 3
    assert await second.turn(P) == 0
    assert await second.turn(P) == 0, "a look at the log shows that they are still to come"
    assert await shelf.raw.xlen(keys.log(P)) == 8
    assert await first.turn(P) == 3
    assert await second.turn(P) == 5
    assert await same_in_postgres(shelf, attempt)
    assert await shelf.pool.fetchval("SELECT count(*) FROM facts WHERE branch") == 0


async def test_what_a_dead_flusher_held_is_taken_over(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = await shelf.save(await shelf.seated(), *EVERYTHING)
    await shelf.store.read(P, "dead", 5)
    living = flusher(shelf, "living")
    assert await living.turn(P) == 0
    monkeypatch.setattr(log, "ABANDONED_MS", 0)
    assert await living.turn(P) == 8
    assert await same_in_postgres(shelf, attempt)


async def test_who_died_between_commit_and_goodbye_is_repeated_without_harm(shelf: Shelf) -> None:
    attempt = await shelf.save(await shelf.seated(), *EVERYTHING)
    batch = await shelf.store.read(P, "f1", 500)
    await commit_only(shelf, batch)
    assert await shelf.raw.xlen(keys.log(P)) == 8
    assert (await shelf.load(attempt.id)).durable == (1, 0)
    told: Told = []
    assert await flusher(shelf, "f1", told).turn(P) == 8
    assert told == [({attempt.id: (1, 8)}, [])]
    assert (await shelf.load(attempt.id)).durable == (1, 8)
    assert await same_in_postgres(shelf, attempt)


async def test_whose_rows_changed_is_told_by_whoever_flushes_last(shelf: Shelf) -> None:
    """Who has committed may die, or find Redis away, before he has told anybody."""
    attempt = await shelf.save(await shelf.seated(), *EVERYTHING)
    await commit_only(shelf, await shelf.store.read(P, "f1", 500))
    changed: list[tuple[str, str]] = []
    living = Flusher(shelf.store, shelf.records, "f1", lambda d, f: None, changed.extend)
    assert await living.turn(P) == 8
    assert changed == [(attempt.id, attempt.seat.exam)]


async def test_of_two_that_finish_late_durable_never_goes_back(shelf: Shelf) -> None:
    attempt = await shelf.save(await shelf.seated(), *EVERYTHING)
    early = await shelf.store.read(P, "slow", 3)
    slow = await commit_only(shelf, early)
    late = await shelf.store.read(P, "quick", 500)
    quick = await commit_only(shelf, late)
    assert await shelf.store.finish(P, late, quick.done, quick.durable)
    assert await shelf.store.finish(P, early, slow.done, slow.durable)
    assert (await shelf.load(attempt.id)).durable == (1, 8)
    assert await shelf.raw.xlen(keys.log(P)) == 0


async def test_goodbyes_after_the_life_is_over_touch_nothing(shelf: Shelf) -> None:
    attempt = await shelf.save(await shelf.seated(), *EVERYTHING)
    batch = await shelf.store.read(P, "f1", 500)
    placement = await commit_only(shelf, batch)
    await shelf.store.renew(P, 1)
    assert not await shelf.store.finish(P, batch, placement.done, placement.durable)
    assert await shelf.raw.xlen(keys.log(P)) == 8
    name = keys.attempt(P, 1, attempt.id)
    assert await shelf.raw.hget(name, "durable") == b"1:0"


@pytest.mark.parametrize("seed", range(5))
async def test_competing_flushers_end_in_one_chain(
    redis_url: str, pool: Pool, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes with three flushers, small batches, claims of each other's entries, writers
    all the while, and some who die before they say goodbye."""
    monkeypatch.setattr(log, "ABANDONED_MS", 20)
    luck = random.Random(seed)
    async with contextlib.AsyncExitStack() as stack:
        one, other = [await stack.enter_async_context(opened(redis_url, pool)) for _ in range(2)]
        attempts = [await one.seated(name) for name in ("asha", "ravi", "meera")]
        writing = [asyncio.ensure_future(write_on(one, each, luck)) for each in attempts]
        flushers = [
            flusher(each, f"f{n}", limit=luck.randint(1, 9))
            for n, each in enumerate([one, other, one])
        ]
        while not all(task.done() for task in writing) or await one.raw.xlen(keys.log(P)):
            if luck.random() < 0.2:
                await commit_only(other, await other.store.read(P, "mortal", luck.randint(1, 6)))
            await asyncio.gather(*[each.turn(P) for each in luck.sample(flushers, k=2)])
        for task in writing:
            assert await same_in_postgres(one, await task)
        assert await pool.fetchval("SELECT count(*) FROM facts WHERE branch") == 0
        assert await pool.fetchval("SELECT count(*) FROM facts") == 3 * 40


async def write_on(shelf: Shelf, attempt: Attempt, luck: random.Random) -> Attempt:
    """Forty facts, a few at a time."""
    bodies: list[Body] = [granted(), started()]
    bodies += [saved(f"q{1 + n % 6}", n, f"word {n}") for n in range(1, 39)]
    while bodies:
        count = luck.randint(1, 4)
        attempt = await shelf.save(attempt, *bodies[:count])
        del bodies[:count]
        await asyncio.sleep(0)
    return attempt


# --- postgres away --------------------------------------------------------------------------------


async def test_nothing_leaves_the_log_before_it_is_committed(shelf: Shelf) -> None:
    class Away(PostgresRecords):
        """A Postgres that cannot be asked."""

        async def begin(self, attempt_ids: list[str]):  # type: ignore[no-untyped-def]
            raise Unavailable("away")

    attempt = await shelf.save(await shelf.seated(), *EVERYTHING)
    broken = Flusher(shelf.store, Away(shelf.pool, CHAIN_KEY), "f1", lambda d, f: None)
    with pytest.raises(Unavailable):
        await broken.turn(P)
    assert await shelf.raw.xlen(keys.log(P)) == 8
    assert await flusher(shelf, "f1").turn(P) == 8
    assert await same_in_postgres(shelf, attempt)
