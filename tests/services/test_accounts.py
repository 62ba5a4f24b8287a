"""Signing in and being shut out, with a real Postgres and real (quick) hashes."""

import asyncio

import pytest
from msgspec import structs

from examsync.access import store
from examsync.access.account import Account
from examsync.access.service import Accounts
from examsync.access.service.tries import ADDRESS_FACTOR
from examsync.access.token import verify
from examsync.errors import ExamError
from examsync.infra.hashing import WAITING_MAX, Hashing
from examsync.infra.postgres import Pool
from protocol.problems import Code
from protocol.types import Role
from tests.services.office import (
    ADDRESS,
    EVA,
    LIFE_MS,
    PASSWORD,
    TRIES,
    HandClock,
    made,
    quick,
    refused,
    signed_in,
)
from tests.unit.access.forge import KEYS, NOW
from tests.unit.infra.gated import Gated


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def accounts(pool: Pool, clock: HandClock) -> Accounts:
    return made(pool, clock, quick())


async def test_signing_in_gives_a_token_that_says_who_it_is(
    accounts: Accounts, clock: HandClock
) -> None:
    await accounts.create_account(EVA, PASSWORD)
    signed = await accounts.sign_in(" EVA ", PASSWORD, address=ADDRESS)
    assert verify(signed.token, KEYS, clock.now()) == signed.identity
    assert (signed.identity.subject, signed.identity.role) == ("a-1", Role.EXAMINER)
    assert signed.identity.exams == {"maths"}
    assert signed.identity.halls == {"east"}
    assert signed.identity.expires_at == NOW + LIFE_MS
    assert (await signed_in(accounts)).jti != signed.identity.jti


async def test_a_candidates_exams_are_those_it_is_registered_for(accounts: Accounts) -> None:
    await accounts.create_account(Account("c-1", "cy", Role.CANDIDATE, exams=("maths",)), PASSWORD)
    assert (await signed_in(accounts, "cy")).exams == {"physics"}


async def test_every_way_of_being_wrong_looks_the_same(accounts: Accounts) -> None:
    await accounts.create_account(EVA, PASSWORD)
    await accounts.create_account(Account("a-2", "out", Role.EXAMINER), PASSWORD)
    await accounts.disable("a-2")
    problems = [
        (await refused(accounts, login, password)).problem
        for login, password in (("eva", "wrong"), ("nobody", PASSWORD), ("out", PASSWORD))
    ]
    assert problems[0].code is Code.UNAUTHORIZED
    assert problems[0] == problems[1] == problems[2]


async def test_no_password_or_hash_is_ever_stored_in_the_clear(
    accounts: Accounts, pool: Pool
) -> None:
    await accounts.create_account(EVA, PASSWORD)
    dump = str([dict(row) for row in await pool.fetch("SELECT * FROM accounts")])
    assert PASSWORD not in dump
    assert "$argon2id$" in dump


async def test_a_taken_login_or_id_is_a_conflict_and_changes_nothing(accounts: Accounts) -> None:
    await accounts.create_account(EVA, PASSWORD)
    for other in (structs.replace(EVA, id="a-9", login="Eva"), structs.replace(EVA, login="x")):
        with pytest.raises(ExamError) as caught:
            await accounts.create_account(other, "another password")
        assert caught.value.code is Code.EXISTS
    assert await accounts.accounts() == [EVA]
    await signed_in(accounts)


async def test_wrong_passwords_are_counted_per_login_and_time_heals(
    accounts: Accounts, clock: HandClock
) -> None:
    await accounts.create_account(EVA, PASSWORD)
    for _ in range(TRIES):
        assert (await refused(accounts, "eva", "wrong")).code is Code.UNAUTHORIZED
    limited = await refused(accounts, "eva", PASSWORD, "192.0.2.99")
    assert limited.code is Code.RATE_LIMITED
    assert limited.problem.retry_after_ms
    clock.ms += limited.problem.retry_after_ms
    await signed_in(accounts)


async def test_wrong_passwords_are_counted_per_address_over_all_logins(accounts: Accounts) -> None:
    for n in range(TRIES * ADDRESS_FACTOR):
        assert (await refused(accounts, f"guess-{n}", "x")).code is Code.UNAUTHORIZED
    assert (await refused(accounts, "fresh", "x")).code is Code.RATE_LIMITED
    assert (await refused(accounts, "fresh", "x", "192.0.2.8")).code is Code.UNAUTHORIZED


async def test_right_passwords_are_free(accounts: Accounts) -> None:
    await accounts.create_account(EVA, PASSWORD)
    for _ in range(TRIES * ADDRESS_FACTOR + 1):
        await signed_in(accounts)


async def test_guesses_made_at_once_are_counted_too(accounts: Accounts) -> None:
    tries = await asyncio.gather(
        *(refused(accounts, "eva", f"guess {n}") for n in range(TRIES * 3))
    )
    assert [error.code for error in tries].count(Code.UNAUTHORIZED) == TRIES


async def test_a_hash_with_old_parameters_is_renewed_at_the_next_sign_in(
    accounts: Accounts, pool: Pool, clock: HandClock
) -> None:
    await accounts.create_account(EVA, PASSWORD)
    newer = quick(time_cost=2)
    strong = made(pool, clock, newer)
    await signed_in(strong)
    found = await store.fetch_by_login(pool, "eva")
    assert found is not None
    assert not newer.is_outdated(found[1])
    await signed_in(strong)


async def test_too_many_at_once_are_asked_to_come_back(pool: Pool, clock: HandClock) -> None:
    hasher = Gated()
    hashing = Hashing(hasher)
    accounts = made(pool, clock, hashing)
    await accounts.create_account(EVA, PASSWORD)
    await signed_in(accounts)
    hasher.hold_up()
    crowd = [asyncio.create_task(hashing.matches(None, "x")) for _ in range(WAITING_MAX)]
    await hasher.all_slots_taken()
    busy = await refused(accounts, "eva", PASSWORD)
    assert busy.code is Code.UNAVAILABLE
    assert busy.problem.retry_after_ms
    hasher.gate.set()
    await asyncio.gather(*crowd)
    await signed_in(accounts)


async def test_changing_nobody_is_not_found(accounts: Accounts) -> None:
    for change in (
        accounts.set_password("a-1", PASSWORD),
        accounts.disable("a-1"),
        accounts.enable("a-1"),
        accounts.set_scope("a-1", Role.ADMIN, [], []),
    ):
        with pytest.raises(ExamError) as caught:
            await change
        assert caught.value.code is Code.NOT_FOUND
