"""An outbox over HTTP: the same acks as on the socket, and nothing that is not one's own."""

import uuid
from typing import Any

import httpx
import pytest

from protocol.types import Role
from tests.edge.house import EXAM, OTHER_EXAM, House, attempt_of
from tests.edge.rooms_to_let import Enter


def fresh() -> str:
    return str(uuid.uuid4())


def answer(seq: int, response: Any = True, **more: Any) -> dict[str, Any]:
    return {"answer": {"seq": seq, "item": "q3", "response": response, **more}}


class Courier:
    """A candidate whose WebSockets are blocked."""

    def __init__(self, house: House, who: str, instance: str = "phone") -> None:
        self.house, self.who, self.instance = house, who, instance
        self.lease = ""

    async def send(self, *events: dict[str, Any], attempt: str = "", **more: Any) -> httpx.Response:
        join = {
            "id": fresh(),
            "exam": EXAM,
            **({"lease": self.lease} if self.lease else {}),
            **more,
        }
        body = {"client": {"instance": self.instance}, "join": join, "events": events}
        headers = {"authorization": f"Bearer {self.house.token(self.who)}"}
        async with httpx.AsyncClient(base_url=self.house.url, headers=headers) as http:
            return await http.post(f"/attempts/{attempt or attempt_of(self.who)}/sync", json=body)

    async def acks(self, *events: dict[str, Any], **more: Any) -> list[Any]:
        """Of a request whose join is granted."""
        said = await self.send(*events, **more)
        assert said.status_code == 200, said.text
        synced = said.json()
        self.lease = synced["joined"]["lease"]
        return list(synced.get("acks", []))


async def stored(house: House, who: str) -> Any:
    found = (await house.app.attempts.view(attempt_of(who))).attempt
    assert found is not None
    return found


async def test_an_exam_can_be_sat_without_a_socket(house: House) -> None:
    courier = Courier(house, await house.candidate())
    (started,) = await courier.acks({"start": {"id": fresh()}})
    assert started["started"]["paper"]["id"] == "paper-1"
    first, second = await courier.acks(answer(1, False), answer(2, True))
    assert (first["answer"]["seq"], second["answer"]["seq"]) == (1, 2)
    handed_in = {"submit": {"id": fresh(), "holds": {"q3": [courier.lease, 2]}}}
    (done,) = await courier.acks(handed_in)
    assert done["command"]["ok"] is True
    attempt = await stored(house, courier.who)
    assert attempt.core.state == "submitted"
    assert attempt.responses["q3"].response is True


async def test_a_repeat_over_http_of_what_the_socket_acked_has_the_same_receipt(
    house: House, enter: Enter
) -> None:
    client = await enter(house, await house.candidate(), instance="phone")
    lease = (await client.join())["lease"]
    await client.ok("start", {"id": fresh()})
    ack = await client.answer(1)
    await client.leave()
    courier = Courier(house, client.subject)
    courier.lease = lease
    before = (await stored(house, client.subject)).n
    (again,) = await courier.acks(answer(1))
    assert (again["answer"]["receipt"], again["answer"]["rev"]) == (ack["receipt"], ack["rev"])
    assert courier.lease == lease
    assert (await stored(house, client.subject)).n == before


async def test_each_event_has_its_own_ack_and_a_bad_one_harms_no_other(house: House) -> None:
    courier = Courier(house, await house.candidate())
    await courier.acks({"start": {"id": fresh()}})
    acks = await courier.acks(
        answer(1), {"answer": {"seq": 2, "item": "nowhere", "response": 1}}, answer(3, False)
    )
    assert acks[0]["answer"]["ok"] is True
    assert acks[1]["refused"]["problem"]["code"] == "unknown_item"
    assert acks[2]["answer"]["seq"] == 3


async def test_a_device_that_lost_its_lease_gets_no_answer_in(house: House) -> None:
    courier = Courier(house, await house.candidate())
    await courier.acks({"start": {"id": fresh()}})
    other = Courier(house, courier.who, instance="laptop")
    await other.acks(answer(1, False))
    synced = (await courier.send(answer(7, True))).json()
    assert synced["refused"]["problem"]["code"] == "lease_lost"
    assert [ack["refused"]["problem"]["code"] for ack in synced["acks"]] == ["lease_lost"]
    assert (await stored(house, courier.who)).responses["q3"].response is False


async def test_the_attempt_must_be_ones_own(house: House) -> None:
    mine, theirs = await house.candidate(), await house.candidate()
    before = (await stored(house, theirs)).n
    refused = await Courier(house, mine).send(
        {"start": {"id": fresh()}}, attempt=attempt_of(theirs)
    )
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    other = await Courier(house, mine).send(exam=OTHER_EXAM, attempt=attempt_of(mine, OTHER_EXAM))
    assert other.json().get("joined") is None
    assert (await stored(house, theirs)).n == before


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"start": {"id": "a"}, "answer": {"seq": 1, "item": "q3", "response": True}},
        {"answer": {"seq": 1, "item": "q3"}},
        {"answer": {"seq": -1, "item": "q3", "response": True}},
    ],
)
async def test_a_request_with_something_that_is_no_event_does_nothing(
    house: House, event: dict[str, Any]
) -> None:
    courier = Courier(house, await house.candidate())
    said = await courier.send({"start": {"id": fresh()}}, event)
    assert (said.status_code, said.json()["code"]) == (400, "bad_request")
    assert (await stored(house, courier.who)).core.started_at is None


async def test_it_is_for_candidates(house: House) -> None:
    who = await house.candidate()
    headers = {"authorization": f"Bearer {house.token('eve', Role.EXAMINER)}"}
    body = {"client": {"instance": "x"}, "join": {"id": "j", "exam": EXAM}}
    async with httpx.AsyncClient(base_url=house.url, headers=headers) as http:
        said = await http.post(f"/attempts/{attempt_of(who)}/sync", json=body)
    assert (said.status_code, said.json()["code"]) == (403, "forbidden")


async def test_while_draining_it_says_so_and_takes_nothing(house: House) -> None:
    courier = Courier(house, await house.candidate())
    await courier.acks({"start": {"id": fresh()}})
    house.front.stop_taking()
    synced = (await courier.send(answer(1))).json()
    assert synced["refused"]["problem"]["code"] == "draining"
    assert synced.get("acks", []) == []
