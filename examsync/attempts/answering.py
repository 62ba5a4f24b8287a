"""Whether an answer counts (pure): versions, lease, state, time; replays with their receipt.

Order matters. A repeat gets its receipt whatever has happened since; what proves itself by a
receipt passes lease, state and deadline, and never the version check.
"""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from examsync.attempts import timing
from examsync.attempts.attempt import Attempt, Held, kept_key
from examsync.attempts.core import Core
from examsync.attempts.decision import Context, Decision, check_erased, effect
from examsync.attempts.seal import digest, terms
from examsync.bank.response import check_response
from examsync.errors import ExamError
from examsync.exams.exam import Exam
from protocol.facts import AnswerKept, AnswerSaved
from protocol.from_client import Answer
from protocol.paper import Item
from protocol.problems import Code
from protocol.types import AttemptState, LatePolicy

KEPT_PER_ATTEMPT_MAX = 500
"""Answers that do not count are kept for the examiner, but not without end."""


def decide(
    attempt: Attempt, exam: Exam, items: Mapping[str, Item], answer: Answer, ctx: Context
) -> Decision:
    """What becomes of one answer.

    Raises ExamError: UNKNOWN_ITEM, BAD_RESPONSE, SEQ_REUSED, NOT_STARTED, ATTEMPT_CLOSED, PAUSED,
    TOO_LATE, BAD_RECEIPT (a receipt over something else), TOO_MANY, NOT_JOINED (a newer lease is
    due before anything newer can stand).
    """
    check_erased(attempt)
    item = items.get(answer.item)
    if item is None:
        raise ExamError(Code.UNKNOWN_ITEM, answer.item)
    check_response(item, answer.response)
    fingerprint = digest(answer.response, answer.flag)
    if ctx.proof is not None:
        return _replayed(attempt, answer, fingerprint, ctx)
    before = _known(attempt, answer, fingerprint, ctx.lease)
    if before is not None:
        return before
    if ctx.lease != attempt.core.lease:
        return _keep(attempt, answer, ctx, "lease_lost")
    late, counts = _in_time(attempt, exam, ctx.arrived)
    if not counts:
        return _keep(attempt, answer, ctx, "late")
    return _save(item.id, answer, fingerprint, ctx, late=late)


def _known(attempt: Attempt, answer: Answer, fingerprint: str, lease: str) -> Decision | None:
    """The reply to an answer that stands already, was kept, or is older than what stands."""
    stands = attempt.responses.get(answer.item)
    version = (lease, answer.seq)
    if stands is not None and version == stands.version:
        if stands.digest != fingerprint:
            raise ExamError(Code.SEQ_REUSED, f"seq {answer.seq} holds another response")
        return _reply(answer, answer_effect(stands), late=stands.late)
    kept = None
    if attempt.core.kept:  # of nearly nobody an answer was
        kept = attempt.commands.get(kept_key(answer.item, lease, answer.seq))
    if kept is not None:
        if terms(kept.effect)["digest"] != fingerprint:
            raise ExamError(Code.SEQ_REUSED, f"seq {answer.seq} holds another response")
        return _kept_reply(answer, kept.effect)
    if stands is not None and version < stands.version and lease == attempt.core.lease:
        if stands.lease > lease and not attempt.core.closed:
            raise ExamError(Code.NOT_JOINED, "join again: an answer of a later lease stands")
        # No receipt: it would claim an arrival, and the newer answer's receipt covers the item.
        return _reply(answer, "", superseded=True)
    return None


def _in_time(attempt: Attempt, exam: Exam, arrived: int) -> tuple[bool, bool]:
    """(late, counts) for an answer of the standing lease that arrived at `arrived`."""
    if attempt.core.state is not AttemptState.IN_PROGRESS:
        _check_state(attempt.core)
    ends = timing.deadline(attempt, exam, arrived)
    assert ends is not None
    if attempt.core.closed_at is not None:
        ends = min(ends, attempt.core.closed_at)  # more time for the exam reopens nothing
    since = timing.paused_since(attempt.core, exam)
    if since is not None and since <= arrived and since < ends:
        if not attempt.core.closed:
            raise ExamError(Code.PAUSED, "answers are taken again when it resumes")
        # The exam ended without being resumed: this was never in time.
    elif arrived <= ends:
        return False, True
    elif arrived <= ends + exam.terms.grace_ms:
        return True, True
    policy = exam.terms.late_policy
    if policy is LatePolicy.DISCARD:
        raise ExamError(Code.TOO_LATE, f"it arrived at {arrived}, the deadline was {ends}")
    return True, policy is LatePolicy.ACCEPT


