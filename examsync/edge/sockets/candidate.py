"""What candidates ask for on `/exam`: the session says whose attempt it is, never the payload.

Each handler hands its command to `attempts.service` and lets the pending result make the ack:
nothing waits here, so a client's events are decided in the order they came.
"""

import functools
from typing import Protocol

from examsync.access.role import Action, require
from examsync.attempts import replies
from examsync.attempts.attempt import Attempt
from examsync.attempts.commanding import Command
from examsync.attempts.desk import Reply
from examsync.attempts.environment import Sitter
from examsync.attempts.identity import attempt_id
from examsync.attempts.seal import Keys
from examsync.attempts.service import Attempts
from examsync.edge.sockets.door import Ack, Entry, entry
from examsync.edge.sockets.doorkeeper import Doorkeeper
from examsync.edge.sockets.rates import Rates
from examsync.edge.sockets.session import Session
from examsync.errors import ExamError
from examsync.exams.service import Exams
from examsync.monitor.presence import Presence
from protocol import from_client
from protocol.from_client import Answer, Answers, Heartbeat, Join, Start
from protocol.from_server import AnswerAck, AnswerResult, AnswersAck, Refused
from protocol.paper import Order, Paper
from protocol.problems import Code, problem

WITHOUT_LEASE = frozenset({Code.LEASE_LOST, Code.TAKEOVER_PENDING, Code.TAKEOVER_REFUSED})
"""Why a join is refused and the session sits all the same, without a lease: what it was acked
before may have been lost since, and it must be able to send that again; what it holds besides is
kept for the examiner."""


class Seating(Protocol):
    """Where sessions sit: `seats.Seats`, and for one HTTP request `api.sync.Visits`."""

    def take(self, session: Session, attempt: Attempt, named: str) -> Sitter:
        """Sit, with the lease or without."""

    def writes(self, session: Session) -> bool:
        """Whether what is heard of this session says how its candidate fares."""


