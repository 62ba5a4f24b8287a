"""Renewing with a real Postgres: the same person, with what holds today, for a day at most."""

import asyncio

import pytest
from msgspec import structs

from examsync.access import store
from examsync.access.account import Account, Change
from examsync.access.service import Accounts, Codes, Renewing, Tries
from examsync.access.service.ring import RENEWED_MS_MAX
from examsync.access.token import Identity, verify
from examsync.errors import ExamError
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
    Register,
    made,
    quick,
    revoked_now,
    signed_in,
)
from tests.unit.access.forge import ANNA, KEYS, NOW


class Desk:
    """Everybody who signs in and renews, on one database."""

    def __init__(self, pool: Pool) -> None:
        self.clock = HandClock()
        self.register = Register("asha")
        self.accounts: Accounts = made(pool, self.clock, quick())
        tries, life_ms = Tries(TRIES), LIFE_MS
        self.codes = Codes(
            pool, KEYS, self.clock, registrations=self.register, life_ms=life_ms, tries=tries
        )
        self.renewing = Renewing(
            pool, KEYS, self.clock, accounts=self.accounts, codes=self.codes, life_ms=life_ms
        )

    async def eva(self) -> Identity:
        await self.accounts.create_account(EVA, PASSWORD)
        return await signed_in(self.accounts)

    async def asha(self) -> Identity:
        (slip,) = await self.codes.slips("physics")
        return (await self.codes.sign_in(slip.code, address=ADDRESS)).identity

    async def code(self, who: Identity) -> Code:
        with pytest.raises(ExamError) as caught:
            await self.renewing.renew(who)
        return caught.value.code


@pytest.fixture
def desk(pool: Pool) -> Desk:
    return Desk(pool)


async def test_a_renewed_token_says_the_same_and_lives_longer(desk: Desk) -> None:
    for who in (await desk.eva(), await desk.asha()):
        desk.clock.ms += 1_000
        renewed = await desk.renewing.renew(who)
        assert verify(renewed.token, KEYS, desk.clock.now()) == renewed.identity
        now = desk.clock.now()
        assert renewed.identity == structs.replace(
            who, issued_at=now, expires_at=now + LIFE_MS, jti=renewed.identity.jti
        )
        assert renewed.identity.jti != who.jti


@pytest.mark.parametrize("kind", ["password", "code"])
async def test_a_day_after_signing_in_it_ends_however_often_it_was_renewed(
    desk: Desk, kind: str
) -> None:
    who = await (desk.eva() if kind == "password" else desk.asha())
    last = who.signed_in_at + RENEWED_MS_MAX
    while who.expires_at < last:
        desk.clock.ms += LIFE_MS // 2
        who = (await desk.renewing.renew(who)).identity
    assert who.expires_at == last
    desk.clock.ms = last
    assert await desk.code(who) is Code.UNAUTHORIZED


async def test_what_changed_in_an_account_is_in_the_renewed_token_or_it_is_refused(
    desk: Desk, pool: Pool
) -> None:
    who = await desk.eva()
    await desk.accounts.change("a-1", Change(name="Eva B."))
    assert (await desk.renewing.renew(who)).identity.name == "Eva B."
    desk.clock.ms += 1
    await desk.accounts.change("a-1", Change(exams=("chemistry",), halls=()))
    assert await desk.code(who) is Code.UNAUTHORIZED  # revoked, though no loop has said so yet
    desk.clock.ms += 1
    who = await signed_in(desk.accounts)
    await pool.execute("DELETE FROM revocations")
    await pool.execute("UPDATE accounts SET exams = '{history}'")
    assert (await desk.renewing.renew(who)).identity.exams == {"history"}
    await pool.execute("UPDATE accounts SET disabled = true")
    assert await desk.code(who) is Code.UNAUTHORIZED
    await pool.execute("DELETE FROM accounts")
    assert await desk.code(who) is Code.UNAUTHORIZED


async def test_a_candidates_exams_are_read_again(desk: Desk) -> None:
    await desk.accounts.create_account(Account("c-1", "cy", Role.CANDIDATE), PASSWORD)
    who = structs.replace(await signed_in(desk.accounts, "cy"), exams=frozenset({"old"}))
    assert (await desk.renewing.renew(who)).identity.exams == {"physics"}


