"""Connections that never join a namespace do not stay (E13)."""

import asyncio

from tests.edge.clients import Raw
from tests.edge.house import until
from tests.edge.rooms_to_let import Let

MANY = 500


async def test_five_hundred_of_them_are_closed(let: Let) -> None:
    house = await let(namespace_wait_s=1)
    raws = await asyncio.gather(*(Raw.open(house) for _ in range(MANY)))
    assert house.sids()[:2] == (MANY, MANY)
    codes = await asyncio.gather(*(raw.closed() for raw in raws))
    assert set(codes) == {1008}
    await until(lambda: house.sids() == (0, 0, 0, 0))


async def test_who_leaves_the_last_namespace_is_closed_as_well(let: Let) -> None:
    house = await let(namespace_wait_s=1)
    raw = await Raw.open(house)
    await raw.enter("/exam", house.auth("asha"))
    await asyncio.sleep(1.5)
    assert house.sids()[0] == 1
    await raw.send("41/exam,")
    assert await raw.closed() == 1008


async def test_who_is_refused_is_closed_as_well(let: Let) -> None:
    house = await let(namespace_wait_s=1)
    raw = await Raw.open(house)
    await raw.enter("/exam", {"token": "x", "client": {"instance": "i"}})
    assert await raw.closed() == 1008
