"""Exams, for admins: made, listed, published, archived, seated."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from examsync.access.role import Action
from examsync.attempts.attempt import Seat
from examsync.edge.acting import name_of
from examsync.edge.api import bodies
from examsync.edge.api.bearer import Bearer
from examsync.edge.api.entry import Entry
from examsync.edge.api.office import Office
from examsync.exams.exam import Terms
from examsync.settings import Exam as Defaults
from protocol.http import CreateExam, ExamStatus, NewCandidate, RegisterCandidates, Registered


class ExamDesk:
    """The handlers of `/admin/exams`."""

    def __init__(self, office: Office, bearer: Bearer, bytes_max: int) -> None:
        self._office = office
        self._bearer = bearer
        self._bytes_max = bytes_max

    async def create(self, request: Request) -> Response:
        """An exam, as a draft."""
        who = self._bearer.allowed(request, Action.AUTHOR)
        asked = await bodies.read(request, CreateExam, self._bytes_max)
        terms = terms_of(asked, self._office.defaults, self._office.heartbeat_period_s)
        await self._office.exams.create(asked.exam, asked.title, asked.paper, terms, name_of(who))
        return bodies.json(ExamStatus(asked.exam, asked.title, "draft"), 201)

    async def listed(self, request: Request) -> Response:
        """All exams, the newest first."""
        self._bearer.allowed(request, Action.AUTHOR)
        stored = await self._office.exams.listed()
        return bodies.json([ExamStatus(s.exam.id, s.exam.title, s.status) for s in stored])

    async def publish(self, request: Request) -> Response:
        """From now on it can be sat."""
        self._bearer.allowed(request, Action.AUTHOR)
        return await self._changed(request, self._office.exams.publish, "published")

    async def archive(self, request: Request) -> Response:
        """Nobody can sit, watch or change it any more."""
        self._bearer.allowed(request, Action.AUTHOR)
        return await self._changed(request, self._office.exams.archive, "archived")

    async def _changed(
        self, request: Request, change: Callable[[str], Awaitable[None]], status: str
    ) -> Response:
        exam_id = request.path_params["exam"]
        await change(exam_id)
        exam = self._office.exams.get(exam_id)
        return bodies.json(ExamStatus(exam_id, exam.title if exam else "", status))

    async def register(self, request: Request) -> Response:
        """Candidates of an exam; those who are registered keep their attempt."""
        self._bearer.allowed(request, Action.AUTHOR)
        exam_id = request.path_params["exam"]
        asked = await bodies.read(request, RegisterCandidates, bodies.FILE_BYTES_MAX)
        await self._office.exams.refresh(exam_id)
        ids = await self._office.register([seat_of(exam_id, each) for each in asked.candidates])
        self._office.registered(exam_id)
        named = (each.candidate for each in asked.candidates)
        return bodies.json(Registered(dict(zip(named, ids, strict=True))), 201)


def terms_of(asked: CreateExam, defaults: Defaults, heartbeat_period_s: float) -> Terms:
    """The terms of a new exam, with the settings where nothing is said."""
    grace_ms = defaults.grace_ms if asked.grace_ms is None else asked.grace_ms
    return Terms(
        asked.opens_at,
        asked.window_end,
        asked.closes_at,
        asked.duration_ms,
        grace_ms,
        asked.late_policy or defaults.late_policy,
        asked.takeover or defaults.takeover,
        asked.heartbeat_period_s or heartbeat_period_s,
    )


def seat_of(exam_id: str, asked: NewCandidate) -> Seat:
    """A candidate's place in an exam."""
    return Seat(
        exam_id,
        asked.candidate,
        asked.name,
        asked.hall,
        asked.group,
        asked.factor_permille,
        asked.extension_ms,
    )


def entries(desk: ExamDesk) -> list[Entry]:
    """The routes."""
    exams, exam, tag = "/admin/exams", "/admin/exams/{exam}", "exams"
    return [
        Entry("GET", exams, desk.listed, "All exams.", tag=tag, gives=list[ExamStatus]),
        Entry(
            "POST",
            exams,
            desk.create,
            "Make an exam, as a draft.",
            tag=tag,
            takes=CreateExam,
            gives=ExamStatus,
            status=201,
        ),
        Entry(
            "POST",
            f"{exam}/publish",
            desk.publish,
            "From now on it can be sat; its terms are frozen.",
            tag=tag,
            gives=ExamStatus,
        ),
        Entry(
            "POST",
            f"{exam}/archive",
            desk.archive,
            "Nobody can sit, watch or change it any more.",
            tag=tag,
            gives=ExamStatus,
        ),
        Entry(
            "POST",
            f"{exam}/candidates",
            desk.register,
            "Register candidates; those who are registered keep their attempt.",
            tag=tag,
            takes=RegisterCandidates,
            gives=Registered,
            status=201,
        ),
    ]
