"""What a connection leaves behind: nothing, and nothing that waits for the cycle collector.

Full collections take a second with ten thousand connections, so a server makes next to none
(`infra.garbage`): whatever of a connection is held in a cycle would stay until its end.
"""

import asyncio
import gc
from collections import Counter
from collections.abc import Iterator

import pytest

from examsync.infra import metrics
from protocol.types import Role
from tests.edge.clients import Raw
from tests.edge.house import House, until
from tests.edge.rooms_to_let import Open

BOTH_WAYS = True
LINES = {"lane": "examsync.edge.lane.lane.Lane", "asgi": "examsync.edge.sockets.wire.Wire"}
OURS = ("examsync.edge", "examsync.access.limit", "uvicorn", "engineio", "socketio")


@pytest.fixture
def no_collector() -> Iterator[None]:
    """References alone decide what lives."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def alive() -> Counter[str]:
    """The objects of classes that have to do with connections, by class."""
    kinds = (type(each) for each in gc.get_objects())
    return Counter(
        f"{kind.__module__}.{kind.__qualname__}"
        for kind in kinds
        if str(kind.__module__).startswith(OURS)
    )


async def gone(house: House) -> None:
    await until(lambda: house.sids() == (0, 0, 0, 0))
    await asyncio.sleep(0.3)


async def candidate_comes(house: House, open_raw: Open) -> Raw:
    raw = await open_raw(house)
    await raw.enter("/exam", house.auth("asha"))
    await raw.send('42/exam,1["join",{"id":"j","exam":"exam-1"}]')
    await raw.next()
    return raw


async def examiner_comes(house: House, open_raw: Open) -> Raw:
    raw = await open_raw(house)
    await raw.enter("/monitor", house.auth("eva", Role.EXAMINER))
    await raw.send('42/monitor,1["watch",{"exam":"exam-1"}]')
    await raw.next()
    return raw


COMERS = {"candidate": candidate_comes, "examiner": examiner_comes}


@pytest.mark.parametrize("who", COMERS)
@pytest.mark.parametrize("politely", [True, False], ids=["politely", "without a word"])
@pytest.mark.usefixtures("no_collector")
async def test_who_was_here_leaves_nothing(
    house: House, open_raw: Open, who: str, politely: bool, way: str
) -> None:
    for _ in range(2):  # the first one fills what is kept on purpose
        before = alive()
        raw = await COMERS[who](house, open_raw)
        assert (alive() - before)[LINES[way]] == 1
        if politely:
            await raw.socket.close()
        else:
            raw.socket.transport.abort()
        await gone(house)
        left = alive() - before
    assert left == {}


@pytest.mark.usefixtures("no_collector")
async def test_a_request_leaves_nothing(house: House) -> None:
    for _ in range(2):
        before = alive()
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write(b"GET /livez HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n")
        assert b"200" in await reader.read()
        writer.close()
        await gone(house)
    assert alive() - before == {}


async def test_what_is_held_is_counted_and_shown(house: House, open_raw: Open) -> None:
    candidate = await candidate_comes(house, open_raw)
    examiner = await examiner_comes(house, open_raw)
    held = house.front.held()
    connections = ("wires", "engine", "namespaces")
    assert [held[kind] for kind in connections] == [2, 2, 2]
    assert (held["watches"], held["attempts"] > 0, held["links"] > 0) == (1, True, True)
    assert held["rooms"] >= 4
    await house.front.look()
    assert metrics.HELD.labels("wires")._value.get() == 2
    candidate.socket.transport.abort()
    examiner.socket.transport.abort()
    await until(lambda: not any(house.front.held()[kind] for kind in (*connections, "rooms")))
    await house.front.look()
    assert (house.front.held()["watches"], metrics.HELD.labels("wires")._value.get()) == (0, 0)
