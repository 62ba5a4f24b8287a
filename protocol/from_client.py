"""Every event a client may send: candidates on `/exam`, examiners on `/monitor`.

Requests are imperative. Every command carries an `id` the client made and keeps until the command
is durable; a repeat has no further effect and gets the same receipt. Answers are known by
(lease, seq) instead. `EVENTS` is the whole table, by namespace.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from protocol.facts import Rev
from protocol.paper import Response
from protocol.types import (
    ANSWERS_PER_EVENT_MAX,
    ATTEMPTS_PER_ACT_MAX,
    TOKEN_CHARS_MAX,
    Id,
    Millis,
    Reason,
    Receipt,
    Seq,
    Text,
)

NAMESPACE_EXAM = "/exam"
NAMESPACE_MONITOR = "/monitor"


class Client(Struct, frozen=True, omit_defaults=True):
    """Who connects: `instance` is one browser profile or app with its own outbox."""

    instance: Id
    name: Annotated[str, Meta(max_length=64)] = ""
    version: Annotated[str, Meta(max_length=32)] = ""
    level: int = 1


class Auth(Struct, frozen=True):
    """The `auth` of a Socket.IO connect."""

    token: Annotated[str, Meta(min_length=1, max_length=TOKEN_CHARS_MAX)]
    client: Client


class Join(Struct, frozen=True, omit_defaults=True):
    """Take a seat. `lease` is the latest this instance was granted, if any. `rev` is the latest any
    ack has named; of a later epoch that it has only HEARD of, `[epoch, 0]`: a server in an older
    one learns from it that another primary was taken for the right one."""

    id: Id
    exam: Id
    lease: Id | None = None
    rev: Rev | None = None
    receipt: Receipt | None = None


class Start(Struct, frozen=True, omit_defaults=True):
    """Start the clock. With a receipt: restore a start that the server lost."""

    id: Id
    receipt: Receipt | None = None


class Answer(Struct, frozen=True, omit_defaults=True):
    """One response. `null` clears it; `flag` is the mark for review; a receipt marks a replay."""

    seq: Seq
    item: Id
    response: Response
    flag: bool = False
    spent_ms: Millis | None = None
    receipt: Receipt | None = None


Answers = Annotated[list[Answer], Meta(min_length=1, max_length=ANSWERS_PER_EVENT_MAX)]


class Heartbeat(Struct, frozen=True, omit_defaults=True):
    """Sent every `heartbeat_period_s`, jittered. `pending` counts what is not acked yet."""

    pending: Millis = 0
    rtt_ms: Millis | None = None
    visible: bool | None = None


ViolationKind = Literal[
    "tab_hidden", "window_blur", "fullscreen_exit", "copy", "paste", "print", "devtools", "other",
]  # fmt: skip


class Violation(Struct, frozen=True, omit_defaults=True):
    """A signal the client noticed. `at` is the client's clock and decides nothing."""

    id: Id
    kind: ViolationKind
    at: Millis
    detail: Annotated[str, Meta(max_length=500)] = ""
    receipt: Receipt | None = None


class Submit(Struct, frozen=True, omit_defaults=True):
    """Hand in. `holds` names, per item, the (lease, seq) of all the client holds."""

    id: Id
    holds: dict[Id, tuple[Id, Seq]]
    receipt: Receipt | None = None


class RaiseHand(Struct, frozen=True, omit_defaults=True):
    """Ask for an examiner; `raised: false` takes the hand down."""

    id: Id
    raised: bool = True
    text: Annotated[str, Meta(max_length=500)] = ""
    receipt: Receipt | None = None


class Acknowledge(Struct, frozen=True, omit_defaults=True):
    """The candidate has seen notice `notice`."""

    id: Id
    notice: Id
    receipt: Receipt | None = None


class Reauth(Struct, frozen=True):
    """A fresh token for the connection that is already there."""

    token: Annotated[str, Meta(min_length=1, max_length=TOKEN_CHARS_MAX)]


class Watch(Struct, frozen=True, omit_defaults=True):
    """Follow an exam. `version` is the last one seen: the gap is replayed, or a snapshot sent."""

    exam: Id
    version: str | None = None


class Unwatch(Struct, frozen=True):
    """Stop following an exam."""

    exam: Id


