"""Tokens of another issuer at the doors of a whole server: who is let in, who is not (E15)."""

from collections.abc import AsyncIterator
from typing import Any

import jwt
import pytest
from msgspec import structs

from protocol.types import Role
from tests.edge.clients import Client
from tests.edge.house import EXAM, SECRET, House, config, house
from tests.edge.offices import admin, client, me, problem
from tests.services import idp

KID = {"kid": "k1"}


@pytest.fixture
async def publisher() -> AsyncIterator[idp.Publisher]:
    async with idp.publishing() as publisher:
        yield publisher


@pytest.fixture
async def open_house(
    redis_url: str, database_url: str, publisher: idp.Publisher
) -> AsyncIterator[House]:
    """A house that believes the publisher besides itself."""
    usual = config(redis_url, database_url)
    auth = structs.replace(usual.auth, issuers=(publisher.issuer(),))
    async with house(structs.replace(usual, auth=auth)) as found:
        yield found


def token(open_house: House, **said: Any) -> str:
    return idp.token(idp.claims(open_house.app.clock.now(), **said))


async def test_a_student_sits_and_a_teacher_watches_with_tokens_of_their_school(
    open_house: House,
) -> None:
    asha = Client(open_house, "asha")
    await asha.connect(token=token(open_house))
    await asha.start()
    await asha.answer(1, True)
    await asha.ok("reauth", {"token": token(open_house, name="Asha V.")})
    eva = Client(open_house, "eva", Role.EXAMINER)
    await eva.connect(token=token(open_house, sub="eva", role="teacher"))
    await eva.ok("watch", {"exam": EXAM})
    async with client(open_house, token(open_house, sub="eva", role="teacher")) as http:
        assert (await http.get(f"/admin/exams/{EXAM}/export")).status_code == 200
        assert problem(await http.get("/admin/accounts")) == (403, "forbidden")
        assert problem(await http.post("/sign-in/renew")) == (403, "forbidden")
    for each in (asha, eva):
        await each.leave()


async def test_a_key_that_is_new_is_learnt_at_every_door(
    open_house: House, publisher: idp.Publisher
) -> None:
    now = open_house.app.clock.now()
    assert await me(open_house, token(open_house)) == 200
    publisher.keys.append({**idp.published("RS256", "k2")})
    held = open_house.app.access.issuers._held[idp.NAME]
    held.tried_at = 0
    assert await me(open_house, idp.token(idp.claims(now), kid="k2")) == 200
    publisher.keys = [idp.published("RS256", "k3")]
    held.tried_at = 0
    asha = Client(open_house, "asha")
    await asha.connect(token=idp.token(idp.claims(now), kid="k3"))
    await asha.leave()


async def test_neither_issuer_can_be_taken_for_the_other(open_house: House) -> None:
    ours = jwt.decode(open_house.token("asha"), options={"verify_signature": False})
    theirs = idp.claims(open_house.app.clock.now())
    forged = {
        "ours, signed by them": jwt.encode(ours, idp.RSA, "RS256", KID),
        "theirs, signed by us": jwt.encode(theirs, SECRET, "HS256", {"kid": "1"}),
        "theirs, with our kid": jwt.encode(theirs, idp.RSA, "RS256", {"kid": "1"}),
        "ours, renamed": jwt.encode({**ours, "iss": idp.NAME}, SECRET, "HS256", {"kid": "1"}),
        "theirs, renamed": jwt.encode({**theirs, "iss": "examsync"}, idp.RSA, "RS256", KID),
        "an admin of ours": jwt.encode(
            {**ours, "role": "admin", "iss": idp.NAME}, idp.RSA, "RS256", KID
        ),
    }
    for kind, forgery in forged.items():
        assert await me(open_house, forgery) == 401, kind


async def test_a_token_of_elsewhere_is_signed_out_and_its_owner_everywhere(
    open_house: House,
) -> None:
    one, two = token(open_house), token(open_house, name="Other")
    async with client(open_house, one) as http:
        assert (await http.post("/sign-out")).status_code == 204
    assert await me(open_house, one) == 401
    assert await me(open_house, two) == 200
    await open_house.app.accounts.sign_out_everywhere("asha")
    await open_house.app.read_revoked()
    assert await me(open_house, two) == 401


async def test_nobody_speaks_as_a_key_or_makes_an_account_of_one(open_house: House) -> None:
    assert await me(open_house, token(open_house, sub="key:5f0c", role="teacher")) == 401
    async with admin(open_house) as root:
        said = {"login": "x", "role": "admin", "id": "key:5f0c"}
        assert problem(await root.post("/admin/accounts", json=said)) == (400, "bad_request")


async def test_while_the_issuer_is_silent_its_people_are_asked_to_come_back(
    open_house: House, publisher: idp.Publisher
) -> None:
    held = open_house.app.access.issuers._held[idp.NAME]
    held.keys, held.read_at, held.tried_at = [], None, None
    publisher.status = 503
    async with client(open_house, token(open_house)) as http:
        response = await http.get("/me")
    assert problem(response) == (503, "unavailable")
    assert int(response.headers["retry-after"]) >= 1
    assert await me(open_house, open_house.token("asha")) == 200
