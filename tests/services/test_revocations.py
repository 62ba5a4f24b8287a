"""Being shut out: which tokens end when something changes, and which do not."""

import asyncio

import pytest
from argon2 import PasswordHasher

from examsync.access.service import Accounts, Revocations
from examsync.errors import Unavailable
from examsync.infra.hashing import Hashing
from examsync.infra.postgres import Pool
from protocol.problems import Code
from protocol.types import Role
from tests.services.office import (
    EVA,
    PASSWORD,
    HandClock,
    made,
    quick,
    refused,
    signed_in,
)
from tests.unit.access.forge import KEYS


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def accounts(pool: Pool, clock: HandClock) -> Accounts:
    return made(pool, clock, quick())


@pytest.mark.parametrize("change", ["password", "disable", "scope", "everywhere"])
async def test_a_change_ends_the_tokens_issued_before_and_no_later_ones(
    accounts: Accounts, pool: Pool, clock: HandClock, change: str
) -> None:
    await accounts.create_account(EVA, PASSWORD)
    before = await signed_in(accounts)
    revocations = Revocations(clock)
    assert await revocations.refresh(pool) == []
    if change == "password":
        await accounts.set_password("a-1", "another password")
    elif change == "disable":
        await accounts.disable("a-1")
        assert (await refused(accounts, "eva", PASSWORD)).code is Code.UNAUTHORIZED
        await accounts.enable("a-1")
    elif change == "scope":
        await accounts.set_scope("a-1", Role.EXAMINER, ["physics"], [])
    else:
        await accounts.sign_out_everywhere("a-1")
    assert not revocations.is_revoked(before)
    assert [cut.key for cut in await revocations.refresh(pool)] == ["a-1"]
    assert revocations.is_revoked(before)
    assert await revocations.refresh(pool) == []
    clock.ms += 1
    password = "another password" if change == "password" else PASSWORD
    after = await signed_in(accounts, password=password)
    assert not revocations.is_revoked(after)
    assert after.exams == ({"physics"} if change == "scope" else {"maths"})


class Held(Hashing):
    """Says that a password matched only when it is let."""

    def __init__(self) -> None:
        super().__init__(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        self.matched, self.let = asyncio.Event(), asyncio.Event()

    async def matches(self, password_hash: str | None, password: str) -> bool:
        right = await super().matches(password_hash, password)
        self.matched.set()
        await self.let.wait()
        return right


async def test_a_token_asked_for_before_the_password_changed_is_refused(
    accounts: Accounts, pool: Pool, clock: HandClock
) -> None:
    await accounts.create_account(EVA, PASSWORD)
    held = Held()
    running = asyncio.create_task(signed_in(made(pool, clock, held)))
    await held.matched.wait()
    clock.ms += 50
    await accounts.set_password("a-1", "another password")
    clock.ms += 50
    held.let.set()
    late = await running
    revocations = Revocations(clock)
    await revocations.refresh(pool)
    assert revocations.is_revoked(late)


async def test_signing_out_ends_one_token_only(
    accounts: Accounts, pool: Pool, clock: HandClock
) -> None:
    await accounts.create_account(EVA, PASSWORD)
    phone, laptop = await signed_in(accounts), await signed_in(accounts)
    await accounts.sign_out(phone)
    revocations = Revocations(clock)
    await revocations.refresh(pool)
    assert revocations.is_revoked(phone)
    assert not revocations.is_revoked(laptop)


async def test_what_was_revoked_is_forgotten_when_its_last_token_has_expired(
    accounts: Accounts, pool: Pool, clock: HandClock
) -> None:
    await accounts.create_account(EVA, PASSWORD)
    phone = await signed_in(accounts)
    await accounts.sign_out(phone)
    revocations = Revocations(clock)
    await revocations.refresh(pool)
    clock.ms = phone.expires_at + KEYS.leeway_ms + 1
    await accounts.sign_out_everywhere("somebody-else")
    await revocations.refresh(pool)
    assert not revocations.is_revoked(phone)
    assert await pool.fetchval("SELECT count(*) FROM revocations") == 1


async def test_what_was_known_stays_in_force_while_postgres_is_away(
    accounts: Accounts, pool: Pool, clock: HandClock
) -> None:
    await accounts.create_account(EVA, PASSWORD)
    before = await signed_in(accounts)
    await accounts.disable("a-1")
    revocations = Revocations(clock)
    await revocations.refresh(pool)
    await pool.close()
    with pytest.raises(Unavailable):
        await revocations.refresh(pool)
    assert revocations.is_revoked(before)
