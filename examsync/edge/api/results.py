"""Results of an exam, for examiners and admins: read, exported, released, withdrawn."""

from collections.abc import AsyncIterator
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from examsync.access.role import Action
from examsync.edge.acting import name_of
from examsync.edge.api import bodies
from examsync.edge.api.bearer import Bearer
from examsync.edge.api.entry import CSV, NDJSON, Entry
from examsync.edge.api.office import Office
from examsync.edge.api.scope import scope_of
from examsync.results.table import Wanted
from protocol.http import ExportedAttempt, ResultsShown
from protocol.http_results import (
    ReleaseNotes,
    ReleaseResults,
    ResultRow,
    ResultsAsked,
    ResultsHidden,
    WithdrawResults,
)

CHUNK_BYTES = 65_536
T = TypeVar("T")


class ResultsDesk:
    """The handlers of results."""

    def __init__(self, office: Office, bearer: Bearer, bytes_max: int) -> None:
        self._office = office
        self._releasing = office.results.releasing
        self._bearer = bearer
        self._bytes_max = bytes_max

    async def export(self, request: Request) -> Response:
        """Every attempt as Postgres has it, one JSON object a line."""
        exam_id = request.path_params["exam"]
        self._bearer.allowed(request, Action.EXPORT, exam_id)
        await self._office.exams.refresh(exam_id)
        chunks = await begun(lines(self._office.export(exam_id)))
        return StreamingResponse(chunks, media_type=NDJSON)

    async def results(self, request: Request) -> Response:
        """The latest result of every attempt that one may see, the best first, or as asked."""
        exam_id = request.path_params["exam"]
        who = self._bearer.identify(request)
        scope = scope_of(who, Action.EXPORT, exam_id)
        asked = bodies.query(request, ResultsAsked)
        wanted = Wanted(
            asked.sort, asked.state, asked.grading, asked.hall, asked.group, asked.q, scope.halls
        )
        if asked.format == "csv":
            file = await self._releasing.csv(exam_id, wanted)
            return bodies.file(file, CSV, f"{exam_id}.csv")
        return bodies.json(await self._releasing.rows(exam_id, wanted))

    async def release(self, request: Request) -> Response:
        """From now on candidates see their results."""
        exam_id = request.path_params["exam"]
        who = self._bearer.allowed(request, Action.RELEASE, exam_id)
        asked = await self._read(request, ReleaseResults)
        done = await self._releasing.release(
            exam_id,
            by=name_of(who),
            reveal=asked.reveal,
            attempts=asked.attempts,
            reason=asked.reason,
        )
        return bodies.json(ResultsShown(done.released, done.ungraded, done.regrade_proposed))

    async def withdraw(self, request: Request) -> Response:
        """Candidates see them no longer."""
        exam_id = request.path_params["exam"]
        who = self._bearer.allowed(request, Action.RELEASE, exam_id)
        asked = await self._read(request, WithdrawResults)
        hidden = await self._releasing.withdraw(
            exam_id, by=name_of(who), attempts=asked.attempts, reason=asked.reason
        )
        return bodies.json(ResultsHidden(hidden))

    async def releases(self, request: Request) -> Response:
        """Who released and withdrew, the newest first."""
        exam_id = request.path_params["exam"]
        self._bearer.allowed(request, Action.RELEASE, exam_id)
        notes = await self._releasing.releases(exam_id)
        return bodies.json(ReleaseNotes(notes, len(notes)))

    async def _read(self, request: Request, body: type[T]) -> T:
        """The body; without one, all its defaults."""
        data = await bodies.raw(request, self._bytes_max)
        found: T = bodies.decoded(data or b"{}", body)
        return found


async def lines(attempts: AsyncIterator[ExportedAttempt]) -> AsyncIterator[bytes]:
    """NDJSON in chunks of some size; the last line is as whole as all others."""
    buffer = bytearray()
    async for attempt in attempts:
        buffer += msgspec.json.encode(attempt) + b"\n"
        if len(buffer) >= CHUNK_BYTES:
            yield bytes(buffer)
            buffer.clear()
    yield bytes(buffer)


async def begun(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same chunks, the first of them read already.

    What keeps the first from being read is raised here: it can still be answered as a problem,
    while of a stream that has begun only the end can be missing.
    """
    first = await anext(chunks, b"")

    async def all_of_them() -> AsyncIterator[bytes]:
        yield first
        async for chunk in chunks:
            yield chunk

    return all_of_them()


TAG = "results"
EXAM = "/admin/exams/{exam}"


def entries(desk: ResultsDesk) -> list[Entry]:
    """The routes."""
    return [*_table(desk), *_release(desk)]


def _table(desk: ResultsDesk) -> list[Entry]:
    return [
        Entry(
            "GET",
            f"{EXAM}/export",
            desk.export,
            "Every attempt with its responses, as Postgres has it: an ExportedAttempt a line.",
            tag=TAG,
            gives=NDJSON,
        ),
        Entry(
            "GET",
            f"{EXAM}/results",
            desk.results,
            "The latest result of every attempt, the best first; `?format=csv` as a file.",
            tag=TAG,
            asks=ResultsAsked,
            gives=list[ResultRow],
            also=CSV,
        ),
    ]


def _release(desk: ResultsDesk) -> list[Entry]:
    return [
        Entry(
            "POST",
            f"{EXAM}/release",
            desk.release,
            "Let candidates see their results; without a body all, with outcomes.",
            tag=TAG,
            takes=ReleaseResults,
            gives=ResultsShown,
        ),
        Entry(
            "POST",
            f"{EXAM}/withdraw",
            desk.withdraw,
            "Hide results again; their marks stay what they are.",
            tag=TAG,
            takes=WithdrawResults,
            gives=ResultsHidden,
        ),
        Entry(
            "GET",
            f"{EXAM}/releases",
            desk.releases,
            "Who released and withdrew results, the newest first.",
            tag=TAG,
            gives=ReleaseNotes,
        ),
    ]
