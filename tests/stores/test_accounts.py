"""Accounts and revocations in a real Postgres."""

import asyncio

import asyncpg
import pytest
from msgspec import structs

from examsync.access import store
from examsync.access.account import Account
from examsync.access.revocation import Kind, Revocation
from examsync.devstack import Postgres
from examsync.errors import ExamError, Unavailable
from examsync.infra.migrations import migrate
from examsync.infra.postgres import Pool, connect_pool
from protocol.types import Role

EVA = Account("a-1", "eva", Role.EXAMINER, "Eva Ñandú", ("maths", "physics"), ("east",))
CUT = Revocation(Kind.SUBJECT, "a-1", 1_000, 9_000)


async def revocations(pool: Pool) -> list[Revocation]:
    return (await store.fetch_revocations(pool, None))[0]


async def revoke(pool: Pool, cut: Revocation, now: int = 0) -> None:
    await store.revoke(pool, cut.key, lambda: cut, now)


async def test_an_account_comes_back_as_it_was_stored(pool: Pool) -> None:
    assert await store.insert_account(pool, EVA, "hash")
    assert await store.fetch_account(pool, "a-1") == EVA
    assert await store.fetch_by_login(pool, "eva") == (EVA, "hash")
    assert await store.fetch_accounts(pool) == [EVA]


async def test_what_is_not_there_is_none(pool: Pool) -> None:
    assert await store.fetch_account(pool, "a-1") is None
    assert await store.fetch_by_login(pool, "eva") is None
    assert await store.fetch_accounts(pool) == []


async def test_ids_and_logins_are_taken_once_even_at_the_same_moment(pool: Pool) -> None:
    rivals = [structs.replace(EVA, id=f"a-{n}") for n in range(5)]
    won = await asyncio.gather(*(store.insert_account(pool, one, "hash") for one in rivals))
    assert sum(won) == 1
    (winner,) = await store.fetch_accounts(pool)
    assert not await store.insert_account(pool, structs.replace(winner, login="other"), "hash")
    assert await store.fetch_accounts(pool) == [winner]


async def test_the_listing_is_by_login(pool: Pool) -> None:
    for n, login in enumerate(["zoe", "ann", "eva"]):
        await store.insert_account(pool, structs.replace(EVA, id=f"a-{n}", login=login), "h")
    assert [account.login for account in await store.fetch_accounts(pool)] == ["ann", "eva", "zoe"]


async def test_a_change_and_its_revocation_happen_together(pool: Pool) -> None:
    await store.insert_account(pool, EVA, "old")
    assert await store.change_password(pool, "a-1", "new", lambda: CUT)
    assert await store.fetch_by_login(pool, "eva") == (EVA, "new")
    assert await revocations(pool) == [CUT]

    later = structs.replace(CUT, valid_after=2_000)
    shut = structs.replace(EVA, disabled=True)
    assert await store.change_account(pool, "a-1", lambda was, admins: shut, lambda: later) == shut
    assert await store.fetch_account(pool, "a-1") == shut
    assert await revocations(pool) == [later]

    moved = structs.replace(EVA, role=Role.ADMIN, exams=(), halls=(), disabled=True)
    last = structs.replace(CUT, valid_after=3_000)
    assert await store.change_account(pool, "a-1", lambda was, admins: moved, lambda: last) == moved
    assert await store.fetch_account(pool, "a-1") == moved
    assert await revocations(pool) == [last]


async def test_changing_an_account_that_is_not_there_revokes_nothing(pool: Pool) -> None:
    assert not await store.change_password(pool, "a-1", "new", lambda: CUT)
    with pytest.raises(ExamError):
        await store.change_account(pool, "a-1", lambda was, admins: EVA, lambda: CUT)
    assert await revocations(pool) == []


async def test_a_change_whose_revocation_fails_does_not_happen(pool: Pool) -> None:
    await store.insert_account(pool, EVA, "old")
    await pool.execute("ALTER TABLE revocations ADD CHECK (valid_after <> 666)")
    cut = structs.replace(CUT, valid_after=666)
    with pytest.raises(asyncpg.CheckViolationError):
        await store.change_password(pool, "a-1", "new", lambda: cut)
    assert await store.fetch_by_login(pool, "eva") == (EVA, "old")


async def test_a_rehash_does_not_undo_a_password_changed_meanwhile(pool: Pool) -> None:
    await store.insert_account(pool, EVA, "old")
    await store.rehash_password(pool, "a-1", "old", "old, stronger")
    assert await store.fetch_by_login(pool, "eva") == (EVA, "old, stronger")
    await store.rehash_password(pool, "a-1", "old", "old, strongest")
    assert await store.fetch_by_login(pool, "eva") == (EVA, "old, stronger")


async def test_a_revocation_only_ever_refuses_more(pool: Pool) -> None:
    await revoke(pool, CUT, now=0)
    await revoke(pool, structs.replace(CUT, valid_after=500, forget_after=100), now=0)
    assert await revocations(pool) == [CUT]
    await revoke(pool, structs.replace(CUT, valid_after=5_000, forget_after=20_000), now=0)
    assert [row.valid_after for row in await revocations(pool)] == [5_000]


async def test_revoking_drops_what_has_nothing_left_to_refuse(pool: Pool) -> None:
    await revoke(pool, CUT, now=0)
    token = Revocation(Kind.JTI, "j-1", 0, 50_000)
    await revoke(pool, token, now=9_000)
    assert len(await revocations(pool)) == 2
    await revoke(pool, token, now=9_001)
    assert await revocations(pool) == [token]


async def test_asking_again_gives_what_changed_since_and_a_minute_before(pool: Pool) -> None:
    await revoke(pool, CUT, now=0)
    rows, since = await store.fetch_revocations(pool, None)
    assert rows == [CUT]
    assert (await store.fetch_revocations(pool, since)) == ([CUT], since)
    await pool.execute("UPDATE revocations SET changed_at = changed_at - interval '61 seconds'")
    assert await store.fetch_revocations(pool, since) == ([], since)
    token = Revocation(Kind.JTI, "j-1", 0, 50_000)
    await revoke(pool, token, now=0)
    rows, later = await store.fetch_revocations(pool, since)
    assert rows == [token]
    assert since is not None
    assert later is not None
    assert later > since


async def test_without_postgres_everything_is_unavailable(pool: Pool) -> None:
    await pool.close()
    for question in (
        store.insert_account(pool, EVA, "hash"),
        store.fetch_account(pool, "a-1"),
        store.fetch_accounts(pool),
        store.fetch_by_login(pool, "eva"),
        store.rehash_password(pool, "a-1", "old", "new"),
        store.change_password(pool, "a-1", "new", lambda: CUT),
        revoke(pool, CUT, now=0),
        store.fetch_revocations(pool, None),
    ):
        with pytest.raises(Unavailable):
            await question


@pytest.mark.faults
async def test_a_postgres_that_dies_is_unavailable_and_then_available_again(
    postgres: Postgres,
) -> None:
    await migrate(postgres.url)
    pool = await connect_pool(postgres.url, connections_max=2)
    try:
        await store.insert_account(pool, EVA, "hash")
        postgres.kill()
        for _ in range(2):
            with pytest.raises(Unavailable):
                await store.fetch_account(pool, "a-1")
        postgres.start()
        assert await store.fetch_account(pool, "a-1") == EVA
    finally:
        await pool.close()
