"""The gate before the socket server: who may open a connection at all. Plain ASGI, no library.

Called by the ASGI server for every connection; what has another path goes on to the HTTP API.
Nothing is done for a connection before it is admitted: path, query, Origin, draining, the number
of connections and the rate of new ones are looked at first, in this order of cost.
"""

import functools
import random
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

from examsync.access.limit import Bucket, Rate, Turns
from examsync.edge import origin
from examsync.edge.api import errors
from examsync.edge.lane.entrance import ENTER, Enter
from examsync.edge.lane.lane import Lane
from examsync.edge.lane.lanes import Lanes
from examsync.edge.slices import in_slices
from examsync.edge.sockets import line
from examsync.edge.sockets.line import Line
from examsync.edge.sockets.wire import Message, Receive, Send, Wire, address_of
from examsync.errors import ExamError
from examsync.settings import Limits
from protocol.problems import Code

PATH = "/socket.io/"
QUERY_BYTES_MAX = 1_024
"""EIO, transport and a cache buster; whoever writes more means something else."""
QUERIES_MAX = ORIGINS_MAX = 64
"""Good queries, and pages that connect, are few; what was said of them is remembered."""
RETRY_MS = 1_000, 6_000
"""Who finds the house full comes back at a random time between these."""
TURNS_MS = 1_000, 30_000
"""Who comes while too many do is given a turn of his own between these: ten thousand whom a line
failed at once are back as soon as the rate allows, and hardly anybody is sent away twice."""
TURNS_SHARE = 0.9
"""Of the rate: the rest is for those who come for the first time."""
TURN_JITTER_MS = 500
"""Added to each turn: the same turns are given by every process."""

App = Callable[[Message, Receive, Send], Awaitable[None]]


class Guard:
    """ASGI application in front of `sockets` (a Socket.IO server's handler) and `http`."""

    def __init__(
        self,
        sockets: App,
        http: App,
        now: Callable[[], int],
        limits: Limits,
        origins: tuple[str, ...],
        *,
        lanes: Lanes | None = None,
    ) -> None:
        self.wires: set[Line] = set()
        self.draining = False
        self._sockets, self._http = sockets, http
        self._lanes = lanes
        if lanes is not None:
            lanes.gone = self.wires.discard
        self._now = now
        self._limits = limits
        self._admission = Bucket(Rate(limits.connects_per_s, max(1, int(limits.connects_per_s))))
        first_ms, last_ms = TURNS_MS
        per_s = TURNS_SHARE * limits.connects_per_s
        self._turns = Turns(per_s, first_ms=first_ms, last_ms=last_ms)
        self._may = functools.lru_cache(ORIGINS_MAX)(functools.partial(_may, listed=origins))

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One ASGI connection."""
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http" and _is_ours(scope):
            await _refuse(scope, send, ExamError(Code.POLLING_REFUSED, "polling is not served"))
        else:
            await self._http(scope, receive, send)

    async def look(self) -> None:
        """Cut connections that join nothing, read nothing or do not end; call it every second."""
        now = self._now()
        await in_slices(self.wires, lambda each: each.look(now))

    async def cut_all(self, why: str) -> None:
        """End all connections; clients are to come back elsewhere."""
        await in_slices(self.wires, lambda each: each.cut(line.SERVICE_RESTART, why))

    async def _websocket(self, scope: Message, receive: Receive, send: Send) -> None:
        try:
            self._admit(scope)
        except ExamError as refusal:
            await receive()  # the connect; only then may it be answered
            await _refuse(scope, send, refusal)
            return
        enter = scope.get("extensions", {}).get(ENTER)
        if self._lanes is not None and enter is not None:
            await receive()
            await self._on_lane(self._lanes, scope, enter, send)
            return
        wire = Wire(scope, receive, send, self._limits, self._now)
        self.wires.add(wire)
        try:
            await self._sockets({**scope, line.LINE: wire}, wire.receive, wire.send)
        finally:
            self.wires.discard(wire)
            wire.cut(line.SERVICE_RESTART, "it has ended")

    async def _on_lane(self, lanes: Lanes, scope: Message, enter: Enter, send: Send) -> None:
        """Open a session, and leave the connection to its transport: this task ends here."""
        lane = Lane(address_of(scope), lanes)
        self.wires.add(lane)
        try:
            opened = await lanes.open(lane)
        except BaseException:
            self.wires.discard(lane)
            raise
        if opened:
            enter(lane)
            return
        self.wires.discard(lane)
        await send({"type": "websocket.close"})

    def _admit(self, scope: Message) -> None:
        """Raise ExamError for a connection that is not to be."""
        if not _is_ours(scope):
            raise ExamError(Code.NOT_FOUND, f"sockets are at {PATH}")
        _check_query(scope["query_string"])
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        origins = tuple([value for name, value in headers if name == b"origin"])
        host = next((value for name, value in headers if name == b"host"), b"")
        if origins and not self._may(origins, host):
            raise ExamError(Code.FORBIDDEN, "pages of this origin may not connect (server.origins)")
        if self.draining:
            raise ExamError(Code.DRAINING, retry_after_ms=1_000)
        if len(self.wires) >= self._limits.connections_max:
            raise _come_back("it is full", random.randint(*RETRY_MS))
        if self._admission.take(now := self._now()):
            raise _come_back("too many connect at once", self._turn(now))

    def _turn(self, now: int) -> int:
        """How long somebody is to wait who comes while too many do (ms)."""
        last_ms = TURNS_MS[1]
        turn = self._turns.take(now)
        if turn is None:  # so many wait: anywhere in the later half, so as not to come all at once
            return random.randint(last_ms // 2, last_ms)
        return turn + random.randint(0, TURN_JITTER_MS)


def _come_back(why: str, after_ms: int) -> ExamError:
    return ExamError(Code.UNAVAILABLE, why, retry_after_ms=after_ms)


def _may(origins: tuple[bytes, ...], host: bytes, *, listed: tuple[str, ...]) -> bool:
    return origin.allowed(list(origins), host, listed)


def _is_ours(scope: Message) -> bool:
    return bool(scope["path"].rstrip("/") + "/" == PATH)


@functools.lru_cache(QUERIES_MAX)
def _check_query(query: bytes) -> None:
    """Raise ExamError unless it asks for Engine.IO 4 over a WebSocket, from the start."""
    if len(query) > QUERY_BYTES_MAX:
        raise ExamError(Code.BAD_REQUEST, "the query is too long")
    asked = parse_qs(query.decode("latin-1"))
    if asked.get("EIO") != ["4"]:
        raise ExamError(Code.BAD_REQUEST, "speak Engine.IO 4, as Socket.IO 3 and 4 do (EIO=4)")
    if asked.get("transport") != ["websocket"] or "sid" in asked:
        raise ExamError(Code.POLLING_REFUSED, "an upgrade from polling is not served")


async def _refuse(scope: Message, send: Send, refusal: ExamError) -> None:
    """Answer with a problem, before any upgrade."""
    told = errors.told(refusal.problem)
    sort = "http.response" if scope["type"] == "http" else "websocket.http.response"
    if sort.startswith("websocket") and sort not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})  # the server then answers 403
        return
    headers = [(name.encode(), value.encode()) for name, value in told.headers.items()]
    length = (b"content-length", str(len(told.body)).encode())
    start = {"type": f"{sort}.start", "status": told.status, "headers": [*headers, length]}
    await send(start)
    await send({"type": f"{sort}.body", "body": told.body})
