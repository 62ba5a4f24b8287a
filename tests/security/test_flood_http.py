"""Too much by HTTP (E10): the way around the sockets is no way around their limits."""

from typing import Any

import httpx
import pytest

from examsync.access.limit import Rate
from examsync.edge.api import bearer
from protocol.types import Role
from tests.edge.calling import calling, problem
from tests.edge.house import EXAM, attempt_of
from tests.edge.rooms_to_let import Enter, Let

SLOW = Rate(per_s=1.0, burst=20)


def outbox(first: int, count: int) -> dict[str, Any]:
    """A request with so many answers."""
    answers = [
        {"answer": {"seq": seq, "item": "q3", "response": seq % 2 == 0}}
        for seq in range(first, first + count)
    ]
    join = {"id": f"join-{first}", "exam": EXAM}
    return {"client": {"instance": "browser-x"}, "join": join, "events": answers}


def codes(said: httpx.Response) -> list[str]:
    """The problems of the events in a request."""
    acks = said.json().get("acks", [])
    return [ack["refused"]["problem"]["code"] for ack in acks if "refused" in ack]


async def test_an_outbox_by_http_is_charged_as_one_by_socket_and_to_the_same_purse(
    let: Let, enter: Enter
) -> None:
    house = await let(candidate_per_s=1, candidate_burst=200)
    who, other = await house.candidate(), await house.candidate()
    socket = await enter(house, who)
    await socket.start()
    quiet = await enter(house, other)
    await quiet.start()
    async with calling(house, who, Role.CANDIDATE) as client:
        path = f"/attempts/{attempt_of(who)}/sync"
        refused = [
            code
            for n in range(4)
            for code in codes(await client.post(path, json=outbox(1 + n * 150, 150)))
        ]
    assert "rate_limited" in refused
    many = [each["answer"] for each in outbox(1_000, 90)["events"]]
    ack = await socket.call("answer", many)  # the purse is that of the person
    assert ack["ok"] is False
    assert ack["problem"]["code"] == "rate_limited"
    assert ack["problem"]["retry_after_ms"] > 0
    await quiet.answer(1)


async def test_bodies_over_the_limit_are_not_read(let: Let) -> None:
    house = await let()
    over = house.app.config.limits.body_bytes_max + 1
    async with calling(house, "asha", Role.CANDIDATE) as client:
        path = f"/attempts/{attempt_of('asha')}/sync"
        for content in (b"x" * over, b"[" * over):
            refused = await client.post(path, content=content)
            assert problem(refused)[0] in (400, 413)
        many = outbox(1, 201)
        assert problem(await client.post(path, json=many)) == (400, "bad_request")


async def test_a_body_that_does_not_end_is_cut_off(let: Let) -> None:
    """One without a length is counted while it comes."""
    house = await let()
    chunks = 16_384

    async def endless() -> Any:
        for _ in range(chunks):
            sent.append(65_536)
            yield b" " * 65_536

    sent: list[int] = []
    async with calling(house, "asha", Role.CANDIDATE) as client:
        path = f"/attempts/{attempt_of('asha')}/sync"
        try:
            refused = await client.post(path, content=endless())
            assert problem(refused)[0] in (400, 413)
        except httpx.TransportError:
            pass  # cut off in mid-sentence, which is a no
    assert len(sent) < chunks


async def test_who_asks_too_often_is_told_to_wait_whatever_the_token_and_others_are_not(
    let: Let, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bearer, "REQUESTS", SLOW)
    house = await let()
    asked = [("asha", Role.CANDIDATE, "/my/exams"), ("root", Role.ADMIN, "/admin/exams")]
    for who, role, path in asked:
        said: list[httpx.Response] = []
        for _ in range(2):  # another token, another connection
            async with calling(house, who, role) as client:
                said += [await client.get(path) for _ in range(60)]
        assert {each.status_code for each in said} == {200, 429}
        assert [each.status_code for each in said[:20]] == [200] * 20
        refused = next(each for each in said if each.status_code == 429)
        assert problem(refused) == (429, "rate_limited")
        assert refused.json()["retry"] is True
        assert int(refused.headers["retry-after"]) * 1_000 >= refused.json()["retry_after_ms"] > 0
    async with calling(house, "ravi", Role.CANDIDATE) as other:
        assert (await other.get("/my/exams")).status_code == 200
    socket = await enter(house, await house.candidate())
    await socket.start()
    async with calling(house, socket.subject, Role.CANDIDATE) as client:
        while (await client.get("/my/exams")).status_code == 200:
            pass
    await socket.answer(1)  # an exam goes on whatever its page asks for besides


async def test_what_is_refused_for_want_of_a_token_is_charged_to_nobody(
    let: Let, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bearer, "REQUESTS", SLOW)
    house = await let()
    async with calling(house, "asha", Role.CANDIDATE) as asha:
        forged = {"authorization": asha.headers["authorization"][:-2] + "xx"}
        for _ in range(60):
            refused = await asha.get("/my/exams", headers=forged)
            assert problem(refused) == (401, "unauthorized")
        assert (await asha.get("/my/exams")).status_code == 200
