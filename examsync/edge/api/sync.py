"""`POST /attempts/{attempt}/sync`: a candidate's outbox where WebSockets are blocked.

The events of one request go through the same door as those of a socket, in their order, behind a
join; so they meet the same checks, limits, problems and metrics. Nobody sits here: the monitor
shows that there is no connection.
"""

import asyncio
from typing import Any

import msgspec
from msgspec import Struct, structs
from starlette.requests import Request
from starlette.responses import Response

from examsync.access.limit import Bucket, Rate
from examsync.access.role import Action, require
from examsync.attempts.attempt import Attempt
from examsync.attempts.environment import Sitter, seat_at
from examsync.attempts.identity import attempt_id
from examsync.edge.api import bodies
from examsync.edge.api.bearer import Bearer
from examsync.edge.api.entry import Entry
from examsync.edge.sockets import wire
from examsync.edge.sockets.door import Door
from examsync.edge.sockets.session import STRIKES, Session
from examsync.errors import ExamError
from examsync.settings import Limits
from protocol.from_client import NAMESPACE_EXAM
from protocol.from_server import AnswerAck, CommandAck, Joined, Refused, StartedAck
from protocol.http_sync import Sync, SyncAck, Synced, SyncEvent
from protocol.problems import Code

ONLY_SOCKETS = ("heartbeat", "reauth")
"""Events that keep a connection; a request has none."""


class Visits:
    """Where sessions sit for one request: no room, no presence, nothing to leave."""

    def take(self, session: Session, attempt: Attempt, named: str) -> Sitter:
        """As of `seats.Seats`: with its lease or without; `named` is what it named."""
        session.sitter = seat_at(attempt, session.by, session.client.instance, named)
        return session.sitter

    def writes(self, session: Session) -> bool:
        """Presence is about connections."""
        return False


class SyncDesk:
    """The handler. `door` has the candidates' events, with `Visits` for seats."""

    def __init__(self, door: Door, bearer: Bearer, limits: Limits) -> None:
        self._door = door
        self._bearer = bearer
        self._limits = limits
        self._rate = Rate(limits.candidate_per_s, limits.candidate_burst)

    async def sync(self, request: Request) -> Response:
        """Join, then the events in their order: an ack for each, as on the socket."""
        who = self._bearer.identify(request)
        asked = await bodies.read(request, Sync, self._limits.body_bytes_max)
        require(who, Action.SIT, exam=asked.join.exam)
        if request.path_params["attempt"] != attempt_id(asked.join.exam, who.subject):
            raise ExamError(Code.NOT_FOUND, f"this is not your attempt at {asked.join.exam}")
        events = [named(each) for each in asked.events]
        line = wire.Wire({}, _nothing, _nothing, self._limits, self._door.now)
        buckets = Bucket(self._rate), Bucket(STRIKES)
        session = Session("", NAMESPACE_EXAM, line, who, asked.client, *buckets)
        joined = await self._ask(session, "join", asked.join)
        refused = joined if isinstance(joined, Refused) else None
        seated = session.sitter is not None
        asking = [self._ask(session, *each) for each in events] if seated else []
        acks = [wrapped(ack) for ack in await asyncio.gather(*asking)]
        return bodies.json(Synced(joined if isinstance(joined, Joined) else None, refused, acks))

    def _ask(self, session: Session, event: str, body: Struct) -> asyncio.Future[object]:
        """The ack of one event. It enters now, so that the next enters behind it."""
        acked: asyncio.Future[object] = asyncio.get_running_loop().create_future()

        def answer(ack: object) -> None:
            if not acked.done():  # who asked may have gone
                acked.set_result(ack)

        self._door.enter(session, msgspec.json.encode((event, body)).decode(), answer)
        return acked


def named(event: SyncEvent) -> tuple[str, Struct]:
    """The name and payload of an event. Raises ExamError BAD_REQUEST unless it is exactly one."""
    there = [(name, body) for name, body in structs.asdict(event).items() if body is not None]
    if len(there) != 1:
        raise ExamError(Code.BAD_REQUEST, "each of `events` has exactly one event in it")
    return there[0]


def wrapped(ack: object) -> SyncAck:
    """An ack under the name of its kind."""
    match ack:
        case StartedAck():
            return SyncAck(started=ack)
        case AnswerAck():
            return SyncAck(answer=ack)
        case CommandAck():
            return SyncAck(command=ack)
        case Refused():
            return SyncAck(refused=ack)
    raise TypeError(f"{type(ack).__name__} is no ack of an event that goes over HTTP")


async def _nothing(*_: object) -> Any:
    raise AssertionError("a request has no socket to read or write")


def entries(desk: SyncDesk) -> list[Entry]:
    """The route."""
    path, summary = "/attempts/{attempt}/sync", "Deliver an outbox without a WebSocket."
    return [Entry("POST", path, desk.sync, summary, "a candidate's own", takes=Sync, gives=Synced)]
