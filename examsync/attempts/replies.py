"""From how a command ended to its ack (pure): receipts are made here, whole views too."""

from examsync.attempts import seal, timing
from examsync.attempts.answering import answer_effect
from examsync.attempts.attempt import Attempt
from examsync.attempts.decision import Decision
from examsync.attempts.desk import Reply
from examsync.attempts.seal import Keys
from examsync.exams.exam import Exam
from protocol.from_server import (
    AnswerAck,
    CommandAck,
    HeartbeatAck,
    HeldResponse,
    Joined,
    Notice,
    Refused,
    StartedAck,
    Times,
)
from protocol.paper import Order, Paper
from protocol.problems import Code, problem


def refused(reply: Reply) -> Refused | None:
    """The refusal in a reply, if it is one: a problem, or something written that still refuses."""
    if reply.problem is not None:
        return Refused(reply.problem)
    decision = reply.decision
    if decision is not None and decision.refusal is not None:
        return Refused(problem(decision.refusal, decision.detail))
    return None


def receipt(keys: Keys, attempt: Attempt, decision: Decision) -> str:
    """The receipt over what a decision did; "" where there is nothing to prove."""
    if not decision.effect:
        return ""
    return seal.receipt(keys, attempt.id, decision.kind, decision.key, decision.effect)


def answer(keys: Keys, reply: Reply, seq: int) -> AnswerAck | Refused:
    """The ack of one answer."""
    decision, attempt = reply.decision, reply.attempt
    if reply.problem is not None or decision is None or decision.refusal is not None:
        return refused(reply) or Refused(problem(Code.INTERNAL))
    if attempt is None:
        return Refused(problem(Code.INTERNAL))
    return AnswerAck(
        seq,
        attempt.rev,
        reply.at,
        receipt(keys, attempt, decision),
        late=decision.late,
        superseded=decision.superseded,
        counted=decision.counted,
    )


def command(keys: Keys, reply: Reply) -> CommandAck | Refused:
    """The ack of any other command but `join` and `start`."""
    no = refused(reply)
    if no is not None:
        return no
    if reply.decision is None or reply.attempt is None:
        return Refused(problem(Code.INTERNAL))
    return CommandAck(reply.attempt.rev, receipt(keys, reply.attempt, reply.decision))


def started(
    keys: Keys, reply: Reply, exam: Exam, paper: Paper, order: Order
) -> StartedAck | Refused:
    """The ack of `start`: from now on the paper may be seen."""
    no = refused(reply)
    if no is not None:
        return no
    attempt, decision = reply.attempt, reply.decision
    if decision is None or attempt is None:
        return Refused(problem(Code.INTERNAL))
    core = attempt.core
    ends = timing.deadline(attempt, exam, reply.at)
    # A start that was lost and came back after the attempt was closed is recorded, and ok.
    said = seal.terms(decision.effect).get("started_at")
    at = core.started_at if core.started_at is not None else said
    if at is None:
        return Refused(problem(Code.INTERNAL))
    over = core.closed_at if core.closed_at is not None else reply.at
    return StartedAck(
        attempt.rev,
        receipt(keys, attempt, decision),
        at,
        over if ends is None else ends,
        paper,
        order,
    )


def times(attempt: Attempt, exam: Exam, now: int) -> Times:
    """The clock of an attempt as the client counts it down."""
    core = attempt.core
    return Times(
        now,
        exam.terms.opens_at,
        core.started_at,
        timing.deadline(attempt, exam, now),
        None if core.closed else timing.paused_since(core, exam),
        core.closed_at,
    )


def heartbeat(attempt: Attempt, exam: Exam, now: int) -> HeartbeatAck:
    """What a heartbeat is told; memory only."""
    deadline = None if attempt.core.closed else timing.deadline(attempt, exam, now)
    return HeartbeatAck(now, attempt.rev, attempt.durable, deadline)


def notices(attempt: Attempt, exam: Exam) -> list[Notice]:
    """Messages and announcements this candidate has not acknowledged."""
    seen = set(attempt.core.seen)
    return [*attempt.core.notices, *(n for n in exam.notices if n.id not in seen)]


def responses(keys: Keys, attempt: Attempt) -> dict[str, HeldResponse]:
    """What stands for each item, with its receipt."""
    return {
        item: HeldResponse(
            h.response,
            h.lease,
            h.seq,
            seal.receipt(keys, attempt.id, "answer", item, answer_effect(h)),
            h.flag,
            h.late,
        )
        for item, h in attempt.responses.items()
    }


def joined(
    keys: Keys,
    attempt: Attempt,
    exam: Exam,
    now: int,
    paper: tuple[Paper, Order] | None,
    *,
    lease: str,
    decision: Decision | None = None,
) -> Joined:
    """The whole view. `paper` is given only once the attempt has started; `lease` is what the
    sender holds ("" for none); `decision` is what the join led to: its receipt proves the lease
    if Redis loses it."""
    core = attempt.core
    return Joined(
        attempt=attempt.id,
        exam=exam.id,
        title=exam.title,
        state=core.state,
        rev=attempt.rev,
        durable=attempt.durable,
        lease=lease,
        seq=attempt.seq,
        times=times(attempt, exam, now),
        heartbeat_period_s=exam.terms.heartbeat_period_s,
        responses=responses(keys, attempt),
        notices=notices(attempt, exam),
        paper=paper[0] if paper else None,
        order=paper[1] if paper else None,
        receipt=receipt(keys, attempt, decision) if decision is not None else "",
        hand=core.hand,
    )
