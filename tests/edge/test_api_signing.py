"""Signing in with a password or a slip, renewing, signing out, oneself: over HTTP."""

from typing import Any

import pytest

from examsync.access.account import Account
from protocol.types import Role
from tests.edge.clients import Client
from tests.edge.house import EXAM, OTHER_EXAM, House, attempt_of
from tests.edge.offices import PASSWORD, account, admin, client, me, problem, signed_in


async def slip(house: House, candidate: str, **more: Any) -> str:
    async with admin(house) as root:
        said = {"candidates": [candidate], **more}
        (made,) = (await root.post(f"/admin/exams/{EXAM}/slips", json=said)).json()["items"]
        code: str = made["code"]
        return code


async def test_a_slip_opens_one_exam_for_one_candidate(house: House) -> None:
    who = await house.candidate()
    code = await slip(house, who)
    async with client(house) as http:
        said = (await http.post("/sign-in/code", json={"code": code.lower()})).json()
    assert (said["subject"], said["role"], said["exams"]) == (who, "candidate", [EXAM])
    assert said["name"] == who.upper()
    async with client(house, said["token"]) as http:
        mine = (await http.get("/me")).json()
    assert mine == {key: said[key] for key in mine}
    seated = Client(house, who)
    await seated.connect(token=said["token"])
    assert (await seated.join())["state"] == "not_started"
    assert await seated.refused("join", {"id": "j", "exam": OTHER_EXAM}) == "forbidden"
    await seated.leave()


@pytest.mark.parametrize("code", ["ABCD-EFGH-JK", "", "short", "a" * 65, "UUUU-UUUU-UU", 7])
async def test_what_is_no_code_is_refused(house: House, code: object) -> None:
    async with client(house) as http:
        status, _ = problem(await http.post("/sign-in/code", json={"code": code}))
    assert status in (400, 401)


async def test_a_code_that_was_renewed_opens_nothing_and_ends_what_it_opened(
    house: House,
) -> None:
    who = await house.candidate()
    code = await slip(house, who)
    async with client(house) as http:
        token = (await http.post("/sign-in/code", json={"code": code})).json()["token"]
        renewed = await slip(house, who, renew=True)
        await house.app.read_revoked()
        assert await me(house, token) == 401
        refused = await http.post("/sign-in/code", json={"code": code})
        assert problem(refused) == (401, "unauthorized")
        assert "replaced" in refused.json()["detail"]
        fresh = (await http.post("/sign-in/code", json={"code": renewed})).json()["token"]
    assert await me(house, fresh) == 200


async def test_a_token_of_a_slip_and_one_of_a_password_are_renewed(house: House) -> None:
    await house.app.accounts.create_account(
        Account("a-eva", "eva", Role.EXAMINER, "Eva", (EXAM,), ("hall-1",)), PASSWORD
    )
    who = await house.candidate()
    async with client(house) as http:
        code = {"code": await slip(house, who)}
        tokens = [(await http.post("/sign-in/code", json=code)).json()["token"]]
    tokens.append(await signed_in(house, "eva"))
    for token, subject in zip(tokens, (who, "a-eva"), strict=True):
        async with client(house, token) as http:
            renewed = (await http.post("/sign-in/renew")).json()
        assert renewed["subject"] == subject
        assert renewed["exams"] == [EXAM]
        assert renewed["token"] != token
        assert await me(house, renewed["token"]) == 200


async def test_a_token_that_was_issued_is_not_renewed(house: House) -> None:
    async with client(house, house.token("asha")) as http:
        assert problem(await http.post("/sign-in/renew")) == (403, "forbidden")


async def test_a_connection_goes_on_with_a_renewed_token(house: House) -> None:
    who = await house.candidate()
    async with client(house) as http:
        code = {"code": await slip(house, who)}
        token = (await http.post("/sign-in/code", json=code)).json()["token"]
    seated = Client(house, who)
    await seated.connect(token=token)
    await seated.join()
    async with client(house, token) as http:
        fresh = (await http.post("/sign-in/renew")).json()
    assert (await seated.ok("reauth", {"token": fresh["token"]}))["expires_at"]
    await seated.leave()


