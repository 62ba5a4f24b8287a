"""The Socket.IO server: python-socketio for connections, namespaces and pings; our door for events.

A client reaches nothing of python-socketio's dispatch: events come from the wire (or, without
one, from `_handle_event`) to the door, so no name can call a connect or disconnect handler, and
no exception or cancellation turns into an empty ack.
"""

import functools
import logging
from collections.abc import Callable
from typing import Any

import msgspec
import socketio
from socketio.exceptions import ConnectionRefusedError as Refusal
from socketio.packet import CONNECT, CONNECT_ERROR

from examsync.access.limit import Bucket, Rate
from examsync.access.token import Identity
from examsync.edge.sockets import frames
from examsync.edge.sockets.broadcast import Broadcast
from examsync.edge.sockets.door import Door
from examsync.edge.sockets.doorkeeper import ROLES, Doorkeeper
from examsync.edge.sockets.engine import Engine
from examsync.edge.sockets.line import LINE, Line
from examsync.edge.sockets.packets import Packet
from examsync.edge.sockets.session import STRIKES, Session
from examsync.edge.sockets.wire import Wire
from examsync.errors import ExamError, Unavailable
from examsync.infra import metrics
from examsync.infra.log import logger
from examsync.settings import Limits
from protocol.from_client import Client
from protocol.problems import Code, Problem, problem

log = logger(__name__)

PING_INTERVAL_S = 25
PING_TIMEOUT_S = 20
"""Engine.IO's own; whole seconds, as a fraction would be announced as 0. A connection without a
frame for both together is closed; who is away is decided by our heartbeats, much sooner."""

