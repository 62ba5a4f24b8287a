"""What examiners do to one attempt (pure). The same acts on a whole exam are in `exams.exam`."""

import functools
from typing import Any, NamedTuple

from examsync.attempts import timing
from examsync.attempts.attempt import Attempt, apply
from examsync.attempts.commanding import last_order, recorded, repeated
from examsync.attempts.core import Core
from examsync.attempts.decision import Context, Decision, check_erased, effect
from examsync.attempts.seal import terms
from examsync.errors import ExamError
from examsync.exams.exam import Exam
from protocol.facts import (
    Body,
    Extended,
    Fact,
    HandRaised,
    NoticeSent,
    Paused,
    Reopened,
    Resumed,
    Submitted,
    TakeoverApproved,
    Terminated,
)
from protocol.from_client import (
    Act,
    ApproveTakeover,
    Extend,
    Message,
    Pause,
    Reopen,
    Resolve,
    Resume,
    SubmitFor,
    Terminate,
)
from protocol.problems import MEANINGS, Code
from protocol.types import AttemptState

NOTICES_PER_ATTEMPT_MAX = 100
SITUATIONS_MAX = 256
"""Of which it is remembered what is possible in them: the monitor asks for every row."""

KINDS: dict[type, str] = {
    Extend: "extend",
    Pause: "pause",
    Resume: "resume",
    Terminate: "terminate",
    SubmitFor: "submit_for",
    Reopen: "reopen",
    ApproveTakeover: "approve_takeover",
    Message: "message",
    Resolve: "resolve",
}
ACTS: dict[str, type] = {kind: act for act, kind in KINDS.items()}


_OF_OPEN = frozenset({"extend", "terminate", "pause", "submit_for"})
"""Acts that need an attempt which is open."""


def decide(attempt: Attempt, exam: Exam, act: Act, ctx: Context) -> Decision:
    """The fact an act makes in this attempt.

    Raises ExamError with the reason why not: what `why_not` says, or ID_REUSED, TOO_MANY.
    """
    check_erased(attempt)
    kind = KINDS[type(act)]
    before = repeated(attempt, kind, act.id)
    if before is not None:
        return before
    refused = why_not(attempt, exam, kind)
    if refused is not None:
        if ctx.proof is not None:
            return recorded(kind, act.id, ctx.proof)
        raise refused
    said = terms(ctx.proof) if ctx.proof is not None else _terms(attempt, exam, act, ctx.arrived)
    body = _body(act, said)
    if isinstance(body, Reopened) and ctx.proof is None:
        _check_time_left(attempt, exam, body, ctx.arrived)
    return Decision(kind, act.id, ctx.proof or effect(**said), body=body)


class Situation(NamedTuple):
    """All of an attempt that decides which acts are possible; few are different."""

    told: str
    state: AttemptState
    closed: bool
    erased: bool
    started: bool
    waiting: bool
    full: bool
    hand: bool


def situation(core: Core) -> Situation:
    """Where an attempt stands, as acts see it."""
    return Situation(
        core.told,
        core.state,
        core.closed,
        bool(core.erased),
        core.started_at is not None,
        bool(core.waiting),
        len(core.notices) >= NOTICES_PER_ATTEMPT_MAX,
        core.hand,
    )


def why_not(attempt: Attempt, exam: Exam, kind: str) -> ExamError | None:
    """Why an act is not possible now, or None. The monitor's `can` says the same."""
    barred = _barred(situation(attempt.core), kind)
    return None if barred is None else ExamError(*barred)


@functools.lru_cache(SITUATIONS_MAX)
def possible(now: Situation) -> dict[str, str]:
    """Of every act: "" if it is possible, else why not, in a few words. Not to be changed."""
    barred = {kind: _barred(now, kind) for kind in ACTS}
    return {kind: "" if why is None else MEANINGS[why[0]].title for kind, why in barred.items()}


def _barred(now: Situation, kind: str) -> tuple[Code, str] | None:
    """What bars an act, with the detail of the refusal."""
    match kind:
        case _ if now.erased or (now.closed and kind in _OF_OPEN):
            return Code.ATTEMPT_CLOSED, now.told
        case "pause" | "submit_for" if not now.started:
            return Code.NOT_STARTED, "the attempt has not been started"
        case "pause" if now.state is AttemptState.PAUSED:
            return Code.PAUSED, "the attempt is paused already"
        case "resume" if now.state is not AttemptState.PAUSED:
            return Code.NOT_PAUSED, now.told
        case "reopen" if not now.closed:
            return Code.ATTEMPT_OPEN, f"the attempt is {now.state}"
        case "approve_takeover" if not now.waiting:
            return Code.NO_TAKEOVER, "no device is waiting"
        case "message" if now.full:
            return Code.TOO_MANY, "its notices have not been acknowledged"
        case "resolve" if not now.hand:
            return Code.NOT_FOUND, "no hand is raised"
    return None


def _terms(attempt: Attempt, exam: Exam, act: Act, arrived: int) -> dict[str, Any]:
    """What the receipt of an act covers: its terms and the time they count from."""
    match act:
        case Extend():
            return {"extra_ms": act.extra_ms}
        case Reopen():
            order = last_order(exam, arrived)
            said = {"at": arrived, "extra_ms": act.extra_ms}
            return {**said, "order": order} if order else said
        case Pause() | Resume() | Terminate() | SubmitFor():
            return {"at": arrived}
        case ApproveTakeover():
            return {"instance": attempt.core.waiting}
        case _:
            return {}


def _body(act: Act, terms: dict[str, Any]) -> Body:
    match act:
        case Extend():
            return Extended(act.id, terms["extra_ms"], act.reason)
        case Pause():
            return Paused(act.id, terms["at"], act.reason)
        case Resume():
            return Resumed(act.id, terms["at"], act.reason)
        case Terminate():
            return Terminated(act.id, terms["at"], act.reason)
        case SubmitFor():
            return Submitted(act.id, terms["at"], act.reason)
        case Reopen():
            order = terms.get("order", 0)
            return Reopened(act.id, terms["at"], terms["extra_ms"], act.reason, order)
        case ApproveTakeover():
            return TakeoverApproved(act.id, terms["instance"], act.reason)
        case Message():
            return NoticeSent(act.id, act.text)
        case Resolve():
            return HandRaised(act.id, False, act.reason)


def _check_time_left(attempt: Attempt, exam: Exam, body: Reopened, now: int) -> None:
    """A reopened attempt must have time left, or it would be closed again at once."""
    fact = Fact(attempt.id, attempt.epoch, attempt.n + 1, attempt.head, now, "", body)
    after = apply(attempt, fact)
    until = timing.deadline(after, exam, now)
    if until is None:
        until = timing.start_until(after.core, after.seat, exam, now)
    if until <= now:
        raise ExamError(Code.EXAM_OVER, "no time would be left: give it more with extra_ms")
