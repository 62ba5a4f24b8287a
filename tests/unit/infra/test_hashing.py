"""Hashing: right and wrong passwords, equal work for both, never too many at once."""

import asyncio

import pytest
from argon2 import PasswordHasher

from examsync.infra.hashing import AT_ONCE, WAITING_MAX, Hashing, HashingBusy
from tests.unit.infra.gated import Gated

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


async def test_the_password_matches_its_hash_and_no_other_does() -> None:
    hashing = Hashing(QUICK)
    hashed = await hashing.hash("correct horse")
    assert "correct" not in hashed
    assert await hashing.matches(hashed, "correct horse")
    assert not await hashing.matches(hashed, "correct horse ")
    assert not await hashing.matches(hashed, "")


async def test_the_same_password_never_gives_the_same_hash() -> None:
    hashing = Hashing(QUICK)
    assert await hashing.hash("x") != await hashing.hash("x")


async def test_without_a_hash_the_same_work_is_done_and_nothing_matches() -> None:
    hasher = Gated()
    hashing = Hashing(hasher)
    assert not await hashing.matches(None, "anything")
    (decoy,) = hasher.verified
    assert QUICK.check_needs_rehash(decoy) is False


async def test_a_hash_that_is_none_matches_nothing() -> None:
    hashing = Hashing(QUICK)
    for broken in ("plain text", "$argon2id$v=19$m=8,t=1,p=1$x", "$2b$12$abc"):
        assert not await hashing.matches(broken, "plain text")


async def test_a_hash_made_with_other_parameters_is_outdated() -> None:
    old = await Hashing(QUICK).hash("x")
    assert not Hashing(QUICK).is_outdated(old)
    newer = Hashing(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    assert newer.is_outdated(old)
    assert await newer.matches(old, "x")


async def test_few_run_at_once_and_too_many_waiting_are_refused() -> None:
    hasher = Gated()
    hashing = Hashing(hasher)
    hashed = await hashing.hash("x")
    await hashing.matches(None, "x")  # the decoy is made
    hasher.hold_up()
    waiting = [asyncio.create_task(hashing.matches(hashed, "x")) for _ in range(WAITING_MAX)]
    await hasher.all_slots_taken()
    with pytest.raises(HashingBusy):
        await hashing.matches(hashed, "x")
    hasher.gate.set()
    assert all(await asyncio.gather(*waiting))
    assert hasher.most == AT_ONCE
    assert await hashing.matches(hashed, "x")


async def test_who_gives_up_waiting_leaves_room() -> None:
    hasher = Gated()
    hashing = Hashing(hasher)
    hashed = await hashing.hash("x")
    await hashing.matches(None, "x")
    hasher.hold_up()
    waiting = [asyncio.create_task(hashing.matches(hashed, "x")) for _ in range(WAITING_MAX)]
    await hasher.all_slots_taken()
    for task in waiting[AT_ONCE:]:
        task.cancel()
    await asyncio.gather(*waiting[AT_ONCE:], return_exceptions=True)
    hasher.gate.set()
    assert await hashing.matches(hashed, "x")
    assert all(await asyncio.gather(*waiting[:AT_ONCE]))
