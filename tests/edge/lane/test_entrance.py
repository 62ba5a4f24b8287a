"""The opening handshake: the same answers as uvicorn's own class gives, and nothing that stays."""

import asyncio
import gc
from collections import Counter
from typing import Any

import pytest
import websockets
from msgspec import structs
from websockets.server import ServerProtocol

from examsync.edge.lane.entrance import Entrance
from examsync.edge.lane.lane import Lane
from examsync.edge.lane.peer import Peer
from examsync.edge.sockets.session import Session
from examsync.edge.sockets.wire import Wire
from protocol.types import Role
from tests.edge.clients import Raw
from tests.edge.house import SERVER, House, beside, until
from tests.edge.lane.far import masked
from tests.edge.rooms_to_let import Let

USUAL = {
    "Host": "a.example",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}
ANSWER_S = 5.0
PATH = "/socket.io/?EIO=4&transport=websocket"


async def asked(
    house: House, path: str = PATH, **headers: str | None
) -> tuple[int, list[str], Any]:
    """Status, names of headers and body that a request to upgrade meets; no body when let in."""
    sent = {**USUAL, **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = [f"GET {path} HTTP/1.1", *(f"{k}: {v}" for k, v in sent.items() if v is not None)]
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
    async with asyncio.timeout(ANSWER_S):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split()[1])
        body = b"" if status == 101 else await reader.read()
    writer.transport.abort()
    return status, sorted(line.split(":")[0].lower() for line in head[1:] if line), body


ASKED: list[tuple[str, dict[str, str | None]]] = [
    (PATH, {}),
    ("/socket.io?EIO=4&transport=websocket", {}),
    ("/socket%2Eio/?EIO=4&transport=websocket", {}),
    ("/elsewhere", {}),
    ("/socket.io/?EIO=3&transport=websocket", {}),
    ("/socket.io/?EIO=4&transport=polling", {}),
    ("/socket.io/?EIO=4&transport=websocket&sid=x", {}),
    ("/socket.io/?EIO=4&transport=websocket&x=" + "y" * 2_000, {}),
    (PATH, {"Origin": "https://evil.example"}),
    (PATH, {"Origin": "https://exams.example"}),
    (PATH, {"Origin": "http://a.example"}),
    (PATH, {"Origin": "http://\xe4.example"}),
    (PATH, {"Sec_WebSocket_Version": "12"}),
    (PATH, {"Sec_WebSocket_Key": "short"}),
    (PATH, {"Sec_WebSocket_Key": None}),
    (PATH, {"Sec_WebSocket_Extensions": "permessage-deflate"}),
    (PATH, {"Sec_WebSocket_Protocol": "a, b"}),
]
TOO_LONG: list[dict[str, str | None]] = [
    {f"X_{n}": "y" for n in range(200)},
    {"X_Long": "y" * 10_000},
]
"""Headers that uvicorn's own class never answers."""


async def test_every_request_meets_what_it_meets_the_stock_way(let: Let) -> None:
    lane = await let()
    async with beside(lane) as stock:
        for path, headers in ASKED:
            ours = await asked(lane, path, **headers)
            assert ours == await asked(stock, path, **headers), (path, headers)
        for each in (lane, stock):
            await until(lambda: each.sids() == (0, 0, 0, 0))  # noqa: B023
            await until(lambda: not each.server.server_state.connections)  # noqa: B023
            await until(lambda: not each.server.server_state.tasks)  # noqa: B023


async def test_a_request_that_is_too_long_is_answered(let: Let) -> None:
    house = await let()
    for headers in TOO_LONG:
        assert (await asked(house, PATH, **headers))[0] == 431
    await until(lambda: not house.server.server_state.connections)


async def test_a_full_house_and_a_closing_one_say_so(let: Let) -> None:
    house = await let(connections_max=1)
    raw = await Raw.open(house)
    assert (await asked(house))[0] == 503
    raw.socket.transport.abort()
    await until(lambda: house.sids() == (0, 0, 0, 0))
    house.front.stop_admitting()
    status, _, body = await asked(house)
    assert status == 503
    assert b'"draining"' in body


async def test_what_a_trusted_proxy_says_of_the_client_is_believed(let: Let) -> None:
    house = await let(server=structs.replace(SERVER, proxies=("127.0.0.1",)))
    assert await seen_as(house) == "203.0.113.9"


async def test_what_anybody_else_says_of_the_client_is_not(let: Let) -> None:
    assert await seen_as(await let()) == "127.0.0.1"


async def seen_as(house: House) -> str:
    """The address of somebody who says to come from elsewhere."""
    raw = await Raw.open(house, additional_headers={"X-Forwarded-For": "203.0.113.9"})
    (line,) = house.front.guard.wires
    assert isinstance(line, Lane)
    raw.socket.transport.abort()
    return line.address


async def test_who_leaves_while_it_is_let_in_leaves_nothing(
    let: Let, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await let()
    open_lane = house.front.lanes.open

    async def slowly(lane: Lane) -> bool:
        opened = await open_lane(lane)
        for connection in list(house.server.server_state.connections):
            if isinstance(connection, Entrance):
                assert connection._transport is not None
                connection._transport.abort()
        await asyncio.sleep(0.05)
        return opened

    monkeypatch.setattr(house.front.lanes, "open", slowly)
    with pytest.raises((websockets.InvalidMessage, OSError)):
        await Raw.open(house)
    await until(lambda: house.sids() == (0, 0, 0, 0))
    assert not house.server.server_state.connections


async def test_what_the_client_says_too_early_waits(
    let: Let, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, written = await let(), asyncio.Event()
    open_lane = house.front.lanes.open

    async def slowly(lane: Lane) -> bool:
        await written.wait()
        return await open_lane(lane)

    monkeypatch.setattr(house.front.lanes, "open", slowly)
    lines = [f"GET {PATH} HTTP/1.1", *(f"{k}: {v}" for k, v in USUAL.items()), "", ""]
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    writer.write("\r\n".join(lines).encode())
    await until(lambda: house.front.guard.wires)
    writer.write(masked(b"x"))  # nothing that a client says
    await asyncio.sleep(0.02)
    written.set()
    async with asyncio.timeout(ANSWER_S):
        said = await reader.readuntil(b"\x03\xea")  # 1002
    assert said.startswith(b"HTTP/1.1 101 ")
    writer.transport.abort()


def counted() -> Counter[type]:
    """How many there are of what a connection is made of."""
    kinds = (Entrance, Lane, Peer, Session, ServerProtocol, Wire)
    return Counter(type(each) for each in gc.get_objects() if type(each) in kinds)


async def test_who_has_left_is_gone_though_nobody_looks_for_cycles(let: Let) -> None:
    house = await let()
    gc.collect()
    gc.disable()
    try:
        before = counted()
        for role, who in ((Role.CANDIDATE, "asha"), (Role.EXAMINER, "eva")):
            raw = await Raw.open(house)
            namespace = "/exam" if role is Role.CANDIDATE else "/monitor"
            await raw.enter(namespace, house.auth(who, role))
            await raw.send(f'42{namespace},1["heartbeat",{{}}]')
            await raw.ack(namespace, 1)
            await raw.socket.close()
        await asked(house, "/elsewhere")
        await until(lambda: house.sids() == (0, 0, 0, 0))
        del raw
        await until(lambda: counted() == before)
    finally:
        gc.enable()
