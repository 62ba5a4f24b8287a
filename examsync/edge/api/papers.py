"""Papers, for authors: `/admin/papers`. They are shown with their keys, and never change."""

from starlette.requests import Request
from starlette.responses import Response

from examsync.access.role import Action
from examsync.bank import catalogue
from examsync.bank import service as bank
from examsync.bank.composition import Choices
from examsync.edge.acting import name_of
from examsync.edge.api import bodies
from examsync.edge.api.banks import following, window
from examsync.edge.api.bearer import Bearer
from examsync.edge.api.entry import Entry
from examsync.infra.postgres import Pool
from protocol.http_papers import CreatePaper, ListPapers, PaperCreated, PapersPage, PaperView


class Papers:
    """The handlers. `bytes_max` bounds JSON bodies."""

    def __init__(self, pool: Pool, bearer: Bearer, bytes_max: int) -> None:
        self._pool = pool
        self._bearer = bearer
        self._bytes_max = bytes_max

    async def listed(self, request: Request) -> Response:
        """A page of papers."""
        self._bearer.allowed(request, Action.AUTHOR)
        asked = bodies.query(request, ListPapers)
        page = await catalogue.papers(self._pool, window(asked), asked.bank, asked.q)
        return bodies.json(PapersPage(page.rows, following(asked, page), page.total))

    async def paper(self, request: Request) -> Response:
        """All of a paper."""
        self._bearer.allowed(request, Action.AUTHOR)
        return bodies.json(await catalogue.paper(self._pool, request.path_params["paper"]))

    async def create(self, request: Request) -> Response:
        """A paper of a bank's questions."""
        who = self._bearer.allowed(request, Action.AUTHOR)
        asked = await bodies.read(request, CreatePaper, self._bytes_max)
        made = await bank.create_paper(
            self._pool,
            title=asked.title,
            bank=asked.bank,
            by=name_of(who),
            chosen=Choices(asked.marks, asked.negative_marks, asked.scheme, asked.shuffle),
            limit=asked.limit,
            paper_id=asked.paper,
            instructions=asked.instructions,
            sections=asked.sections,
        )
        return bodies.json(PaperCreated(made), 201)


def entries(desk: Papers) -> list[Entry]:
    """The routes."""
    papers, tag = "/admin/papers", "papers"
    return [
        Entry(
            "GET",
            papers,
            desk.listed,
            "Papers, the newest first.",
            tag=tag,
            asks=ListPapers,
            gives=PapersPage,
        ),
        Entry(
            "POST",
            papers,
            desk.create,
            "Make a paper of a bank's questions.",
            tag=tag,
            takes=CreatePaper,
            gives=PaperCreated,
            status=201,
        ),
        Entry(
            "GET",
            f"{papers}/{{paper}}",
            desk.paper,
            "A paper with its keys.",
            tag=tag,
            gives=PaperView,
        ),
    ]
