"""Acts of examiners on one, many or all attempts of an exam: what was done, and what was not.

Sockets, HTTP and the command line all come this way. An act on the whole exam is a fact of the
exam; on named attempts it is one fact in each, and each may refuse for a reason of its own.
"""

import asyncio

from msgspec import structs

from examsync.attempts import replies
from examsync.attempts.environment import Sitter
from examsync.attempts.service import Attempts
from examsync.errors import ExamError
from examsync.exams.service import Exams
from protocol.facts import (
    ExamAnnounced,
    ExamBody,
    ExamExtended,
    ExamOrdered,
    ExamPaused,
    ExamResumed,
    Rev,
)
from protocol.from_client import (
    Act,
    Announce,
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
from protocol.from_server import ActAck, NotDone
from protocol.problems import Code, problem

AT_ONCE_MAX = 200
"""Attempts acted on together: they are loaded within the patience of each, however many there are.
The whole act has the one arrival."""
DURABLE_CHECK_S = 0.05


async def act(attempts: Attempts, exams: Exams, arrived: int, by: str, act: Act) -> ActAck:
    """Do it. Raises ExamError where the whole act is refused, and Unavailable."""
    if act.attempts == "all":
        return await _on_exam(exams, by, act)
    ids = list(dict.fromkeys(act.attempts))
    done: list[str] = []
    not_done: list[NotDone] = []
    receipts: dict[str, str] = {}
    for start in range(0, len(ids), AT_ONCE_MAX):
        some = ids[start : start + AT_ONCE_MAX]
        pending = [attempts.act(arrived, Sitter(i, by), act, act.exam) for i in some]
        for id_, reply in zip(some, [await p for p in pending], strict=True):
            no = replies.refused(reply)
            if no is not None:
                not_done.append(NotDone(id_, no.problem))
            elif reply.attempt is not None and reply.decision is not None:
                done.append(id_)
                receipts[id_] = replies.receipt(attempts.env.keys, reply.attempt, reply.decision)
    return ActAck(act.id, done, not_done, receipts=receipts)


async def announce(exams: Exams, by: str, announce: Announce) -> ActAck:
    """A notice to everybody in the exam. Raises ExamError, Unavailable."""
    exam = await exams.act(announce.exam, ExamAnnounced(announce.id, announce.text), by)
    return ActAck(announce.id, [], [], durable=True, exam_rev=exam.n)


async def _on_exam(exams: Exams, by: str, act: Act) -> ActAck:
    exam = await exams.act(act.exam, exam_body(act), by)
    return ActAck(act.id, [], [], durable=True, exam_rev=exam.n)


def exam_body(act: Act) -> ExamBody:
    """The same act as a fact of the whole exam. Raises ExamError BAD_REQUEST if it has none."""
    match act:
        case Extend():
            return ExamExtended(act.id, act.extra_ms, act.reason)
        case Pause():
            return ExamPaused(act.id, act.reason)
        case Resume():
            return ExamResumed(act.id, act.reason)
        case Terminate():
            return ExamOrdered(act.id, "terminate", act.reason)
        case SubmitFor():
            return ExamOrdered(act.id, "submit_for", act.reason)
        case Reopen():
            return ExamOrdered(act.id, "reopen", act.reason, act.extra_ms)
        case Message():
            return ExamAnnounced(act.id, act.text)
        case ApproveTakeover() | Resolve():
            raise ExamError(Code.BAD_REQUEST, "name the attempts: this is decided one by one")


async def durable(attempts: Attempts, ack: ActAck, within_s: float) -> ActAck:
    """Wait until what was done is in Postgres, for so long; the ack says whether it is."""
    clock = asyncio.get_running_loop().time
    end = clock() + within_s
    waiting: dict[str, Rev | None] = dict.fromkeys(ack.done)
    for id_ in ack.done:
        reply = await attempts.view(id_)
        waiting[id_] = reply.attempt.rev if reply.attempt is not None else None
    while waiting and clock() < end:
        # Storage is asked, not memory: the flusher may be another process.
        some = list(waiting)[:AT_ONCE_MAX]
        noted = await asyncio.gather(*(attempts.durable_in_store(id_) for id_ in some))
        late = [id_ for id_, at in zip(some, noted, strict=True) if not _reached(at, waiting[id_])]
        for id_ in set(some).difference(late):
            del waiting[id_]
        if late:
            await asyncio.sleep(DURABLE_CHECK_S)
    return structs.replace(ack, durable=ack.durable or not waiting)


def _reached(durable: Rev | None, rev: Rev | None) -> bool:
    """Whether a fact is in Postgres; what a later epoch has may have been built without it."""
    if durable is None or rev is None:
        return False
    return durable[0] == rev[0] and durable[1] >= rev[1]


def refused(id_: str, code: Code, detail: str) -> NotDone:
    """One attempt an act was not even tried on."""
    return NotDone(id_, problem(code, detail))
