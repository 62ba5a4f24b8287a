"""Tokens at the door (E15, E16): forged, expired, revoked, of others; renewed on the connection.

What makes a token good is tested in `unit/access/test_token`; here it is asked at every way in.
"""

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest

from protocol.types import Role
from tests.edge.house import EXAM, HOUR_MS, OTHER_EXAM, SECRET, House, until
from tests.edge.rooms_to_let import Enter, Open

HEADER = {"kid": "1"}
FORGED: dict[str, Callable[[dict[str, Any]], str]] = {
    "another key": lambda said: jwt.encode(said, "k" * 32, "HS256", HEADER),
    "another algorithm": lambda said: jwt.encode(said, SECRET * 2, "HS512", HEADER),
    "a path as kid": lambda said: signed(said, kid="../../dev/null"),
    "crit": lambda said: signed(said, crit=["x"], x=1),
    "jku": lambda said: signed(said, jku="http://127.0.0.1/keys"),
    "another audience": lambda said: signed({**said, "aud": "shop"}),
    "a refresh token": lambda said: signed({**said, "typ": "refresh"}),
    "not yet": lambda said: signed({**said, "nbf": said["iat"] + 3_600}),
    "a role that is none": lambda said: signed({**said, "role": "root"}),
    "alg none": lambda said: f"{part({'alg': 'none'})}.{part(said)}.",
    "altered": lambda said: altered(signed(said), {**said, "role": "admin"}),
    "no token at all": lambda said: "no token at all",
}


def signed(said: dict[str, Any], **header: Any) -> str:
    return jwt.encode(said, SECRET, "HS256", {**HEADER, **header})