async def test_a_code_that_was_replaced_and_one_whose_registration_is_gone_renew_nothing(
    desk: Desk, pool: Pool
) -> None:
    who = await desk.asha()
    desk.register.remove("asha")
    assert await desk.code(who) is Code.NOT_FOUND
    desk.register.add("asha")
    await desk.codes.slips("physics", renew=True)
    assert await desk.code(who) is Code.UNAUTHORIZED
    await pool.execute("DELETE FROM revocations")
    assert await desk.code(who) is Code.UNAUTHORIZED


async def test_the_name_on_the_roll_is_read_again(desk: Desk) -> None:
    who = await desk.asha()
    desk.register.change("asha", name="Asha V.")
    assert (await desk.renewing.renew(who)).identity.name == "Asha V."


@pytest.mark.parametrize("source", ["", "key:k1", "issuer:https://idp.example"])
async def test_what_was_not_signed_in_here_is_not_renewed_here(desk: Desk, source: str) -> None:
    who = structs.replace(ANNA, source=source, signed_in_at=NOW)
    assert await desk.code(who) is Code.FORBIDDEN


@pytest.mark.parametrize("ended", ["one", "all"])
async def test_a_token_that_was_ended_elsewhere_is_not_renewed(desk: Desk, ended: str) -> None:
    who = await desk.eva()
    if ended == "one":
        await desk.accounts.sign_out(who)
    else:
        await desk.accounts.sign_out_everywhere(who.subject)
    desk.clock.ms += 1
    assert await desk.code(who) is Code.UNAUTHORIZED


async def test_whoever_renews_while_tokens_are_being_ended_gets_nothing_that_lasts(
    desk: Desk, pool: Pool
) -> None:
    """The end is decided, and not yet visible, when the renewal begins: it waits for it."""
    who = await desk.eva()
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(store._sql("alone_with_key"), who.subject)
        cut = desk.accounts._cut(who.subject)
        desk.clock.ms += 50
        renewal = asyncio.create_task(desk.code(who))
        await asyncio.sleep(0.05)
        assert not renewal.done()
        await store.write_revocation(connection, cut)
    assert await renewal is Code.UNAUTHORIZED


async def test_whoever_signs_in_while_the_password_changes_gets_nothing_that_lasts(
    desk: Desk, pool: Pool
) -> None:
    await desk.eva()
    async with pool.acquire() as connection, connection.transaction():
        other = await quick().hash("another password")
        await connection.execute(store._sql("change_password"), "a-1", other)
        cut = desk.accounts._cut("a-1")
        desk.clock.ms += 50
        signing = asyncio.create_task(signed_in(desk.accounts))
        await asyncio.sleep(0.05)
        assert not signing.done()
        await store.write_revocation(connection, cut)
    with pytest.raises(ExamError, match="wrong"):
        await signing


async def test_two_admins_who_shut_each_other_out_at_once_leave_one(desk: Desk, pool: Pool) -> None:
    for name in ("one", "two"):
        await desk.accounts.create_account(Account(name, name, Role.ADMIN), PASSWORD)
    ends = await asyncio.gather(
        desk.accounts.change("two", Change(disabled=True), by="one"),
        desk.accounts.change("one", Change(role=Role.EXAMINER), by="two"),
        return_exceptions=True,
    )
    assert [type(end) for end in ends].count(ExamError) == 1
    left = "SELECT count(*) FROM accounts WHERE role = 'admin' AND NOT disabled"
    assert await pool.fetchval(left) == 1


async def test_a_password_of_ones_own_ends_what_the_old_one_began(desk: Desk, pool: Pool) -> None:
    who = await desk.eva()
    desk.clock.ms += 1
    change = desk.accounts.change_password
    for old, new, code in (
        ("wrong", "another password", Code.UNAUTHORIZED),
        (PASSWORD, "short", Code.BAD_REQUEST),
        (PASSWORD, "eva", Code.BAD_REQUEST),
    ):
        with pytest.raises(ExamError) as caught:
            await change(who, old, new, address=ADDRESS)
        assert caught.value.code is code
    assert not await revoked_now(pool, desk.clock, who)
    await change(who, PASSWORD, "another password", address=ADDRESS)
    assert await revoked_now(pool, desk.clock, who)
    with pytest.raises(ExamError) as caught:
        await change(ANNA, PASSWORD, "another password", address=ADDRESS)
    assert caught.value.code is Code.FORBIDDEN
