"""Accounts over HTTP: made, listed page by page, changed, shut out."""

from typing import Any

import httpx
import pytest

from protocol.types import Role
from tests.edge.house import EXAM, House
from tests.edge.offices import PASSWORD, account, admin, client, me, problem, signed_in


async def logins(root: httpx.AsyncClient, **query: Any) -> list[str]:
    """Of all pages."""
    found, after = list[str](), ""
    while True:
        asked = {**query, "limit": 2, **({"after": after} if after else {})}
        page = (await root.get("/admin/accounts", params=asked)).json()
        found += [one["login"] for one in page["items"]]
        after = page["next"]
        if not after:
            assert page["total"] == len(found)
            return found


async def test_an_account_is_made_with_a_password_that_is_told_once(house: House) -> None:
    async with admin(house) as root:
        said = {"login": "New@X.org", "role": "examiner", "name": "New", "exams": [EXAM]}
        made = await root.post("/admin/accounts", json=said)
        assert made.status_code == 201
        shown = made.json()
        assert len(shown["password"]) >= 16
        assert (shown["login"], shown["exams"], shown["halls"]) == ("new@x.org", [EXAM], [])
        assert await me(house, await signed_in(house, "new@x.org", shown["password"])) == 200
        listed = (await root.get("/admin/accounts", params={"q": "NEW@"})).json()
        assert listed["items"] == [{k: v for k, v in shown.items() if k != "password"}]
        assert problem(await root.post("/admin/accounts", json=said)) == (409, "exists")


async def test_a_login_that_can_be_an_id_is_the_id_and_another_may_be_named(
    house: House,
) -> None:
    async with admin(house) as root:
        assert (await account(root, "c001", "candidate"))["id"] == "c001"
        assert (await account(root, "c002", "candidate", id="cand-2"))["id"] == "cand-2"
        made = await account(root, "a@b.org", "candidate")
        assert made["id"].startswith("u-")
        assert "password" not in made


@pytest.mark.parametrize(
    "said",
    [
        {"login": "x", "role": "root"},
        {"login": "", "role": "admin"},
        {"login": "x", "role": "admin", "password": "short"},
        {"login": "passwords", "role": "admin", "password": "passwords"},
        {"login": "x", "role": "examiner", "exams": ["not an id"]},
        {"login": "x", "role": "examiner", "exams": ["e"] * 101},
        {"login": "x", "role": "candidate", "id": "not an id"},
    ],
)
async def test_what_cannot_be_an_account_is_refused(house: House, said: dict[str, Any]) -> None:
    async with admin(house) as root:
        assert problem(await root.post("/admin/accounts", json=said)) == (400, "bad_request")


async def test_accounts_are_listed_page_by_page_as_they_are_wanted(house: House) -> None:
    async with admin(house) as root:
        for login, role, name in (
            ("l-b", "examiner", "Zoe"),
            ("l-a", "admin", "zara"),
            ("l-d", "candidate", "Ann"),
            ("l-c", "candidate", "ann"),
            ("l-e", "examiner", "100%_"),
        ):
            await account(root, login, role, name=name)
        assert await logins(root, q="l-") == ["l-a", "l-b", "l-c", "l-d", "l-e"]
        assert await logins(root, q="l-", sort="-login") == ["l-e", "l-d", "l-c", "l-b", "l-a"]
        assert await logins(root, q="l-", sort="name") == ["l-e", "l-c", "l-d", "l-a", "l-b"]
        assert await logins(root, q="l-", sort="-name") == ["l-b", "l-a", "l-d", "l-c", "l-e"]
        assert await logins(root, q="l-", sort="role") == ["l-a", "l-c", "l-d", "l-b", "l-e"]
        assert await logins(root, q="l-", role="candidate") == ["l-c", "l-d"]
        assert await logins(root, q="ZARA") == ["l-a"]
        assert await logins(root, q="%_") == ["l-e"]
        await root.patch("/admin/accounts/l-b", json={"disabled": True})
        assert await logins(root, q="l-", disabled="true") == ["l-b"]
        assert "l-b" not in await logins(root, q="l-", disabled="false")
        wrong = await root.get("/admin/accounts?sort=password")
        assert problem(wrong) == (400, "bad_request")
        assert "name" in wrong.json()["detail"]
        other = (await root.get("/admin/accounts?limit=1")).json()["next"]
        moved = await root.get(f"/admin/accounts?sort=name&after={other}")
        assert problem(moved) == (400, "bad_request")