Targets = Annotated[
    Annotated[list[Id], Meta(min_length=1, max_length=ATTEMPTS_PER_ACT_MAX)] | Literal["all"],
    Meta(title="Targets"),
]
"""Attempt ids, or "all" for the exam as a whole (late joiners included)."""

Receipts = dict[Id, Receipt]
"""The receipts of an act by attempt, as its ack gave them: sent with a replay."""


class Extend(Struct, frozen=True, omit_defaults=True):
    """Grant time: incident time of attempts, or a grant of the whole exam."""

    id: Id
    exam: Id
    attempts: Targets
    extra_ms: Annotated[int, Meta(ge=1_000, le=86_400_000)]
    reason: Reason
    receipts: Receipts | None = None


class Pause(Struct, frozen=True, omit_defaults=True):
    """Stop clocks."""

    id: Id
    exam: Id
    attempts: Targets
    reason: Reason
    receipts: Receipts | None = None


class Resume(Struct, frozen=True, omit_defaults=True):
    """Let clocks run again."""

    id: Id
    exam: Id
    attempts: Targets
    reason: Reason = ""
    receipts: Receipts | None = None


class Terminate(Struct, frozen=True, omit_defaults=True):
    """End attempts. What was saved is graded."""

    id: Id
    exam: Id
    attempts: Targets
    reason: Reason
    receipts: Receipts | None = None


class SubmitFor(Struct, frozen=True, omit_defaults=True):
    """Hand in for candidates who cannot."""

    id: Id
    exam: Id
    attempts: Targets
    reason: Reason
    receipts: Receipts | None = None


class Reopen(Struct, frozen=True, omit_defaults=True):
    """Lead closed attempts back; the time since they closed does not count; `extra_ms` on top."""

    id: Id
    exam: Id
    attempts: Targets
    reason: Reason
    extra_ms: Annotated[int, Meta(ge=0, le=86_400_000)] = 0
    receipts: Receipts | None = None


class ApproveTakeover(Struct, frozen=True, omit_defaults=True):
    """Let the waiting device of an attempt take over."""

    id: Id
    exam: Id
    attempts: Targets
    reason: Reason = ""
    receipts: Receipts | None = None


class Announce(Struct, frozen=True):
    """A notice to everybody in the exam; stays until acknowledged."""

    id: Id
    exam: Id
    text: Text


class Message(Struct, frozen=True, omit_defaults=True):
    """A notice to some candidates."""

    id: Id
    exam: Id
    attempts: Targets
    text: Text
    receipts: Receipts | None = None


class Resolve(Struct, frozen=True, omit_defaults=True):
    """Take down raised hands."""

    id: Id
    exam: Id
    attempts: Targets
    reason: Reason = ""
    receipts: Receipts | None = None


class Timeline(Struct, frozen=True, omit_defaults=True):
    """Everything that happened in one attempt, oldest first, from fact `since` on."""

    attempt: Id
    since: Millis = 0
    limit: Annotated[int, Meta(ge=1, le=1_000)] = 500


Act = Extend | Pause | Resume | Terminate | SubmitFor | Reopen | ApproveTakeover | Message | Resolve
"""The acts that name attempts."""

EVENTS_EXAM: dict[str, type] = {
    "join": Join,
    "start": Start,
    "answer": Answer,
    "heartbeat": Heartbeat,
    "violation": Violation,
    "submit": Submit,
    "raise_hand": RaiseHand,
    "acknowledge": Acknowledge,
    "reauth": Reauth,
}
"""`answer` also takes a list of them (`Answers`): one result per entry, in order."""

EVENTS_MONITOR: dict[str, type] = {
    "watch": Watch,
    "unwatch": Unwatch,
    "extend": Extend,
    "pause": Pause,
    "resume": Resume,
    "terminate": Terminate,
    "submit_for": SubmitFor,
    "reopen": Reopen,
    "approve_takeover": ApproveTakeover,
    "announce": Announce,
    "message": Message,
    "resolve": Resolve,
    "timeline": Timeline,
    "reauth": Reauth,
}

EVENTS: dict[str, dict[str, type]] = {
    NAMESPACE_EXAM: EVENTS_EXAM,
    NAMESPACE_MONITOR: EVENTS_MONITOR,
}