def part(said: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()


def altered(token: str, said: dict[str, Any]) -> str:
    head, _, signature = token.split(".")
    return f"{head}.{part(said)}.{signature}"


@pytest.mark.parametrize("kind", FORGED)
async def test_a_forged_token_is_refused_at_every_way_in(
    house: House, open_raw: Open, enter: Enter, kind: str
) -> None:
    said = jwt.decode(house.token("asha"), options={"verify_signature": False})
    token = FORGED[kind](said)
    raw = await open_raw(house)
    for namespace in ("/exam", "/monitor"):
        frame = await raw.enter(namespace, {"token": token, "client": {"instance": "i"}})
        refusal = json.loads(frame.removeprefix(f"44{namespace},"))
        assert refusal["data"]["code"] == "unauthorized"
        assert token not in frame
    async with httpx.AsyncClient(base_url=house.url) as client:
        headers = {"authorization": f"Bearer {token}"}
        response = await client.get("/admin/exams", headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, "unauthorized")
    seated = await enter(house, "asha")
    assert await seated.refused("reauth", {"token": token}) == "unauthorized"
    assert seated.connected


async def test_what_a_client_says_of_itself_is_nothing(house: House, open_raw: Open) -> None:
    raw = await open_raw(house)
    auth = {**house.auth("asha"), "role": "admin", "exams": [OTHER_EXAM]}
    await raw.enter("/exam", auth)
    await raw.send(f'42/exam,1["join",{{"id":"j","exam":"{OTHER_EXAM}","role":"admin"}}]')
    assert (await raw.ack("/exam", 1))["problem"]["code"] == "forbidden"


async def test_an_expired_token_opens_no_connection(house: House, open_raw: Open) -> None:
    now = house.app.clock.now()
    token = house.token("asha", issued_at=now - HOUR_MS, expires_at=now - HOUR_MS // 2)
    raw = await open_raw(house)
    frame = await raw.enter("/exam", {"token": token, "client": {"instance": "i"}})
    refusal = json.loads(frame.removeprefix("44/exam,"))["data"]
    assert (refusal["code"], refusal["retry"]) == ("token_expired", True)


async def expire(house: House, subject: str) -> None:
    """Let the token of somebody who is connected have expired long ago."""
    for session in house.front.broadcast.sessions.values():
        if session.identity.subject == subject:
            past = house.app.clock.now() - HOUR_MS
            session.identity = house.identity(subject, session.identity.role, expires_at=past)


async def test_a_token_that_expires_in_mid_exam_loses_nothing(house: House, enter: Enter) -> None:
    client = await enter(house, await house.candidate())
    await client.start()
    await client.answer(1, True)
    await expire(house, client.subject)
    waiting: dict[str, Any] = {"seq": 2, "item": "q3", "response": False}
    ack = await client.call("answer", waiting)
    assert (ack["problem"]["code"], ack["problem"]["retry"]) == ("token_expired", True)
    assert (await client.ok("heartbeat", {"pending": 1}))["deadline"]
    renewed = await client.ok("reauth", {"token": house.token(client.subject)})
    assert renewed["expires_at"] > house.app.clock.now()
    assert (await client.ok("answer", waiting))["seq"] == 2
    assert (await client.join())["responses"]["q3"]["response"] is False


async def test_an_examiner_whose_token_has_expired_is_told_nothing_more(
    house: House, enter: Enter
) -> None:
    eva = await enter(house, "eva", Role.EXAMINER)
    await eva.ok("watch", {"exam": EXAM})
    await expire(house, "eva")
    await until(lambda: not eva.connected)


async def test_a_connection_is_not_handed_to_somebody_else(house: House, enter: Enter) -> None:
    asha = await enter(house, "asha")
    await asha.join()
    for token in (house.token("ravi"), house.token("asha", Role.EXAMINER)):
        assert await asha.refused("reauth", {"token": token}) == "forbidden"
    elsewhere = house.token("asha", exams=frozenset({OTHER_EXAM}))
    assert await asha.refused("reauth", {"token": elsewhere}) == "forbidden"
    assert (await asha.ok("heartbeat"))["ok"] is True


async def test_a_renewed_token_of_less_scope_is_told_less(house: House, enter: Enter) -> None:
    eva = await enter(house, "eva", Role.EXAMINER)
    await eva.ok("watch", {"exam": EXAM})
    less = house.token("eva", Role.EXAMINER, exams=frozenset({OTHER_EXAM}))
    await eva.ok("reauth", {"token": less})
    assert await eva.refused("watch", {"exam": EXAM}) == "forbidden"
    session = next(s for s in house.front.broadcast.sessions.values())
    assert house.front._examiners._watchers[session] == {}


async def test_a_renewed_token_of_less_scope_holds_for_a_watch_that_is_under_way(
    house: House, open_raw: Open
) -> None:
    raw = await open_raw(house)
    await raw.enter("/monitor", house.auth("eva", Role.EXAMINER))
    less = house.token("eva", Role.EXAMINER, exams=frozenset({OTHER_EXAM}))
    watch = json.dumps(["watch", {"exam": EXAM}])
    await raw.send(f"42/monitor,1{watch}", "42/monitor,2" + json.dumps(["reauth", {"token": less}]))
    refused = await raw.ack("/monitor", 1)
    assert refused["problem"]["code"] == "forbidden"
    assert house.front._examiners._watchers == {}


async def test_the_revoked_are_cut_at_once_and_cannot_come_back(
    house: House, enter: Enter, open_raw: Open
) -> None:
    client = await enter(house, await house.candidate())
    await client.start()
    await client.answer(1)
    token = house.token(client.subject)
    await house.app.accounts.sign_out_everywhere(client.subject)
    await until(lambda: not client.connected, 5.0)
    raw = await open_raw(house)
    frame = await raw.enter("/exam", {"token": token, "client": {"instance": "i"}})
    assert json.loads(frame.removeprefix("44/exam,"))["data"]["code"] == "unauthorized"
    async with httpx.AsyncClient(base_url=house.url) as http:
        response = await http.get("/admin/exams", headers={"authorization": f"Bearer {token}"})
    assert response.status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Basic cm9vdDpyb290"},
        {"cookie": "token=x"},
    ],
)
async def test_http_asks_for_a_bearer_token(house: House, headers: dict[str, str]) -> None:
    async with httpx.AsyncClient(base_url=house.url) as client:
        response = await client.get("/admin/exams", headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"


async def test_a_token_in_the_address_is_not_looked_at(house: House) -> None:
    token = house.token("root", Role.ADMIN)
    async with httpx.AsyncClient(base_url=house.url) as client:
        assert (await client.get(f"/admin/exams?token={token}")).status_code == 401
        assert (await client.get(f"/admin/exams?access_token={token}")).status_code == 401
