"""Malformed packets (E12): an ack that refuses, or a closed connection; and nothing left behind."""

import asyncio

import pytest

from tests.edge.house import House, until
from tests.edge.rooms_to_let import Open
from tests.edge.test_door import BAD
from tests.edge.test_frames import BROKEN

BOTH_WAYS = True

NOTHING = (0, 0, 0, 0)


def tasks() -> int:
    return len(asyncio.all_tasks())


async def at_rest(house: House) -> int:
    """How many tasks there are when nobody is connected."""
    await until(lambda: house.sids() == NOTHING)
    await asyncio.sleep(0.05)
    return tasks()


@pytest.mark.parametrize("inside", [False, True], ids=["outside", "in a namespace"])
@pytest.mark.parametrize("frame", BROKEN, ids=lambda text: text[:24])
async def test_a_malformed_frame_closes_the_connection_and_leaks_nothing(
    house: House, open_raw: Open, frame: str, inside: bool
) -> None:
    before = await at_rest(house)
    raw = await open_raw(house)
    if inside:
        await raw.enter("/exam", house.auth("asha"))
    await raw.send(frame)
    assert await raw.closed() == 1002
    await at_rest(house)
    await until(lambda: tasks() <= before)
    assert house.front.sockets.environ == {}


@pytest.mark.parametrize("frame", [b"", b"\x00", b"42/exam,1[]", b"\x04" * 100])
async def test_a_binary_frame_closes_the_connection(
    house: House, open_raw: Open, frame: bytes
) -> None:
    raw = await open_raw(house)
    await raw.enter("/exam", house.auth("asha"))
    await raw.send(frame)
    assert await raw.closed() == 1003
    await at_rest(house)


async def test_text_that_is_no_utf_8_closes_the_connection(house: House, open_raw: Open) -> None:
    raw = await open_raw(house)
    await raw.socket.send(b"\xff\xfe", text=True)
    assert await raw.closed() == 1007
    await at_rest(house)


@pytest.mark.parametrize("case", BAD)
async def test_a_malformed_event_is_refused_and_the_connection_goes_on(
    house: House, open_raw: Open, case: str
) -> None:
    raw = await open_raw(house)
    await raw.enter("/exam", house.auth(await house.candidate()))
    await raw.send(f"42/exam,1{BAD[case]}")
    assert (await raw.ack("/exam", 1))["problem"]["code"] == "bad_request"
    await raw.send('42/exam,2["nonsense",{}]')
    assert (await raw.ack("/exam", 2))["problem"]["code"] == "unknown_event"


async def test_a_client_that_vanishes_leaves_nothing(house: House, open_raw: Open) -> None:
    before = await at_rest(house)
    raws = [await open_raw(house) for _ in range(10)]
    for raw in raws:
        await raw.enter("/exam", house.auth("asha"))
        raw.socket.transport.abort()
    await at_rest(house)
    await until(lambda: tasks() <= before)


async def test_saying_goodbye_closes_the_connection_too(house: House, open_raw: Open) -> None:
    raw = await open_raw(house)
    await raw.enter("/exam", house.auth("asha"))
    await raw.send("1")
    assert await raw.closed() == 1000
    await at_rest(house)
