"""One attempt at work in this process: what is confirmed, what is in flight, who waits.

Decisions in flight sit on a *pending* state; everybody else sees the confirmed one. Any reply but
ok drops all later decisions of this attempt: it is loaded again and they are decided again, in
order, with their first arrival. What was never sent is decided again without a load. No I/O here:
the service hands in what to call.
"""

from collections import deque

from msgspec import structs

from examsync.attempts import closing
from examsync.attempts.attempt import Attempt, apply
from examsync.attempts.core import Core
from examsync.attempts.decision import Context, Decision
from examsync.attempts.op import Op, Reply, Rule
from examsync.attempts.ports import Check, Life, Outcome, Save
from examsync.attempts.seal import seal
from examsync.attempts.wiring import Wiring
from examsync.errors import ExamError
from examsync.exams.exam import Exam
from protocol.facts import AnswerSaved, Fact, LeaseGranted, Rev
from protocol.problems import Code, problem

__all__ = [
    "IN_FLIGHT_MAX",
    "PATIENCE_MS",
    "TRIES_MAX",
    "WAITING_MAX",
    "Desk",
    "Op",
    "Reply",
    "Rule",
    "Wiring",
]

IN_FLIGHT_MAX = 64
"""Decisions of one attempt under way to Redis; more wait."""
WAITING_MAX = 256
"""Commands of one attempt that wait; a client that sends more is told to slow down."""
TRIES_MAX = 12
"""How often a command is decided again before the sender is asked to try later."""
PATIENCE_MS = 1_300
"""How long a command may wait for storage, our own lateness apart, before it is refused."""


