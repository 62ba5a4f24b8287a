"""One WebSocket connection on the lane: the transport's protocol, and the edge's line, in one.

Frames are read as they come and events go to their session at once; what takes time (entering
and leaving a namespace) is done by python-socketio in order, and nothing is read meanwhile. What
is said is written once per turn of the loop.
"""

import asyncio
from typing import TYPE_CHECKING, Any

from examsync.edge.lane import framing
from examsync.edge.lane.framing import BINARY, CLOSE, PING, TEXT, Fault, Reader
from examsync.edge.sockets import frames
from examsync.edge.sockets.line import (
    FRAME_OVERHEAD_BYTES,
    POLICY_VIOLATION,
    PROTOCOL_ERROR,
    SERVICE_RESTART,
    UNSUPPORTED_DATA,
    Line,
)
from protocol.from_client import NAMESPACE_EXAM

if TYPE_CHECKING:
    from examsync.edge.lane.lanes import Lanes
    from examsync.edge.lane.peer import Peer

WRITE_BYTES_MAX = 65_536
"""Handed to the transport at once; it takes no more when as much is unsent (asyncio's default)."""
SILENT = "nothing was heard of it"
GONE = "it has gone"
NOWHERE: set[Any] = set()
_PING = framing.text(b"2")
_PONG = b"3"
"""`frames.read` says the same of it; everybody sends one for every ping, and nothing else so often
but heartbeats."""


