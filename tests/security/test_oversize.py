"""Messages larger than the limit (E11) end the connection; large values are refused."""

import json

import pytest

from tests.edge.house import House, until
from tests.edge.rooms_to_let import Enter, Open

BOTH_WAYS = True

LIMIT = 65_536


@pytest.mark.parametrize("over", [1, LIMIT * 20])
async def test_a_frame_over_the_limit_closes_the_connection(
    house: House, open_raw: Open, over: int
) -> None:
    raw = await open_raw(house)
    await raw.enter("/exam", house.auth("asha"))
    head = '42/exam,1["answer","'
    await raw.send(head + "x" * (LIMIT - len(head) - 2 + over) + '"]')
    assert await raw.closed() == 1009
    await until(lambda: house.sids() == (0, 0, 0, 0))


async def test_a_frame_at_the_limit_is_read(house: House, open_raw: Open) -> None:
    raw = await open_raw(house)
    await raw.enter("/exam", house.auth(await house.candidate()))
    head = '42/exam,1["answer","'
    await raw.send(head + "x" * (LIMIT - len(head) - 2) + '"]')
    assert (await raw.ack("/exam", 1))["problem"]["code"] == "bad_request"


async def test_the_limit_counts_bytes_not_characters(house: House, open_raw: Open) -> None:
    raw = await open_raw(house)
    await raw.enter("/exam", house.auth("asha"))
    await raw.send('42/exam,1["answer","' + "आ" * (LIMIT // 3 + 1) + '"]')
    assert await raw.closed() == 1009


async def test_a_frame_in_many_fragments_is_one_frame(house: House, open_raw: Open) -> None:
    raw = await open_raw(house)
    await raw.enter("/exam", house.auth("asha"))
    await raw.socket.send("x" * 1_000 for _ in range(100))
    assert await raw.closed() == 1009


async def test_attachments_are_not_taken_at_all(house: House, open_raw: Open) -> None:
    raw = await open_raw(house)
    await raw.enter("/exam", house.auth("asha"))
    await raw.send('4560-/exam,1["answer",{"_placeholder":true,"num":0}]')
    assert await raw.closed() == 1002
    assert house.front.sockets._binary_packet == {}


async def test_a_response_has_a_limit_of_its_own(house: House, enter: Enter) -> None:
    client = await enter(house, await house.candidate())
    await client.start()
    essay = {"seq": 1, "item": "q6", "response": "x" * 20_001}
    assert await client.refused("answer", essay) == "bad_response"
    assert json.dumps(essay)


async def test_too_many_answers_at_once_are_refused_whole(house: House, enter: Enter) -> None:
    client = await enter(house, await house.candidate())
    await client.start()
    many = [{"seq": n, "item": "q3", "response": True} for n in range(1, 102)]
    assert await client.refused("answer", many) == "bad_request"
    view = await client.join()
    assert view["responses"] == {}
