"""Signing in and being shut out, with a real Postgres and real (quick) hashes."""

import asyncio
from collections.abc import Sequence

import pytest
from argon2 import PasswordHasher
from msgspec import structs

from examsync.access import store
from examsync.access.account import Account
from examsync.access.service import ADDRESS_FACTOR, Accounts, Revocations
from examsync.access.token import Identity, verify
from examsync.errors import ExamError
from examsync.infra.hashing import WAITING_MAX, Hashing
from examsync.infra.postgres import Pool
from protocol.problems import Code
from protocol.types import Role
from tests.unit.access.forge import KEYS, NOW

LIFE_MS = 3_600_000
TRIES = 5
PASSWORD = "correct horse"
EVA = Account("a-1", "eva", Role.EXAMINER, "Eva", ("maths",), ("east",))
ADDRESS = "192.0.2.7"


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.ms = NOW

    def now(self) -> int:
        return self.ms


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def quick(time_cost: int = 1) -> Hashing:
    return Hashing(PasswordHasher(time_cost=time_cost, memory_cost=8, parallelism=1))


async def registered(subject: str) -> Sequence[str]:
    return ["physics"] if subject == "c-1" else []


@pytest.fixture
def accounts(pool: Pool, clock: HandClock) -> Accounts:
    return made(pool, clock, quick())


def made(pool: Pool, clock: HandClock, hashing: Hashing) -> Accounts:
    return Accounts(
        pool,
        KEYS,
        clock,
        exams_of=registered,
        life_ms=LIFE_MS,
        tries_per_minute=TRIES,
        hashing=hashing,
    )


async def signed_in(accounts: Accounts, login: str = "eva", password: str = PASSWORD) -> Identity:
    return (await accounts.sign_in(login, password, address=ADDRESS)).identity


async def refused(
    accounts: Accounts, login: str, password: str, address: str = ADDRESS
) -> ExamError:
    with pytest.raises(ExamError) as caught:
        await accounts.sign_in(login, password, address=address)
    return caught.value


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
    await accounts.create_account(Account("a-2", "out", Role.ADMIN), PASSWORD)
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
        assert caught.value.code is Code.CONFLICT
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


async def test_too_many_at_once_are_asked_to_come_back(accounts: Accounts) -> None:
    await accounts.create_account(EVA, PASSWORD)
    crowd = await asyncio.gather(
        *(accounts.sign_in(f"c-{n}", "x", address=f"a-{n}") for n in range(WAITING_MAX * 4)),
        return_exceptions=True,
    )
    codes = {error.code for error in crowd if isinstance(error, ExamError)}
    assert len([error for error in crowd if not isinstance(error, ExamError)]) == 0
    assert codes <= {Code.UNAUTHORIZED, Code.UNAVAILABLE}
    assert Code.UNAVAILABLE in codes


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
    await pool.execute("ALTER TABLE revocations RENAME TO away")
    with pytest.raises(Exception, match="revocations"):
        await revocations.refresh(pool)
    assert revocations.is_revoked(before)


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
