"""The roll of an exam: `/admin/exams/{exam}/candidates`, one by one and as CSV."""

from starlette.requests import Request
from starlette.responses import Response

from examsync.access.role import Action
from examsync.attempts.enrolled import OnRoll, Sought
from examsync.edge.api import bodies, errors, paging
from examsync.edge.api.bearer import Bearer
from examsync.edge.api.entry import CSV, Entry
from examsync.edge.api.exams import halls_of
from examsync.edge.api.office import Office
from examsync.errors import ExamError
from examsync.exams.roll import findings_csv, to_csv
from examsync.exams.seating import Candidate
from protocol.http import RegisterCandidates, Registered
from protocol.http_exams import (
    CandidateRow,
    CandidatesPage,
    ChangeCandidate,
    ImportCandidates,
    ListCandidates,
    RosterReport,
)
from protocol.problems import Code


class RosterDesk:
    """The handlers. JSON bodies have `bytes_max` bytes at most; lists have a bound of their own."""

    def __init__(self, office: Office, bearer: Bearer, bytes_max: int) -> None:
        self._office = office
        self._enrolment = office.enrolment
        self._bearer = bearer
        self._bytes_max = bytes_max

    async def listed(self, request: Request) -> Response:
        """A page of the roll, or all of it as a file; an examiner kept to halls sees theirs."""
        exam_id = request.path_params["exam"]
        who = self._bearer.allowed(request, Action.WATCH, exam_id)
        asked = bodies.query(request, ListCandidates)
        await self._office.exams.refresh(exam_id)
        if asked.format == "csv":
            return await self._file(exam_id, halls_of(who), asked)
        after = paging.place(asked.after, asked.sort)
        sought = Sought(
            exam_id,
            halls_of(who),
            asked.hall,
            asked.group,
            asked.state,
            asked.q,
            asked.sort.removeprefix("-"),
            asked.sort.startswith("-"),
            asked.limit + 1,
            (after.key, after.id) if after is not None else None,
        )
        found = await self._enrolment.rolls.page(sought)
        items, more = found[: asked.limit], len(found) > asked.limit
        following = None
        if more:
            last = items[-1]
            following = paging.cursor(paging.Place(asked.sort, last.key, last.seat.candidate))
        total = await self._enrolment.rolls.count(sought)
        return bodies.json(CandidatesPage([row(each) for each in items], following, total))

    async def _file(self, exam_id: str, halls: list[str] | None, asked: ListCandidates) -> Response:
        if asked != ListCandidates(format="csv"):
            detail = "?format=csv is the whole roll: it takes no other parameter"
            raise ExamError(Code.BAD_REQUEST, detail)
        roll = await self._enrolment.rolls.standing(exam_id)
        mine = [each for each in roll if halls is None or each.seat.hall in halls]
        body = to_csv(candidate_of(each) for each in mine)
        return bodies.file(body, CSV, f"{exam_id}-candidates.csv")

    async def register(self, request: Request) -> Response:
        """Candidates of an exam; those who are registered keep their attempt."""
        self._bearer.allowed(request, Action.AUTHOR)
        exam_id = request.path_params["exam"]
        asked = await bodies.read(request, RegisterCandidates, bodies.FILE_BYTES_MAX)
        await self._office.exams.refresh(exam_id)
        candidates = [
            Candidate(c.candidate, c.name, c.hall, c.group, c.factor_permille, c.extension_ms)
            for c in asked.candidates
        ]
        return bodies.json(Registered(await self._enrolment.register(exam_id, candidates)), 201)

    async def import_list(self, request: Request) -> Response:
        """A list of candidates as CSV: what importing it would do, or with `?commit=true` did."""
        self._bearer.allowed(request, Action.AUTHOR)
        exam_id = request.path_params["exam"]
        asked = bodies.query(request, ImportCandidates)
        data = await bodies.raw(request, bodies.FILE_BYTES_MAX)
        await self._office.exams.refresh(exam_id)
        report = await self._enrolment.import_list(
            exam_id, data, commit=asked.commit, skip_bad=asked.skip_bad
        )
        if asked.report == "csv":
            return bodies.file(findings_csv(report), CSV, f"{exam_id}-import.csv")
        if asked.commit and not report.committed:
            refusal = ExamError(Code.IMPORT_FAILED, f"{len(report.errors)} errors; nobody is new")
            return errors.response(refusal.problem, report=report)
        return bodies.json(report)

    async def change(self, request: Request) -> Response:
        """What is named, changed, until the candidate has started."""
        self._bearer.allowed(request, Action.AUTHOR)
        exam_id, candidate = request.path_params["exam"], request.path_params["candidate"]
        asked = await bodies.read(request, ChangeCandidate, self._bytes_max)
        await self._office.exams.refresh(exam_id)
        return bodies.json(row(await self._enrolment.change(exam_id, candidate, asked)))

    async def remove(self, request: Request) -> Response:
        """Take somebody off the roll who never came: their token opens nothing any more."""
        self._bearer.allowed(request, Action.AUTHOR)
        exam_id, candidate = request.path_params["exam"], request.path_params["candidate"]
        await self._office.exams.refresh(exam_id)
        await self._enrolment.remove(exam_id, candidate)
        return Response(status_code=204)


def row(standing: OnRoll) -> CandidateRow:
    """Somebody on the roll, for the wire."""
    seat = standing.seat
    return CandidateRow(
        seat.candidate,
        seat.name,
        seat.hall,
        seat.group,
        seat.factor_permille,
        seat.extension_ms,
        standing.attempt,
        standing.state,
    )


def candidate_of(standing: OnRoll) -> Candidate:
    """Somebody on the roll, as a line of a list."""
    seat = standing.seat
    return Candidate(
        seat.candidate, seat.name, seat.hall, seat.group, seat.factor_permille, seat.extension_ms
    )


def entries(desk: RosterDesk) -> list[Entry]:
    """The routes."""
    roll, tag = "/admin/exams/{exam}/candidates", "candidates"
    one = f"{roll}/{{candidate}}"
    return [
        Entry(
            "GET",
            roll,
            desk.listed,
            _LIST,
            tag,
            asks=ListCandidates,
            gives=CandidatesPage,
            also=CSV,
        ),
        Entry("POST", roll, desk.register, _ADD, tag, RegisterCandidates, Registered, status=201),
        Entry(
            "POST",
            f"{roll}/import",
            desk.import_list,
            _IMPORT,
            tag,
            asks=ImportCandidates,
            takes=CSV,
            gives=RosterReport,
            also=CSV,
        ),
        Entry("PATCH", one, desk.change, _CHANGE, tag, ChangeCandidate, CandidateRow),
        Entry("DELETE", one, desk.remove, _REMOVE, tag),
    ]


_LIST = "The roll; `?format=csv` all of it as the file that the import takes."
_ADD = "Register candidates; those who are registered keep their attempt."
_IMPORT = "Read a list of candidates; a dry run without `commit`."
_CHANGE = "Change what is named, until the candidate has started."
_REMOVE = "Take somebody off the roll who never came."
