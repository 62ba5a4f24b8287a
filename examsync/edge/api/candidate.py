"""What candidates ask for themselves over HTTP: their exams, their results once released."""

from collections.abc import Callable

from msgspec import structs
from starlette.requests import Request
from starlette.responses import Response

from examsync.access.role import Action, require
from examsync.access.token import Identity
from examsync.attempts import timing
from examsync.attempts.enrolled import Own
from examsync.edge.api import bodies
from examsync.edge.api.bearer import Bearer
from examsync.edge.api.entry import Entry
from examsync.edge.api.office import Office
from examsync.errors import ExamError
from examsync.exams.exam import Exam
from examsync.results.result import CandidateResult
from protocol.http_exams import MyExam, MyExams
from protocol.problems import Code
from protocol.types import Grading, Role


class OwnDesk:
    """The handlers of `/my`."""

    def __init__(self, office: Office, bearer: Bearer, now: Callable[[], int]) -> None:
        self._office = office
        self._bearer = bearer
        self._now = now

    async def exams(self, request: Request) -> Response:
        """The exams the token is for and the candidate is on the roll of, the next first."""
        who = self._candidate(request)
        own = await self._office.enrolment.rolls.own(who.subject, sorted(who.exams))
        listed = await self._office.exams.planning.these(sorted(own))
        seen = [exam for exam in listed if exam.status != "draft"]
        said = await self._office.exams.planning.instructions(seen)
        now = self._now()
        items = [
            structs.replace(
                my_exam(exam, own[exam.id], now),
                results_released=await self._released(own[exam.id]),
                instructions=said[exam.id],
            )
            for exam in seen
        ]
        return bodies.json(MyExams(items))

    async def result(self, request: Request) -> Response:
        """What the candidate may see of the result."""
        who = self._candidate(request)
        exam_id = request.path_params["exam"]
        require(who, Action.SIT, exam=exam_id)
        own = (await self._office.enrolment.rolls.own(who.subject, [exam_id])).get(exam_id)
        if own is None:
            raise ExamError(Code.NOT_FOUND, f"you are not on the roll of {exam_id}")
        return bodies.json(await self._shown(own))

    def _candidate(self, request: Request) -> Identity:
        who = self._bearer.identify(request)
        if who.role is not Role.CANDIDATE:
            raise ExamError(Code.FORBIDDEN, "this is for candidates, about their own exams")
        return who

    async def _released(self, own: Own) -> bool:
        """Whether there is something to see. Most are told by how far the marks are: a result that
        was released stays in sight while a regrade of it is decided on."""
        if own.grading is not Grading.REGRADE_PROPOSED:
            return own.grading is Grading.RELEASED
        try:
            await self._shown(own)
        except ExamError:
            return False
        return True

    async def _shown(self, own: Own) -> CandidateResult:
        try:
            return await self._office.results.releasing.shown(own.attempt)
        except ExamError as refusal:
            if refusal.code is not Code.NOT_FOUND:
                raise
            raise ExamError(Code.NOT_RELEASED, "your result has not been released yet") from None


def my_exam(exam: Exam, own: Own, now: int) -> MyExam:
    """An exam as its candidate sees it, before the start too: no question is in it."""
    return MyExam(
        exam.id,
        exam.title,
        exam.status,
        exam.terms.opens_at,
        timing.start_until(own.core, own.seat, exam, now),
        timing.exam_end(exam),
        timing.time_due(own.core, own.seat, exam),
        own.attempt,
        own.core.state,
        False,
        own.seat.name,
        "",
    )


def entries(desk: OwnDesk) -> list[Entry]:
    """The routes."""
    tag, result = "a candidate's own", "/my/exams/{exam}/result"
    return [
        Entry("GET", "/my/exams", desk.exams, "My exams.", tag, gives=MyExams),
        Entry("GET", result, desk.result, "My result, once released.", tag, gives=CandidateResult),
    ]
