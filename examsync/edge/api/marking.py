"""Marking by hand: the queue of responses that wait for a person, and marks for them."""

from starlette.requests import Request
from starlette.responses import Response

from examsync.access.role import Action
from examsync.bank.question import LongText, kind_of
from examsync.edge.acting import name_of
from examsync.edge.api import bodies, paging
from examsync.edge.api.bearer import Bearer
from examsync.edge.api.entry import Entry
from examsync.edge.api.regrading import revision_of
from examsync.edge.api.scope import scope_of
from examsync.errors import ExamError
from examsync.results.row import Place
from examsync.results.service import Results
from examsync.results.service.marking import START, Waiting
from protocol.http_marking import GiveMarks, MarkingAsked, MarkingQueue, ToMark
from protocol.http_results import ResultRevision
from protocol.problems import Code

ORDER = "closed_at"
"""What the queue is sorted by, in its cursors."""
MILLIS_DIGITS_MAX = 15


class MarkingDesk:
    """The handlers."""

    def __init__(self, results: Results, bearer: Bearer, bytes_max: int) -> None:
        self._marking = results.marking
        self._bearer = bearer
        self._bytes_max = bytes_max

    async def queue(self, request: Request) -> Response:
        """What waits for a person, the longest waiting first."""
        exam_id = request.path_params["exam"]
        scope = scope_of(self._bearer.identify(request), Action.MARK, exam_id)
        asked = bodies.query(request, MarkingAsked)
        found = await self._marking.waiting(
            exam_id,
            asked.limit,
            halls=scope.halls,
            item=asked.item,
            after=_place(asked.after or ""),
        )
        items = [to_mark(one, names=asked.names) for one in found.waiting]
        full = len(found.waiting) == asked.limit
        next_ = _cursor(found.waiting[-1].place) if full else None
        return bodies.json(MarkingQueue(items, found.total, next_))

    async def mark(self, request: Request) -> Response:
        """Marks for one response; the new result."""
        exam_id = request.path_params["exam"]
        who = self._bearer.identify(request)
        scope = scope_of(who, Action.MARK, exam_id)
        asked = await bodies.read(request, GiveMarks, self._bytes_max)
        result = await self._marking.mark(
            asked.attempt,
            asked.item,
            asked.marks,
            by=name_of(who),
            note=asked.note,
            read=asked.fingerprint,
            scope=scope,
        )
        return bodies.json(revision_of(result))


def to_mark(waiting: Waiting, *, names: bool) -> ToMark:
    """What a marker is shown; whose it is only if that was asked for."""
    question = waiting.item.question
    return ToMark(
        attempt=waiting.attempt,
        item=waiting.item.id,
        kind=kind_of(question),
        stem=question.stem,
        response=waiting.response,
        maximum=waiting.item.marks,
        fingerprint=waiting.fingerprint,
        waiting_since=waiting.since,
        negative_marks=waiting.item.negative_marks,
        guidance=question.guidance if isinstance(question, LongText) else "",
        image=question.image,
        candidate=waiting.candidate if names else None,
        name=waiting.name if names else None,
    )


def _cursor(place: Place) -> str:
    since, attempt, item = place
    return paging.cursor(paging.Place(ORDER, str(since), f"{attempt} {item}"))


def _place(text: str) -> Place:
    """Where the queue goes on. Raises ExamError BAD_REQUEST."""
    found = paging.place(text, ORDER)
    if found is None:
        return START
    attempt, _, item = found.id.partition(" ")
    if not found.key.isascii() or not found.key.isdigit() or len(found.key) > MILLIS_DIGITS_MAX:
        raise ExamError(Code.BAD_REQUEST, "?after= takes the `next` of the page before")
    return (int(found.key), attempt, item)


def entries(desk: MarkingDesk) -> list[Entry]:
    """The routes."""
    path, tag = "/admin/exams/{exam}/marking", "results"
    return [
        Entry(
            "GET",
            path,
            desk.queue,
            "Responses that wait for a person; whose they are is not said, unless asked for.",
            tag=tag,
            asks=MarkingAsked,
            gives=MarkingQueue,
        ),
        Entry(
            "POST",
            path,
            desk.mark,
            "Give marks for a response; the new result.",
            tag=tag,
            takes=GiveMarks,
            gives=ResultRevision,
        ),
    ]
