"""Candidates who have joined on connections of this process: their attempts are held at hand, and
they are told what happens to them, wherever it was confirmed.

The listeners (`confirmed`, `heard`, `exam_changed`, `new_life`) are hung up by `app`.
"""

import asyncio
import functools
import random
from collections.abc import Iterable

from examsync.attempts.attempt import Attempt
from examsync.attempts.desk import Reply
from examsync.attempts.environment import Sitter, seat_at
from examsync.attempts.identity import partition
from examsync.attempts.joining import lease_ms
from examsync.attempts.ports import Life
from examsync.attempts.service import Attempts
from examsync.edge.slices import in_slices
from examsync.edge.sockets import rooms, telling
from examsync.edge.sockets.broadcast import Broadcast
from examsync.edge.sockets.session import Session
from examsync.edge.sockets.telling import Told
from examsync.exams.exam import Exam
from examsync.infra import metrics
from examsync.monitor.presence import Presence
from protocol.facts import AnswerSaved, ExamFact, ExamOrdered, Fact
from protocol.from_client import NAMESPACE_EXAM
from protocol.from_server import Replay, ResultsReleased

REPLAY_SPREAD_MS = 3_000
"""After a new epoch all clients send again what is not durable: within the sweep's replay window
(`attempts.sweep`), but not all at once."""

TOLD_AT_ONCE = 200
"""Connections that are told what befell their exam in one turn of the loop: five milliseconds."""
ORDERED_AT_ONCE = 100
"""Attempts that carry out an order in one turn of the loop: ten milliseconds. Ten thousand at
once would keep everybody's acks waiting for a second."""


