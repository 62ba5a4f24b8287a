"""Redis stands still, or is gone, while candidates answer: refusals that ask to be tried again, on
a connection that stays; and what was saved meanwhile is known afterwards.
"""

import asyncio
from collections.abc import Iterator

import pytest

from examsync.devstack import Valkey
from tests.edge.clients import Raw
from tests.edge.house import EXAM, attempt_of, config, house, until
from tests.edge.rooms_to_let import serving

BOTH_WAYS = True


@pytest.fixture
def frozen(valkey: Valkey) -> Iterator[Valkey]:
    """A server that can be made to stand still; it goes on after the test, or could not stop."""
    yield valkey
    valkey.resume()


async def test_answers_meet_a_frozen_redis_and_go_on_after_it(
    frozen: Valkey, database_url: str, way: str
) -> None:
    async with house(config(frozen.url, database_url, server=serving(way))) as open_house:
        raw = await Raw.open(open_house)
        await raw.enter("/exam", open_house.auth("asha"))
        for n, body in enumerate(
            (f'["join",{{"id":"j","exam":"{EXAM}"}}]', '["start",{"id":"s"}]')
        ):
            await raw.send(f"42/exam,{n}{body}")
            assert (await raw.ack("/exam", n))["ok"] is True
        frozen.pause()
        answer = '"answer",{{"seq":{0},"item":"q{0}","response":null}}'
        await raw.send(*(f"42/exam,{10 + n}[{answer.format(n)}]" for n in (1, 2, 3)))
        for n in (1, 2, 3):
            refusal = await raw.ack("/exam", 10 + n)
            assert (refusal["ok"], refusal["problem"]["retry"]) == (False, True)
        frozen.resume()
        ok = False
        while not ok:
            await raw.send(f"42/exam,20[{answer.format(3)}]")
            ok = (await raw.ack("/exam", 20))["ok"]
            await asyncio.sleep(0.05)
        await raw.send('42/exam,30["heartbeat",{}]')
        assert (await raw.ack("/exam", 30))["ok"] is True
        attempt = open_house.app.attempts.confirmed(attempt_of("asha"))
        assert attempt is not None
        assert "q3" in attempt.responses
        raw.socket.transport.abort()
        await until(lambda: open_house.sids() == (0, 0, 0, 0))
