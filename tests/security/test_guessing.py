"""Guessing (E15): codes, passwords and keys are not found by trying, from wherever it is tried."""

import httpx
import pytest

from examsync.access.service.tries import ADDRESS_FACTOR
from tests.edge.house import EXAM, House
from tests.edge.offices import admin, client, problem
from tests.edge.rooms_to_let import Let

TRIES = 1
ALLOWED = TRIES * ADDRESS_FACTOR
ENOUGH = 10 * ALLOWED
"""So many tries that a bucket which refills meanwhile does not keep up."""
UNKNOWN, LIMITED = (401, "unauthorized"), (429, "rate_limited")


async def slip(house: House, candidate: str) -> str:
    async with admin(house) as root:
        said = {"candidates": [candidate]}
        (made,) = (await root.post(f"/admin/exams/{EXAM}/slips", json=said)).json()["items"]
        code: str = made["code"]
        return code


async def tried(http: httpx.AsyncClient, code: str, headers: dict[str, str]) -> tuple[int, str]:
    said = await http.post("/sign-in/code", json={"code": code}, headers=headers)
    return (200, "") if said.status_code == 200 else problem(said)


@pytest.mark.parametrize(
    "disguise",
    ["", "x-forwarded-for", "forwarded", "x-real-ip", "cf-connecting-ip", "true-client-ip"],
)
async def test_guesses_are_counted_whatever_address_a_client_claims(
    let: Let, disguise: str
) -> None:
    house = await let(sign_ins_per_minute=TRIES)
    right = await slip(house, "asha")

    def claimed(n: int) -> dict[str, str]:
        return {disguise: f"198.51.{n >> 8}.{n & 255}"} if disguise else {}

    async with client(house) as http:
        tries = [await tried(http, f"{n:010d}", claimed(n)) for n in range(ENOUGH)]
        assert tries[:ALLOWED] == [UNKNOWN] * ALLOWED
        assert set(tries) == {UNKNOWN, LIMITED}
        said = {"code": right}
        limited = await http.post("/sign-in/code", json=said, headers=claimed(ENOUGH))
        if limited.status_code == 429:  # a token of the bucket may have come back meanwhile
            assert int(limited.headers["retry-after"]) >= 1


async def test_a_wrong_code_is_refused_alike_whether_it_is_near_or_far(let: Let) -> None:
    house = await let()
    right = await slip(house, "asha")
    near = right[:-1] + ("0" if right[-1] != "0" else "1")
    async with client(house) as http:
        told = [
            (await http.post("/sign-in/code", json={"code": code})).text
            for code in (near, "0000-0000-00")
        ]
        assert told[0] == told[1]
        assert near not in told[0]
        assert (await tried(http, right, {}))[0] == 200


async def test_keys_that_are_made_up_cost_their_inventor_his_tries(let: Let) -> None:
    house = await let(sign_ins_per_minute=TRIES)
    async with admin(house) as root:
        said = {"name": "k", "role": "admin"}
        key = (await root.post("/admin/keys", json=said)).json()["key"]
    statuses = []
    async with client(house) as http:
        for n in range(ENOUGH):
            bearer = {"authorization": f"Bearer esk_{n:052d}"}
            statuses.append((await http.get("/me", headers=bearer)).status_code)
        assert statuses[:ALLOWED] == [401] * ALLOWED
        assert set(statuses) == {401, 429}
        known = {"authorization": f"Bearer {key}"}
        assert (await http.get("/me", headers=known)).status_code == 200


async def test_passwords_codes_and_keys_share_what_one_address_may_try(let: Let) -> None:
    house = await let(sign_ins_per_minute=TRIES)
    async with client(house) as http:
        for n in range(ALLOWED // 2):
            guess = {"login": f"somebody-{n}", "password": "guess-guess"}
            assert problem(await http.post("/sign-in", json=guess)) == UNKNOWN
        codes = [await tried(http, "0000-0000-00", {}) for _ in range(ENOUGH)]
        assert LIMITED in codes
        guess = {"login": "somebody-else", "password": "guess-guess"}
        others = [problem(await http.post("/sign-in", json=guess)) for _ in range(3)]
        assert LIMITED in others


async def test_what_is_no_code_costs_nothing_and_is_not_looked_up(let: Let) -> None:
    house = await let(sign_ins_per_minute=TRIES)
    right = await slip(house, "asha")
    async with client(house) as http:
        for n in range(ALLOWED + 5):
            assert await tried(http, f"not a code {n}", {}) == UNKNOWN
        assert (await tried(http, right, {}))[0] == 200
