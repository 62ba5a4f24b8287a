"""What lanes share: sessions open and end by python-engineio, a few in each turn of the loop."""

import asyncio

import pytest

from examsync.edge.lane.lane import Lane
from examsync.edge.lane.lanes import ENDED_AT_ONCE
from examsync.edge.sockets.guard import Guard
from examsync.edge.turnstile import AT_ONCE
from examsync.settings import Limits
from tests.edge.house import until
from tests.edge.lane.far import Far, FarTransport


async def test_a_session_opens_as_the_stock_one_and_is_announced_first() -> None:
    far = Far()
    assert await far.lanes.open(far.lane)
    far.lane.begin(far.transport, far.connections)
    await far.tick()
    (opening,) = far.got()
    assert opening.startswith('0{"sid":"')
    assert opening.endswith(
        '"upgrades":[],"pingTimeout":20000,"pingInterval":25000,"maxPayload":1000000}'
    )
    assert far.sockets.opened == [far.lane]
    peer = far.lane.peer
    assert peer is not None
    assert far.sockets.eio.sockets == {peer.sid: peer}


async def test_a_session_that_may_not_open_is_refused_and_forgotten(
    caplog: pytest.LogCaptureFixture,
) -> None:
    far = Far()

    async def fail(sid: str, environ: object) -> None:
        raise RuntimeError("no")

    far.sockets.eio.on("connect", fail)
    guard = Guard(nobody, nobody, far.time.now, Limits(), (), lanes=far.lanes)
    entered: list[Lane] = []
    sent: list[object] = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: object) -> None:
        sent.append(message)

    scope = {
        "type": "websocket",
        "path": "/socket.io/",
        "query_string": b"EIO=4&transport=websocket",
        "headers": [],
        "extensions": {"examsync.enter": entered.append},
    }
    await guard(scope, receive, send)
    assert (sent, entered) == ([{"type": "websocket.close"}], [])
    assert (guard.wires, far.sockets.eio.sockets) == (set(), {})
    assert "connect" in caplog.text


async def nobody(scope: object, receive: object, send: object) -> None:
    raise AssertionError("it came through ASGI")


async def test_many_that_go_at_once_are_let_go_a_few_in_each_turn() -> None:
    far = await Far().begin()
    many = [Lane("127.0.0.1", far.lanes) for _ in range(5 * ENDED_AT_ONCE)]
    for lane in many:
        assert await far.lanes.open(lane)
        lane.begin(FarTransport(), far.connections)
    for lane in many:
        lane.connection_lost(None)
    most = 0
    while far.lanes._reaper is not None:
        before = len(far.gone)
        await asyncio.sleep(0)
        most = max(most, len(far.gone) - before)
    assert most == ENDED_AT_ONCE
    assert far.gone == many


@pytest.mark.parametrize("reset", [False, True])
async def test_of_many_who_hang_up_at_once_a_few_are_let_go_in_each_turn(reset: bool) -> None:
    far = await Far().begin()
    many = [Lane("127.0.0.1", far.lanes) for _ in range(5 * AT_ONCE)]
    ways = [FarTransport() for _ in many]
    for lane, way in zip(many, ways, strict=True):
        lane.begin(way, far.connections)
    for lane in many:
        if reset:
            lane.connection_lost(ConnectionResetError())
        else:
            assert lane.eof_received(), "or the transport would be closed now"
    seen = []
    while len(far.lanes.turnstile):
        await asyncio.sleep(0)
        seen.append(
            sum(lane.lost if reset else way.closed for lane, way in zip(many, ways, strict=True))
        )
    assert seen == [AT_ONCE * turn for turn in range(1, 6)]


async def test_whoever_ends_while_others_are_being_ended_is_ended_too() -> None:
    far = await Far().begin()
    late = Lane("127.0.0.1", far.lanes)
    assert await far.lanes.open(late)
    late.begin(FarTransport(), far.connections)
    far.lane.connection_lost(None)
    far.sockets.eio.on("disconnect", lambda sid, reason: late.connection_lost(None))
    await until(lambda: len(far.gone) == 2)
    assert far.lanes._reaper is None or not far.lanes._ending
    assert far.sockets.eio.sockets == {}


async def test_who_can_be_let_in_at_once_is_and_what_came_behind_is_heard_in_the_same_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    far = await Far().begin()
    asked: list[tuple[str, str]] = []

    def enter_now(line: Lane, eio_sid: str, packet: str) -> bool:
        asked.append((eio_sid, packet))
        return True

    monkeypatch.setattr(far.lanes, "_enter_now", enter_now)
    far.says(
        '40/monitor,{"token":"x"}', '42/exam,1["answer",{}]', "41/monitor,", '42/exam,2["x",{}]'
    )
    assert far.lane.peer is not None
    assert asked == [
        (far.lane.peer.sid, '0/monitor,{"token":"x"}'),
        (far.lane.peer.sid, "1/monitor,"),
    ]
    assert [heard[1] for heard in far.sockets.heard] == [1, 2]
    assert far.transport.reading
    assert far.sockets.log == ['["answer",{}]', '["x",{}]'], "nothing went the way that takes time"


async def test_a_connection_that_is_cut_while_it_is_let_in_ends_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    far = await Far().begin()

    def enter_now(line: Lane, eio_sid: str, packet: str) -> bool:
        line.cut(1000, "no more")
        return True

    monkeypatch.setattr(far.lanes, "_enter_now", enter_now)
    far.says("40/monitor,{}")
    far.lane.connection_lost(None)
    await until(lambda: far.gone == [far.lane])
    assert far.lanes._reaper is None or not far.lanes._ending
    assert far.sockets.log == ["transport close"]