Left = Callable[[Session], None]
NOTHING: dict[str, Any] = {}
"""What is kept of the request that opened a connection: python-socketio wants a dict for each."""


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]  # it ships no types
    """`left` is called with every session that has ended."""

    def __init__(
        self, door: Door, keeper: Doorkeeper, broadcast: Broadcast, left: Left, limits: Limits
    ) -> None:
        quiet = logging.getLogger("socketio")
        super().__init__(
            client_manager=broadcast.rooms,
            serializer=Packet,
            namespaces=list(ROLES),
            async_mode="asgi",
            async_handlers=False,
            always_connect=False,
            transports=["websocket"],
            allow_upgrades=False,
            http_compression=False,
            cors_allowed_origins=[],  # the guard has looked
            ping_interval=PING_INTERVAL_S,
            ping_timeout=PING_TIMEOUT_S,
            max_http_buffer_size=limits.body_bytes_max,
            logger=quiet,
            engineio_logger=quiet,
        )
        self._door = door
        self._keeper = keeper
        self._broadcast = broadcast
        self._left = left
        self._rate = Rate(limits.connection_per_s, limits.connection_burst)
        self._lines: dict[str, Line] = {}
        for namespace in ROLES:
            connect = functools.partial(self._connected, namespace)
            self.on("connect", connect, namespace=namespace)
            self.on("disconnect", self._disconnected, namespace=namespace)

    # --- connections ------------------------------------------------------------------------------

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        """A connection; what was asked for at its beginning is not kept."""
        await super()._handle_eio_connect(eio_sid, NOTHING)
        self._lines[eio_sid] = line = environ["asgi.scope"][LINE]
        if isinstance(line, Wire):
            line.join(self.eio.sockets[eio_sid], functools.partial(self._take, line))

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        """The connection has ended: leave its namespaces, forget it."""
        await super()._handle_eio_disconnect(eio_sid, reason)
        self.eio.end_ping(eio_sid)
        line = self._lines.pop(eio_sid, None)
        if isinstance(line, Wire):
            line.take = line.enqueue = None  # or it would hold itself

    def enter_now(self, line: Line, eio_sid: str, packet: str) -> bool:
        """Let a client into a namespace, or refuse it, if nothing has to be fetched for that: as
        `_handle_connect`, without its tasks and turns. False: nothing was done, it takes time."""
        frame = frames.read(f"4{packet}")
        if not isinstance(frame, frames.Connect) or frame.namespace not in ROLES:
            return False
        namespace, auth = frame.namespace, frame.auth
        if line.session_in(namespace) is not None or not self._keeper.knows(auth):
            return False
        try:
            admitted = self._keeper.admit(namespace, auth)
        except ExamError as refusal:
            _say(line, Packet(CONNECT_ERROR, _refused(refusal.problem).error_args, namespace))
            return True
        sid = self._broadcast.rooms.let_in(eio_sid, namespace)
        self._sit(line, sid, namespace, admitted)
        _say(line, Packet(CONNECT, {"sid": sid}, namespace))
        return True

    async def _connected(
        self, namespace: str, sid: str, environ: object, auth: object = None
    ) -> None:
        """A client wants into a namespace; refused with a problem as the error's `data`."""
        del environ
        eio_sid = self.manager.eio_sid_from_sid(sid, namespace)
        line = self._lines[eio_sid]
        try:
            admitted = await self._keeper.admitted(namespace, auth, line.address)
        except ExamError as refusal:
            raise _refused(refusal.problem) from None
        except Unavailable as error:
            log.warning("a connect found storage away", error=str(error))
            raise _refused(problem(Code.UNAVAILABLE, retry_after_ms=1_000)) from None
        except Exception:  # anything else would be tried again with fewer arguments
            log.exception("a connect failed", namespace=namespace)
            raise _refused(problem(Code.INTERNAL)) from None
        if eio_sid not in self._lines:  # it has ended meanwhile
            raise _refused(problem(Code.UNAVAILABLE, retry_after_ms=1_000))
        self._sit(line, sid, namespace, admitted)

    def _sit(self, line: Line, sid: str, namespace: str, admitted: tuple[Identity, Client]) -> None:
        """They are in: events of theirs are heard from now on."""
        session = Session(sid, namespace, line, *admitted, Bucket(self._rate), Bucket(STRIKES))
        line.joined(session)
        self._broadcast.sessions[sid] = session
        _connections(namespace).inc()

    def _disconnected(self, sid: str, reason: object = None) -> None:
        del reason
        session = self._broadcast.sessions.pop(sid, None)
        if session is None:
            return
        session.gone = True
        session.wire.left(session)
        _connections(session.namespace).dec()
        self._left(session)

    def _engineio_server_class(self) -> type[Engine]:
        return Engine

    # --- events -----------------------------------------------------------------------------------

    def hear(self, session: Session, ack_id: int | None, body: bytes, arrived: int) -> None:
        """An event from a lane: `body` is the JSON array of its name and its argument."""
        self._door.hear(session, body, arrived, ack_id, self._broadcast.answer)

    def _take(self, line: Line, event: frames.Event) -> bool:
        """An event from a wire; False for a namespace that was not joined: it is nobody's."""
        session = line.session_in(event.namespace)
        if session is None:
            return False
        answer = None
        if event.ack_id is not None:
            answer = functools.partial(self._broadcast.ack, session, event.ack_id)
        self._door.enter(session, event.body, answer)
        return True

    async def _handle_event(self, eio_sid: str, namespace: str, id: int | None, data: Any) -> None:
        """The stock way in, closed: what no wire has taken goes to the same door, or nowhere."""
        self._take(self._lines[eio_sid], frames.Event(namespace or "/", id, str(data)))


# Finding a metric by its labels costs more than counting on it.
_connections = functools.cache(metrics.CONNECTIONS.labels)


def _refused(why: Problem) -> Refusal:
    return Refusal(str(why.code), msgspec.to_builtins(why))


def _say(line: Line, packet: Packet) -> None:
    """A Socket.IO packet, in Engine.IO's for messages."""
    line.push(f"4{packet.encode()}".encode())
