"""Too much, too fast (E10): limited, then cut; and connecting anew does not help."""

import json

import websockets

from tests.edge.clients import Raw
from tests.edge.house import House
from tests.edge.rooms_to_let import Enter, Open

BOTH_WAYS = True

FLOOD = 1_000
EVENT = '["nonsense",{}]'


async def sent_until_closed(raw: Raw, frame: str) -> int:
    """Send a frame again and again until the connection is closed; how often."""
    for n in range(FLOOD):
        try:
            await raw.send(frame)
        except websockets.ConnectionClosed:
            return n
    return FLOOD


async def test_a_flooding_client_is_limited_then_cut(
    house: House, open_raw: Open, enter: Enter
) -> None:
    other = await enter(house, await house.candidate())
    await other.start()
    raw = await open_raw(house)
    await raw.enter("/exam", house.auth(await house.candidate()))
    for n in range(FLOOD):
        await raw.send(f"42/exam,{n}{EVENT}")
        if raw.socket.state is not websockets.State.OPEN:
            break
    codes = [
        json.loads(frame.split(",", 1)[1].lstrip("0123456789"))[0]["problem"]["code"]
        for frame in await everything(raw)
    ]
    assert codes[:100] == ["unknown_event"] * 100
    assert codes.count("rate_limited") >= 100
    assert await raw.closed() == 1008
    await other.answer(1)


async def everything(raw: Raw) -> list[str]:
    """All frames until the connection ends."""
    frames: list[str] = []
    try:
        while True:
            frames.append(await raw.next())
    except websockets.ConnectionClosed:
        return frames


async def test_events_for_a_namespace_that_was_not_joined_are_a_flood_too(
    house: House, open_raw: Open
) -> None:
    raw = await open_raw(house)
    for _ in range(30):
        await raw.send('42/monitor,1["watch",{"exam":"exam-1"}]')
    assert await raw.closed() == 1008


async def test_pongs_and_connects_are_a_flood_too(house: House, open_raw: Open) -> None:
    for frame in ("3", "40/exam,{}", "41/exam,"):
        raw = await open_raw(house)
        await sent_until_closed(raw, frame)
        await everything(raw)
        assert await raw.closed() == 1008


async def test_connecting_anew_does_not_fill_the_bucket(house: House, open_raw: Open) -> None:
    who = await house.candidate()
    refused = 0
    for _ in range(3):
        raw = await open_raw(house)
        await raw.enter("/exam", house.auth(who))
        for n in range(100):
            await raw.send(f"42/exam,{n}{EVENT}")
        acks = [await raw.ack("/exam", n) for n in range(100)]
        refused = sum(ack["problem"]["code"] == "rate_limited" for ack in acks)
        await raw.socket.close()
    assert refused > 50  # of the third hundred, though the connection was new


async def test_a_list_costs_as_much_as_its_answers_alone(house: House, enter: Enter) -> None:
    client = await enter(house, await house.candidate())
    await client.start()
    many = [{"seq": n, "item": "q3", "response": True} for n in range(1, 91)]
    await client.ok("answer", many)
    ack = await client.call("answer", many)
    assert ack["problem"]["code"] == "rate_limited"
    assert ack["problem"]["retry_after_ms"] > 0
