"""Bodies of the HTTP API that are part of the agreement: what other programs read and send.

`REQUESTS` and `RESPONSES` name them for the generator. Errors are `protocol.problems.Problem`, as
`application/problem+json`.
"""

from msgspec import Struct

from protocol.facts import Rev
from protocol.paper import Response
from protocol.types import AttemptState, Grading


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


REQUESTS: dict[str, type] = {}
RESPONSES: dict[str, type] = {"exported_attempt": ExportedAttempt}
