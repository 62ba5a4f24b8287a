"""Leaving: clients are told, what was begun is acknowledged, and only then sockets close."""

import asyncio
from typing import Any

import httpx
import pytest
import websockets

from examsync.edge.sockets.door import entry
from protocol.from_server import UnwatchedAck
from protocol.types import Role
from tests.edge.house import House, until
from tests.edge.rooms_to_let import Enter, Let, Open

BOTH_WAYS = True


async def leaving(house: House) -> None:
    """What SIGTERM does."""
    house.server.should_exit = True
    await until(lambda: house.front.draining)


async def test_clients_are_told_when_to_come_back_each_its_own_time(let: Let, enter: Enter) -> None:
    house = await let()
    clients = [await enter(house, await house.candidate()) for _ in range(8)]
    eva = await enter(house, "eva", Role.EXAMINER)
    await leaving(house)
    told = [(await each.told("draining"))["reconnect_in_ms"] for each in [*clients, eva]]
    assert all(0 <= ms <= 200 for ms in told)
    assert len(set(told)) > 3


async def test_nobody_new_comes_in_and_readyz_says_so(let: Let, enter: Enter) -> None:
    house = await let()
    await enter(house, "asha")
    async with httpx.AsyncClient(base_url=house.url) as client:
        assert (await client.get("/readyz")).status_code == 200
        await leaving(house)
        response = await client.get("/readyz?verbose")
        assert response.status_code == 503
        assert "[-]draining this process is stopping" in response.text
        assert (await client.get("/livez")).status_code == 200
    with pytest.raises(websockets.InvalidStatus) as refusal:
        await websockets.connect(house.socket_url)
    assert refusal.value.response.status_code == 503


async def test_answers_are_taken_until_the_grace_is_over_and_then_sent_elsewhere(
    let: Let, enter: Enter, open_raw: Open
) -> None:
    house = await let()
    client = await enter(house, "asha")
    await client.start()
    raw = await open_raw(house)
    await raw.enter("/exam", house.auth("ravi"))
    await leaving(house)
    await client.answer(1)
    await until(lambda: house.front.door.closed)
    answer = {"seq": 2, "item": "q3", "response": True}
    ack = await client.call("answer", answer)
    assert (ack["problem"]["code"], ack["problem"]["retry"]) == ("draining", True)
    assert (await client.ok("heartbeat"))["deadline"]
    assert await raw.closed(10.0) == 1012
    await until(lambda: not client.connected)


async def test_what_was_begun_is_acked_before_the_connection_closes(
    let: Let, open_raw: Open
) -> None:
    house = await let()
    done = asyncio.Event()

    async def work() -> object:
        await done.wait()
        return UnwatchedAck("exam-1")

    def handle(session: Any, arrived: int, command: Any, ack: Any) -> None:
        house.front._errands.send(session, ack, work)

    table: Any = house.front.door._tables["/monitor"]
    table["probe"] = entry(dict[str, int], handle)
    raw = await open_raw(house)
    await raw.enter("/monitor", house.auth("eva", Role.EXAMINER))
    await raw.send('42/monitor,1["probe",{}]')
    await leaving(house)
    asyncio.get_running_loop().call_later(4.0, done.set)  # past drain_s, within FINISH_S
    assert (await raw.ack("/monitor", 1))["ok"] is True
    assert await raw.closed(10.0) == 1012


async def test_an_empty_process_leaves_at_once(let: Let) -> None:
    house = await let()
    await leaving(house)
    await until(lambda: not house.server.servers[0].is_serving(), 2.0)