async def test_who_signs_out_is_out_here_at_once_and_nobody_else_is(house: House) -> None:
    token, other = house.token("asha", jti="one"), house.token("asha", jti="two")
    async with client(house, token) as http:
        assert (await http.post("/sign-out")).status_code == 204
        assert problem(await http.get("/me")) == (401, "unauthorized")
        assert problem(await http.post("/sign-out")) == (401, "unauthorized")
    assert await me(house, other) == 200


async def test_a_password_is_changed_by_whoever_knows_it_and_signed_in_with_it(
    house: House,
) -> None:
    async with admin(house) as root:
        await account(root, "pia", "examiner", exams=[EXAM])
        said = {"old": PASSWORD, "new": "another password"}
        assert problem(await root.post("/my/password", json=said)) == (403, "forbidden")
    token = await signed_in(house, "pia")
    async with client(house, token) as http:
        wrong = {**said, "old": "wrong"}
        assert problem(await http.post("/my/password", json=wrong)) == (401, "unauthorized")
        short = {**said, "new": "short"}
        assert problem(await http.post("/my/password", json=short)) == (400, "bad_request")
        assert (await http.post("/my/password", json=said)).status_code == 204
        assert problem(await http.get("/me")) == (401, "unauthorized")
    assert await me(house, await signed_in(house, "pia", "another password")) == 200


async def test_me_says_what_the_token_says_and_asks_for_one(house: House) -> None:
    token = house.token("eve", Role.EXAMINER, halls=frozenset({"hall-2", "hall-1"}), name="Eve")
    async with client(house, token) as http:
        said = (await http.get("/me")).json()
    assert said.pop("expires_at") > house.app.clock.now()
    assert said == {
        "subject": "eve",
        "role": "examiner",
        "name": "Eve",
        "exams": [EXAM],
        "halls": ["hall-1", "hall-2"],
    }
    assert await me(house, "") == 401


async def test_slips_and_tokens_are_made_for_all_or_for_some(house: House) -> None:
    async with admin(house) as root:
        slips = (await root.post(f"/admin/exams/{EXAM}/slips", json={})).json()["items"]
        named = {one["candidate"]: one for one in slips}
        assert named["mina"] | {"code": ""} == {
            "candidate": "mina",
            "name": "Mina",
            "hall": "hall-2",
            "group": "",
            "code": "",
            "attempt": attempt_of("mina"),
        }
        assert [one["hall"] for one in slips] == sorted(one["hall"] for one in slips)
        again = (await root.post(f"/admin/exams/{EXAM}/slips", json={})).json()["items"]
        assert {one["candidate"]: one for one in again} == named
        said = {"candidates": ["asha", "ravi"], "life_s": 60}
        tokens = (await root.post(f"/admin/exams/{EXAM}/tokens", json=said)).json()["tokens"]
        assert set(tokens) == {"asha", "ravi"}
        assert await me(house, tokens["asha"]) == 200
        unknown = {"candidates": ["asha", "nobody"]}
        for path in ("slips", "tokens"):
            refused = await root.post(f"/admin/exams/{EXAM}/{path}", json=unknown)
            assert problem(refused) == (404, "not_found")
            assert refused.json()["data"] == {"candidates": ["nobody"]}
            refused = await root.post(f"/admin/exams/nowhere/{path}", json={})
            assert problem(refused) == (404, "not_found")


@pytest.mark.parametrize("role", [Role.CANDIDATE, Role.EXAMINER])
async def test_slips_and_tokens_are_for_admins(house: House, role: Role) -> None:
    async with client(house, house.token("asha", role)) as http:
        for path in ("slips", "tokens"):
            refused = await http.post(f"/admin/exams/{EXAM}/{path}", json={})
            assert problem(refused) == (403, "forbidden")
