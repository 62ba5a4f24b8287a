"""Access codes with a real Postgres: printed, renewed, guessed, outliving a change of secret."""

import asyncio
from typing import Any

import pytest
from msgspec import structs

from examsync.access.service import Codes
from examsync.access.service.tries import ADDRESS_FACTOR, CODES_WRONG, Tries
from examsync.access.token import Keys, verify
from examsync.errors import ExamError
from examsync.infra.postgres import Pool
from protocol.problems import Code
from protocol.types import Role
from tests.services.office import ADDRESS, LIFE_MS, TRIES, HandClock, Register, revoked_now
from tests.unit.access.forge import KEY, KEYS, NOW

WRONG = "0000-0000-00"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def register() -> Register:
    return Register("asha", "ravi", "mina")


@pytest.fixture
def codes(pool: Pool, clock: HandClock, register: Register) -> Codes:
    return made(pool, clock, register)


def made(pool: Pool, clock: HandClock, register: Register, keys: Keys = KEYS) -> Codes:
    return Codes(pool, keys, clock, registrations=register, life_ms=LIFE_MS, tries=Tries(TRIES))


async def printed(codes: Codes, *candidates: str, **more: Any) -> dict[str, str]:
    slips = await codes.slips("physics", candidates or None, **more)
    return {slip.place.candidate: slip.code for slip in slips}


async def refusal(codes: Codes, code: str, address: str = ADDRESS) -> ExamError:
    with pytest.raises(ExamError) as caught:
        await codes.sign_in(code, address=address)
    return caught.value


async def test_a_code_signs_its_candidate_into_its_exam(codes: Codes, clock: HandClock) -> None:
    slips = await printed(codes)
    signed = await codes.sign_in(slips["asha"], address=ADDRESS)
    who = verify(signed.token, KEYS, clock.now())
    assert who == signed.identity
    assert (who.subject, who.role) == ("asha", Role.CANDIDATE)
    assert who.exams == {"physics"}
    assert (who.name, who.signed_in_at, who.expires_at) == ("Asha", NOW, NOW + LIFE_MS)


async def test_slips_are_the_same_every_time_and_new_ones_join_them(
    codes: Codes, register: Register
) -> None:
    first = await printed(codes, "asha", "ravi")
    register.add("omar")
    everybody = await printed(codes)
    assert set(everybody) == {"asha", "ravi", "mina", "omar"}
    assert everybody.items() >= first.items()
    assert await printed(codes) == everybody


async def test_two_who_print_at_once_print_the_same(
    codes: Codes, pool: Pool, clock: HandClock, register: Register
) -> None:
    other = made(pool, clock, register)
    one, two, three = await asyncio.gather(printed(codes), printed(other), printed(codes))
    assert one == two == three


async def test_a_renewed_code_is_another_and_the_old_one_opens_nothing(
    codes: Codes, pool: Pool, clock: HandClock
) -> None:
    before = await printed(codes)
    asha = (await codes.sign_in(before["asha"], address=ADDRESS)).identity
    ravi = (await codes.sign_in(before["ravi"], address=ADDRESS)).identity
    clock.ms += 1
    after = await printed(codes, "asha", renew=True)
    assert after["asha"] != before["asha"]
    assert await revoked_now(pool, clock, asha)
    assert not await revoked_now(pool, clock, ravi)
    refused = await refusal(codes, before["asha"])
    assert (refused.code, "replaced" in str(refused)) == (Code.UNAUTHORIZED, True)
    fresh = (await codes.sign_in(after["asha"], address=ADDRESS)).identity
    assert not await revoked_now(pool, clock, fresh)


async def test_a_token_that_is_given_while_a_code_is_renewed_is_worthless_too(
    codes: Codes, pool: Pool, clock: HandClock, register: Register
) -> None:
    before = await printed(codes)
    register.hold()
    signing = asyncio.create_task(codes.sign_in(before["asha"], address=ADDRESS))
    await register.asked.wait()
    other = Register("asha", "ravi", "mina")
    clock.ms -= 5_000  # the clock of another process may be behind
    await printed(made(pool, clock, other), "asha", renew=True)
    clock.ms += 5_000
    register.let.set()
    assert await revoked_now(pool, clock, (await signing).identity)