async def test_a_change_holds_at_once_and_ends_tokens_but_for_a_name(house: House) -> None:
    async with admin(house) as root:
        await account(root, "ina", "examiner", exams=[EXAM])
        token = await signed_in(house, "ina")
        named = await root.patch("/admin/accounts/ina", json={"name": "Ina"})
        assert named.json()["name"] == "Ina"
        assert await me(house, token) == 200
        scoped = await root.patch("/admin/accounts/ina", json={"exams": ["exam-2"], "halls": ["h"]})
        assert (scoped.json()["exams"], scoped.json()["halls"]) == (["exam-2"], ["h"])
        assert await me(house, token) == 401
        token = await signed_in(house, "ina")
        await root.patch("/admin/accounts/ina", json={"disabled": True})
        assert await me(house, token) == 401
        async with client(house) as http:
            refused = await http.post("/sign-in", json={"login": "ina", "password": PASSWORD})
        assert problem(refused) == (401, "unauthorized")
        assert problem(await root.patch("/admin/accounts/nobody", json={})) == (404, "not_found")


async def test_an_admins_password_and_sign_out_for_others(house: House) -> None:
    async with admin(house) as root:
        await account(root, "udo", "examiner", exams=[EXAM])
        token = await signed_in(house, "udo")
        assert (await root.post("/admin/accounts/udo/sign-out")).status_code == 204
        assert await me(house, token) == 401
        made_up = (await root.post("/admin/accounts/udo/password", json={})).json()["password"]
        assert len(made_up) >= 16
        token = await signed_in(house, "udo", made_up)
        given = {"password": "chosen by an admin"}
        assert (await root.post("/admin/accounts/udo/password", json=given)).json() == {
            "password": None
        }
        assert await me(house, token) == 401
        assert await me(house, await signed_in(house, "udo", given["password"])) == 200
        for path in ("sign-out", "password"):
            refused = await root.post(f"/admin/accounts/nobody/{path}", json={})
            assert problem(refused) == (404, "not_found")


async def test_nobody_takes_it_from_himself_and_the_last_admin_stays(house: House) -> None:
    async with admin(house) as root:
        for one in (await root.get("/admin/accounts?role=admin")).json()["items"]:
            await house.app.pool.execute("DELETE FROM accounts WHERE id = $1", one["id"])
        await account(root, "boss", "admin")
        for change in ({"disabled": True}, {"role": "examiner"}):
            refused = await root.patch("/admin/accounts/boss", json=change)
            assert problem(refused) == (403, "forbidden")
            assert "last admin" in refused.json()["detail"]
        await account(root, "vice", "admin")
        async with client(house, await signed_in(house, "boss")) as boss:
            refused = await boss.patch("/admin/accounts/boss", json={"role": "examiner"})
            assert problem(refused) == (403, "forbidden")
            done = await boss.patch("/admin/accounts/vice", json={"disabled": True})
            assert done.json()["disabled"] is True


@pytest.mark.parametrize("role", [Role.CANDIDATE, Role.EXAMINER])
async def test_accounts_are_for_admins(house: House, role: Role) -> None:
    async with client(house, house.token("asha", role)) as http:
        for method, path in (
            ("GET", "/admin/accounts"),
            ("POST", "/admin/accounts"),
            ("PATCH", "/admin/accounts/chief"),
            ("POST", "/admin/accounts/chief/password"),
            ("POST", "/admin/accounts/chief/sign-out"),
            ("GET", "/admin/keys"),
            ("POST", "/admin/keys"),
            ("DELETE", "/admin/keys/x"),
        ):
            assert problem(await http.request(method, path)) == (403, "forbidden")