class Candidates:
    """The handlers of `/exam`."""

    def __init__(
        self, attempts: Attempts, exams: Exams, seats: Seating, presence: Presence, rates: Rates
    ) -> None:
        self._attempts = attempts
        self._exams = exams
        self._seats = seats
        self._presence = presence
        self._rates = rates
        self._keys = attempts.env.keys

    def entries(self, keeper: Doorkeeper) -> dict[str, Entry]:
        """Every event of `/exam`, how it is read and who handles it."""
        return {
            "join": entry(Join, self.join),
            "start": entry(Start, self.start),
            "answer": entry(Answer | Answers, self.answer),
            "heartbeat": entry(Heartbeat, self.heartbeat),
            "violation": entry(from_client.Violation, self.command),
            "submit": entry(from_client.Submit, self.command),
            "raise_hand": entry(from_client.RaiseHand, self.command),
            "acknowledge": entry(from_client.Acknowledge, self.command),
            "reauth": entry(from_client.Reauth, keeper.reauth),
        }

    def join(self, session: Session, arrived: int, join: Join, ack: Ack) -> None:
        """Take a seat at the attempt that this subject has in this exam."""
        identity = session.identity
        require(identity, Action.SIT, exam=join.exam)
        id_ = attempt_id(join.exam, identity.subject)
        sitter = Sitter(id_, session.by, session.client.instance)

        def joined(reply: Reply) -> None:
            ack(self._joined(session, join, reply))

        self._attempts.join(arrived, sitter, join).then(joined)

    def _joined(self, session: Session, join: Join, reply: Reply) -> object:
        no, attempt = replies.refused(reply), reply.attempt
        if no is not None and (attempt is None or no.problem.code not in WITHOUT_LEASE):
            return no
        exam = self._exams.get(attempt.seat.exam) if attempt is not None else None
        if attempt is None or exam is None:
            return Refused(problem(Code.INTERNAL))
        if session.gone:
            return Refused(problem(Code.UNAVAILABLE))
        sitter = self._seats.take(session, attempt, join.lease or "")
        if no is not None:
            return no
        started = attempt.core.started_at is not None
        paper = self._paper(attempt) if started else None
        decision = reply.decision
        return replies.joined(
            self._keys, attempt, exam, reply.at, paper, decision=decision, lease=sitter.lease
        )

    def start(self, session: Session, arrived: int, start: Start, ack: Ack) -> None:
        """Start the clock; from here on the paper may be seen."""

        def started(reply: Reply) -> None:
            attempt = reply.attempt
            exam = self._exams.get(attempt.seat.exam) if attempt is not None else None
            if attempt is None or exam is None:
                ack(replies.refused(reply) or Refused(problem(Code.INTERNAL)))
                return
            paper, order = self._paper(attempt)
            ack(replies.started(self._keys, reply, exam, paper, order))

        self._attempts.command(arrived, seated(session), start).then(started)

    def answer(self, session: Session, arrived: int, said: Answer | list[Answer], ack: Ack) -> None:
        """One answer, or several with one result each."""
        sitter = seated(session)
        if isinstance(said, list):
            self._answers(session, arrived, said, ack)
            return
        answered = _Answered(self._keys, ack, said.seq)
        self._attempts.answer(arrived, sitter, said).then(answered)

    def _answers(self, session: Session, arrived: int, said: list[Answer], ack: Ack) -> None:
        sitter = seated(session)
        self._rates.charge(session, arrived, len(said) - 1)
        results: dict[int, AnswerResult] = {}

        def answered(at: int, reply: Reply) -> None:
            seq = said[at].seq
            results[at] = result_of(seq, replies.answer(self._keys, reply, seq))
            if len(results) == len(said):
                ack(AnswersAck([results[i] for i in range(len(said))]))

        for at, each in enumerate(said):
            pending = self._attempts.answer(arrived, sitter, each)
            pending.then(functools.partial(answered, at))

    def command(self, session: Session, arrived: int, command: Command, ack: Ack) -> None:
        """Violation, submit, raise_hand, acknowledge."""

        def done(reply: Reply) -> None:
            ack(replies.command(self._keys, reply))

        self._attempts.command(arrived, seated(session), command).then(done)

    def heartbeat(self, session: Session, arrived: int, beat: Heartbeat, ack: Ack) -> None:
        """Write a number in memory, say the time; nothing else, unless the attempt is not here."""
        sitter = seated(session)
        if self._seats.writes(session):
            self._presence.seen(
                sitter.attempt,
                arrived,
                pending=beat.pending,
                rtt_ms=beat.rtt_ms,
                visible=beat.visible,
            )
        attempt = self._attempts.confirmed(sitter.attempt)
        if attempt is not None:
            ack(self._beat(attempt, arrived))
            return

        def viewed(reply: Reply) -> None:
            ack(replies.refused(reply) or self._beat(reply.attempt, arrived))

        self._attempts.view(sitter.attempt).then(viewed)

    def _beat(self, attempt: Attempt | None, now: int) -> object:
        exam = self._exams.get(attempt.seat.exam) if attempt is not None else None
        if attempt is None or exam is None:
            return Refused(problem(Code.INTERNAL))
        return replies.heartbeat(attempt, exam, now)

    def _paper(self, attempt: Attempt) -> tuple[Paper, Order]:
        exam = attempt.seat.exam
        return self._exams.paper(exam), self._exams.order(exam, attempt.id)


class _Answered:
    """Acks one answer. A closure would be five objects, for each answer under way."""

    __slots__ = ("_ack", "_keys", "_seq")

    def __init__(self, keys: Keys, ack: Ack, seq: int) -> None:
        self._keys = keys
        self._ack = ack
        self._seq = seq

    def __call__(self, reply: Reply) -> None:
        self._ack(replies.answer(self._keys, reply, self._seq))


def seated(session: Session) -> Sitter:
    """Where the session sits. Raises ExamError NOT_JOINED before the ack of `join`."""
    if session.sitter is None:
        raise ExamError(Code.NOT_JOINED, "wait for the ack of `join`", retry_after_ms=500)
    return session.sitter


def result_of(seq: int, ack: AnswerAck | Refused) -> AnswerResult:
    """One entry of a list of answers, from the ack it would have had alone."""
    if isinstance(ack, Refused):
        return AnswerResult(False, seq, problem=ack.problem)
    return AnswerResult(
        True, seq, ack.rev, ack.saved_at, ack.receipt, ack.late, ack.superseded, ack.counted
    )
