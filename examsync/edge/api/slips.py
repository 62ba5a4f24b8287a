"""What candidates are handed to come in with: slips with access codes, or tokens; for admins."""

from starlette.requests import Request
from starlette.responses import Response

from examsync.access.code import Slip
from examsync.access.role import Action
from examsync.access.service import Codes
from examsync.edge.api import bodies
from examsync.edge.api.bearer import Bearer
from examsync.edge.api.entry import Entry
from protocol import http_access as said


class SlipDesk:
    """The handlers."""

    def __init__(self, codes: Codes, bearer: Bearer) -> None:
        self._codes = codes
        self._bearer = bearer

    async def slips(self, request: Request) -> Response:
        """The codes of candidates: the same every time, unless they are renewed."""
        exam = request.path_params["exam"]
        self._bearer.allowed(request, Action.AUTHOR, exam)
        asked = await bodies.read(request, said.MakeSlips, bodies.FILE_BYTES_MAX)
        made = await self._codes.slips(exam, asked.candidates, renew=asked.renew)
        return bodies.json(said.Slips([_shown(slip) for slip in made]))

    async def tokens(self, request: Request) -> Response:
        """A token for each candidate, for programs."""
        exam = request.path_params["exam"]
        self._bearer.allowed(request, Action.AUTHOR, exam)
        asked = await bodies.read(request, said.IssueTokens, bodies.FILE_BYTES_MAX)
        life_ms = None if asked.life_s is None else asked.life_s * 1_000
        return bodies.json(said.Tokens(await self._codes.tokens(exam, asked.candidates, life_ms)))


def _shown(slip: Slip) -> said.Slip:
    place = slip.place
    who = (place.candidate, place.name, place.hall, place.group)
    return said.Slip(*who, slip.code, place.attempt)


def entries(desk: SlipDesk) -> list[Entry]:
    """The routes."""
    exam, tag = "/admin/exams/{exam}", "candidates"
    return [
        Entry(
            "POST",
            f"{exam}/slips",
            desk.slips,
            "Access codes of candidates, to be printed; `renew` ends those printed before.",
            tag=tag,
            takes=said.MakeSlips,
            gives=said.Slips,
        ),
        Entry(
            "POST",
            f"{exam}/tokens",
            desk.tokens,
            "Tokens of candidates, for load tests and integrators.",
            tag=tag,
            takes=said.IssueTokens,
            gives=said.Tokens,
        ),
    ]
