"""Exams, for admins and examiners: made, published, seated, acted on, exported, released."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from examsync.access.role import Action
from examsync.attempts.attempt import Seat
from examsync.edge.acting import name_of
from examsync.edge.api import bodies
from examsync.edge.api.bearer import Bearer
from examsync.exams.exam import Terms
from examsync.exams.service import Exams
from examsync.results.service import Results
from examsync.settings import Exam as Defaults
from protocol.http import (
    CreateExam,
    ExamStatus,
    ExportedAttempt,
    NewCandidate,
    RegisterCandidates,
    Registered,
    ResultsShown,
)

NDJSON = "application/x-ndjson"
CHUNK_BYTES = 65_536

Export = Callable[[str], AsyncIterator[ExportedAttempt]]
"""Every attempt of an exam as Postgres has it. Raises Unavailable."""
Register = Callable[[Iterable[Seat]], Awaitable[list[str]]]
"""Make attempts for seats; their ids, in order. Raises Unavailable."""


class Office(Struct, frozen=True):
    """What the handlers speak to."""

    exams: Exams
    results: Results
    register: Register
    export: Export
    registered: Callable[[str], None]
    """Called with an exam whose candidates have changed."""
    defaults: Defaults
    heartbeat_period_s: float


class ExamDesk:
    """The handlers of `/admin/exams`."""

    def __init__(self, office: Office, bearer: Bearer, bytes_max: int) -> None:
        self._office = office
        self._bearer = bearer
        self._bytes_max = bytes_max

    async def create(self, request: Request) -> Response:
        """An exam, as a draft."""
        who = self._bearer.allowed(request, Action.AUTHOR)
        asked = await bodies.read(request, CreateExam, self._bytes_max)
        terms = terms_of(asked, self._office.defaults, self._office.heartbeat_period_s)
        await self._office.exams.create(asked.exam, asked.title, asked.paper, terms, name_of(who))
        return bodies.json(ExamStatus(asked.exam, asked.title, "draft"), 201)

    async def listed(self, request: Request) -> Response:
        """All exams, the newest first."""
        self._bearer.allowed(request, Action.AUTHOR)
        stored = await self._office.exams.listed()
        return bodies.json([ExamStatus(s.exam.id, s.exam.title, s.status) for s in stored])

    async def publish(self, request: Request) -> Response:
        """From now on it can be sat."""
        self._bearer.allowed(request, Action.AUTHOR)
        return await self._changed(request, self._office.exams.publish, "published")

    async def archive(self, request: Request) -> Response:
        """Nobody can sit, watch or change it any more."""
        self._bearer.allowed(request, Action.AUTHOR)
        return await self._changed(request, self._office.exams.archive, "archived")

    async def _changed(
        self, request: Request, change: Callable[[str], Awaitable[None]], status: str
    ) -> Response:
        exam_id = request.path_params["exam"]
        await change(exam_id)
        exam = self._office.exams.get(exam_id)
        return bodies.json(ExamStatus(exam_id, exam.title if exam else "", status))

    async def register(self, request: Request) -> Response:
        """Candidates of an exam; those who are registered keep their attempt."""
        self._bearer.allowed(request, Action.AUTHOR)
        exam_id = request.path_params["exam"]
        asked = await bodies.read(request, RegisterCandidates, bodies.FILE_BYTES_MAX)
        await self._office.exams.refresh(exam_id)
        ids = await self._office.register([seat_of(exam_id, each) for each in asked.candidates])
        self._office.registered(exam_id)
        named = (each.candidate for each in asked.candidates)
        return bodies.json(Registered(dict(zip(named, ids, strict=True))), 201)

    # --- afterwards -------------------------------------------------------------------------------

    async def export(self, request: Request) -> Response:
        """Every attempt as Postgres has it, one JSON object a line."""
        exam_id = request.path_params["exam"]
        self._bearer.allowed(request, Action.EXPORT, exam_id)
        await self._office.exams.refresh(exam_id)
        return StreamingResponse(lines(self._office.export(exam_id)), media_type=NDJSON)

    async def results(self, request: Request) -> Response:
        """The latest result of every attempt, the best first; with `?format=csv` as a file."""
        exam_id = request.path_params["exam"]
        self._bearer.allowed(request, Action.EXPORT, exam_id)
        if request.query_params.get("format") == "csv":
            name = f'attachment; filename="{exam_id}.csv"'
            body = await self._office.results.releasing.csv(exam_id)
            return Response(
                body, media_type="text/csv; charset=utf-8", headers={"content-disposition": name}
            )
        await self._office.exams.refresh(exam_id)
        return bodies.json(await self._office.results.releasing.rows(exam_id))

    async def release(self, request: Request) -> Response:
        """From now on candidates see their results."""
        exam_id = request.path_params["exam"]
        who = self._bearer.allowed(request, Action.RELEASE, exam_id)
        done = await self._office.results.releasing.release(exam_id, by=name_of(who))
        return bodies.json(ResultsShown(done.released, done.ungraded, done.regrade_proposed))


def terms_of(asked: CreateExam, defaults: Defaults, heartbeat_period_s: float) -> Terms:
    """The terms of a new exam, with the settings where nothing is said."""
    grace_ms = defaults.grace_ms if asked.grace_ms is None else asked.grace_ms
    return Terms(
        asked.opens_at,
        asked.window_end,
        asked.closes_at,
        asked.duration_ms,
        grace_ms,
        asked.late_policy or defaults.late_policy,
        asked.takeover or defaults.takeover,
        asked.heartbeat_period_s or heartbeat_period_s,
    )


def seat_of(exam_id: str, asked: NewCandidate) -> Seat:
    """A candidate's place in an exam."""
    return Seat(
        exam_id,
        asked.candidate,
        asked.name,
        asked.hall,
        asked.group,
        asked.factor_permille,
        asked.extension_ms,
    )


async def lines(attempts: AsyncIterator[ExportedAttempt]) -> AsyncIterator[bytes]:
    """NDJSON in chunks of some size; the last line is as whole as all others."""
    buffer = bytearray()
    async for attempt in attempts:
        buffer += msgspec.json.encode(attempt) + b"\n"
        if len(buffer) >= CHUNK_BYTES:
            yield bytes(buffer)
            buffer.clear()
    yield bytes(buffer)
