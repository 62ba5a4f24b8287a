"""Every fact: a past-tense record in the log of one attempt, or of one exam.

Facts of an attempt are chained: each carries the keyed hash of the one it builds on. State is
what the facts say when they are told in order.
"""

from typing import Annotated

from msgspec import Meta, Struct

from protocol.erasure import Blanked, Erased
from protocol.paper import Response

Rev = Annotated[tuple[int, int], Meta(title="Rev")]
"""(epoch, n): which fact of an attempt, in which life of the Redis data."""


class LeaseGranted(Struct, frozen=True, tag_field="kind", tag="lease_granted"):
    """One client instance may write from now on."""

    id: str
    lease: str
    instance: str


class TakeoverRequested(Struct, frozen=True, tag_field="kind", tag="takeover_requested"):
    """A second instance asks; an examiner has to approve."""

    id: str
    instance: str


class TakeoverApproved(Struct, frozen=True, tag_field="kind", tag="takeover_approved"):
    """The waiting instance may take the lease at its next join."""

    id: str
    instance: str
    reason: str


class Started(Struct, frozen=True, tag_field="kind", tag="started", omit_defaults=True):
    """The clock runs from `started_at` (the start's arrival at the door).

    `order`: the last of the exam's orders that was known then; later ones are for this attempt.
    """

    id: str
    started_at: int
    order: int = 0


class AnswerSaved(Struct, frozen=True, tag_field="kind", tag="answer_saved", omit_defaults=True):
    """A response that counts. `arrived` is its (first) arrival at the door."""

    item: str
    lease: str
    seq: int
    digest: str
    response: Response
    arrived: int
    late: bool = False
    flag: bool = False
    spent_ms: int | None = None
    replayed: bool = False


class AnswerKept(Struct, frozen=True, tag_field="kind", tag="answer_kept", omit_defaults=True):
    """An answer that does not count and is kept for the examiner: late, or from a lost lease."""

    item: str
    lease: str
    seq: int
    digest: str
    response: Response
    arrived: int
    why: str


class ViolationReported(Struct, frozen=True, tag_field="kind", tag="violation_reported"):
    """A signal. `client_at` is the client's clock."""

    id: str
    signal: str
    client_at: int
    detail: str


class HandRaised(Struct, frozen=True, tag_field="kind", tag="hand_raised"):
    """The candidate wants an examiner, or no longer does."""

    id: str
    raised: bool
    text: str


class NoticeSent(Struct, frozen=True, tag_field="kind", tag="notice_sent"):
    """An examiner's message to this candidate."""

    id: str
    text: str


class NoticeAcknowledged(Struct, frozen=True, tag_field="kind", tag="notice_acknowledged"):
    """The candidate has seen a notice."""

    id: str
    notice: str


class Submitted(Struct, frozen=True, tag_field="kind", tag="submitted", omit_defaults=True):
    """Handed in: by the candidate, or for him (`reason`, or the exam's `order`)."""

    id: str
    closed_at: int
    reason: str = ""
    order: int = 0


class Expired(Struct, frozen=True, tag_field="kind", tag="expired"):
    """Closed by time. `unresumed`: its clock still stood when the exam ended."""

    closed_at: int
    deadline: int
    unresumed: bool = False


class Absent(Struct, frozen=True, tag_field="kind", tag="absent"):
    """The exam ended without this candidate having started."""

    closed_at: int


class Terminated(Struct, frozen=True, tag_field="kind", tag="terminated", omit_defaults=True):
    """Ended by an examiner, alone or by the exam's `order`."""

    id: str
    closed_at: int
    reason: str
    order: int = 0


class Paused(Struct, frozen=True, tag_field="kind", tag="paused"):
    """The clock stands since `paused_at`."""

    id: str
    paused_at: int
    reason: str


class Resumed(Struct, frozen=True, tag_field="kind", tag="resumed"):
    """The clock runs since `resumed_at`."""

    id: str
    resumed_at: int
    reason: str


class Extended(Struct, frozen=True, tag_field="kind", tag="extended"):
    """Incident time was granted."""

    id: str
    extra_ms: int
    reason: str


class Reopened(Struct, frozen=True, tag_field="kind", tag="reopened", omit_defaults=True):
    """A closed attempt goes on; the time from closing to `reopened_at` does not count.

    `order`: the exam's order that is carried out, or the last that was known.
    """

    id: str
    reopened_at: int
    extra_ms: int
    reason: str
    order: int = 0


class CommandRecorded(Struct, frozen=True, tag_field="kind", tag="command_recorded"):
    """A command that was replayed into an attempt where it can have no effect any more."""

    id: str
    command: str


Body = (
    LeaseGranted
    | TakeoverRequested
    | TakeoverApproved
    | Started
    | AnswerSaved
    | AnswerKept
    | ViolationReported
    | HandRaised
    | NoticeSent
    | NoticeAcknowledged
    | Submitted
    | Expired
    | Absent
    | Terminated
    | Paused
    | Resumed
    | Extended
    | Reopened
    | CommandRecorded
    | Erased
    | Blanked
)
"""What can happen in an attempt."""


class Fact(Struct, frozen=True, gc=False):
    """One link of an attempt's chain. `hash` covers all the rest, keyed with the chain key: what
    is personal (`by`, `body`, `command`, `effect`) by a salted digest, so that it can be erased.

    `command` and `effect` are the kind of the command behind it and the JSON that its receipt
    covers: a repeat gets the same receipt. Both are empty for answers (their body says it) and
    for what the server does by itself.
    """

    attempt: str
    epoch: int
    n: int
    prev: str
    at: int
    by: str
    body: Body
    command: str = ""
    effect: str = ""
    hash: str = ""


# --- facts of a whole exam ----------------------------------------------------------------------


class ExamExtended(Struct, frozen=True, tag_field="kind", tag="exam_extended"):
    """Every attempt of the exam, started or not, has `extra_ms` more."""

    id: str
    extra_ms: int
    reason: str


class ExamPaused(Struct, frozen=True, tag_field="kind", tag="exam_paused"):
    """All clocks of the exam stand."""

    id: str
    reason: str


class ExamResumed(Struct, frozen=True, tag_field="kind", tag="exam_resumed"):
    """The clocks of the exam run again."""

    id: str
    reason: str


class ExamOrdered(Struct, frozen=True, tag_field="kind", tag="exam_ordered"):
    """Something to be done to every attempt: each carries it out as a fact of its own."""

    id: str
    order: str
    """`terminate`, `submit_for` or `reopen`."""
    reason: str
    extra_ms: int = 0


class ExamAnnounced(Struct, frozen=True, tag_field="kind", tag="exam_announced"):
    """A notice to everybody, late joiners included."""

    id: str
    text: str


ExamBody = ExamExtended | ExamPaused | ExamResumed | ExamOrdered | ExamAnnounced


class ExamFact(Struct, frozen=True):
    """One link in the log of an exam; written to Postgres before anybody is told.

    `prev` and `hash` make the chain: keyed hashes, of the fact before this one and of this one.
    """

    exam: str
    n: int
    at: int
    by: str
    body: ExamBody
    prev: str = ""
    hash: str = ""
