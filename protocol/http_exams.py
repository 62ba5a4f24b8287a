"""Bodies and queries of `/admin/exams`, the roll of candidates, and what candidates ask for
themselves (`/my/exams`). Times are milliseconds since 1970 UTC."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from protocol.types import ONE_LINE, AttemptState, Id, LatePolicy, Millis, TakeoverPolicy

Standing = Literal["draft", "published", "archived"]
"""Where an exam is: being made, to be sat, or put away."""
Search = Annotated[str, Meta(max_length=100, pattern=ONE_LINE)]
"""A part of an id, a title or a name; case does not matter."""
Limit = Annotated[int, Meta(ge=1, le=1_000)]
Cursor = Annotated[str, Meta(max_length=1_000)]
"""The `next` of the page before."""
Title = Annotated[str, Meta(min_length=1, max_length=200, pattern=ONE_LINE)]
Name = Annotated[str, Meta(max_length=200, pattern=ONE_LINE)]
Label = Annotated[str, Meta(max_length=64, pattern=ONE_LINE)]
Factor = Annotated[int, Meta(ge=100, le=10_000)]
Extension = Annotated[int, Meta(ge=0, le=604_800_000)]

# --- exams ----------------------------------------------------------------------------------------


class ListExams(Struct, frozen=True):
    """The query of `GET /admin/exams`."""

    status: Standing | None = None
    q: Search = ""
    sort: Literal["-opens_at", "opens_at", "title", "-title", "exam", "-exam"] = "-opens_at"
    limit: Limit = 100
    after: Cursor = ""


class ExamSummary(Struct, frozen=True):
    """An exam in a list. `states` counts its attempts as Postgres has them; of an examiner who is
    kept to halls, those of the halls."""

    exam: str
    title: str
    status: Standing
    paper: str
    opens_at: int
    window_end: int
    closes_at: int
    duration_ms: int
    candidates: int
    states: dict[str, int]


class ExamsPage(Struct, frozen=True):
    """Some exams, and how many there are in all."""

    items: list[ExamSummary]
    next: str | None
    total: int


class ExamView(Struct, frozen=True):
    """`GET /admin/exams/{exam}`: all there is to know. `frozen` names the fields that cannot
    change now. Of acts on the whole exam: time granted, since when it is paused, when it was
    ended."""

    exam: str
    title: str
    status: Standing
    paper: str
    opens_at: int
    window_end: int
    closes_at: int
    duration_ms: int
    candidates: int
    states: dict[str, int]
    grace_ms: int
    late_policy: LatePolicy
    takeover: TakeoverPolicy
    heartbeat_period_s: float
    created_by: str
    created_at: int
    frozen: list[str]
    halls: list[str]
    groups: list[str]
    granted_ms: int
    paused_since: int | None
    ended_at: int | None


class ChangeExam(Struct, frozen=True, omit_defaults=True):
    """`PATCH /admin/exams/{exam}`: what is named changes. A draft changes in everything, a
    published exam in its title alone."""

    title: Title | None = None
    paper: Id | None = None
    opens_at: Millis | None = None
    window_end: Millis | None = None
    closes_at: Millis | None = None
    duration_ms: Millis | None = None
    grace_ms: Millis | None = None
    late_policy: LatePolicy | None = None
    takeover: TakeoverPolicy | None = None
    heartbeat_period_s: float | None = None


class CopyExam(Struct, frozen=True, omit_defaults=True):
    """`POST /admin/exams/{exam}/copy`: a draft of the same paper and terms, to rehearse. All times
    move with `opens_at` (now, if it is not named)."""

    exam: Id
    title: Title | None = None
    opens_at: Millis | None = None
    candidates: bool = False


# --- the roll -------------------------------------------------------------------------------------


class ListCandidates(Struct, frozen=True):
    """The query of `GET /admin/exams/{exam}/candidates`. With `format=csv` it takes nothing else:
    that is the whole roll."""

    hall: Label | None = None
    group: Label | None = None
    state: AttemptState | None = None
    q: Search = ""
    sort: Literal[
        "candidate", "-candidate", "name", "-name", "hall", "-hall", "group", "-group"
    ] = "candidate"
    limit: Limit = 100
    after: Cursor = ""
    format: Literal["json", "csv"] = "json"


class CandidateRow(Struct, frozen=True):
    """Somebody on the roll. `factor_permille`: working time in thousandths of the exam's."""

    candidate: str
    name: str
    hall: str
    group: str
    factor_permille: int
    extension_ms: int
    attempt: str
    state: AttemptState


class CandidatesPage(Struct, frozen=True):
    """Some of the roll, and how many there are in all."""

    items: list[CandidateRow]
    next: str | None
    total: int


class ChangeCandidate(Struct, frozen=True, omit_defaults=True):
    """`PATCH /admin/exams/{exam}/candidates/{candidate}`: what is named changes, until the
    candidate has started."""

    name: Name | None = None
    hall: Label | None = None
    group: Label | None = None
    factor_permille: Factor | None = None
    extension_ms: Extension | None = None


class ImportCandidates(Struct, frozen=True):
    """The query of an import; without `commit` it only says what it would do. `report=csv`: the
    report as a file."""

    commit: bool = False
    skip_bad: bool = False
    report: Literal["json", "csv"] = "json"


class RosterProblem(Struct, frozen=True):
    """One finding. `line` is the file's, counted from 1 (0: the whole file); `column` is the
    heading as the file spells it, or empty for the whole row."""

    line: int
    column: str
    code: str
    message: str


class RosterReport(Struct, frozen=True):
    """What an import found and did. `new`, `changed`, `unchanged` count candidates, `rows` all
    rows below the header; `omitted` counts findings beyond those listed."""

    rows: int
    new: int
    changed: int
    unchanged: int
    errors: list[RosterProblem]
    warnings: list[RosterProblem]
    omitted: int
    committed: bool


class ReadTimeline(Struct, frozen=True):
    """The query of a timeline: facts after the `since`th."""

    since: Millis = 0
    limit: Limit = 500


# --- a candidate's own ----------------------------------------------------------------------------


class MyExam(Struct, frozen=True):
    """An exam of the candidate who asks. `name` is the candidate's, as it is on the roll.

    `duration_ms`, `window_end` and `closes_at` are this candidate's: with the factor and the
    extension of the roll, with what was granted to all or to this one, and with the pauses of the
    exam; `time_changed` tells what is granted later. `instructions` are the paper's, to be read
    before the start; nothing else of it is told here.
    """

    exam: str
    title: str
    status: Standing
    opens_at: int
    window_end: int
    closes_at: int
    duration_ms: int
    attempt: str
    state: AttemptState
    results_released: bool
    name: str
    instructions: str


class MyExams(Struct, frozen=True):
    """`GET /my/exams`: the exams the token is for, the next first."""

    items: list[MyExam]


REQUESTS: dict[str, type] = {
    "change_exam": ChangeExam,
    "copy_exam": CopyExam,
    "change_candidate": ChangeCandidate,
}
RESPONSES: dict[str, type] = {
    "exams_page": ExamsPage,
    "exam_view": ExamView,
    "candidates_page": CandidatesPage,
    "candidate_row": CandidateRow,
    "roster_report": RosterReport,
    "my_exams": MyExams,
}
