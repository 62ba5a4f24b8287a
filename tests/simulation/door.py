"""A worker's door for candidates: the same steps as `edge/sockets/candidate`, without sockets.

It reads events, hands them to the real service and answers with the real acks; it tells
candidates what the real `telling` says of facts and of exams.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from examsync.attempts import replies
from examsync.attempts.attempt import Attempt
from examsync.attempts.desk import Reply
from examsync.attempts.environment import Sitter, seat_at
from examsync.attempts.identity import partition
from examsync.attempts.ports import Life
from examsync.attempts.service import Attempts
from examsync.edge.sockets.candidate import WITHOUT_LEASE
from examsync.edge.sockets.telling import Told, candidate_events, exam_events
from examsync.exams.exam import Exam
from examsync.exams.service import Exams
from examsync.monitor.presence import Presence
from protocol import from_client
from protocol.facts import ExamFact, Fact
from protocol.from_server import AnswerAck, AnswerResult, AnswersAck, Refused, Replay
from protocol.problems import Code, problem
from tests.simulation.memory_exams import ORDER, PAPER
from tests.simulation.network import Link
from tests.simulation.present import Present
from tests.simulation.process import Process
from tests.simulation.witness import Witness

REPLAY_SPREAD_MS = 3_000

Ack = Callable[[object], None]

_encode = msgspec.json.encode


class Asked(Struct, frozen=True):
    """What was asked of the service: when (virtual seconds, and by the clock of the process), what,
    by whom, and how often the process had been paused before."""

    since: float
    arrived: int
    event: str
    sitter: Sitter
    process: Process
    pauses: int


class Door:
    """Candidates' connections to one worker, and where they sit."""

    def __init__(
        self,
        process: Process,
        attempts: Attempts,
        exams: Exams,
        heard: Callable[[Asked, Reply], None],
        witness: Witness,
        *,
        presence: Presence | None = None,
    ) -> None:
        self.process = process
        self.attempts = attempts
        self.exams = exams
        self.keys = attempts.env.keys
        self.sitters: dict[Link, Sitter] = {}
        self._heard = heard
        self._witness = witness
        self._present = Present(attempts, presence)

    def received(self, link: Link, message: tuple[Any, ...]) -> None:
        """An event has arrived: (ticket, event, body as JSON, attempt)."""
        ticket, event, body, attempt_id = message
        arrived = self.process.now()
        self._present.opened(link, arrived)

        def ack(said: object) -> None:
            link.down(("ack", ticket, _encode(said)))

        if event == "join":
            self._join(link, arrived, attempt_id, body, ack)
            return
        sitter = self.sitters.get(link)
        if sitter is None:
            ack(Refused(problem(Code.NOT_JOINED, retry_after_ms=500)))
            return
        self._present.seen(link, sitter.attempt, arrived)
        if event == "answer":
            self._answer(sitter, arrived, body, ack)
        elif event == "heartbeat":
            self._heartbeat(sitter, arrived, ack)
        else:
            self._command(sitter, arrived, event, body, ack)

    def closed(self, link: Link) -> None:
        """A connection is gone."""
        sitter = self.sitters.pop(link, None)
        if sitter is not None:
            self.attempts.release(sitter.attempt)
            self._present.left(link, sitter.attempt)

    # --- commands ---------------------------------------------------------------------------------

    def _join(self, link: Link, arrived: int, id_: str, body: bytes, ack: Ack) -> None:
        join = msgspec.json.decode(body, type=from_client.Join)
        by = f"candidate:{link.instance}"

        sitter = Sitter(id_, by, link.instance)
        asked = self._asked(sitter, "join")
        self._witness.join(id_, join)

        def joined(reply: Reply) -> None:
            self._heard(asked, reply)
            ack(self._seat(link, by, join, reply))

        self.attempts.join(arrived, sitter, join).then(joined)

    def _asked(self, sitter: Sitter, event: str) -> Asked:
        process = self.process
        return Asked(process.loop.time(), process.now(), event, sitter, process, process.pauses)

    def _seat(self, link: Link, by: str, join: from_client.Join, reply: Reply) -> object:
        no, attempt = replies.refused(reply), reply.attempt
        if no is not None and (attempt is None or no.problem.code not in WITHOUT_LEASE):
            return no
        exam = self.exams.get(attempt.seat.exam) if attempt is not None else None
        if attempt is None or exam is None or not link.server_open:
            return Refused(problem(Code.INTERNAL))
        if link not in self.sitters:
            self.attempts.hold(attempt.id)
        self._present.sits(link, attempt)
        sitter = seat_at(attempt, by, link.instance, join.lease or "")
        self.sitters[link] = sitter
        if no is not None:
            return no
        paper = (PAPER, ORDER) if attempt.core.started_at is not None else None
        decision = reply.decision
        return replies.joined(
            self.keys, attempt, exam, reply.at, paper, decision=decision, lease=sitter.lease
        )

    def _answer(self, sitter: Sitter, arrived: int, body: bytes, ack: Ack) -> None:
        said = msgspec.json.decode(body, type=from_client.Answer | list[from_client.Answer])
        asked = self._asked(sitter, "answer")
        for each in said if isinstance(said, list) else [said]:
            self._witness.answer(sitter.attempt, sitter.by, each, arrived)
        if not isinstance(said, list):
            one = said

            def answered(reply: Reply) -> None:
                self._heard(asked, reply)
                ack(replies.answer(self.keys, reply, one.seq))

            self.attempts.answer(arrived, sitter, one).then(answered)
            return
        results: dict[int, AnswerResult] = {}
        many = said

        def take(at: int, reply: Reply) -> None:
            self._heard(asked, reply)
            seq = many[at].seq
            results[at] = result_of(seq, replies.answer(self.keys, reply, seq))
            if len(results) == len(many):
                ack(AnswersAck([results[i] for i in range(len(many))]))

        for at, each in enumerate(many):
            pending = self.attempts.answer(arrived, sitter, each)
            pending.then(lambda reply, at=at: take(at, reply))  # type: ignore[misc]

    def _command(self, sitter: Sitter, arrived: int, event: str, body: bytes, ack: Ack) -> None:
        command: Any = msgspec.json.decode(body, type=from_client.EVENTS_EXAM[event])
        asked = self._asked(sitter, event)
        if event == "submit":
            self._witness.submit(sitter.attempt, command)
        elif event == "start":
            attempt = self.attempts.confirmed(sitter.attempt)
            exam = self.exams.get(attempt.seat.exam) if attempt is not None else None
            self._witness.begins(sitter.attempt, command.id, arrived, exam)

        def done(reply: Reply) -> None:
            self._heard(asked, reply)
            attempt = reply.attempt
            exam = self.exams.get(attempt.seat.exam) if attempt is not None else None
            if event == "start" and exam is not None:
                ack(replies.started(self.keys, reply, exam, PAPER, ORDER))
            else:
                ack(replies.command(self.keys, reply))

        self.attempts.command(arrived, sitter, command).then(done)

    def _heartbeat(self, sitter: Sitter, arrived: int, ack: Ack) -> None:
        attempt = self.attempts.confirmed(sitter.attempt)
        if attempt is not None:
            ack(self._beat(attempt, arrived))
            return

        def viewed(reply: Reply) -> None:
            ack(replies.refused(reply) or self._beat(reply.attempt, arrived))

        self.attempts.view(sitter.attempt).then(viewed)

    def _beat(self, attempt: Attempt | None, now: int) -> object:
        exam = self.exams.get(attempt.seat.exam) if attempt is not None else None
        if attempt is None or exam is None:
            return Refused(problem(Code.INTERNAL))
        return replies.heartbeat(attempt, exam, now)

    # --- what candidates are told -----------------------------------------------------------------

    def confirmed(self, before: Attempt, after: Attempt, fact: Fact) -> None:
        """A fact was confirmed here."""
        self.told(after, fact)

    def told(self, after: Attempt, fact: Fact) -> None:
        """A fact of an attempt at hand, confirmed by whomever."""
        exam = self.exams.get(after.seat.exam)
        if exam is not None:
            self._say(after.id, candidate_events(after, exam, fact))

    def exam_changed(self, before: Exam, after: Exam, facts: list[ExamFact]) -> None:
        """This worker has learnt what was done to the exam as a whole."""
        for id_ in dict.fromkeys(sitter.attempt for sitter in self.sitters.values()):
            attempt = self.attempts.confirmed(id_)
            if attempt is not None:
                self._say(id_, [t for fact in facts for t in exam_events(attempt, after, fact)])

    def new_life(self, life: Life) -> None:
        """A partition has begun a new epoch: its candidates send again what may be lost."""
        for link, sitter in self.sitters.items():
            if partition(sitter.attempt, self.attempts.env.partitions) == life.p:
                spread = int(link.network.dice.random() * REPLAY_SPREAD_MS)
                link.down(("event", "replay", Replay(sitter.attempt, life.epoch, spread)))

    def _say(self, id_: str, events: list[Told]) -> None:
        for link, sitter in self.sitters.items():
            for told in events:
                if sitter.attempt == id_ and told.spare != link.instance:
                    link.down(("event", told.event, told.body))


def result_of(seq: int, ack: AnswerAck | Refused) -> AnswerResult:
    """One entry of a list of answers, from the ack it would have had alone."""
    if isinstance(ack, Refused):
        return AnswerResult(False, seq, problem=ack.problem)
    return AnswerResult(
        True, seq, ack.rev, ack.saved_at, ack.receipt, ack.late, ack.superseded, ack.counted
    )
