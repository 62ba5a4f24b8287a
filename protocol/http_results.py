"""Bodies about results: the table, release, marking by hand, rulings, regrades, history.

Marks are exact texts ("41.5", "2/3"); `total` and `maximum` too. Merged into `protocol.http`.
"""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from protocol.paper import Response
from protocol.types import (
    ATTEMPTS_PER_ACT_MAX,
    AttemptState,
    Grading,
    Id,
    ItemKind,
    Reason,
)

TO_MARK_MAX = 200
"""Responses that one request brings a marker."""

Attempts = Annotated[list[Id], Meta(min_length=1, max_length=ATTEMPTS_PER_ACT_MAX)]
GivenReason = Annotated[str, Meta(min_length=1, max_length=500)]
MarksText = Annotated[str, Meta(min_length=1, max_length=32)]
"""A number as people write it: "7", "2.5", "-1/3"."""


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


# --- marking --------------------------------------------------------------------------------------


class MarkingAsked(Struct, frozen=True):
    """`GET /admin/exams/{exam}/marking?...`. `names`: say whose the responses are."""

    item: Id | None = None
    names: bool = False
    limit: Annotated[int, Meta(ge=1, le=TO_MARK_MAX)] = 50
    after: Annotated[str, Meta(max_length=300)] | None = None


class ToMark(Struct, frozen=True, omit_defaults=True):
    """A response that waits for a person since `waiting_since`. Whose it is, is not said.

    Send `fingerprint` back with the marks: they are refused if the response is another one by
    then. `guidance` is for markers alone.
    """

    attempt: str
    item: str
    kind: ItemKind
    stem: str
    response: Response
    maximum: str
    fingerprint: str
    waiting_since: int
    negative_marks: str = "0"
    guidance: str = ""
    image: str | None = None
    candidate: str | None = None
    name: str | None = None


class MarkingQueue(Struct, frozen=True):
    """What waits, the longest waiting first; `total` in all, `next` to go on after these."""

    items: list[ToMark]
    total: int
    next: str | None


class GiveMarks(Struct, frozen=True, omit_defaults=True):
    """`POST /admin/exams/{exam}/marking`: marks for what an attempt answered to an item."""

    attempt: Id
    item: Id
    marks: MarksText
    note: Reason = ""
    fingerprint: Annotated[str, Meta(max_length=64)] | None = None


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


# --- rulings and regrades -------------------------------------------------------------------------


class Decide(Struct, frozen=True):
    """`POST /admin/exams/{exam}/rulings`: about an item; `rule` null withdraws what was decided.

    For `key` import the corrected question into the bank first.
    """

    item: Id
    rule: Rule | None
    reason: GivenReason


class Decided(Struct, frozen=True):
    """For how many attempts a regrade is proposed."""

    proposed: int


class Decision(Struct, frozen=True):
    """What somebody decided about an item of an exam; `rule` null withdraws what stood before."""

    number: int
    item: str
    rule: Rule | None
    reason: str
    ruled_at: int
    ruled_by: str


class Decisions(Struct, frozen=True):
    """`GET /admin/exams/{exam}/rulings`: the newest first; the newest of an item stands."""

    items: list[Decision]
    total: int


class RegradeChange(Struct, frozen=True):
    """What a regrade would do to an attempt: its totals, and the items that differ."""

    attempt: str
    before: str
    after: str
    items: list[str]


class RegradePreview(Struct, frozen=True):
    """`GET /admin/exams/{exam}/regrades`: attempts for which a regrade is proposed."""

    items: list[RegradeChange]
    total: int


class Regrade(Struct, frozen=True, omit_defaults=True):
    """`POST /admin/exams/{exam}/regrades`: regrade those for which it is proposed, or these of
    them."""

    reason: GivenReason
    attempts: Attempts | None = None


class Regraded(Struct, frozen=True):
    """How many attempts have a new result."""

    regraded: int


REQUESTS: dict[str, type] = {
    "release_results": ReleaseResults,
    "withdraw_results": WithdrawResults,
    "give_marks": GiveMarks,
    "revert_result": RevertResult,
    "decide": Decide,
    "regrade": Regrade,
}
RESPONSES: dict[str, type] = {
    "result_row": ResultRow,
    "results_hidden": ResultsHidden,
    "release_notes": ReleaseNotes,
    "marking_queue": MarkingQueue,
    "result_revision": ResultRevision,
    "result_history": ResultHistory,
    "decided": Decided,
    "decisions": Decisions,
    "regrade_preview": RegradePreview,
    "regraded": Regraded,
}
