"""API keys over HTTP and on `/monitor`: made, used, expired, revoked."""

from typing import Any

from protocol.types import Role
from tests.edge.clients import Client
from tests.edge.house import EXAM, OTHER_EXAM, House, until
from tests.edge.offices import account, admin, client, me, problem
from tests.edge.rooms_to_let import Open

EXAMINER = {"name": "portal", "role": "examiner", "exams": [EXAM]}


async def made(house: House, **more: Any) -> Any:
    async with admin(house) as root:
        answer = await root.post("/admin/keys", json={**EXAMINER, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()


async def test_a_key_speaks_with_its_scope_and_is_told_once(house: House) -> None:
    key = await made(house)
    assert key["key"].startswith("esk_")
    async with client(house, key["key"]) as http:
        said = (await http.get("/me")).json()
        assert (said["subject"], said["role"]) == (f"key:{key['id']}", "examiner")
        assert (said["exams"], said["name"]) == ([EXAM], "portal")
        assert (await http.get(f"/admin/exams/{EXAM}/export")).status_code == 200
        elsewhere = await http.get(f"/admin/exams/{OTHER_EXAM}/export")
        assert problem(elsewhere) == (403, "forbidden")
    async with admin(house) as root:
        listed = (await root.get("/admin/keys")).json()["items"]
    assert key["key"] not in str(listed)
    (mine,) = [one for one in listed if one["id"] == key["id"]]
    assert mine == {k: v for k, v in key.items() if k != "key"}


async def test_a_key_watches_over_a_socket_and_a_revoked_one_is_cut(house: House) -> None:
    key = await made(house)
    watcher = Client(house, "portal", Role.EXAMINER)
    await watcher.connect(token=key["key"])
    await watcher.ok("watch", {"exam": EXAM})
    async with admin(house) as root:
        assert (await root.delete(f"/admin/keys/{key['id']}")).status_code == 204
        gone = await root.delete(f"/admin/keys/{key['id']}")
        assert problem(gone) == (404, "not_found")
    assert await me(house, key["key"]) == 401
    await until(lambda: not watcher.connected, 5.0)


async def test_a_key_that_another_process_made_is_known_when_it_is_shown(
    house: House, open_raw: Open
) -> None:
    key = await made(house)
    house.app.access.api_keys._known.clear()
    assert await me(house, key["key"]) == 200
    house.app.access.api_keys._known.clear()
    raw = await open_raw(house)
    frame = await raw.enter("/monitor", {"token": key["key"], "client": {"instance": "i"}})
    assert frame.startswith("40/monitor")


async def test_a_key_does_not_sit(house: House, open_raw: Open) -> None:
    key = await made(house)
    raw = await open_raw(house)
    frame = await raw.enter("/exam", {"token": key["key"], "client": {"instance": "i"}})
    assert '"forbidden"' in frame
    async with admin(house) as root:
        refused = await root.post("/admin/keys", json={**EXAMINER, "role": "candidate"})
        assert problem(refused) == (400, "bad_request")


async def test_an_expired_key_is_refused(house: House) -> None:
    key = await made(house, expires_at=house.app.clock.now() + 60_000)
    assert await me(house, key["key"]) == 200
    past = house.app.clock.now() - 1
    sql = "UPDATE api_keys SET expires_at = $2 WHERE id = $1"
    await house.app.pool.execute(sql, key["id"], past)
    await house.app.access.api_keys.refresh()
    assert await me(house, key["key"]) == 401
    async with admin(house) as root:
        refused = await root.post("/admin/keys", json={**EXAMINER, "expires_at": past})
        assert problem(refused) == (400, "bad_request")


async def test_when_a_key_was_used_is_written_down(house: House) -> None:
    key = await made(house)
    assert key["last_used_at"] is None
    before = house.app.clock.now()
    assert await me(house, key["key"]) == 200
    await house.app.access.api_keys.refresh()
    async with admin(house) as root:
        listed = (await root.get("/admin/keys")).json()["items"]
    used = next(one["last_used_at"] for one in listed if one["id"] == key["id"])
    assert used >= before


async def test_an_admins_key_manages_accounts_and_no_keys(house: House) -> None:
    key = await made(house, role="admin", exams=[])
    async with client(house, key["key"]) as http:
        await account(http, "by-key", "candidate")
        assert problem(await http.post("/admin/keys", json=EXAMINER)) == (403, "forbidden")
        refused = await http.delete(f"/admin/keys/{key['id']}")
        assert problem(refused) == (403, "forbidden")
        assert problem(await http.post("/sign-out")) == (403, "forbidden")
        assert problem(await http.post("/sign-in/renew")) == (403, "forbidden")


async def test_what_is_nearly_a_key_is_none(house: House) -> None:
    key = (await made(house))["key"]
    for other in (key[:-1], key + "0", key.upper(), "esk_", "esk_" + "é" * 52, f"{key}.x.y"):
        async with client(house) as http:
            bearer = {b"authorization": f"Bearer {other}".encode()}
            assert (await http.get("/me", headers=bearer)).status_code == 401
