"""`GET /exams/{exam}/attempts/{attempt}/timeline`: what happened in one attempt, for programs."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from examsync.access.role import Action
from examsync.edge.acting import Acting
from examsync.edge.api import bodies
from examsync.edge.api.bearer import Bearer
from examsync.edge.api.entry import Entry
from examsync.edge.api.scope import allowed_somewhere
from examsync.errors import ExamError
from protocol.facts import Fact
from protocol.from_server import TimelineAck
from protocol.http_exams import ReadTimeline
from protocol.problems import Code

Read = Callable[[str, int, int], Awaitable[list[Fact]]]
"""(attempt, since, limit) -> facts in Postgres, in order. Raises Unavailable."""


class TimelineDesk:
    """The handler."""

    def __init__(self, acting: Acting, bearer: Bearer, read: Read) -> None:
        self._acting = acting
        self._bearer = bearer
        self._read = read

    async def timeline(self, request: Request) -> Response:
        """Facts of an attempt after its `since`th, as far as they are in Postgres."""
        who = self._bearer.identify(request)
        exam_id, id_ = request.path_params["exam"], request.path_params["attempt"]
        allowed_somewhere(who, Action.TIMELINE)
        asked = bodies.query(request, ReadTimeline)
        await self._acting.require_attempt(who, Action.TIMELINE, id_)
        view = (await self._acting.attempts.view(id_)).attempt
        if view is None or view.seat.exam != exam_id:
            raise ExamError(Code.NOT_FOUND, f"no attempt {id_} in {exam_id}")
        facts = await self._read(id_, asked.since, asked.limit + 1)
        return bodies.json(TimelineAck(id_, facts[: asked.limit], len(facts) > asked.limit))


def entries(desk: TimelineDesk) -> list[Entry]:
    """The route."""
    path = "/exams/{exam}/attempts/{attempt}/timeline"
    summary = "What happened in an attempt, the oldest first."
    return [
        Entry("GET", path, desk.timeline, summary, "acts", asks=ReadTimeline, gives=TimelineAck)
    ]
