"""A connection between the ASGI server and python-engineio: read, counted, cut.

The guard puts it in between. Events go from here straight to the socket server (`take`); all
other frames go on to python-engineio, which answers pings and ends sessions. Malformed frames end
the connection the orderly way: python-engineio is told that the client is gone, so it forgets
its session, and what it then wants to close is closed with our code.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from examsync.edge.sockets import frames
from examsync.edge.sockets.line import (
    FRAME_OVERHEAD_BYTES,
    MESSAGE_TOO_BIG,
    POLICY_VIOLATION,
    PROTOCOL_ERROR,
    UNSUPPORTED_DATA,
    Line,
)
from examsync.edge.sockets.outbox import Outbox
from examsync.edge.sockets.packets import Ready
from examsync.settings import Limits

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

ABORT = "examsync.abort"
"""An extension of the ASGI scope: a function that ends the connection whatever is unsent."""


def address_of(scope: Message) -> str:
    """Where a connection comes from, as far as proxies that are believed say so."""
    address: str = (scope.get("client") or ("", 0))[0]
    return address


class Wire(Line):
    """A connection; `enqueue` and `take` are set once python-engineio has a socket for it."""

    def __init__(
        self, scope: Message, receive: Receive, send: Send, limits: Limits, now: Callable[[], int]
    ) -> None:
        super().__init__(address_of(scope), limits, now)
        self.take: Callable[[frames.Event], bool] | None = None
        self.enqueue: Callable[[Ready], None] | None = None
        self._receive, self._send = receive, send
        self._abort: Callable[[], None] | None = scope.get("extensions", {}).get(ABORT)
        self._receiving: asyncio.Task[Any] | None = None
        self._sending: asyncio.Task[Any] | None = None
        self._broken = False

    def join(self, connection: Any, take: Callable[[frames.Event], bool]) -> None:
        """python-engineio has a socket for it: its queue is written from, events go to `take`."""
        queue: Outbox = connection.queue
        connection.poll = queue.drain
        self.enqueue, self.take = queue.put_nowait, take

    # --- out --------------------------------------------------------------------------------------

    def push(self, message: bytes) -> bool:
        """Queue it for python-engineio's writer; nothing before there is one."""
        if self.enqueue is None or not self._has_room(len(message)):
            return False
        self.enqueue(Ready(message))
        return True

    async def send(self, message: Message) -> None:
        """What python-engineio calls to write; closes with our code once cut."""
        if self._broken:
            return
        if message["type"] == "websocket.close" and self._code:
            message = {**message, "code": self._code, "reason": self.why}
        self._sending = asyncio.current_task()
        try:
            await self._send(message)
        finally:
            self._sending = None
        text = message.get("text")
        if text is not None and text.startswith(frames.MESSAGES):
            self._unsent_bytes -= len(text.encode()) + FRAME_OVERHEAD_BYTES
            self._moved = True

    # --- in ---------------------------------------------------------------------------------------

    async def receive(self) -> Message:
        """What python-engineio calls to read: everything but events, and nothing malformed."""
        while True:
            message = await self._next()
            if message["type"] != "websocket.receive":
                return message
            self.seen_at = self._now()
            if self._is_for_others(message):
                return message
            if self.is_cut():
                return self._gone()

    async def _next(self) -> Message:
        if self.is_cut():
            return self._gone()
        self._receiving = asyncio.current_task()
        try:
            return await self._receive()
        except asyncio.CancelledError:
            if not self.is_cut():
                raise
            return self._gone()  # it was `cut` that woke us
        finally:
            self._receiving = None

    def _is_for_others(self, message: Message) -> bool:
        """Whether a frame goes on to python-engineio; events are handled here, faults cut."""
        text = message.get("text")
        if text is None:
            self.cut(UNSUPPORTED_DATA, "text frames only")
            return False
        if len(text) > self._limits.body_bytes_max:
            self.cut(MESSAGE_TOO_BIG, f"at most {self._limits.body_bytes_max} bytes")
            return False
        try:
            frame = frames.read(text)
        except frames.Broken as broken:
            self.cut(PROTOCOL_ERROR, str(broken))
            return False
        if isinstance(frame, frames.Event) and self.take is not None and self.take(frame):
            return False
        return self._controls(frame)

    def _controls(self, frame: frames.Frame) -> bool:
        if self._control.take(self.seen_at):
            self.cut(POLICY_VIOLATION, "too many frames that are no events")
        elif isinstance(frame, frames.Pulse) and frame.closing:
            self.cut(1000, "as asked")
        return not self.is_cut()

    def _gone(self) -> Message:
        return {"type": "websocket.disconnect", "code": self._code, "reason": self.why}

    # --- the end ----------------------------------------------------------------------------------

    def _stop(self) -> None:
        if self._receiving is not None:
            self._receiving.cancel()

    def _break(self) -> None:
        """Wake the writer, and let the transport go."""
        self._broken = True
        if self._sending is not None:
            self._sending.cancel()
        if self._abort is not None:
            self._abort()
