"""One WebSocket connection between the ASGI server and python-engineio: read, counted, cut.

The guard puts it in between. Events go from here straight to the socket server (`take`); all
other frames go on to python-engineio, which answers pings and ends sessions. Malformed frames end
the connection the orderly way: python-engineio is told that the client is gone, so it forgets
its session, and what it then wants to close is closed with our code.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from examsync.access.limit import Bucket, Rate
from examsync.edge.sockets import frames
from examsync.infra import metrics
from examsync.settings import Limits

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

FRAME_OVERHEAD_BYTES = 256
"""What a queued frame costs us besides its text: objects and a place in the queue."""
CONTROL = Rate(per_s=1.0, burst=20)
"""Frames that are no events: a pong every 25 s, a few connects. A connect costs a signature."""
BREAK_AFTER_MS = 5_000
"""A connection that was cut and has not ended by then is torn down without good manners."""

PROTOCOL_ERROR = 1002
UNSUPPORTED_DATA = 1003
POLICY_VIOLATION = 1008
MESSAGE_TOO_BIG = 1009
SERVICE_RESTART = 1012
TRY_AGAIN_LATER = 1013
"""Close codes of RFC 6455, 7.4.1, and of its registry at IANA."""

ABORT = "examsync.abort"
"""An extension of the ASGI scope: a function that ends the connection whatever is unsent."""


class Wire:
    """A connection. `namespaces` counts what it has joined; `seen_at` is its last frame (ms)."""

    def __init__(
        self, scope: Message, receive: Receive, send: Send, limits: Limits, now: Callable[[], int]
    ) -> None:
        self.take: Callable[[frames.Event], bool] | None = None
        self.enqueue: Callable[[str], None] | None = None
        self.namespaces = 0
        self.address: str = (scope.get("client") or ("", 0))[0]
        self.opened_at = self.seen_at = self.alone_since = now()
        self.cut_at: int | None = None
        self.why = ""
        self._code = 0
        self._now = now
        self._limits = limits
        self._receive, self._send = receive, send
        self._abort: Callable[[], None] | None = scope.get("extensions", {}).get(ABORT)
        self._control = Bucket(CONTROL)
        self._receiving: asyncio.Task[Any] | None = None
        self._sending: asyncio.Task[Any] | None = None
        self._broken = False
        self._unsent_bytes = 0
        self._moved = False
        self._moved_at = self.opened_at

    # --- out --------------------------------------------------------------------------------------

    @property
    def unsent_bytes(self) -> int:
        """What waits to be taken by the network."""
        return self._unsent_bytes

    def push(self, text: str) -> bool:
        """Queue a frame of ours; False if the connection is ending (or just ended for this)."""
        if self.is_cut() or self.enqueue is None:
            return False
        weight = len(text) + FRAME_OVERHEAD_BYTES
        if self._unsent_bytes + weight > self._limits.queue_bytes_max:
            self.cut(TRY_AGAIN_LATER, SLOW)
            return False
        self._unsent_bytes += weight
        self.enqueue(text)
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
            self._unsent_bytes -= len(text) + FRAME_OVERHEAD_BYTES
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

    def is_cut(self) -> bool:
        """Whether the connection is ending."""
        return self.cut_at is not None

    def cut(self, code: int, why: str) -> None:
        """End the connection: what is queued is sent if the client takes it, then it closes."""
        if self.is_cut():
            return
        self.cut_at, self._code, self.why = self._now(), code, why
        if self._receiving is not None:
            self._receiving.cancel()
        if why is SLOW:
            metrics.SLOW_READERS_CUT.inc()
            self._break()

    def look(self, now: int) -> None:
        """Called every second or so: cut what joins nothing, takes nothing, or does not end."""
        if self._moved or not self._unsent_bytes:
            self._moved, self._moved_at = False, now
        if self.cut_at is not None:
            if now - self.cut_at > BREAK_AFTER_MS:
                self._break()
        elif self._unsent_bytes and now - self._moved_at > self._limits.queue_wait_s * 1_000:
            self.cut(TRY_AGAIN_LATER, SLOW)
        elif not self.namespaces and now - self.alone_since > self._limits.namespace_wait_s * 1_000:
            self.cut(POLICY_VIOLATION, "join a namespace, or do not connect")

    def joined(self) -> None:
        """One more namespace."""
        self.namespaces += 1

    def left(self) -> None:
        """One namespace less."""
        self.namespaces -= 1
        self.alone_since = self._now()

    def _break(self) -> None:
        """Nothing can be written any more: wake the writer, and let the transport go."""
        self._broken = True
        if self._sending is not None:
            self._sending.cancel()
        if self._abort is not None:
            self._abort()


SLOW = "it does not read what it is sent"
