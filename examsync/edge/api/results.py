"""Results of an exam, for examiners and admins: read, exported, released."""

from collections.abc import AsyncIterator

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from examsync.access.role import Action
from examsync.edge.acting import name_of
from examsync.edge.api import bodies
from examsync.edge.api.bearer import Bearer
from examsync.edge.api.entry import CSV, NDJSON, Entry
from examsync.edge.api.office import Office
from protocol.http import ExportedAttempt, ResultsShown
from protocol.http_results import ResultRow

CHUNK_BYTES = 65_536


class ResultsDesk:
    """The handlers of results."""

    def __init__(self, office: Office, bearer: Bearer, bytes_max: int) -> None:
        self._office = office
        self._bearer = bearer
        self._bytes_max = bytes_max

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


async def lines(attempts: AsyncIterator[ExportedAttempt]) -> AsyncIterator[bytes]:
    """NDJSON in chunks of some size; the last line is as whole as all others."""
    buffer = bytearray()
    async for attempt in attempts:
        buffer += msgspec.json.encode(attempt) + b"\n"
        if len(buffer) >= CHUNK_BYTES:
            yield bytes(buffer)
            buffer.clear()
    yield bytes(buffer)


def entries(desk: ResultsDesk) -> list[Entry]:
    """The routes."""
    exam, tag = "/admin/exams/{exam}", "results"
    return [
        Entry(
            "GET",
            f"{exam}/export",
            desk.export,
            "Every attempt with its responses, as Postgres has it: an ExportedAttempt a line.",
            tag=tag,
            gives=NDJSON,
        ),
        Entry(
            "GET",
            f"{exam}/results",
            desk.results,
            "The latest result of every attempt, the best first; `?format=csv` as a file.",
            tag=tag,
            gives=list[ResultRow],
            also=CSV,
        ),
        Entry(
            "POST",
            f"{exam}/release",
            desk.release,
            "Let candidates see their results.",
            tag=tag,
            gives=ResultsShown,
        ),
    ]
