"""The far end of a lane for tests: a transport worked by hand, and a client's frames."""

import asyncio
from typing import Any

from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, OPEN, Protocol

from examsync.edge.lane.lane import Lane
from examsync.edge.lane.lanes import Lanes
from examsync.edge.sockets.engine import Engine
from examsync.edge.sockets.line import LINE
from examsync.edge.sockets.session import Session
from examsync.settings import Limits
from tests.edge.makers import HandTime, session

Heard = tuple[str, int | None, bytes, int]


class FarTransport(asyncio.Transport):
    """Notes what a lane does with its transport. `takes` is how much fits before it says stop."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.reading = True
        self.closed = self.aborted = False
        self.protocol: Any = None

    def write(self, data: Any) -> None:
        assert not self.closed
        self.writes.append(bytes(data))

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        assert not self.closed
        self.reading = True

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True


class Sockets:
    """What stands behind lanes here: a real python-engineio whose handlers note what they get."""

    def __init__(self) -> None:
        self.eio = Engine(
            async_mode="asgi", transports=["websocket"], cors_allowed_origins=[], ping_interval=25
        )
        self.heard: list[Heard] = []
        self.log: list[str] = []
        self.slow = asyncio.Event()
        self.slow.set()
        self.opened: list[Any] = []
        self.eio.on("connect", self._connect)
        self.eio.on("message", self._message)
        self.eio.on("disconnect", self._disconnect)

    def enter_now(self, line: Lane, eio_sid: str, packet: str) -> bool:
        """Here it always takes time."""
        return False

    def hear(self, session: Session, ack_id: int | None, body: bytes, arrived: int) -> None:
        self.heard.append((session.namespace, ack_id, body, arrived))
        self.log.append(body.decode())

    async def _connect(self, sid: str, environ: Any) -> None:
        self.opened.append(environ["asgi.scope"][LINE])

    async def _message(self, sid: str, data: str) -> None:
        await self.slow.wait()
        self.log.append(data)

    async def _disconnect(self, sid: str, reason: str) -> None:
        self.log.append(reason)


class Far:
    """A lane in `/exam`, its far end and all around it."""

    def __init__(self, **limits: Any) -> None:
        self.time = HandTime()
        self.sockets = Sockets()
        self.lanes = Lanes(self.sockets, Limits(**limits), self.time.now)
        self.gone: list[Lane] = []
        self.lanes.gone = self.gone.append
        self.lane = Lane("127.0.0.1", self.lanes)
        self.transport = FarTransport()
        self.connections: set[Any] = set()
        self.client = Protocol(CLIENT, state=OPEN, max_size=None)

    async def begin(self, *, joined: bool = True) -> "Far":
        """The session is open; what announces it is not kept."""
        assert await self.lanes.open(self.lane)
        self.lane.begin(self.transport, self.connections)
        await self.tick()
        if joined:
            self.lane.joined(session(self.lane))
        self.transport.writes.clear()
        return self

    async def tick(self) -> None:
        """Let the loop turn until all is quiet."""
        for _ in range(8):
            await asyncio.sleep(0)

    def brings(self, *data: bytes) -> None:
        """The network brings something, in these reads."""
        for each in data:
            self.lane.data_received(each)

    def says(self, *texts: str) -> None:
        """The client says something, all in one read."""
        self.brings(b"".join(masked(text.encode()) for text in texts))

    def got(self) -> list[str]:
        """What the client has been told; a closing frame is its code."""
        self.client.receive_data(b"".join(self.transport.writes))
        self.transport.writes.clear()
        return [told(frame) for frame in self.client.events_received() if isinstance(frame, Frame)]


def masked(payload: bytes, sort: Opcode = Opcode.TEXT, *, fin: bool = True) -> bytes:
    """A frame of a client."""
    return Frame(sort, payload, fin=fin).serialize(mask=True)


def told(frame: Frame) -> str:
    """A frame as tests read it."""
    if frame.opcode is Opcode.TEXT:
        return bytes(frame.data).decode()
    if frame.opcode is Opcode.CLOSE:
        return str(int.from_bytes(bytes(frame.data[:2]), "big"))
    return f"{frame.opcode.name} {bytes(frame.data)!r}"
