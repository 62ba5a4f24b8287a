"""Repeats, receipts, second devices (E4 to E6, finding 3): one effect, one winner."""

import asyncio
from typing import Any

import pytest

from tests.edge.clients import Client
from tests.edge.house import House, attempt_of
from tests.edge.rooms_to_let import Enter


async def sitting(house: House, enter: Enter) -> Client:
    client = await enter(house, await house.candidate())
    await client.start()
    return client


async def facts(house: House, client: Client) -> int:
    """How many facts the attempt has."""
    attempt = (await house.app.attempts.view(attempt_of(client.subject))).attempt
    assert attempt is not None
    return attempt.n


def answer(seq: int, response: Any = True, **more: Any) -> dict[str, Any]:
    return {"seq": seq, "item": "q3", "response": response, **more}


async def test_what_is_sent_again_for_want_of_an_ack_has_one_effect(
    house: House, enter: Enter
) -> None:
    client = await sitting(house, enter)
    said = [("answer", answer(1)), ("violation", {"id": "v-1", "kind": "copy", "at": 1})]
    said += [("raise_hand", {"id": "h-1"}), ("submit", {"id": "u-1", "holds": {}})]
    for event, body in said:
        before = await facts(house, client)
        acks = [await client.ok(event, body) for _ in range(4)]
        assert len({ack["receipt"] for ack in acks}) == 1
        assert await facts(house, client) == before + 1


async def test_many_repeats_at_once_have_one_effect(house: House, enter: Enter) -> None:
    client = await sitting(house, enter)
    before = await facts(house, client)
    acks = await asyncio.gather(*(client.ok("answer", answer(1)) for _ in range(20)))
    assert len({ack["receipt"] for ack in acks}) == 1
    assert await facts(house, client) == before + 1


async def test_an_older_answer_changes_nothing_and_a_used_seq_is_refused(
    house: House, enter: Enter
) -> None:
    client = await sitting(house, enter)
    await client.answer(5, True)
    assert (await client.ok("answer", answer(3, False)))["superseded"] is True
    assert await client.refused("answer", answer(5, False)) == "seq_reused"
    assert (await client.join())["responses"]["q3"]["response"] is True


async def test_an_id_is_for_one_command(house: House, enter: Enter) -> None:
    client = await sitting(house, enter)
    await client.ok("raise_hand", {"id": "same"})
    assert await client.refused("violation", {"id": "same", "kind": "copy", "at": 1}) == "id_reused"


async def test_a_receipt_proves_what_it_was_given_for_and_nothing_else(
    house: House, enter: Enter
) -> None:
    mine, other = await sitting(house, enter), await sitting(house, enter)
    receipt: str = (await mine.answer(1))["receipt"]
    kid, effect, mac = receipt.split(".")
    forged = [
        f"{kid}.{effect}.{'A' * len(mac)}",
        f"{kid}.{effect[:-4]}AAAA.{mac}",
        f"9.{effect}.{mac}",
        f"{kid}.{effect}",
        "x",
        "..",
        receipt + "=",
    ]
    for each in forged:
        assert await mine.refused("answer", answer(1, receipt=each)) == "bad_receipt"
    assert await other.refused("answer", answer(1, receipt=receipt)) == "bad_receipt"
    assert await mine.refused("answer", answer(1, False, receipt=receipt)) == "bad_receipt"
    assert await mine.refused("answer", answer(2, receipt=receipt)) == "bad_receipt"
    elsewhere = {**answer(1, receipt=receipt), "item": "q4", "response": "1"}
    assert await mine.refused("answer", elsewhere) == "bad_receipt"
    assert (await mine.ok("answer", answer(1, receipt=receipt)))["receipt"] == receipt


async def test_a_receipt_does_not_let_an_older_answer_win(house: House, enter: Enter) -> None:
    client = await sitting(house, enter)
    receipt = (await client.answer(1, True))["receipt"]
    await client.answer(2, False)
    assert (await client.ok("answer", answer(1, receipt=receipt)))["superseded"] is True
    assert (await client.join())["responses"]["q3"]["response"] is False


async def test_of_two_devices_at_once_one_writes(house: House, enter: Enter) -> None:
    who = await house.candidate()
    devices = [await enter(house, who, instance=f"device-{n}") for n in range(4)]
    await devices[0].start()
    joins = [
        each.call("join", {"id": f"j-{n}", "exam": "exam-1"}) for n, each in enumerate(devices)
    ]
    await asyncio.gather(*joins)
    acks = [await each.call("answer", answer(1, n % 2 == 0)) for n, each in enumerate(devices)]
    assert [ack["ok"] for ack in acks].count(True) == 1
    codes = {ack["problem"]["code"] for ack in acks if not ack["ok"]}
    assert codes == {"lease_lost"}


async def test_the_loser_cannot_take_it_back_by_asking_again(house: House, enter: Enter) -> None:
    old = await enter(house, await house.candidate())
    lease = (await old.join())["lease"]
    await old.ok("start", {"id": "s"})
    new = await enter(house, old.subject, instance="phone")
    await new.join()
    again = {"id": old.id("j"), "exam": "exam-1", "lease": lease}
    assert await old.refused("join", again) == "lease_lost"
    assert await old.refused("answer", answer(1)) == "lease_lost"
    await new.answer(1)


@pytest.mark.parametrize("at", [0, 4_102_444_800_000])
async def test_a_clients_clock_decides_nothing(house: House, enter: Enter, at: int) -> None:
    client = await sitting(house, enter)
    before = (await client.ok("heartbeat"))["deadline"]
    await client.ok("violation", {"id": f"v-{at}", "kind": "copy", "at": at})
    more = {"at": at, "arrived": at, "saved_at": at, "deadline": at, "server_time": at}
    ack = await client.ok("answer", answer(1, **more))
    assert abs(ack["saved_at"] - house.app.clock.now()) < 60_000
    assert (await client.ok("heartbeat", {"server_time": at}))["deadline"] == before
