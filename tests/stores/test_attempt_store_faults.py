"""A real Redis that is full, read-only, frozen, killed or wiped: what a write is told, and what is
there afterwards."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from examsync.attempts.attempt import Attempt
from examsync.attempts.ports import Check, Outcome
from examsync.devstack import Valkey
from examsync.errors import Unavailable
from examsync.infra import keys
from examsync.infra.postgres import Pool
from tests.builders import granted, saved, started
from tests.stores.shelf import P, Shelf, opened, written

pytestmark = pytest.mark.faults
LIMIT_S = 1.0
"""The write's time limit; the answer must come not much later."""


@pytest.fixture
async def shelf(valkey: Valkey, pool: Pool) -> AsyncIterator[Shelf]:
    """One process, on a Redis of its own."""
    async with opened(valkey.url, pool, timeout_s=LIMIT_S) as shelf:
        yield shelf


async def everything(shelf: Shelf) -> tuple[Attempt, int]:
    """The attempt and the length of the log, as Redis has them."""
    (id_,) = await shelf.register("asha")
    return await shelf.load(id_), await shelf.raw.xlen(keys.log(P))


async def test_a_full_redis_refuses_and_writes_nothing(shelf: Shelf) -> None:
    attempt = await shelf.seated()
    await shelf.raw.set(keys.exam_n("exam-1"), 0)
    before = await everything(shelf)
    made = await shelf.saves(attempt, granted(), started())
    await shelf.raw.config_set("maxmemory", "1")
    check = Check(await shelf.life(), attempt, 0)
    outcomes = await written(shelf.store, [*made, check])
    assert outcomes == [Outcome.FULL, Outcome.HEAD, Outcome.OK], "what writes nothing can be told"
    assert await everything(shelf) == before
    await shelf.raw.config_set("maxmemory", "0")
    assert await written(shelf.store, list(made)) == [Outcome.OK, Outcome.OK]


async def test_a_replica_refuses_and_writes_nothing(shelf: Shelf) -> None:
    attempt = await shelf.seated()
    before = await everything(shelf)
    made = await shelf.saves(attempt, granted())
    await shelf.raw.replicaof("127.0.0.1", 1)
    assert await written(shelf.store, list(made)) == [Outcome.REFUSED]
    await shelf.raw.replicaof("NO", "ONE")
    assert await everything(shelf) == before
    assert await written(shelf.store, list(made)) == [Outcome.OK]


async def test_without_enough_replicas_nothing_is_written(shelf: Shelf) -> None:
    attempt = await shelf.seated()
    before = await everything(shelf)
    made = await shelf.saves(attempt, granted())
    await shelf.raw.config_set("min-replicas-to-write", "1")
    assert await written(shelf.store, list(made)) == [Outcome.REFUSED]
    await shelf.raw.config_set("min-replicas-to-write", "0")
    assert await everything(shelf) == before


async def test_a_frozen_redis_is_unknown_within_the_time_limit_and_may_have_done_it(
    shelf: Shelf, valkey: Valkey
) -> None:
    attempt = await shelf.save(await shelf.seated(), granted())
    made = await shelf.saves(attempt, started())
    valkey.pause()
    outcomes = await asyncio.wait_for(written(shelf.store, list(made)), 10 * LIMIT_S)
    valkey.resume()
    assert outcomes == [Outcome.UNKNOWN]
    now, _ = await everything(shelf)
    assert now in (attempt, made[0].after)


async def test_loading_from_a_frozen_redis_is_refused_in_time(shelf: Shelf, valkey: Valkey) -> None:
    attempt = await shelf.seated()
    valkey.pause()
    with pytest.raises(Unavailable):
        await asyncio.wait_for(shelf.store.load(P, attempt.id), 10 * LIMIT_S)
    valkey.resume()
    assert await shelf.load(attempt.id) == attempt


async def test_everything_acked_before_a_kill_is_there_after_it(
    shelf: Shelf, valkey: Valkey
) -> None:
    """Killed in the midst of writing: what was told OK survives, what was not may."""
    attempt = await shelf.save(await shelf.seated(), granted(), started())
    acked: list[Attempt] = []
    killer = asyncio.get_running_loop().call_later(0.3, valkey.kill)
    for seq in range(1, 100_000):
        made = await shelf.saves(attempt, saved("q5", seq, f"word {seq}"))
        if await written(shelf.store, list(made)) != [Outcome.OK]:
            break
        attempt = made[0].after
        acked.append(attempt)
    killer.cancel()
    assert len(acked) > 10
    valkey.start()
    name = keys.attempt(P, attempt.epoch, attempt.id)
    head = await shelf.raw.hget(name, "head")
    heads = {f"{one.n}:{one.head}".encode() for one in (attempt, made[0].after)}
    assert head in heads
    assert await shelf.raw.xlen(keys.log(P)) - len(acked) in (2, 3)


async def test_a_wiped_redis_forgets_and_nothing_goes_on_as_before(
    shelf: Shelf, valkey: Valkey
) -> None:
    attempt = await shelf.save(await shelf.seated(), granted())
    made = await shelf.saves(attempt, started())
    valkey.wipe()
    assert await written(shelf.store, list(made)) == [Outcome.UNKNOWN]
    assert await written(shelf.store, list(made)) == [Outcome.LIFE]
    with pytest.raises(Unavailable):
        await shelf.store.load(P, attempt.id)
    assert await shelf.store.load(P, attempt.id) is None
    again = await shelf.rebuilt(attempt.id)
    assert (again.epoch, again.n) == (2, 0), "nothing of it had been flushed"
    assert await shelf.save(again, granted()) == await shelf.load(attempt.id)
