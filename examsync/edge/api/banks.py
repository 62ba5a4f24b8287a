"""Question banks and papers, for admins: `/admin/banks/{bank}/import`, `/admin/papers`."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from examsync.access.role import Action
from examsync.bank import service as bank
from examsync.bank.report import Report
from examsync.edge.acting import name_of
from examsync.edge.api import bodies, errors
from examsync.edge.api.bearer import Bearer
from examsync.edge.api.entry import Entry
from examsync.errors import ExamError
from examsync.infra.postgres import Pool
from protocol.http_bank import CreatePaper, PaperCreated
from protocol.problems import Code

TRUE = frozenset({"1", "true", "yes", ""})


class Banks:
    """The handlers. `bytes_max` bounds JSON bodies; files have a bound of their own."""

    def __init__(self, pool: Pool, bearer: Bearer, bytes_max: int) -> None:
        self._pool = pool
        self._bearer = bearer
        self._bytes_max = bytes_max

    async def import_questions(self, request: Request) -> Response:
        """A file of questions: what importing it would do, or with `?commit=true` did.

        A commit that could not be done is a problem with the report inside.
        """
        who = self._bearer.allowed(request, Action.AUTHOR)
        asked = request.query_params
        commit = _is_true(asked.get("commit"))
        report = await bank.import_questions(
            self._pool,
            bank=request.path_params["bank"],
            data=await bodies.raw(request, bodies.FILE_BYTES_MAX),
            by=name_of(who),
            format=asked.get("format", "csv"),
            commit=commit,
            skip_bad=_is_true(asked.get("skip_bad")),
        )
        if commit and not report.committed:
            refusal = ExamError(Code.IMPORT_FAILED, f"{len(report.errors)} errors")
            return errors.response(refusal.problem, report=msgspec.to_builtins(report))
        return bodies.json(report)

    async def create_paper(self, request: Request) -> Response:
        """A paper of a bank's questions."""
        who = self._bearer.allowed(request, Action.AUTHOR)
        asked = await bodies.read(request, CreatePaper, self._bytes_max)
        made = await bank.create_paper(
            self._pool,
            title=asked.title,
            bank=asked.bank,
            by=name_of(who),
            limit=asked.limit,
            paper_id=asked.paper,
            instructions=asked.instructions,
        )
        return bodies.json(PaperCreated(made), 201)


def _is_true(text: str | None) -> bool:
    return text is not None and text.lower() in TRUE


def entries(desk: Banks) -> list[Entry]:
    """The routes."""
    return [
        Entry(
            "POST",
            "/admin/banks/{bank}/import",
            desk.import_questions,
            "Read a file of questions; a dry run without `commit`.",
            tag="banks",
            takes="application/octet-stream",
            gives=Report,
        ),
        Entry(
            "POST",
            "/admin/papers",
            desk.create_paper,
            "Make a paper of a bank's questions.",
            tag="banks",
            takes=CreatePaper,
            gives=PaperCreated,
            status=201,
        ),
    ]
