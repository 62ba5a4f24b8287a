"""What is ended in one process is ended in all of them, within five seconds (E15, E16)."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from examsync.access.account import Account, Change
from examsync.app import App
from examsync.cli.running import opened
from protocol.types import Role
from tests.edge.clients import Client
from tests.edge.house import EXAM, OTHER_EXAM, House
from tests.edge.offices import PASSWORD, client, me, signed_in
from tests.edge.rooms_to_let import Let

WITHIN_S = 5.0
ADDRESS = "192.0.2.1"

End = Callable[[App], Awaitable[Any]]


@contextlib.asynccontextmanager
async def elsewhere(house: House) -> AsyncIterator[App]:
    """Another process on the same servers, without doors."""
    async with opened(house.app.config) as other:
        yield other


async def ends_everywhere(house: House, seated: Client, token: str, end: End) -> None:
    """After `end` in another process the connection is cut and the token refused, in time."""
    assert await me(house, token) == 200
    async with elsewhere(house) as other:
        await end(other)
        async with asyncio.timeout(WITHIN_S):
            while seated.connected or await me(house, token) != 401:  # noqa: ASYNC110  # it is far
                await asyncio.sleep(0.05)


async def test_a_renewed_slip_ends_what_the_old_one_opened(let: Let) -> None:
    house = await let()
    (slip,) = await house.app.access.codes.slips(EXAM, ["asha"])
    async with client(house) as http:
        said = await http.post("/sign-in/code", json={"code": slip.code})
    token = said.json()["token"]
    asha = Client(house, "asha")
    await asha.connect(token=token)
    await asha.start()
    await asha.answer(1, True)
    await ends_everywhere(
        house, asha, token, lambda other: other.access.codes.slips(EXAM, ["asha"], renew=True)
    )


async def test_a_revoked_key_ends_what_it_opened(let: Let) -> None:
    house = await let()
    key, text = await house.app.access.api_keys.create(
        "portal", Role.EXAMINER, by="tests", exams=(EXAM,)
    )
    portal = Client(house, "portal", Role.EXAMINER)
    await portal.connect(token=text)
    await portal.ok("watch", {"exam": EXAM})
    await ends_everywhere(house, portal, text, lambda other: other.access.api_keys.revoke(key.id))


@pytest.mark.parametrize(
    "end",
    [
        lambda other: other.accounts.disable("eva"),
        lambda other: other.accounts.change("eva", Change(exams=(OTHER_EXAM,))),
        lambda other: other.accounts.change("eva", Change(halls=("hall-2",))),
        lambda other: other.accounts.change("eva", Change(role=Role.CANDIDATE)),
        lambda other: other.accounts.set_password("eva", "another password"),
        lambda other: other.accounts.sign_out_everywhere("eva"),
    ],
    ids=["disabled", "other exams", "other halls", "demoted", "other password", "signed out"],
)
async def test_a_changed_account_ends_what_it_opened(let: Let, end: End) -> None:
    house = await let()
    account = Account("eva", "eva", Role.EXAMINER, "Eva", (EXAM,))
    await house.app.accounts.create_account(account, PASSWORD)
    token = await signed_in(house, "eva")
    eva = Client(house, "eva", Role.EXAMINER)
    await eva.connect(token=token)
    await eva.ok("watch", {"exam": EXAM})
    await ends_everywhere(house, eva, token, end)


async def test_a_token_that_was_ended_cannot_be_renewed_before_its_end_is_known_here(
    let: Let,
) -> None:
    house = await let()
    account = Account("eva", "eva", Role.EXAMINER, "Eva", (EXAM,))
    await house.app.accounts.create_account(account, PASSWORD)
    token = await signed_in(house, "eva")
    async with elsewhere(house) as other, client(house, token) as http:
        await other.accounts.sign_out_everywhere("eva")
        renewed = await http.post("/sign-in/renew")  # no loop has turned meanwhile, or one has
    assert renewed.status_code == 401


async def test_a_slip_in_mid_exam_is_renewed_for_reauth_and_loses_nothing(let: Let) -> None:
    house = await let()
    (slip,) = await house.app.access.codes.slips(EXAM, ["asha"])
    async with client(house) as http:
        said = await http.post("/sign-in/code", json={"code": slip.code})
    asha = Client(house, "asha")
    await asha.connect(token=said.json()["token"])
    await asha.start()
    await asha.answer(1, True)
    async with client(house, said.json()["token"]) as http:
        fresh = (await http.post("/sign-in/renew")).json()
    (session,) = house.front.broadcast.sessions.values()
    past = house.app.clock.now() - 3_600_000
    session.identity = house.identity("asha", Role.CANDIDATE, expires_at=past)
    waiting: dict[str, Any] = {"seq": 2, "item": "q3", "response": False}
    refused = await asha.call("answer", waiting)
    assert refused["problem"]["code"] == "token_expired"
    await asha.ok("reauth", {"token": fresh["token"]})
    assert (await asha.ok("answer", waiting))["seq"] == 2
    await asha.leave()
