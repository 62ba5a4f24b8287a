"""A plain Socket.IO line to one namespace: call and hear. For examiners, who need no outbox."""

import asyncio
from collections.abc import Callable
from typing import Any

from loadtest.client import wire
from loadtest.client.websocket import WebSocket
from protocol.from_client import Auth, Client

CALLS_MAX = 1_000
CALL_WITHIN_S = 15.0


class LineLost(Exception):
    """The connection is gone, or was refused (`data` holds the problem)."""

    def __init__(self, data: Any = None) -> None:
        self.data = data
        super().__init__(str(data or "the connection is gone"))


class Line:
    """One connection. `heard` is called with every event; `await lost` ends when it is gone."""

    def __init__(self, url: str, namespace: str, heard: Callable[[str, Any], None]) -> None:
        self._socket = WebSocket(wire.socket_url(url), self)
        self._namespace = namespace
        self._heard = heard
        self._auth: Auth | None = None
        self._calls: dict[int, asyncio.Future[Any]] = {}
        self._next = 1
        loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = loop.create_future()
        self.lost_at_last: asyncio.Future[None] = loop.create_future()

    async def open(self, token: str, client: Client) -> None:
        """Connect and enter the namespace. Raises LineLost."""
        self._auth = Auth(token, client)
        await self._socket.open()
        async with asyncio.timeout(CALL_WITHIN_S):
            await self._ready

    async def call(self, event: str, body: Any) -> Any:
        """Send an event and wait for its ack. Raises LineLost, TimeoutError."""
        if self.lost_at_last.done() or len(self._calls) >= CALLS_MAX:
            raise LineLost
        number, self._next = self._next, self._next + 1
        future = asyncio.get_running_loop().create_future()
        self._calls[number] = future
        self._socket.send(wire.event(self._namespace, event, body, number))
        try:
            async with asyncio.timeout(CALL_WITHIN_S):
                return await future
        finally:
            self._calls.pop(number, None)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
        self._end(None)

    # --- what the socket tells

    def opened(self, socket: WebSocket) -> None:
        """The WebSocket stands; Engine.IO will greet."""

    def received(self, socket: WebSocket, text: str) -> None:
        """A frame."""
        try:
            frame = wire.read(text)
        except wire.Unreadable as error:
            socket.abort()
            self._end(str(error))
            return
        self._take(frame)

    def lost(self, socket: WebSocket) -> None:
        """The connection is gone, or could not be made."""
        self._end(None)

    def _take(self, frame: wire.Frame | None) -> None:
        match frame:
            case wire.Opened():
                self._socket.send(wire.connect(self._namespace, self._auth))
            case wire.Ping():
                self._socket.send(wire.PONG)
            case wire.Connected() if not self._ready.done():
                self._ready.set_result(None)
            case wire.Refused():
                self._socket.close()
                self._end(frame.data)
            case wire.Ended():
                self._socket.close()
                self._end(None)
            case wire.Event():
                self._heard(frame.name, frame.body)
            case wire.Ack():
                future = self._calls.get(frame.id)
                if future is not None and not future.done():
                    future.set_result(frame.body)

    def _end(self, data: Any) -> None:
        for future in (self._ready, *self._calls.values()):
            if not future.done():
                future.set_exception(LineLost(data))
                future.exception()  # whoever waits is told; nobody has to
        if not self.lost_at_last.done():
            self.lost_at_last.set_result(None)
