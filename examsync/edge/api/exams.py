"""Exams, for admins and examiners: made, listed, looked at, changed, copied, put away."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from examsync.access.role import ALLOWED, Action, require
from examsync.access.token import Identity
from examsync.attempts.enrolment import Enrolment
from examsync.edge.acting import name_of
from examsync.edge.api import bodies, paging
from examsync.edge.api.bearer import Bearer
from examsync.edge.api.entry import Entry
from examsync.edge.api.office import Office
from examsync.exams.change import FROZEN
from examsync.exams.exam import Exam, Terms
from examsync.exams.listing import Wanted
from examsync.exams.service import Exams
from examsync.settings import Exam as Defaults
from protocol.http import CreateExam
from protocol.http_exams import (
    ChangeExam,
    CopyExam,
    ExamsPage,
    ExamSummary,
    ExamView,
    ListExams,
)
from protocol.paper import Paper
from protocol.types import Role


class ExamDesk:
    """The handlers of `/admin/exams`."""

    def __init__(self, office: Office, bearer: Bearer, bytes_max: int) -> None:
        self._office = office
        self._planning = office.exams.planning
        self._bearer = bearer
        self._bytes_max = bytes_max

    async def listed(self, request: Request) -> Response:
        """A page of exams: an admin's are all, an examiner's those of the token."""
        who = self._bearer.identify(request)
        if Action.WATCH not in ALLOWED[who.role]:
            require(who, Action.WATCH)
        asked = bodies.query(request, ListExams)
        column, down = asked.sort.removeprefix("-"), asked.sort.startswith("-")
        after = paging.place(asked.after, asked.sort)
        wanted = Wanted(
            column,
            down,
            asked.limit,
            (after.key, after.id) if after is not None else None,
            None if who.role is Role.ADMIN else sorted(who.exams),
            asked.status,
            asked.q,
        )
        page = await self._planning.page(wanted)
        rolls = self._office.enrolment.rolls
        states = await rolls.states([each.exam.id for each in page.exams], halls_of(who))
        items = [summary(each.exam, states[each.exam.id]) for each in page.exams]
        following = None
        if page.more:
            last = page.exams[-1]
            following = paging.cursor(paging.Place(asked.sort, last.key, last.exam.id))
        return bodies.json(ExamsPage(items, following, page.total))

    async def view(self, request: Request) -> Response:
        """All there is to know of an exam."""
        exam_id = request.path_params["exam"]
        who = self._bearer.allowed(request, Action.WATCH, exam_id)
        return bodies.json(await self._view(exam_id, who))

    async def paper(self, request: Request) -> Response:
        """The paper as candidates get it."""
        exam_id = request.path_params["exam"]
        self._bearer.allowed(request, Action.WATCH, exam_id)
        await self._office.exams.refresh(exam_id)
        return bodies.json(self._office.exams.paper(exam_id))

    async def create(self, request: Request) -> Response:
        """An exam, as a draft."""
        who = self._bearer.allowed(request, Action.AUTHOR)
        asked = await bodies.read(request, CreateExam, self._bytes_max)
        terms = terms_of(asked, self._office.defaults, self._office.heartbeat_period_s)
        await self._office.exams.create(asked.exam, asked.title, asked.paper, terms, name_of(who))
        return bodies.json(await self._view(asked.exam, who), 201)

    async def change(self, request: Request) -> Response:
        """What is named, changed; what is frozen is refused by name."""
        who = self._bearer.allowed(request, Action.AUTHOR)
        exam_id = request.path_params["exam"]
        asked = await bodies.read(request, ChangeExam, self._bytes_max)
        await self._planning.change(exam_id, asked)
        return bodies.json(await self._view(exam_id, who))

    async def copy(self, request: Request) -> Response:
        """Another exam of the same paper and terms, at another time, as a draft."""
        who = self._bearer.allowed(request, Action.AUTHOR)
        asked = await bodies.read(request, CopyExam, self._bytes_max)
        exam_id = request.path_params["exam"]
        await self._planning.copy(
            exam_id, asked.exam, by=name_of(who), title=asked.title, at=asked.opens_at
        )
        if asked.candidates:
            await self._office.enrolment.copy(exam_id, asked.exam)
        return bodies.json(await self._view(asked.exam, who), 201)

    async def publish(self, request: Request) -> Response:
        """From now on it can be sat."""
        return await self._changed(request, self._office.exams.publish)

    async def archive(self, request: Request) -> Response:
        """Nobody can sit, watch or change it any more."""
        return await self._changed(request, self._office.exams.archive)

    async def _changed(
        self, request: Request, change: Callable[[str], Awaitable[None]]
    ) -> Response:
        who = self._bearer.allowed(request, Action.AUTHOR)
        exam_id = request.path_params["exam"]
        await change(exam_id)
        return bodies.json(await self._view(exam_id, who))

    async def _view(self, exam_id: str, who: Identity) -> ExamView:
        return await view_of(self._office.exams, self._office.enrolment, exam_id, halls_of(who))


async def view_of(
    exams: Exams, enrolment: Enrolment, exam_id: str, halls: list[str] | None = None
) -> ExamView:
    """An exam as it is shown to whoever runs it, with the candidates of these halls or of all.

    Raises ExamError NOT_FOUND; Unavailable.
    """
    stored = await exams.planning.view(exam_id)
    states = await enrolment.rolls.states([exam_id], halls)
    named_halls, groups = await enrolment.rolls.labels(exam_id, halls)
    exam, terms = stored.exam, stored.exam.terms
    short = summary(exam, states[exam_id])
    return ExamView(
        **{name: getattr(short, name) for name in short.__struct_fields__},
        grace_ms=terms.grace_ms,
        late_policy=terms.late_policy,
        takeover=terms.takeover,
        heartbeat_period_s=terms.heartbeat_period_s,
        created_by=stored.created_by,
        created_at=stored.created_at,
        frozen=list(FROZEN[exam.status]),
        halls=named_halls,
        groups=groups,
        granted_ms=exam.granted_ms,
        paused_since=exam.paused_since,
        ended_at=exam.ended_at,
    )


def summary(exam: Exam, states: dict[str, int]) -> ExamSummary:
    """An exam in a list."""
    terms = exam.terms
    return ExamSummary(
        exam.id,
        exam.title,
        exam.status,
        exam.paper,
        terms.opens_at,
        terms.window_end,
        terms.closes_at,
        terms.duration_ms,
        sum(states.values()),
        states,
    )


def halls_of(who: Identity) -> list[str] | None:
    """The halls an examiner is kept to; None for all."""
    return sorted(who.halls) if who.role is Role.EXAMINER and who.halls else None


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


def entries(desk: ExamDesk) -> list[Entry]:
    """The routes."""
    exams, exam = "/admin/exams", "/admin/exams/{exam}"
    return [
        Entry("GET", exams, desk.listed, "Exams.", "exams", asks=ListExams, gives=ExamsPage),
        Entry("POST", exams, desk.create, _CREATE, "exams", CreateExam, ExamView, status=201),
        Entry("GET", exam, desk.view, "An exam.", "exams", gives=ExamView),
        Entry("PATCH", exam, desk.change, _CHANGE, "exams", ChangeExam, ExamView),
        Entry("POST", f"{exam}/publish", desk.publish, _PUBLISH, "exams", gives=ExamView),
        Entry("POST", f"{exam}/archive", desk.archive, _ARCHIVE, "exams", gives=ExamView),
        Entry("POST", f"{exam}/copy", desk.copy, _COPY, "exams", CopyExam, ExamView, status=201),
        Entry("GET", f"{exam}/paper", desk.paper, _PAPER, "exams", gives=Paper),
    ]


_CREATE = "Make an exam, as a draft."
_CHANGE = "Change what is named: all of a draft, the title of a published exam."
_PUBLISH = "From now on it can be sat; its terms are frozen."
_ARCHIVE = "Nobody can sit, watch or change it any more."
_COPY = "Another exam of the same paper and terms, moved in time, as a draft: a rehearsal."
_PAPER = "The paper as candidates get it."