class Desk:
    """Where the commands of one attempt are decided, one after the other."""

    __slots__ = (
        "attempt_id", "barrier", "confirmed", "doubts", "due", "held", "in_flight", "pending",
        "reviewed", "stale", "touched", "turn", "waiting", "way", "wiring",
    )  # fmt: skip

    def __init__(self, attempt_id: str, wiring: Wiring) -> None:
        self.attempt_id = attempt_id
        self.wiring = wiring
        self.confirmed: Attempt | None = None
        self.pending: Attempt | None = None
        self.in_flight: deque[Op] = deque()
        self.waiting: deque[Op] = deque()
        self.barrier: Op | None = None
        self.turn = self.held = self.touched = self.way = 0
        self.reviewed: Rev = (0, 0)
        self.stale = False
        self.doubts = 0
        self.due: tuple[Core, Exam, str] | None = None

    @property
    def idle(self) -> bool:
        """Nothing in flight, nobody waits."""
        return not self.in_flight and not self.waiting

    def take(self, op: Op) -> None:
        """A command has arrived."""
        self.touched = max(self.touched, op.ctx.arrived)
        if len(self.waiting) >= WAITING_MAX:
            op.refuse(Code.RATE_LIMITED, "too many commands of this attempt wait")
            return
        self.waiting.append(op)
        self.advance()

    def advance(self) -> None:
        """Decide who waits, as far as that is possible now."""
        if not self.waiting:
            return
        if self.pending is None or self.stale:
            if not self.in_flight:
                self.drop()
                self.wiring.bring(self)
            return
        while self.waiting and self.barrier is None and len(self.in_flight) < IN_FLIGHT_MAX:
            exam = self.wiring.exam(self.pending.seat.exam)
            life = self.wiring.life(self.attempt_id)
            if exam is None or life is None or life.epoch != self.pending.epoch:
                self.stale = True
                self.advance()
                return
            self._next(exam, life)

    def loaded(self, attempt: Attempt) -> None:
        """The attempt as storage has it now."""
        self.confirmed = self.pending = attempt
        self.stale = False
        self.advance()

    def doubt(self) -> None:
        """Something may have changed that no fact tells of, so that the head is the same: neither
        what is in flight nor what is being loaded just now would find out by itself."""
        self.stale = True
        self.doubts += 1

    def note_durable(self, rev: Rev) -> None:
        """Postgres has everything up to `rev`."""
        if self.confirmed is not None and self.confirmed.durable < rev:
            self.confirmed = structs.replace(self.confirmed, durable=rev)
        if self.pending is not None and self.pending.durable < rev:
            self.pending = structs.replace(self.pending, durable=rev)

    def lags(self) -> bool:
        """Whether since the last call nothing more was heard to be durable, although more was
        written: word of it may have been lost."""
        attempt = self.confirmed
        if attempt is None or self.in_flight or attempt.durable >= attempt.rev:
            return False
        before, self.reviewed = self.reviewed, attempt.durable
        return before == attempt.durable

    def drop(self) -> None:
        """Forget what was believed; nothing may be in flight."""
        assert not self.in_flight
        self.confirmed = self.pending = None
        self.barrier = None
        self.turn += 1

    def refuse_waiting(self, code: Code, *, since_before: int | None = None) -> None:
        """Answer those who wait (or have waited too long) with a problem they may retry."""
        waiting, self.waiting = self.waiting, deque()  # who is refused may ask again at once
        keep: deque[Op] = deque()
        for op in waiting:
            if since_before is None or op.since < since_before:
                op.refuse(code)
            else:
                keep.append(op)
        self.waiting.extendleft(reversed(keep))

    # --- deciding -------------------------------------------------------------------------------

    def _next(self, exam: Exam, life: Life) -> None:
        """Decide the oldest who waits; what the exam was ordered comes first."""
        attempt = self.pending
        assert attempt is not None
        op = self.waiting.popleft()
        if exam.orders and closing.ordered(attempt, exam) is not None:
            order = Op(_order_rule, Context(op.ctx.arrived, closing.SYSTEM), op.since)
            if self._decide(order, exam, life):
                self.waiting.appendleft(op)
            else:
                op.refuse(Code.INTERNAL)
            return
        self._decide(op, exam, life)

    def _decide(self, op: Op, exam: Exam, life: Life) -> bool:
        """Decide one on the pending state and queue what it writes; False if we failed at it.

        A defect of ours, or a value that cannot be written, must cost one command, not the attempt:
        nothing of this desk changes before all of it has gone well.
        """
        attempt = self.pending
        assert attempt is not None
        op.decision = op.problem = op.fact = op.after = None
        op.tries += 1
        op.turn = self.turn
        try:
            write = self._decided(op, attempt, exam, life)
        except Exception as error:
            self.wiring.failed(error)
            op.reply.set(Reply(problem(Code.INTERNAL)))
            return False
        self.in_flight.append(op)
        if isinstance(write, Save):
            op.fact, op.after = write.fact, write.after
            self.pending = write.after
            if isinstance(write.fact.body, LeaseGranted):
                # Nothing is decided behind a take-over in flight: whose lease would it be?
                self.barrier = op
        self.wiring.write(self, op, write)
        return True

    def _decided(self, op: Op, attempt: Attempt, exam: Exam, life: Life) -> Save | Check:
        """What a command leads to: a fact to save, or that what it was decided on still holds."""
        try:
            decision = op.decision = op.rule(attempt, exam, op.ctx)
        except ExamError as refusal:
            op.problem = refusal.problem
            if refusal.code is not Code.NOT_FOUND or op.doubted:
                return Check(life, attempt, exam.n)
            # Redis counts the exam's facts a moment after they are there, and not while it is full.
            # Before something is said not to be there the exam is read from Postgres, once: this
            # check is as if decided on fewer facts than there ever are.
            op.doubted = True
            self.wiring.doubt(exam.id)
            return Check(life, attempt, -1)
        if decision.body is None:
            return Check(life, attempt, exam.n)
        if decision.late and not decision.counted and op.ctx.proof is None and not op.doubted:
            # The exam may have been given time that nobody told of here: before an answer is kept
            # as one that came too late its exam is looked at again, as before any refusal.
            op.doubted = True
            return Check(life, attempt, -1)
        fact = self._fact(op.ctx, attempt, decision, life)
        after = apply(attempt, fact)
        return Save(life, attempt, after, fact, self._due(after, exam, op.ctx.arrived))

    def _due(self, after: Attempt, exam: Exam, arrived: int) -> str:
        """The sweep's hint. While all clocks run it depends on nothing that answers change."""
        known, core = self.due, after.core
        if known is not None and known[0] is core and known[1] is exam:
            return known[2]
        due = self.wiring.due(after, exam, arrived)
        runs = core.paused_since is None and exam.paused_since is None
        self.due = (core, exam, due) if runs else None
        return due

    def _fact(self, ctx: Context, on: Attempt, decision: Decision, life: Life) -> Fact:
        assert decision.body is not None
        plain = isinstance(decision.body, AnswerSaved) or ctx.by == closing.SYSTEM
        kind, effect = ("", "") if plain else (decision.kind, decision.effect)
        fact = Fact(
            on.id, life.epoch, on.n + 1, on.head, ctx.arrived, ctx.by, decision.body, kind, effect
        )
        return seal(self.wiring.chain_key, fact, on.salt)

    # --- what became of it ------------------------------------------------------------------------

    def settle(self, op: Op, outcome: Outcome, at: int) -> None:
        """The outcome of the oldest decision in flight; `at` is the time of its confirmation."""
        if op.turn != self.turn or not self.in_flight or self.in_flight[0] is not op:
            return  # dropped before; it has been put back to be decided again
        if outcome is not Outcome.OK:
            now = self.wiring.patience()
            if outcome is Outcome.UNSENT:
                self._withdraw(now)
            else:
                self._redo(outcome, now)
            return
        self.in_flight.popleft()
        if self.barrier is op:
            self.barrier = None
        if op.fact is not None and op.after is not None:
            before = self.confirmed
            assert before is not None
            # What became durable meanwhile was noted on the confirmed state, not on this one.
            noted = op.after.durable == before.durable
            self.confirmed = (
                op.after if noted else structs.replace(op.after, durable=before.durable)
            )
            self.wiring.tell(before, op.after, op.fact)
        op.reply.set(Reply(op.problem, op.decision, op.after or self.confirmed, at))

    def _withdraw(self, now: int) -> None:
        """Nothing of what is in flight was sent, so what is confirmed stands, and nothing has to be
        read again: a Redis that is slow must not have more to do for it. Who has waited too long is
        refused; the others are decided without him. `now`: of patience."""
        again = [op for op in self.in_flight if op.rule is not _order_rule]
        self.in_flight.clear()
        self.pending, self.barrier = self.confirmed, None
        self.turn += 1
        for op in reversed(again):
            if now - op.since >= PATIENCE_MS:
                op.refuse(Code.UNAVAILABLE)
            else:
                op.tries -= 1
                self.waiting.appendleft(op)

    def _redo(self, outcome: Outcome, now: int) -> None:
        """Put everything in flight back in front, in order, and look again. `now`: of patience."""
        again = [op for op in self.in_flight if op.rule is not _order_rule]
        self.in_flight.clear()
        self.drop()
        for op in reversed(again):
            if outcome in _SURELY_NOT_DONE:
                op.refuse(_SURELY_NOT_DONE[outcome])
            elif outcome is Outcome.UNKNOWN and now - op.since >= PATIENCE_MS:
                op.refuse(Code.UNAVAILABLE)
            elif op.tries >= TRIES_MAX:
                op.refuse(Code.CONFLICT, "too much happens to this attempt at once")
            else:
                self.waiting.appendleft(op)


_SURELY_NOT_DONE = {Outcome.FULL: Code.STORAGE_FULL, Outcome.REFUSED: Code.UNAVAILABLE}


def _order_rule(attempt: Attempt, exam: Exam, ctx: Context) -> Decision:
    """The fact by which an attempt carries out what its exam was ordered."""
    decision = closing.ordered(attempt, exam)
    return decision or Decision("order", "")