async def test_a_code_that_was_replaced_stays_so_when_its_candidate_comes_back(
    codes: Codes, register: Register
) -> None:
    before = await printed(codes)
    after = await printed(codes, "asha", renew=True)
    register.remove("asha")
    assert (await refusal(codes, after["asha"])).code is Code.NOT_FOUND
    register.add("asha")
    assert (await refusal(codes, before["asha"])).code is Code.UNAUTHORIZED
    await codes.sign_in(after["asha"], address=ADDRESS)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status": "draft"}, Code.EXAM_NOT_OPEN),
        ({"status": "archived"}, Code.EXAM_OVER),
        ({"status": "archived", "released": True}, Code.EXAM_OVER),
        ({"over": True}, Code.EXAM_OVER),
        ({"over": True, "released": True}, None),
    ],
)
async def test_there_must_be_something_to_sit_or_to_see(
    codes: Codes, register: Register, change: dict[str, Any], code: Code | None
) -> None:
    slips = await printed(codes)
    token = (await codes.sign_in(slips["asha"], address=ADDRESS)).identity
    register.change("asha", **change)
    if code is None:
        await codes.sign_in(slips["asha"], address=ADDRESS)
        return
    refused = await refusal(codes, slips["asha"])
    assert refused.code is code
    assert "right" in str(refused)
    with pytest.raises(ExamError) as caught:
        await codes.renewed(token, NOW, NOW + 1)
    assert caught.value.code is code


async def test_what_is_stored_signs_nobody_in(codes: Codes, pool: Pool) -> None:
    slips = await printed(codes)
    dump = str([dict(row) for row in await pool.fetch("SELECT * FROM access_codes")]).upper()
    for code in slips.values():
        assert code not in dump
        assert code.replace("-", "") not in dump


async def test_wrong_codes_are_counted_per_address_and_right_ones_are_free(
    codes: Codes, clock: HandClock
) -> None:
    slips = await printed(codes)
    for _ in range(TRIES * ADDRESS_FACTOR + 5):
        await codes.sign_in(slips["asha"], address=ADDRESS)
    for _ in range(TRIES * ADDRESS_FACTOR):
        assert (await refusal(codes, WRONG)).code is Code.UNAUTHORIZED
    limited = await refusal(codes, slips["asha"])
    assert limited.code is Code.RATE_LIMITED
    assert limited.problem.retry_after_ms
    await codes.sign_in(slips["asha"], address="198.51.100.1")
    clock.ms += limited.problem.retry_after_ms + 1
    await codes.sign_in(slips["asha"], address=ADDRESS)


async def test_wrong_codes_from_everywhere_are_counted_together() -> None:
    tries, clock = Tries(TRIES), HandClock()
    for n in range(CODES_WRONG.burst):
        tries.charge_code(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", clock.now())
    with pytest.raises(ExamError) as caught:
        tries.charge_code("203.0.113.9", clock.now())
    assert caught.value.code is Code.RATE_LIMITED
    tries.refund_code("10.0.0.1")
    tries.charge_code("203.0.113.9", clock.now())


async def test_a_network_of_ipv6_is_one_address() -> None:
    tries, clock = Tries(TRIES), HandClock()
    for n in range(TRIES * ADDRESS_FACTOR):
        tries.charge_code(f"2001:db8::{n:x}", clock.now())
    with pytest.raises(ExamError):
        tries.charge_code("2001:db8::ffff", clock.now())
    tries.charge_code("2001:db8:0:1::1", clock.now())


async def test_slips_outlive_a_change_of_the_secret_as_long_as_the_old_one_is_kept(
    codes: Codes, pool: Pool, clock: HandClock, register: Register
) -> None:
    before = await printed(codes, "asha")
    newer = Keys("2027", {"2027": b"n" * 32, "2026": KEY})
    rotated = made(pool, clock, register, newer)
    await rotated.sign_in(before["asha"], address=ADDRESS)
    assert await printed(rotated, "asha") == before
    gone = made(pool, clock, register, structs.replace(newer, all={"2027": b"n" * 32}))
    assert (await refusal(gone, before["asha"])).code is Code.UNAUTHORIZED
    fresh = await printed(gone, "asha")
    assert fresh != before
    await gone.sign_in(fresh["asha"], address=ADDRESS)


async def test_a_code_that_is_taken_makes_way_for_the_next(
    codes: Codes, pool: Pool, clock: HandClock
) -> None:
    slips = await printed(codes, "asha")
    await pool.execute("UPDATE access_codes SET attempt = 'of-somebody-else'")
    again = await printed(codes, "asha")
    assert again != slips
    assert (await codes.sign_in(again["asha"], address=ADDRESS)).identity.subject == "asha"
    row = await pool.fetchval("SELECT nth FROM access_codes WHERE attempt = 'a-asha'")
    assert row == 2


async def test_tokens_are_issued_for_some_or_all_and_cannot_be_renewed(codes: Codes) -> None:
    everybody = await codes.tokens("physics")
    assert set(everybody) == {"asha", "ravi", "mina"}
    (token,) = (await codes.tokens("physics", ["ravi"], 5_000)).values()
    who = verify(token, KEYS, NOW)
    assert (who.subject, who.source) == ("ravi", "")
    assert who.exams == {"physics"}
    assert who.expires_at == NOW + 5_000


async def test_who_is_not_registered_is_named(codes: Codes) -> None:
    with pytest.raises(ExamError) as caught:
        await codes.slips("physics", ["asha", "zoe", "yan"])
    assert caught.value.problem.data == {"candidates": ["yan", "zoe"]}
