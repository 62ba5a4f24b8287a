"""Question banks, for authors: `/admin/banks`. Whatever is shown here has its keys."""

from http import HTTPStatus
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from examsync.access.role import Action
from examsync.bank import catalogue, report_writing, shown
from examsync.bank import service as bank
from examsync.bank.catalogue import Page, QuestionsWanted, Window
from examsync.bank.report import Report, Takes
from examsync.edge.acting import name_of
from examsync.edge.api import bodies, errors, paging
from examsync.edge.api.bearer import Bearer
from examsync.edge.api.entry import CSV, TEXT, Entry, Handler
from examsync.errors import ExamError
from examsync.infra.postgres import Pool
from protocol.http_bank import (
    BanksPage,
    ExportAsked,
    ImportAsked,
    ImportReport,
    ListBanks,
    ListQuestions,
    QuestionsPage,
)
from protocol.http_papers import ListPapers
from protocol.problems import Code

MEDIA = {"csv": CSV}
"""Other formats are plain text."""
REFUSED = {
    Takes.ALL: "nothing was imported",  # cannot be: then it is
    Takes.SKIP_BAD: "mend the file, or take its good questions with ?skip_bad=true",
    Takes.NONE: "the file cannot be taken, not even in part",
}


class Banks:
    """The handlers."""

    def __init__(self, pool: Pool, bearer: Bearer) -> None:
        self._pool = pool
        self._bearer = bearer

    async def listed(self, request: Request) -> Response:
        """A page of banks."""
        self._bearer.allowed(request, Action.AUTHOR)
        asked = bodies.query(request, ListBanks)
        page = await catalogue.banks(self._pool, window(asked), asked.q)
        return bodies.json(BanksPage(page.rows, following(asked, page), page.total))

    async def questions(self, request: Request) -> Response:
        """A page of a bank's questions."""
        self._bearer.allowed(request, Action.AUTHOR)
        asked = bodies.query(request, ListQuestions)
        wanted = QuestionsWanted(asked.kind, asked.section, asked.topic, asked.difficulty, asked.q)
        name = request.path_params["bank"]
        page = await catalogue.questions(self._pool, name, window(asked), wanted)
        return bodies.json(QuestionsPage(page.rows, following(asked, page), page.total))

    async def import_questions(self, request: Request) -> Response:
        """A file of questions: what importing it would do, or with `?commit=true` did.

        A commit that could not be done is a problem with the report inside.
        """
        who = self._bearer.allowed(request, Action.AUTHOR)
        asked = bodies.query(request, ImportAsked)
        name = request.path_params["bank"]
        report = await bank.import_questions(
            self._pool,
            bank=name,
            data=await bodies.raw(request, bodies.FILE_BYTES_MAX),
            by=name_of(who),
            format=asked.format,
            commit=asked.commit,
            skip_bad=asked.skip_bad,
        )
        refused = asked.commit and not report.committed
        if asked.report == "csv":
            file = bodies.file(report_writing.write(report), CSV, f"{name}-report.csv")
            file.status_code = HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK
            return file
        return _refusal(report) if refused else bodies.json(shown.import_report(report))

    async def export(self, request: Request) -> Response:
        """All questions of a bank as a file that an import reads back unchanged."""
        self._bearer.allowed(request, Action.AUTHOR)
        asked = bodies.query(request, ExportAsked)
        name = request.path_params["bank"]
        return _file(await bank.export_questions(self._pool, name, asked.format), asked, name)

    async def template(self, request: Request) -> Response:
        """A file to begin with: a question of every kind."""
        self._bearer.allowed(request, Action.AUTHOR)
        asked = bodies.query(request, ExportAsked)
        return _file(bank.template(asked.format), asked, "template")

    async def sample(self, request: Request) -> Response:
        """A bank to try things on."""
        self._bearer.allowed(request, Action.AUTHOR)
        asked = bodies.query(request, ExportAsked)
        return _file(bank.sample(asked.format), asked, "sample")


def _file(data: bytes, asked: ExportAsked, name: str) -> Response:
    return bodies.file(data, MEDIA.get(asked.format, TEXT), f"{name}.{asked.format}")


def _refusal(report: Report) -> Response:
    detail = f"{report.errors_found} errors; {REFUSED[report.takes]}"
    refusal = ExamError(Code.IMPORT_FAILED, detail)
    return errors.response(refusal.problem, report=msgspec.to_builtins(shown.import_report(report)))


def window(asked: ListBanks | ListQuestions | ListPapers) -> Window:
    """Which page is asked for. Raises ExamError BAD_REQUEST."""
    after = paging.place(asked.after, asked.sort)
    return Window(asked.sort, asked.limit, (after.key, after.id) if after else None)


def following(asked: ListBanks | ListQuestions | ListPapers, page: Page[Any]) -> str | None:
    """The cursor of the page after this one."""
    return paging.cursor(paging.Place(asked.sort, *page.next)) if page.next else None


def entries(desk: Banks) -> list[Entry]:
    """The routes."""
    banks, one, tag = "/admin/banks", "/admin/banks/{bank}", "banks"
    return [
        Entry(
            "GET",
            banks,
            desk.listed,
            "Banks, with their questions counted by kind and section.",
            tag=tag,
            asks=ListBanks,
            gives=BanksPage,
        ),
        _download(f"{banks}/template", desk.template, "A file with a question of every kind."),
        _download(f"{banks}/sample", desk.sample, "A bank of some thirty questions, free to use."),
        Entry(
            "GET",
            f"{one}/questions",
            desk.questions,
            "The questions of a bank, each in its newest version, with its key.",
            tag=tag,
            asks=ListQuestions,
            gives=QuestionsPage,
        ),
        _download(f"{one}/export", desk.export, "All questions, as an import reads them back."),
        Entry(
            "POST",
            f"{one}/import",
            desk.import_questions,
            "Read a file of questions; a dry run without `commit`.",
            tag=tag,
            asks=ImportAsked,
            takes="application/octet-stream",
            gives=ImportReport,
            also=CSV,
        ),
    ]


def _download(path: str, handler: Handler, summary: str) -> Entry:
    """A file in one of the formats that are written; CSV unless another is asked for."""
    return Entry("GET", path, handler, summary, tag="banks", asks=ExportAsked, gives=CSV, also=TEXT)
