"""`POST /exams/{exam}/acts/{act}`: what examiners do, for programs. Returns when it is durable."""

from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from examsync.attempts import bulk
from examsync.attempts.acting import ACTS
from examsync.clock import Clock
from examsync.edge.acting import Acting
from examsync.edge.api import bodies
from examsync.edge.api.bearer import Bearer
from examsync.edge.api.entry import Entry, Handler
from examsync.errors import ExamError
from protocol.from_client import Announce
from protocol.from_server import ActAck
from protocol.problems import Code

T = TypeVar("T")

DURABLE_WITHIN_S = 5.0
BODY_BYTES_MAX = 1_048_576
"""An act may name thousands of attempts, with their receipts."""


class Acts:
    """The handlers."""

    def __init__(self, acting: Acting, bearer: Bearer, clock: Clock) -> None:
        self._acting = acting
        self._bearer = bearer
        self._clock = clock

    def doing(self, name: str) -> Handler:
        """The handler of one act: the ack says what was done, what was not, and whether it is in
        Postgres."""

        async def act(request: Request) -> Response:
            arrived = self._clock.now()
            who = self._bearer.identify(request)
            exam = request.path_params["exam"]
            body = await bodies.raw(request, BODY_BYTES_MAX)
            ack = await self._acting.act(who, arrived, _said(body, exam, ACTS[name]))
            return bodies.json(await bulk.durable(self._acting.attempts, ack, DURABLE_WITHIN_S))

        return act

    async def announce(self, request: Request) -> Response:
        """A notice to everybody; it is in Postgres when this returns."""
        who = self._bearer.identify(request)
        body = await bodies.raw(request, BODY_BYTES_MAX)
        said = _said(body, request.path_params["exam"], Announce)
        return bodies.json(await self._acting.announce(who, said))


def _said(body: bytes, exam: str, act: type[T]) -> T:
    """The act in a body, whose exam is the one in the path. Raises ExamError BAD_REQUEST."""
    fields = bodies.decoded(body, dict[str, object])
    if fields.setdefault("exam", exam) != exam:
        raise ExamError(Code.BAD_REQUEST, "the body names another exam than the path")
    try:
        return msgspec.convert(fields, act)
    except msgspec.ValidationError as error:
        raise ExamError(Code.BAD_REQUEST, str(error)[: bodies.DETAIL_CHARS_MAX]) from None


def entries(desk: Acts) -> list[Entry]:
    """The routes: one for each act, all of one shape."""
    handlers = {name: (act, desk.doing(name)) for name, act in ACTS.items()}
    handlers["announce"] = (Announce, desk.announce)
    return [
        Entry(
            "POST",
            f"/exams/{{exam}}/acts/{name}",
            handler,
            (act.__doc__ or "").strip(),
            tag="acts",
            takes=act,
            gives=ActAck,
        )
        for name, (act, handler) in handlers.items()
    ]
