"""Two devices at two processes (E6): whoever comes later writes, one at a time, and nobody else."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from tests.edge.clients import Client
from tests.edge.house import EXAM, House, attempt_of
from tests.edge.rooms_to_let import Enter
from tests.security.twins import twin

ROUNDS = 8


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def second(house: House) -> AsyncIterator[House]:
    """Another process."""
    async with twin(house) as found:
        yield found


def answer(seq: int, response: Any) -> dict[str, Any]:
    return {"seq": seq, "item": "q3", "response": response}


async def facts(house: House, who: str) -> int:
    """How many facts an attempt has."""
    attempt = (await house.app.attempts.view(attempt_of(who))).attempt
    assert attempt is not None
    return attempt.n


async def sent_on(device: Client, seq: int, response: bool) -> bool:
    """Whether this device may write; who may not is told that it is no longer its attempt."""
    ack = await device.call("answer", answer(seq, response))
    assert ack["ok"] or ack["problem"]["code"] == "lease_lost"
    return bool(ack["ok"])


async def test_of_take_overs_at_two_processes_at_once_one_wins(
    house: House, second: House, enter: Enter
) -> None:
    who = await house.candidate()
    devices = [
        await enter(place, who, instance=f"device-{n}")
        for n, place in enumerate((house, second, house, second))
    ]
    await devices[0].start()
    for turn in range(ROUNDS):
        joins = [
            each.call("join", {"id": f"j-{turn}-{n}", "exam": EXAM})
            for n, each in enumerate(devices)
        ]
        leases = {ack["lease"] for ack in await asyncio.gather(*joins) if ack["ok"]}
        assert len(leases) >= 1
        # Each writes what nobody else would: what stands is of the one that was told yes.
        wrote = [await sent_on(each, turn + 1, n % 2 == 0) for n, each in enumerate(devices)]
        assert wrote.count(True) == 1, turn
        held = (await devices[wrote.index(True)].join())["responses"]["q3"]
        assert held["response"] is (wrote.index(True) % 2 == 0)


async def test_what_the_loser_had_queued_is_refused_at_both_processes(
    house: House, second: House, enter: Enter
) -> None:
    old = await enter(house, await house.candidate())
    await old.start()
    await old.answer(1, True)
    new = await enter(second, old.subject, instance="phone")
    await new.join()
    before = (await new.join())["responses"]["q3"]
    for _ in range(3):
        assert await old.refused("answer", answer(2, False)) == "lease_lost"
    submit = {"id": old.id("submit"), "holds": {}}
    assert await old.refused("submit", submit) == "lease_lost"
    again = await new.join()
    assert (again["responses"]["q3"], again["state"]) == (before, "in_progress")
    await old.told("lease_lost")
    await new.answer(2, False)


async def test_one_device_at_two_processes_is_one_device(
    house: House, second: House, enter: Enter
) -> None:
    """A client that comes back elsewhere while its old connection has not ended yet."""
    who = await house.candidate()
    here = await enter(house, who, instance="laptop")
    lease = (await here.start())["ok"] and (await here.join())["lease"]
    there = await enter(second, who, instance="laptop")
    joined = await there.join(lease=lease)
    assert joined["lease"] == lease
    before = await facts(house, who)
    acks = [await each.ok("answer", answer(1, True)) for each in (here, there)]
    assert acks[0]["receipt"] == acks[1]["receipt"]
    assert await facts(second, who) == before + 1
