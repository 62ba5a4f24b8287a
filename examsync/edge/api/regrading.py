"""Rulings, regrades and the history of results, within one's exams and halls."""

from starlette.requests import Request
from starlette.responses import Response

from examsync.access.role import Action
from examsync.access.token import Identity
from examsync.edge.acting import name_of
from examsync.edge.api import bodies
from examsync.edge.api.bearer import Bearer
from examsync.edge.api.entry import Entry
from examsync.edge.api.scope import allowed_somewhere, scope_of
from examsync.errors import ExamError
from examsync.results.result import Result
from examsync.results.scope import Scope, unknown
from examsync.results.service import Results
from protocol.http_marking import Decide, Decided, Decisions, Regrade, Regraded, RegradePreview
from protocol.http_results import ResultHistory, ResultRevision, RevertResult

TAG = "results"
EXAM = "/admin/exams/{exam}"
ATTEMPT = "/admin/attempts/{attempt}"


class RegradingDesk:
    """The handlers."""

    def __init__(self, results: Results, bearer: Bearer, bytes_max: int) -> None:
        self._regrading = results.regrading
        self._bearer = bearer
        self._bytes_max = bytes_max

    async def decisions(self, request: Request) -> Response:
        """What was decided about items, the newest first."""
        exam_id = request.path_params["exam"]
        scope_of(self._bearer.identify(request), Action.MARK, exam_id)
        found = await self._regrading.decisions(exam_id)
        return bodies.json(Decisions(found, len(found)))

    async def decide(self, request: Request) -> Response:
        """A decision about an item: it changes everybody's marks, so it needs who may release."""
        exam_id = request.path_params["exam"]
        who = self._bearer.allowed(request, Action.RELEASE, exam_id)
        asked = await bodies.read(request, Decide, self._bytes_max)
        proposed = await self._regrading.rule(
            exam_id, asked.item, asked.rule, by=name_of(who), reason=asked.reason
        )
        return bodies.json(Decided(proposed), 201)

    async def preview(self, request: Request) -> Response:
        """What the proposed regrades would change."""
        exam_id = request.path_params["exam"]
        scope = scope_of(self._bearer.identify(request), Action.MARK, exam_id)
        changes = await self._regrading.preview(exam_id, halls=scope.halls)
        return bodies.json(RegradePreview(changes, len(changes)))

    async def regrade(self, request: Request) -> Response:
        """Make them."""
        exam_id = request.path_params["exam"]
        who = self._bearer.identify(request)
        scope = scope_of(who, Action.MARK, exam_id)
        asked = await bodies.read(request, Regrade, self._bytes_max)
        count = await self._regrading.regrade_proposed(
            exam_id,
            by=name_of(who),
            reason=asked.reason,
            attempts=asked.attempts,
            halls=scope.halls,
        )
        return bodies.json(Regraded(count))

    # --- one attempt ------------------------------------------------------------------------------

    async def history(self, request: Request) -> Response:
        """Every result the attempt ever had."""
        attempt = request.path_params["attempt"]
        scope = await self._scope(self._bearer.identify(request), Action.EXPORT, attempt)
        found = [revision_of(one) for one in await self._regrading.history(attempt, scope)]
        return bodies.json(ResultHistory(found, len(found)))

    async def revert(self, request: Request) -> Response:
        """Let an earlier revision stand again."""
        attempt = request.path_params["attempt"]
        who = self._bearer.identify(request)
        scope = await self._scope(who, Action.MARK, attempt)
        asked = await bodies.read(request, RevertResult, self._bytes_max)
        result = await self._regrading.revert(
            attempt, asked.revision, by=name_of(who), reason=asked.reason, scope=scope
        )
        return bodies.json(revision_of(result))

    async def _scope(self, identity: Identity, action: Action, attempt: str) -> Scope:
        """Raises ExamError FORBIDDEN for who may never, NOT_FOUND for what is not his."""
        allowed_somewhere(identity, action)
        exam, _ = await self._regrading.place(attempt)
        try:
            return scope_of(identity, action, exam)
        except ExamError:
            raise unknown(attempt) from None


def revision_of(result: Result) -> ResultRevision:
    """A result as it is told."""
    return ResultRevision(
        result.attempt,
        result.close,
        result.revision,
        result.marks.whole,
        result.marks.sections,
        result.marks.items,
        result.made_at,
        result.made_by,
        result.marks.waiting,
        result.reason,
        result.released_at,
        result.released_by,
        result.reveal,
    )


def entries(desk: RegradingDesk) -> list[Entry]:
    """The routes."""
    return [*_regrading(desk), *_history(desk)]


def _regrading(desk: RegradingDesk) -> list[Entry]:
    return [
        Entry(
            "GET",
            f"{EXAM}/rulings",
            desk.decisions,
            "What was decided about the exam's items.",
            tag=TAG,
            gives=Decisions,
        ),
        Entry(
            "POST",
            f"{EXAM}/rulings",
            desk.decide,
            "Decide about an item; regrades are proposed, nothing is regraded yet.",
            tag=TAG,
            takes=Decide,
            gives=Decided,
            status=201,
        ),
        Entry(
            "GET",
            f"{EXAM}/regrades",
            desk.preview,
            "What the proposed regrades would change.",
            tag=TAG,
            gives=RegradePreview,
        ),
        Entry(
            "POST",
            f"{EXAM}/regrades",
            desk.regrade,
            "Regrade the attempts for which it is proposed.",
            tag=TAG,
            takes=Regrade,
            gives=Regraded,
        ),
    ]


def _history(desk: RegradingDesk) -> list[Entry]:
    return [
        Entry(
            "GET",
            f"{ATTEMPT}/results",
            desk.history,
            "Every result the attempt ever had.",
            tag=TAG,
            gives=ResultHistory,
        ),
        Entry(
            "POST",
            f"{ATTEMPT}/revert",
            desk.revert,
            "Let an earlier result of the latest close stand again.",
            tag=TAG,
            takes=RevertResult,
            gives=ResultRevision,
        ),
    ]
