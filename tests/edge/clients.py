"""Clients for tests: python-socketio's own, as candidates use one like it, and bare WebSockets."""

import asyncio
import json
from typing import Any

import socketio
import websockets
from websockets.asyncio.client import ClientConnection

from protocol.types import Role
from tests.edge.house import EXAM, House, until

ACK_S = 5.0
NAMESPACES = {Role.CANDIDATE: "/exam", Role.EXAMINER: "/monitor", Role.ADMIN: "/monitor"}


class Client:
    """An unmodified Socket.IO client in one namespace. `heard` is all it was told."""

    def __init__(self, house: House, subject: str, role: Role = Role.CANDIDATE) -> None:
        self.house = house
        self.subject = subject
        self.role = role
        self.namespace = NAMESPACES[role]
        self.heard: list[tuple[str, Any]] = []
        self.refusals: list[Any] = []
        self._ids = 0
        self._socket = socketio.AsyncClient(reconnection=False, handle_sigint=False)
        self._socket.on("*", self._hear, namespace=self.namespace)
        self._socket.on("connect_error", self.refusals.append, namespace=self.namespace)

    async def _hear(self, event: str, *body: Any) -> None:
        self.heard.append((event, body[0] if len(body) == 1 else body))

    async def connect(self, **changes: Any) -> "Client":
        """Connect with a token of its own; `changes` as `House.auth` takes them."""
        auth = self.house.auth(self.subject, self.role, **changes)
        await self._socket.connect(
            self.house.url, transports=["websocket"], namespaces=[self.namespace], auth=auth
        )
        return self

    async def call(self, event: str, body: Any = None) -> Any:
        """The ack of an event."""
        return await self._socket.call(
            event, {} if body is None else body, namespace=self.namespace, timeout=ACK_S
        )

    async def ok(self, event: str, body: Any = None) -> Any:
        """The ack of an event, which must be a yes."""
        ack = await self.call(event, body)
        assert ack["ok"] is True, ack
        return ack

    async def refused(self, event: str, body: Any = None) -> str:
        """The code of the problem that an event meets."""
        ack = await self.call(event, body)
        assert ack["ok"] is False, ack
        code: str = ack["problem"]["code"]
        return code

    async def told(self, event: str) -> Any:
        """The first payload of an event of this name, heard already or awaited."""
        await until(lambda: any(name == event for name, _ in self.heard), ACK_S)
        return next(body for name, body in self.heard if name == event)

    async def join(self, exam: str = EXAM, **more: Any) -> Any:
        """Take the seat."""
        return await self.ok("join", {"id": self.id("join"), "exam": exam, **more})

    async def start(self) -> Any:
        """Join and start."""
        await self.join()
        return await self.ok("start", {"id": self.id("start")})

    async def answer(self, seq: int, response: Any = True, item: str = "q3") -> Any:
        """Answer q3, which is true or false."""
        return await self.ok("answer", {"seq": seq, "item": item, "response": response})

    def id(self, kind: str) -> str:
        """A new id for a command."""
        self._ids += 1
        return f"{kind}-{self.subject}-{self._ids}"

    @property
    def connected(self) -> bool:
        """Whether the connection is there."""
        return bool(self._socket.connected)

    async def leave(self) -> None:
        """Close the connection."""
        await self._socket.disconnect()


class Raw:
    """A WebSocket on which frames are written by hand."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    @classmethod
    async def open(cls, house: House, **options: Any) -> "Raw":
        """A connection whose Engine.IO session is open."""
        socket = await websockets.connect(
            house.socket_url, compression=None, max_size=None, **options
        )
        raw = cls(socket)
        assert (await raw.next()).startswith("0{")
        return raw

    async def enter(self, namespace: str, auth: Any) -> str:
        """Connect to a namespace; the frame that answers."""
        await self.socket.send(f"40{namespace},{json.dumps(auth)}")
        return await self.next()

    async def send(self, *frames: str | bytes) -> None:
        """Write frames."""
        for frame in frames:
            await self.socket.send(frame)

    async def next(self, seconds: float = ACK_S) -> str:
        """The next frame of the server."""
        async with asyncio.timeout(seconds):
            frame = await self.socket.recv()
        assert isinstance(frame, str)
        return frame

    async def ack(self, namespace: str, ack_id: int) -> Any:
        """The ack of this id; other frames are passed over."""
        head = f"43{namespace},{ack_id}["
        while True:
            frame = await self.next()
            if frame.startswith(head):
                return json.loads(frame[len(head) - 1 :])[0]

    async def closed(self, seconds: float = ACK_S) -> int | None:
        """Wait for the end; the close code."""
        async with asyncio.timeout(seconds):
            await self.socket.wait_closed()
        return self.socket.close_code
