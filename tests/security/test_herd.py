"""A whole hall connects at once (E10): admitted at a measured pace, before any work is done."""

import asyncio
import json

import websockets

from tests.edge.house import until
from tests.edge.rooms_to_let import Let


async def test_a_herd_is_let_in_at_a_measured_pace(let: Let) -> None:
    house = await let(connects_per_s=20)

    async def knock() -> int:
        try:
            async with websockets.connect(house.socket_url):
                return 101
        except websockets.InvalidStatus as refusal:
            body = refusal.response.body
            assert body is not None
            assert json.loads(body)["retry_after_ms"] >= 1_000
            return refusal.response.status_code

    statuses = await asyncio.gather(*(knock() for _ in range(200)))
    assert 20 <= statuses.count(101) <= 60
    assert statuses.count(503) == 200 - statuses.count(101)
    await until(lambda: house.sids() == (0, 0, 0, 0))