class Lane(Line, asyncio.Protocol):
    """A connection. It begins without a transport: `begin` brings it."""

    __slots__ = (
        "_behind",
        "_connections",
        "_lanes",
        "_out",
        "_paused",
        "_reader",
        "_said_goodbye",
        "ended",
        "lost",
        "peer",
        "spoke",
        "transport",
    )

    def __init__(self, address: str, lanes: "Lanes") -> None:
        super().__init__(address, lanes.limits, lanes.now)
        self._lanes = lanes
        self._reader: Reader | None = Reader(lanes.limits.body_bytes_max)
        self._behind: asyncio.Task[Any] | None = None
        self._connections: set[Any] = NOWHERE
        self._out: list[bytes] = []
        self._paused = self._said_goodbye = False
        self.lost = self.ended = False
        """Its transport has gone / its session is over: with both it is forgotten."""
        self.spoke = -1
        self.peer: Peer | None = None
        self.transport: asyncio.Transport | None = None

    # --- out --------------------------------------------------------------------------------------

    def push(self, message: bytes) -> bool:
        """Queue a message of ours; False if the connection is ending (or just ended for this)."""
        return self._send(framing.text(message))

    def ping(self) -> None:
        """Engine.IO's ping: who does not answer will be found silent."""
        self._send(_PING)

    def _send(self, frame: bytes) -> bool:
        if not self._has_room(len(frame)):
            return False
        if not self._out:
            self._lanes.tick.add(self)
        self._out.append(frame)
        return True

    def flush(self) -> None:
        """Write what waits, as far as the transport takes it; then goodbye, if it is time."""
        transport = self.transport
        if transport is None:
            return
        while self._out and not self._paused:
            transport.write(self._slice())
            self._moved = True
        if self.cut_at is not None and not self._out and not self._said_goodbye:
            self._said_goodbye = True
            transport.write(framing.close(self._code, self.why))
            if self._reader is None:
                transport.close()

    def _slice(self) -> bytes:
        """The frames that are handed over next; they count as sent."""
        out = self._out
        if self._unsent_bytes <= WRITE_BYTES_MAX:
            self._out, self._unsent_bytes = [], 0
            return out[0] if len(out) == 1 else b"".join(out)
        size = count = 0
        while count < len(out) and size < WRITE_BYTES_MAX:
            size += len(out[count])
            count += 1
        self._out = out[count:]
        self._unsent_bytes = sum(len(frame) + FRAME_OVERHEAD_BYTES for frame in self._out)
        return b"".join(out[:count])

    def pause_writing(self) -> None:
        """The transport has enough."""
        self._paused = True

    def resume_writing(self) -> None:
        """The transport takes more."""
        self._paused = False
        self.flush()

    # --- in ---------------------------------------------------------------------------------------

    def begin(self, transport: asyncio.Transport, connections: set[Any]) -> None:
        """The transport is ours now; `connections` are those uvicorn closes when it ends."""
        self.transport, self._connections = transport, connections
        connections.add(self)
        self._lanes.wheel.add(self)
        self.flush()

    def data_received(self, data: bytes) -> None:
        """What the network brought."""
        reader = self._reader
        if reader is None:
            return
        if self._behind is None and self.cut_at is None:
            payload = reader.whole(data)
            if payload is not None:  # one text message, and nothing besides
                self.seen_at = now = self._now()
                try:
                    self._text(payload, now)
                except Fault as fault:
                    self._close(fault.code, fault.why)
                return
        reader.feed(data)
        if self._behind is None:
            self._read(reader)

    def _read(self, reader: Reader) -> None:
        """Handle the messages that are there, until one of them takes time."""
        now = self._now()
        try:
            while self._behind is None and (message := reader.next()) is not None:
                sort, payload = message
                if self.cut_at is None:
                    self.seen_at = now
                    self._handle(sort, payload, now)
                elif sort == CLOSE:
                    self._hang_up()
        except Fault as fault:
            self._close(fault.code, fault.why)

    def _handle(self, sort: int, payload: bytes, now: int) -> None:
        if sort == TEXT:
            self._text(payload, now)
        elif sort == CLOSE:
            self._close(*framing.closing(payload))
        elif sort == BINARY:
            self.cut(UNSUPPORTED_DATA, "text frames only")
        elif self._is_orderly(now) and sort == PING:
            self._send(framing.pong(payload))

    def _text(self, payload: bytes, now: int) -> None:
        text = None if payload.isascii() else framing.decoded(payload)
        plain = frames.plain(payload)
        if plain is not None and (session := self.session_in(NAMESPACE_EXAM)) is not None:
            self._lanes.hear(session, *plain, now)
            return
        if payload == _PONG:
            self._is_orderly(now)
            return
        try:
            self._frame(frames.read(payload.decode() if text is None else text), payload, now)
        except frames.Broken as broken:
            self.cut(PROTOCOL_ERROR, str(broken))

    def _frame(self, frame: frames.Frame, payload: bytes, now: int) -> None:
        if isinstance(frame, frames.Event):
            session = self.session_in(frame.namespace)
            if session is not None:
                self._lanes.hear(session, frame.ack_id, frame.body.encode(), now)
                return
        if not self._is_orderly(now):
            return
        if isinstance(frame, frames.Connect | frames.Leave):
            self._take_time(payload)
        elif isinstance(frame, frames.Pulse) and frame.closing:
            self.cut(1000, "as asked")

    def _is_orderly(self, now: int) -> bool:
        """Whether one more frame that is no event is allowed."""
        if self._control.take(now):
            self.cut(POLICY_VIOLATION, "too many frames that are no events")
        return self.cut_at is None

    # --- what takes time --------------------------------------------------------------------------

    def _take_time(self, payload: bytes) -> None:
        """Have python-socketio do it; what came after waits, here or in the network."""
        if self.transport is not None:
            self.transport.pause_reading()
        self._behind = self._lanes.start(self, payload[1:].decode())
        self._behind.add_done_callback(self._caught_up)

    def _caught_up(self, task: asyncio.Task[Any]) -> None:
        del task
        self._behind = None
        if self.cut_at is not None:
            self._end()
        if self._reader is not None:
            self._read(self._reader)
        self._listen()

    def _listen(self) -> None:
        """Read on, unless something that takes time has begun again."""
        transport = self.transport
        if self._behind is None and transport is not None and not transport.is_closing():
            transport.resume_reading()

    # --- the end ----------------------------------------------------------------------------------

    def look(self, now: int) -> None:
        """As always; and cut who has gone silent. Of nearly everybody there is nothing to say."""
        silent = now - self.seen_at > self._lanes.silence_ms
        if self._unsent_bytes or silent or self.cut_at is not None or not self.sessions:
            super().look(now)
        else:
            self._moved, self._moved_at = False, now
        if silent:
            self.cut(1000, SILENT)

    def _stop(self) -> None:
        if not self._out:
            self._lanes.tick.add(self)  # goodbye
        self._end()

    def _close(self, code: int, why: str) -> None:
        """Nothing more is read; our close frame is the last word, or was."""
        self._reader = None
        self.cut(code, why)
        if self._said_goodbye:
            self._hang_up()

    def _hang_up(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def _break(self) -> None:
        self._reader, self._out, self._said_goodbye = None, [], True
        if self.transport is not None:
            self.transport.abort()

    def shutdown(self) -> None:
        """Called by uvicorn for what is left when it ends."""
        self.cut(SERVICE_RESTART, "the server is restarting")
        self.flush()
        self._hang_up()

    def eof_received(self) -> bool:
        """They have hung up: closed when it is this connection's turn, for thousands may have."""
        if self.transport is not None:
            self._lanes.turnstile.add(self.transport.close)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """The transport has gone; of those that were cut off the rest is done a few at a time."""
        self.transport = None  # it holds its protocol
        if exc is None:
            self._gone()
        else:
            self._lanes.turnstile.add(self._gone)

    def _gone(self) -> None:
        self.lost = True
        self._out, self._unsent_bytes = [], 0
        self._connections.discard(self)
        self._lanes.wheel.discard(self)
        self.cut(1000, GONE)
        if self.ended:
            self._lanes.gone(self)

    def _end(self) -> None:
        """End the session, once, after what takes time."""
        if self._behind is None:
            self._lanes.end(self)
