"""Bodies about results: the table, release, history; and the words that others share.

Marks are exact texts ("41.5", "2/3"); `total` and `maximum` too. Merged into `protocol.http`.
"""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from protocol.types import (
    ATTEMPTS_PER_ACT_MAX,
    AttemptState,
    Grading,
    Id,
    Reason,
)

Attempts = Annotated[list[Id], Meta(min_length=1, max_length=ATTEMPTS_PER_ACT_MAX)]
GivenReason = Annotated[str, Meta(min_length=1, max_length=500)]


class Outcome(StrEnum):
    """What became of one response."""

    CORRECT = "correct"
    PARTIAL = "partial"
    INCORRECT = "incorrect"
    UNANSWERED = "unanswered"
    MANUAL = "manual"
    """Waits for a person; counts nothing until then."""
    DROPPED = "dropped"
    """Taken out of the paper by a ruling; counts for nobody."""


class Rule(StrEnum):
    """What may be decided. The second and third are NTA practice for faulty questions (NEET UG
    information bulletins: all options right - those who attempted it; dropped - all candidates)."""

    KEY = "key"
    """Graded with the corrected question."""
    FULL_TO_ATTEMPTED = "full_to_attempted"
    """Full marks for every answer, none for no answer."""
    FULL_TO_ALL = "full_to_all"
    """Full marks for everybody."""
    DROPPED = "dropped"
    """Counts for nobody, and is taken out of the maximum."""


class Reveal(StrEnum):
    """How much a candidate is shown after release; each shows what those before it show."""

    TOTAL = "total"
    """The total and the sections."""
    OUTCOMES = "outcomes"
    """Also each item's outcome and marks."""
    KEYS = "keys"
    """Also the questions with keys and explanations: they are used up for other exams."""


class ItemMark(Struct, frozen=True, omit_defaults=True):
    """The mark of one item."""

    item: str
    outcome: Outcome
    marks: str
    maximum: str
    by_hand: bool = False


class PartMarks(Struct, frozen=True):
    """Marks and counts of a section, or of the whole."""

    total: str
    maximum: str
    counts: dict[str, int]


# --- the table ------------------------------------------------------------------------------------


class ResultRow(Struct, frozen=True, omit_defaults=True):
    """One attempt of an exam with what its latest result says, if it has one. Times in ms.

    `waiting`: the items that wait for a person. What has its default is left out.
    """

    attempt: str
    candidate: str
    state: AttemptState
    grading: Grading
    name: str = ""
    hall: str = ""
    group: str = ""
    started_at: int | None = None
    closed_at: int | None = None
    close: int = 0
    revision: int = 0
    whole: PartMarks | None = None
    sections: dict[str, PartMarks] = {}
    waiting: list[str] = []


class ResultsAsked(Struct, frozen=True):
    """`GET /admin/exams/{exam}/results?...`: which rows, in which order; after `-` downwards."""

    sort: Annotated[str, Meta(max_length=32)] = "-total"
    state: AttemptState | None = None
    grading: Grading | None = None
    hall: str | None = None
    group: str | None = None
    q: Annotated[str, Meta(max_length=200)] = ""
    format: Literal["json", "csv"] = "json"


# --- release --------------------------------------------------------------------------------------


class ReleaseResults(Struct, frozen=True, omit_defaults=True):
    """`POST /admin/exams/{exam}/release`: show graded results, of all or of these attempts.

    Without a body: all, with their outcomes.
    """

    reveal: Reveal = Reveal.OUTCOMES
    attempts: Attempts | None = None
    reason: Reason = ""


class WithdrawResults(Struct, frozen=True, omit_defaults=True):
    """`POST /admin/exams/{exam}/withdraw`: hide them again. Without a body: all."""

    attempts: Attempts | None = None
    reason: Reason = ""


class ResultsHidden(Struct, frozen=True):
    """The attempts whose candidates saw a result, and see none now."""

    withdrawn: list[str]


class ReleaseNote(Struct, frozen=True):
    """One release or withdrawal, and for how many attempts it was news."""

    kind: Literal["released", "withdrawn"]
    reveal: Reveal | None
    attempts: int
    reason: str
    done_at: int
    done_by: str


class ReleaseNotes(Struct, frozen=True):
    """`GET /admin/exams/{exam}/releases`: the newest first."""

    items: list[ReleaseNote]
    total: int


# --- history ------------------------------------------------------------------------------------


class ResultRevision(Struct, frozen=True, omit_defaults=True):
    """One revision of the result of one close: who made it, why, and what it says.

    `released_at`: since when the candidate sees it. `waiting`: items that wait for a person.
    """

    attempt: str
    close: int
    revision: int
    whole: PartMarks
    sections: dict[str, PartMarks]
    items: list[ItemMark]
    made_at: int
    made_by: str
    waiting: list[str] = []
    reason: str = ""
    released_at: int | None = None
    released_by: str | None = None
    reveal: Reveal | None = None


class ResultHistory(Struct, frozen=True):
    """`GET /admin/attempts/{attempt}/results`: every revision, the oldest first."""

    items: list[ResultRevision]
    total: int


class RevertResult(Struct, frozen=True):
    """`POST /admin/attempts/{attempt}/revert`: let an earlier revision of this close stand."""

    revision: Annotated[int, Meta(ge=1)]
    reason: GivenReason


REQUESTS: dict[str, type] = {
    "release_results": ReleaseResults,
    "withdraw_results": WithdrawResults,
    "revert_result": RevertResult,
}
RESPONSES: dict[str, type] = {
    "result_row": ResultRow,
    "results_hidden": ResultsHidden,
    "release_notes": ReleaseNotes,
    "result_revision": ResultRevision,
    "result_history": ResultHistory,
}
