"""Whether refusals were just, and replies came in time: judged at the end, by what was confirmed
before somebody asked. Only where Redis has lost nothing: else the past is another afterwards.
"""

from typing import TYPE_CHECKING

from msgspec import Struct

from examsync.attempts import timing
from examsync.attempts.attempt import Attempt, apply
from examsync.attempts.desk import Reply
from examsync.attempts.replies import refused
from examsync.exams.exam import Exam
from examsync.exams.exam import apply as learn
from protocol import facts as f
from protocol.facts import Fact
from protocol.problems import Code
from tests.simulation.door import Asked
from tests.simulation.loop import EPOCH_MS
from tests.simulation.process import SKEW_MS

if TYPE_CHECKING:
    from tests.simulation.world import World

REPLY_S_MAX = 2.6
"""Patience is 1.4 s from arrival; a command may then be on its way to Redis for a second more."""
CLOSES = (f.Submitted, f.Expired, f.Absent, f.Terminated)


class Refusal(Struct, frozen=True):
    """Somebody was told no."""

    code: Code
    asked: Asked
    replied: float

    @property
    def attempt(self) -> str:
        """Of which attempt."""
        return self.asked.sitter.attempt


class Refusals:
    """The refusals of one run, and when facts were confirmed."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.all: list[Refusal] = []
        self.confirmed_at: dict[str, float] = {}
        self.slowest_s = 0.0

    def confirmed(self, fact: Fact) -> None:
        """A worker holds a fact for written."""
        self.confirmed_at.setdefault(fact.hash, self.world.loop.time())

    def asked(self, asked: Asked, reply: Reply) -> None:
        """A worker answers."""
        now = self.world.loop.time()
        if asked.pauses == asked.process.pauses:
            self.slowest_s = max(self.slowest_s, now - asked.since)
        no, decision = refused(reply), reply.decision
        if no is not None:
            self.all.append(Refusal(no.problem.code, asked, now))
        elif decision is not None and not decision.counted and decision.body is not None:
            self.all.append(Refusal(Code.TOO_LATE, asked, now))

    # --- at the end -------------------------------------------------------------------------------

    def final(self) -> None:
        """Judge them."""
        if not self.world.faults.data_lost:
            for refusal in self.all:
                self._judge_expired(refusal)
        if self.world.faults.clock_moved:
            return  # whose time it was in, and how long that was, nobody can say
        if self.slowest_s > REPLY_S_MAX:
            self.world.violated(f"a reply took {self.slowest_s:.1f} s")
        if not self.world.faults.data_lost:
            for refusal in self.all:
                self._judge(refusal)

    def _judge_expired(self, refusal: Refusal) -> None:
        """An answer that is in time by the clock of the process at whose door it came is taken by
        an attempt that another one has found to have expired."""
        fold = self.world.checks.fold(refusal.attempt)
        closed_by = [
            fact.body
            for fact in self.world.postgres.attempts[refusal.attempt].main.values()
            if isinstance(fact.body, CLOSES)
        ]
        if (refusal.code, refusal.asked.event) != (Code.ATTEMPT_CLOSED, "answer"):
            return
        if len(closed_by) > 1 or not isinstance(closed_by[0], f.Expired):
            return
        in_time = refusal.asked.arrived <= closed_by[0].deadline
        if in_time and refusal.asked.sitter.lease == fold.core.lease:
            self.world.violated(f"{refusal.attempt} had expired, and refused what was in time")

    def _judge(self, refusal: Refusal) -> None:
        chain = list(self.world.postgres.attempts[refusal.attempt].main.values())
        then = self.world.checks.genesis(refusal.attempt)
        for fact in chain:
            if self.confirmed_at.get(fact.hash, 1e9) > refusal.asked.since:
                break
            then = apply(then, fact)
        asked_at = EPOCH_MS + int(refusal.asked.since * 1_000) + SKEW_MS
        others = (fact for fact in chain[then.n :] if not isinstance(fact.body, f.AnswerKept))
        if any(fact.at <= asked_at for fact in others):
            return  # written, and the word of it lost: who decided may have known
        until = EPOCH_MS + int(refusal.replied * 1_000) + SKEW_MS
        since = [fact.body for fact in chain[then.n :] if fact.at <= until]
        wrong = self._wrong(refusal, then, since)
        if wrong:
            at = refusal.asked.since
            self.world.violated(f"{refusal.code} at {at:.3f}: {wrong} ({refusal.attempt})")

    def _wrong(self, refusal: Refusal, then: Attempt, since: list[f.Body]) -> str:
        """What speaks against a refusal, given the attempt when it was asked for, and what has
        happened until the reply."""
        match refusal.code:
            case Code.TOO_LATE:
                return self._was_in_time(refusal, then)
            case Code.NOT_STARTED if then.core.started_at is not None:
                return "it was started"
            case Code.ATTEMPT_CLOSED if not then.core.closed:
                return self._was_open(refusal, then, since)
            case Code.LEASE_LOST if then.core.lease == refusal.asked.sitter.lease:
                granted = any(isinstance(b, f.LeaseGranted) for b in since)
                return "" if granted or not then.core.lease else "it held the lease"
        return ""

    def _was_open(self, refusal: Refusal, then: Attempt, since: list[f.Body]) -> str:
        closed = [body for body in since if isinstance(body, CLOSES)]
        if not closed:
            return "it was open"
        late = all(isinstance(body, f.Expired) for body in closed)
        return self._was_in_time(refusal, then) if late and refusal.asked.event == "answer" else ""

    def _was_in_time(self, refusal: Refusal, then: Attempt) -> str:
        at = EPOCH_MS + int(refusal.asked.since * 1_000)
        ends = timing.accept_until(then, self._exam(refusal.asked.since), at)
        if ends is None or then.core.closed or at + SKEW_MS >= ends:
            return ""
        return f"it came {ends - at} ms before the end"

    def _exam(self, at: float) -> Exam:
        """The exam as it was acked to be by then."""
        exam = self.world.postgres.exams[then_exam := self.world.examiner.exam]
        for fact in self.world.postgres.exam_facts[then_exam]:
            if self.world.examiner.exam_wide.get(fact.body.id, 1e9) <= at:
                exam = learn(exam, fact)
        return exam
