"""The Socket.IO server: python-socketio for connections, namespaces and pings; our door for events.

A client reaches nothing of python-socketio's dispatch: events come from the wire (or, without
one, from `_handle_event`) to the door, so no name can call a connect or disconnect handler, and
no exception or cancellation turns into an empty ack.
"""

import asyncio
import functools
import logging
from collections.abc import Callable
from typing import Any

import engineio
import msgspec
import socketio
from socketio.exceptions import ConnectionRefusedError as Refusal

from examsync.access.limit import Bucket, Rate
from examsync.edge.sockets import driver, frames
from examsync.edge.sockets.broadcast import Broadcast
from examsync.edge.sockets.door import Door
from examsync.edge.sockets.doorkeeper import ROLES, Doorkeeper
from examsync.edge.sockets.guard import WIRE
from examsync.edge.sockets.outbox import Outbox
from examsync.edge.sockets.packets import Packet, Ready
from examsync.edge.sockets.session import STRIKES, Session
from examsync.edge.sockets.wire import Wire
from examsync.errors import ExamError, Unavailable
from examsync.infra import metrics
from examsync.infra.log import logger
from examsync.settings import Limits
from protocol.problems import Code, Problem, problem

log = logger(__name__)

PING_INTERVAL_S = 25
PING_TIMEOUT_S = 20
"""Engine.IO's own; whole seconds, as a fraction would be announced as 0. A connection without a
frame for both together is closed; who is away is decided by our heartbeats, much sooner."""

Left = Callable[[Session], None]


class Engine(engineio.AsyncServer):  # type: ignore[misc]  # it ships no types
    """python-engineio, whose pings end with their connection (by itself each sleeps its 25 s),
    and whose writers wait on an `Outbox`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        engine: Any = self
        ours = {"websocket": driver.Driver, "translate_request": driver.environment}
        engine._async = {**engine._async, **ours}  # a copy: the dict is the module's own
        self._pings: dict[str, asyncio.Task[None]] = {}

    def start_background_task(self, target: Any, *args: Any, **kwargs: Any) -> Any:
        """As always; the next ping of a connection is remembered."""
        task = super().start_background_task(target, *args, **kwargs)
        owner = getattr(target, "__self__", None)
        if owner is not None and owner is not self:
            self._pings[owner.sid] = task
        return task

    def create_queue(self, *args: Any, **kwargs: Any) -> Outbox:
        """What a connection's writer waits on."""
        return Outbox()

    def end_ping(self, eio_sid: str) -> None:
        """The connection has ended."""
        task = self._pings.pop(eio_sid, None)
        if task is not None and task is not asyncio.current_task():
            task.cancel()


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
            monitor_clients=False,  # and cuts what is silent, or reads nothing
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
        self._wires: dict[str, Wire] = {}
        self._sessions: dict[Wire, dict[str, Session]] = {}
        for namespace in ROLES:
            connect = functools.partial(self._connected, namespace)
            self.on("connect", connect, namespace=namespace)
            self.on("disconnect", self._disconnected, namespace=namespace)

    # --- connections ------------------------------------------------------------------------------

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        """A connection: join its wire to python-engineio's queue, and take its events."""
        await super()._handle_eio_connect(eio_sid, {})
        line: Wire = environ["asgi.scope"][WIRE]
        connection = self.eio.sockets[eio_sid]
        queue: Outbox = connection.queue
        connection.poll = queue.drain
        line.enqueue = lambda text: queue.put_nowait(Ready(text))
        line.take = functools.partial(self._take, line)
        self._wires[eio_sid] = line
        self._sessions[line] = {}

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        """The connection has ended: leave its namespaces, forget it."""
        await super()._handle_eio_disconnect(eio_sid, reason)
        self.eio.end_ping(eio_sid)
        line = self._wires.pop(eio_sid, None)
        if line is not None:
            line.take = line.enqueue = None  # or it would hold itself
            del self._sessions[line]

    async def _connected(
        self, namespace: str, sid: str, environ: object, auth: object = None
    ) -> None:
        """A client wants into a namespace; refused with a problem as the error's `data`."""
        del environ
        eio_sid = self.manager.eio_sid_from_sid(sid, namespace)
        line = self._wires[eio_sid]
        try:
            identity, client = await self._keeper.admitted(namespace, auth, line.address)
        except ExamError as refusal:
            raise _refused(refusal.problem) from None
        except Unavailable as error:
            log.warning("a connect found storage away", error=str(error))
            raise _refused(problem(Code.UNAVAILABLE, retry_after_ms=1_000)) from None
        except Exception:  # anything else would be tried again with fewer arguments
            log.exception("a connect failed", namespace=namespace)
            raise _refused(problem(Code.INTERNAL)) from None
        if eio_sid not in self._wires:  # it has ended meanwhile
            raise _refused(problem(Code.UNAVAILABLE, retry_after_ms=1_000))
        session = Session(
            sid, namespace, line, identity, client, Bucket(self._rate), Bucket(STRIKES)
        )
        line.joined()
        self._sessions[line][namespace] = session
        self._broadcast.sessions[sid] = session
        metrics.CONNECTIONS.labels(namespace).inc()

    def _disconnected(self, sid: str, reason: object = None) -> None:
        del reason
        session = self._broadcast.sessions.pop(sid, None)
        if session is None:
            return
        session.gone = True
        session.wire.left()
        metrics.CONNECTIONS.labels(session.namespace).dec()
        del self._sessions[session.wire][session.namespace]
        self._left(session)

    def _engineio_server_class(self) -> type[Engine]:
        return Engine

    # --- events -----------------------------------------------------------------------------------

    def _take(self, line: Wire, event: frames.Event) -> bool:
        """An event from a wire; False for a namespace that was not joined: it is nobody's."""
        session = self._sessions[line].get(event.namespace)
        if session is None:
            return False
        answer = None
        if event.ack_id is not None:
            answer = functools.partial(self._broadcast.ack, session, event.ack_id)
        self._door.enter(session, event.body, answer)
        return True

    async def _handle_event(self, eio_sid: str, namespace: str, id: int | None, data: Any) -> None:
        """The stock way in, closed: what no wire has taken goes to the same door, or nowhere."""
        self._take(self._wires[eio_sid], frames.Event(namespace or "/", id, str(data)))


def _refused(why: Problem) -> Refusal:
    return Refusal(str(why.code), msgspec.to_builtins(why))
