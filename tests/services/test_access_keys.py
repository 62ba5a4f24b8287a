"""API keys with a real Postgres: known, learnt, forgotten, counted."""

import asyncio

import pytest

from examsync.access import key_store
from examsync.access.key import hash_of, key_text
from examsync.access.service import ApiKeys, Tries
from examsync.access.service.api_keys import USED_EVERY_MS
from examsync.access.service.tries import ADDRESS_FACTOR
from examsync.errors import ExamError
from examsync.infra.postgres import Pool
from protocol.problems import Code
from protocol.types import Role
from tests.services.office import ADDRESS, TRIES, HandClock, revoked_now


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def keys(pool: Pool, clock: HandClock) -> ApiKeys:
    return ApiKeys(pool, clock, Tries(TRIES))


@pytest.fixture
def elsewhere(pool: Pool, clock: HandClock) -> ApiKeys:
    """The same keys in another process."""
    return ApiKeys(pool, clock, Tries(TRIES))


async def made(keys: ApiKeys, name: str = "sync") -> tuple[str, str]:
    """A new admin's key: its id and its text."""
    key, text = await keys.create(name, Role.ADMIN, by="admin:root")
    return key.id, text


def code(keys: ApiKeys, text: str, now: int) -> Code:
    with pytest.raises(ExamError) as caught:
        keys.identify(text, now)
    return caught.value.code


async def test_a_key_is_known_at_once_here_and_elsewhere_when_it_is_learnt_or_read(
    keys: ApiKeys, elsewhere: ApiKeys, clock: HandClock
) -> None:
    id_, text = await made(keys)
    assert keys.identify(text, clock.now()).subject == f"key:{id_}"
    assert code(elsewhere, text, clock.now()) is Code.UNAUTHORIZED
    await elsewhere.learn(text, ADDRESS)
    assert elsewhere.identify(text, clock.now()).source == f"key:{id_}"
    _, other = await made(keys)
    await elsewhere.refresh()
    assert elsewhere.identify(other, clock.now()).role is Role.ADMIN


async def test_a_revoked_key_is_refused_and_what_it_opened_is_cut(
    keys: ApiKeys, elsewhere: ApiKeys, pool: Pool, clock: HandClock
) -> None:
    id_, text = await made(keys)
    await elsewhere.refresh()
    who = elsewhere.identify(text, clock.now())
    await keys.revoke(id_)
    assert code(keys, text, clock.now()) is Code.UNAUTHORIZED
    assert await revoked_now(pool, clock, who)
    await elsewhere.refresh()
    assert code(elsewhere, text, clock.now()) is Code.UNAUTHORIZED
    await elsewhere.learn(text, ADDRESS)
    assert code(elsewhere, text, clock.now()) is Code.UNAUTHORIZED
    with pytest.raises(ExamError) as caught:
        await keys.revoke(id_)
    assert caught.value.code is Code.NOT_FOUND


async def test_keys_that_are_not_known_are_looked_up_so_often_and_no_more(
    keys: ApiKeys, clock: HandClock
) -> None:
    for number in range(TRIES * ADDRESS_FACTOR):
        await keys.learn(key_text(number), ADDRESS)
    with pytest.raises(ExamError) as caught:
        await keys.learn(key_text(-1), ADDRESS)
    assert caught.value.code is Code.RATE_LIMITED
    _, text = await made(keys)
    await keys.learn(text, ADDRESS)  # a known one costs nothing
    assert keys.identify(text, clock.now()).role is Role.ADMIN


async def test_only_hashes_are_stored(keys: ApiKeys, pool: Pool) -> None:
    _, text = await made(keys)
    dump = str([dict(row) for row in await pool.fetch("SELECT * FROM api_keys")])
    assert hash_of(text) in dump
    assert text not in dump
    assert text.removeprefix("esk_") not in dump


async def test_use_is_written_down_once_a_minute_and_never_goes_back(
    keys: ApiKeys, elsewhere: ApiKeys, clock: HandClock
) -> None:
    _, text = await made(keys)
    await elsewhere.refresh()

    async def used() -> int | None:
        (key,) = await keys.listed()
        return key.last_used_at

    for each in (keys, elsewhere):
        each.identify(text, clock.now())
    clock.ms += USED_EVERY_MS - 1
    keys.identify(text, clock.now())
    await keys.refresh()
    assert await used() == clock.ms - USED_EVERY_MS + 1
    clock.ms += 1
    keys.identify(text, clock.now())
    await keys.refresh()
    await elsewhere.refresh()
    assert await used() == clock.ms


async def test_there_is_an_end_to_keys(keys: ApiKeys, pool: Pool) -> None:
    key, _ = await keys.create("one", Role.ADMIN, by="admin:root")
    assert not await key_store.insert(pool, key, "another hash", keys_max=1)
    assert len(await keys.listed()) == 1


async def test_many_may_make_and_read_keys_at_once(keys: ApiKeys, elsewhere: ApiKeys) -> None:
    await asyncio.gather(
        *(made(keys, f"k{n}") for n in range(10)), *(elsewhere.refresh() for _ in range(5))
    )
    assert len(await elsewhere.listed()) == 10