class Seats:
    """Who sits in this process. A seat is a session that has joined."""

    def __init__(self, attempts: Attempts, broadcast: Broadcast, presence: Presence) -> None:
        self._attempts = attempts
        self._broadcast = broadcast
        self._presence = presence
        self._noted_at = 0
        """When frames were last noted: who was not heard of since then has nothing to note."""

    def take(self, session: Session, attempt: Attempt, named: str) -> Sitter:
        """The session sits at `attempt`, with its lease or without; `named` is what it named."""
        before = session.sitter
        sitter = seat_at(attempt, session.by, session.client.instance, named)
        session.sitter = sitter
        if before is None or before.attempt != attempt.id:
            self._enter(session, before, attempt)
        if self.writes(session):
            opened_at, leased_at = session.wire.opened_at, lease_ms(attempt.core.lease)
            self._presence.connected(
                attempt.id, session.exam, opened_at, attempt.seat.hall, leased_at
            )
            self._presence.seen(attempt.id, session.wire.seen_at)
        return sitter

    def _enter(self, session: Session, before: Sitter | None, attempt: Attempt) -> None:
        if before is not None:
            self._leave(session, before.attempt)
        session.exam = attempt.seat.exam
        self._attempts.hold(attempt.id)
        for room in (rooms.attempt(attempt.id), rooms.exam(session.exam)):
            self._broadcast.rooms.basic_enter_room(session.sid, NAMESPACE_EXAM, room)
        fresh = attempt.core.started_at is None
        metrics.RESUMES.labels("fresh" if fresh else "resumed").inc()

    def writes(self, session: Session) -> bool:
        """Whether this is the device that writes: another one must not hide that it is away."""
        attempt = self._confirmed(session)
        return attempt is None or attempt.core.instance == session.client.instance

    def leave(self, session: Session) -> None:
        """The connection is gone."""
        if session.sitter is not None:
            self._leave(session, session.sitter.attempt)
            session.sitter = None

    def _leave(self, session: Session, attempt_id: str) -> None:
        self._attempts.release(attempt_id)
        self._presence.gone(attempt_id, session.wire.opened_at)
        for room in (rooms.attempt(attempt_id), rooms.exam(session.exam)):
            self._broadcast.rooms.basic_leave_room(session.sid, NAMESPACE_EXAM, room)

    async def note_frames(self) -> None:
        """Tell presence who was heard of since the last call; call it every second."""
        # What comes while this is under way is noted by the next call, if not by this one's slices.
        since, self._noted_at = self._noted_at, self._attempts.env.now()
        await in_slices(
            self._broadcast.sessions.values(), lambda each: self._note_frame(each, since)
        )

    def _note_frame(self, session: Session, since: int) -> None:
        if session.wire.seen_at < since:
            return
        if session.sitter is not None and self.writes(session):
            self._presence.seen(session.sitter.attempt, session.wire.seen_at)

    # --- what they are told -----------------------------------------------------------------------

    def confirmed(self, before: Attempt, after: Attempt, fact: Fact) -> None:
        """A fact was confirmed in this process."""
        del before
        self.heard(after, fact)

    def heard(self, after: Attempt, fact: Fact) -> None:
        """A fact of an attempt at hand, confirmed by whomever."""
        if type(fact.body) is AnswerSaved:  # nearly always; who sent it has the ack
            return
        exam = self._attempts.env.exams.get(after.seat.exam)
        if exam is not None:
            self._tell(after.id, telling.candidate_events(after, exam, fact))

    def exam_changed(self, before: Exam, after: Exam, facts: list[ExamFact]) -> None:
        """This process has learnt what was done to an exam as a whole.

        Orders are carried out at once for those who sit here; the sweep finds all others.
        """
        del before
        here = self._broadcast.members(NAMESPACE_EXAM, rooms.exam(after.id))
        self._tell_some(here, after, facts)
        if any(isinstance(fact.body, ExamOrdered) for fact in facts):
            self._carry_out([s.sitter.attempt for s in here if s.sitter is not None])

    def _tell_some(self, sessions: list[Session], exam: Exam, facts: list[ExamFact]) -> None:
        """Tell a slice of them now, the others in the next turns: each hears facts in order."""
        for session in sessions[:TOLD_AT_ONCE]:
            if session.sitter is None or session.exam != exam.id:
                continue  # it has left meanwhile
            attempt = self._confirmed(session)
            if attempt is not None:
                self._exam_told(session, exam, facts, attempt)
                continue
            # It is being read again just now; who sits there is told all the same.
            read = self._attempts.view(session.sitter.attempt)
            read.then(functools.partial(self._exam_read, session, exam, facts))
        if rest := sessions[TOLD_AT_ONCE:]:
            asyncio.get_running_loop().call_soon(self._tell_some, rest, exam, facts)

    def _exam_read(self, session: Session, exam: Exam, facts: list[ExamFact], reply: Reply) -> None:
        if reply.attempt is not None:
            self._exam_told(session, exam, facts, reply.attempt)

    def _exam_told(
        self, session: Session, exam: Exam, facts: list[ExamFact], attempt: Attempt
    ) -> None:
        for fact in facts:
            self._say(session, telling.exam_events(attempt, exam, fact))

    def _carry_out(self, attempt_ids: list[str]) -> None:
        for id_ in attempt_ids[:ORDERED_AT_ONCE]:
            self._attempts.sweep(id_)
        if rest := attempt_ids[ORDERED_AT_ONCE:]:
            asyncio.get_running_loop().call_soon(self._carry_out, rest)

    def new_life(self, life: Life) -> None:
        """A partition of Redis is in a new epoch: its candidates send again what may be lost."""
        partitions = self._attempts.env.partitions
        for session in self._seated():
            attempt_id = session.sitter.attempt if session.sitter is not None else ""
            if partition(attempt_id, partitions) == life.p:
                after_ms = random.randint(0, REPLAY_SPREAD_MS)
                self._broadcast.tell(session, "replay", Replay(attempt_id, life.epoch, after_ms))

    def results_released(self, attempt_ids: Iterable[str]) -> None:
        """Results of these attempts can be seen now."""
        for attempt_id in attempt_ids:
            self._tell(attempt_id, [Told("results", ResultsReleased(attempt_id))])

    def _tell(self, attempt_id: str, events: list[Told]) -> None:
        if not events:
            return
        for session in self._broadcast.members(NAMESPACE_EXAM, rooms.attempt(attempt_id)):
            self._say(session, events)

    def _say(self, session: Session, events: list[Told]) -> None:
        for told in events:
            if not told.spare or told.spare != session.client.instance:
                self._broadcast.tell(session, told.event, told.body)

    def _seated(self) -> list[Session]:
        return [s for s in self._broadcast.sessions.values() if s.sitter is not None]

    def _confirmed(self, session: Session) -> Attempt | None:
        return self._attempts.confirmed(session.sitter.attempt) if session.sitter else None