def _check_state(core: Core) -> None:
    """Raise ExamError unless answers may count in this state, or might have."""
    if core.state is AttemptState.NOT_STARTED:
        raise ExamError(Code.NOT_STARTED, "send `start` first")
    if core.state in (AttemptState.SUBMITTED, AttemptState.TERMINATED, AttemptState.ABSENT):
        raise ExamError(Code.ATTEMPT_CLOSED, core.told)


def _save(item: str, answer: Answer, fingerprint: str, ctx: Context, *, late: bool) -> Decision:
    """`item`: its id as the paper has it. It stays as a key, and all attempts shall hold one text:
    thousands of equal ones are memory that is cold when an attempt's responses are gone through.
    """
    body = AnswerSaved(
        item,
        ctx.lease,
        answer.seq,
        fingerprint,
        answer.response,
        ctx.arrived,
        late,
        answer.flag,
        answer.spent_ms,
    )
    text = _effect_of(ctx.arrived, fingerprint, late, ctx.lease, answer.seq)
    return Decision("answer", item, text, body=body, late=late)


def _keep(attempt: Attempt, answer: Answer, ctx: Context, why: str) -> Decision:
    """Kept as a fact for the examiner; late ones are acked as not counted, others refused."""
    if attempt.core.kept >= KEPT_PER_ATTEMPT_MAX:
        code = Code.LEASE_LOST if why == "lease_lost" else Code.TOO_LATE
        raise ExamError(code, "and no more of these are kept")
    fingerprint = digest(answer.response, answer.flag)
    text = effect(
        arrived=ctx.arrived,
        counted=False,
        digest=fingerprint,
        late=why == "late",
        lease=ctx.lease,
        seq=answer.seq,
        why=why,
    )
    body = AnswerKept(
        answer.item, ctx.lease, answer.seq, fingerprint, answer.response, ctx.arrived, why
    )
    return _kept_reply(answer, text, body)


def _kept_reply(answer: Answer, text: str, body: AnswerKept | None = None) -> Decision:
    said = terms(text)
    return Decision(
        "answer",
        answer.item,
        text,
        body=body,
        refusal=Code.LEASE_LOST if said["why"] == "lease_lost" else None,
        detail="the answer was kept for the examiner, not counted",
        counted=False,
        late=said["late"],
    )


def _replayed(attempt: Attempt, answer: Answer, fingerprint: str, ctx: Context) -> Decision:
    """An answer that was acked before and that this server may have lost."""
    assert ctx.proof is not None
    was = terms(ctx.proof)
    if was.get("digest") != fingerprint or was.get("seq") != answer.seq:
        raise ExamError(Code.BAD_RECEIPT, "it is over another response")
    if not was.get("counted", True):
        return _replayed_kept(attempt, answer, was, ctx.proof)
    version = (str(was["lease"]), answer.seq)
    stands = attempt.responses.get(answer.item)
    if stands is not None and version <= stands.version:
        older = version < stands.version
        return _reply(answer, ctx.proof, superseded=older, late=was["late"])
    body = AnswerSaved(
        answer.item,
        version[0],
        answer.seq,
        fingerprint,
        answer.response,
        was["arrived"],
        was["late"],
        answer.flag,
        answer.spent_ms,
        replayed=True,
    )
    return Decision("answer", answer.item, ctx.proof, body=body, late=was["late"])


def _replayed_kept(
    attempt: Attempt, answer: Answer, was: dict[str, object], proof: str
) -> Decision:
    lease = str(was["lease"])
    if kept_key(answer.item, lease, answer.seq) in attempt.commands:
        return _kept_reply(answer, proof)
    body = AnswerKept(
        answer.item,
        lease,
        answer.seq,
        str(was["digest"]),
        answer.response,
        int(str(was["arrived"])),
        str(was["why"]),
    )
    return _kept_reply(answer, proof, body)


def _reply(answer: Answer, text: str, *, superseded: bool = False, late: bool = False) -> Decision:
    return Decision("answer", answer.item, text, superseded=superseded, late=late)


def answer_effect(h: Held) -> str:
    """What the receipt of an answer covers."""
    return _effect_of(h.arrived, h.digest, h.late, h.lease, h.seq)


class _AnswerEffect(Struct, frozen=True):
    """The same text as `effect` makes of these names: they are in order."""

    arrived: int
    digest: str
    late: bool
    lease: str
    seq: int


_json = msgspec.json.Encoder().encode


def _effect_of(arrived: int, fingerprint: str, late: bool, lease: str, seq: int) -> str:
    return _json(_AnswerEffect(arrived, fingerprint, late, lease, seq)).decode()
