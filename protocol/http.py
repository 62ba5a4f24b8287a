"""Bodies of the HTTP API that are part of the agreement: what other programs read and send.

`REQUESTS` and `RESPONSES` name them for the generator. Errors are `protocol.problems.Problem`, as
`application/problem+json`.
"""

from typing import Annotated

from msgspec import Meta, Struct

from protocol import (
    http_access,
    http_bank,
    http_events,
    http_exams,
    http_marking,
    http_papers,
    http_results,
    http_sync,
)
from protocol.facts import Rev
from protocol.http_exams import Extension, Factor, Label, Name, Title
from protocol.paper import Response
from protocol.types import (
    AttemptState,
    Grading,
    Id,
    LatePolicy,
    Millis,
    TakeoverPolicy,
)


class ExportedResponse(Struct, frozen=True, omit_defaults=True):
    """What stands for an item in Postgres. `arrived`: at the door, ms since 1970 UTC."""

    response: Response
    lease: str
    seq: int
    arrived: int
    flag: bool = False
    late: bool = False


class ExportedKept(Struct, frozen=True, omit_defaults=True):
    """An answer that does not count: `why` is `late` or `lease_lost`."""

    item: str
    response: Response
    lease: str
    seq: int
    arrived: int
    why: str


class ExportedAttempt(Struct, frozen=True, omit_defaults=True):
    """One line of `GET /admin/exams/{exam}/export` (NDJSON): an attempt as Postgres holds it.

    `rev` is the last fact in Postgres. `violations` are the ids of the recorded signals, `marks` a
    decimal string. `close` says how it ended: the reason given, or how the clock ended it.
    """

    attempt: str
    exam: str
    candidate: str
    state: AttemptState
    rev: Rev
    responses: dict[str, ExportedResponse]
    name: str = ""
    hall: str = ""
    group: str = ""
    started_at: int | None = None
    closed_at: int | None = None
    close: str = ""
    grading: Grading = Grading.NONE
    marks: str | None = None
    kept: list[ExportedKept] = []
    violations: list[str] = []


# --- requests and their responses ---------------------------------------------------------------

SignIn, SignedIn = http_access.SignIn, http_access.SignedIn


class CreateExam(Struct, frozen=True, omit_defaults=True):
    """`POST /admin/exams`: an exam as a draft. Where a term is not named, the setting holds."""

    exam: Id
    title: Title
    paper: Id
    opens_at: Millis
    window_end: Millis
    closes_at: Millis
    duration_ms: Millis
    grace_ms: Millis | None = None
    late_policy: LatePolicy | None = None
    takeover: TakeoverPolicy | None = None
    heartbeat_period_s: float | None = None


class NewCandidate(Struct, frozen=True, omit_defaults=True):
    """One who is to sit. `factor_permille`: working time in thousandths of the exam's."""

    candidate: Id
    name: Name = ""
    hall: Label = ""
    group: Label = ""
    factor_permille: Factor = 1_000
    extension_ms: Extension = 0


class RegisterCandidates(Struct, frozen=True):
    """`POST /admin/exams/{exam}/candidates`: who is registered already keeps the attempt."""

    candidates: Annotated[list[NewCandidate], Meta(min_length=1, max_length=100_000)]


class Registered(Struct, frozen=True):
    """The attempt of each candidate."""

    attempts: dict[str, str]


class ResultsShown(Struct, frozen=True):
    """`POST /admin/exams/{exam}/release`: whose results can be seen now, and how many cannot.

    `ungraded` attempts are open or wait for a marker; `regrade_proposed` ones for a decision.
    """

    released: list[str]
    ungraded: int
    regrade_proposed: int


REQUESTS: dict[str, type] = {
    **http_access.REQUESTS,
    **http_sync.REQUESTS,
    **http_exams.REQUESTS,
    **http_papers.REQUESTS,
    "create_exam": CreateExam,
    "register_candidates": RegisterCandidates,
    **http_results.REQUESTS,
    **http_marking.REQUESTS,
    **http_events.REQUESTS,
}
RESPONSES: dict[str, type] = {
    **http_access.RESPONSES,
    **http_sync.RESPONSES,
    **http_exams.RESPONSES,
    **http_bank.RESPONSES,
    **http_papers.RESPONSES,
    "registered": Registered,
    "results_shown": ResultsShown,
    "exported_attempt": ExportedAttempt,
    **http_results.RESPONSES,
    **http_marking.RESPONSES,
    **http_events.RESPONSES,
}
