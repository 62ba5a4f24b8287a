"""`GET /events`: what happened, for programs that ask again and again."""

from starlette.requests import Request
from starlette.responses import Response

from examsync.access.role import Action
from examsync.access.token import Identity
from examsync.edge.api import bodies, errors
from examsync.edge.api.bearer import Bearer
from examsync.edge.api.entry import Entry
from examsync.edge.api.scope import allowed_somewhere
from examsync.errors import ExamError
from examsync.events.event import cloud_event
from examsync.events.service import Events
from examsync.events.service.stream import CursorTooOld
from protocol.http_events import Events as EventsBody
from protocol.http_events import EventsAsked, EventType
from protocol.problems import Code
from protocol.types import Role

GONE = 410


class EventDesk:
    """The handler."""

    def __init__(self, events: Events, bearer: Bearer) -> None:
        self._stream = events.stream
        self._bearer = bearer

    async def read(self, request: Request) -> Response:
        """The events after a cursor, of the exams and halls of whoever asks.

        A cursor of which the following events are forgotten is answered with 410, and with where
        the stream begins: whoever lags so far behind must know that he has missed something.
        """
        who = self._bearer.identify(request)
        allowed_somewhere(who, Action.EXPORT)
        asked = bodies.query(request, EventsAsked)
        exams, halls = _scope(who)
        try:
            heard = await self._stream.read(
                asked.after, asked.limit, types=_types(asked.types), exams=exams, halls=halls
            )
        except CursorTooOld as refusal:
            return errors.response(refusal.problem, status=GONE)
        return bodies.json(EventsBody([cloud_event(event) for event in heard.events], heard.next))


def _scope(who: Identity) -> tuple[list[str] | None, list[str] | None]:
    """Exams and halls whose events this person may read; None: all."""
    if who.role is Role.ADMIN:
        return None, None
    return sorted(who.exams), sorted(who.halls) or None


def _types(text: str | None) -> list[str] | None:
    """The types that are asked for. Raises ExamError BAD_REQUEST."""
    if text is None:
        return None
    names = [name.strip() for name in text.split(",") if name.strip()]
    known = [each.value for each in EventType]
    if not names or not set(names) <= set(known):
        raise ExamError(Code.BAD_REQUEST, f"?types=: use some of: {','.join(known)}")
    return names


def entries(desk: EventDesk) -> list[Entry]:
    """The route."""
    return [
        Entry(
            "GET",
            "/events",
            desk.read,
            "What happened after a cursor, as CloudEvents; 410 if that is not kept any more.",
            tag="events",
            asks=EventsAsked,
            gives=EventsBody,
        )
    ]
