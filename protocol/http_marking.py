"""Bodies about marks that people give: the queue of markers, rulings about items, regrades.

Merged into `protocol.http`.
"""

from typing import Annotated

from msgspec import Meta, Struct

from protocol.http_results import Attempts, GivenReason, Rule
from protocol.paper import Response
from protocol.types import Id, ItemKind, Reason

TO_MARK_MAX = 200
"""Responses that one request brings a marker."""

MarksText = Annotated[str, Meta(min_length=1, max_length=32)]
"""A number as people write it: "7", "2.5", "-1/3"."""


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
    "give_marks": GiveMarks,
    "decide": Decide,
    "regrade": Regrade,
}
RESPONSES: dict[str, type] = {
    "marking_queue": MarkingQueue,
    "decided": Decided,
    "decisions": Decisions,
    "regrade_preview": RegradePreview,
    "regraded": Regraded,
}
