"""The lane on the loop that serves in production: its transports are not asyncio's own."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn
import websockets
from websockets.asyncio.client import ClientConnection

from examsync.edge.lane.entrance import Entrance
from examsync.edge.lane.lane import Lane
from examsync.edge.lane.lanes import Lanes
from examsync.edge.sockets.guard import Guard
from examsync.edge.sockets.line import BREAK_AFTER_MS, SLOW
from examsync.edge.sockets.session import Session
from examsync.edge.transport import uvicorn_config
from examsync.settings import Limits, Server
from tests.edge.house import until
from tests.edge.lane.far import Sockets
from tests.edge.lane.talking import REQUEST
from tests.edge.makers import HandTime
from tests.edge.makers import session as someone

uvloop = pytest.importorskip("uvloop", reason="uvloop: not on this platform")
EVENT = '42/exam,7["answer",{"seq":1}]'


class Served:
    """Lanes behind a guard, served by uvicorn."""

    def __init__(self, **limits: Any) -> None:
        self.time = HandTime()
        self.sockets = Sockets()
        self.sockets.hear = self.hear  # type: ignore[method-assign]
        self.lanes = Lanes(self.sockets, Limits(**limits), self.time.now)
        self.guard = Guard(nobody, nobody, self.time.now, Limits(**limits), (), lanes=self.lanes)
        settings = uvicorn_config(self.guard, Server(port=0), Limits(**limits))
        assert settings.ws is Entrance
        self.server = uvicorn.Server(settings)

    def hear(self, session: Session, ack_id: int | None, body: bytes, arrived: int) -> None:
        session.wire.push(b"43/exam,%d[%b]" % (ack_id or 0, body))

    @property
    def port(self) -> int:
        found: int = self.server.servers[0].sockets[0].getsockname()[1]
        return found

    async def connect(self) -> tuple[ClientConnection, Lane]:
        url = f"ws://127.0.0.1:{self.port}/socket.io/?EIO=4&transport=websocket"
        client = await websockets.connect(url, compression=None, max_queue=1)
        assert str(await client.recv()).startswith("0{")
        (lane,) = self.guard.wires
        assert isinstance(lane, Lane)
        lane.joined(someone(lane))
        return client, lane

    async def empty(self) -> None:
        await until(lambda: not self.guard.wires and not self.server.server_state.connections)
        assert self.sockets.eio.sockets == {}


async def nobody(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("it came through ASGI")


def on_uvloop(doing: Callable[[Served], Awaitable[None]], **limits: Any) -> None:
    """Do it with a server on uvloop."""

    async def serving() -> None:
        served = Served(**limits)
        task = asyncio.create_task(served.server.serve())
        await until(lambda: served.server.started)
        try:
            await doing(served)
        finally:
            served.server.should_exit = True
            await asyncio.wait_for(task, 10)
            await served.empty()

    uvloop.run(serving())


def test_events_are_answered_and_goodbyes_returned() -> None:
    async def doing(served: Served) -> None:
        client, lane = await served.connect()
        await client.send(EVENT)
        assert await client.recv() == '43/exam,7[["answer",{"seq":1}]]'
        await (await client.ping())
        served.sockets.slow.clear()
        await client.send("40/exam,{}")
        await client.send(EVENT)
        served.sockets.slow.set()
        assert str(await client.recv()).startswith("43/exam,7[")
        assert served.sockets.log == ["0/exam,{}"]
        await client.close(4_000)
        await served.empty()
        client, lane = await served.connect()
        lane.cut(1008, "enough")
        await client.wait_closed()
        assert (client.close_code, client.close_reason) == (1008, "enough")
        await served.empty()

    on_uvloop(doing)


def test_a_handshake_that_fails_is_answered_and_leaves_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def doing(served: Served) -> None:
        for header, status in (("Sec-WebSocket-Key: short", b"400"), ("Origin: http://x", b"403")):
            reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
            writer.write(
                REQUEST.replace("Host: a.example", f"Host: a.example\r\n{header}").encode()
            )
            assert status in await reader.readline()
            await reader.read()
            writer.close()
        await served.empty()
        assert caplog.records == []

    on_uvloop(doing)


def test_who_reads_nothing_is_held_up_and_torn_off() -> None:
    async def doing(served: Served) -> None:
        client, lane = await served.connect()
        client.transport.pause_reading()
        while lane.push(b"42/exam,[]".ljust(10_000)):  # noqa: ASYNC110
            await asyncio.sleep(0)
        assert lane.why == SLOW
        await served.empty()
        client.transport.abort()
        client, lane = await served.connect()
        client.transport.pause_reading()
        while lane.unsent_bytes < 200_000:
            lane.push(b"42/exam,[]".ljust(10_000))
            await asyncio.sleep(0)
        lane.cut(1008, "enough")  # what waits is not taken, so it is not closed either
        await asyncio.sleep(0.05)
        assert served.guard.wires == {lane}
        lane.look(served.time.ms + BREAK_AFTER_MS + 1)
        await served.empty()
        client.transport.abort()

    on_uvloop(doing, queue_bytes_max=1_000_000)


def test_who_reads_slowly_gets_all_of_it() -> None:
    async def doing(served: Served) -> None:
        client, lane = await served.connect()
        client.transport.pause_reading()
        said = 0
        while lane.unsent_bytes < 200_000:  # all between here and there is full
            assert lane.push((b"42/exam,[%d]" % said).ljust(10_000))
            said += 1
            await asyncio.sleep(0)
        client.transport.resume_reading()
        got = [str(await client.recv()).strip() for _ in range(said)]
        assert got == [f"42/exam,[{n}]" for n in range(said)]
        assert lane.unsent_bytes == 0
        await client.close()

    on_uvloop(doing)


def test_one_that_vanishes_and_those_that_are_left_at_the_end() -> None:
    async def doing(served: Served) -> None:
        client, _ = await served.connect()
        client.transport.abort()
        await served.empty()
        client, lane = await served.connect()
        served.server.should_exit = True
        await client.wait_closed()
        assert client.close_code == 1012
        assert lane.lost

    on_uvloop(doing)
