"""A desk without machines: what it writes, loads and tells is kept, and the test says what becomes
of it."""

from examsync.attempts.attempt import Attempt
from examsync.attempts.decision import Context, Decision
from examsync.attempts.desk import Desk, Op, Reply, Rule, Wiring
from examsync.attempts.ports import Check, Life, Outcome, Save
from examsync.errors import ExamError
from examsync.exams.exam import Exam
from protocol.facts import Body, Fact, HandRaised
from protocol.problems import Code
from tests.builders import CHAIN_KEY, START, exam, life, running, unique

AT = START + 1_000
"""When outcomes are confirmed."""


class Bench:
    """One desk, its wiring, and everything it did."""

    def __init__(self, attempt: Attempt | None = None, *, loaded: bool = True) -> None:
        self.attempt = attempt or running()
        self.sat: Exam | None = exam()
        self.life: Life | None = life()
        self.writes: list[tuple[Op, Save | Check]] = []
        self.loads = 0
        self.doubted: list[str] = []
        self.told: list[tuple[Attempt, Attempt, Fact]] = []
        self.failures: list[Exception] = []
        self.patience = START
        self.desk = Desk(self.attempt.id, self._wiring())
        if loaded:
            self.desk.loaded(self.attempt)

    def _wiring(self) -> Wiring:
        return Wiring(
            CHAIN_KEY,
            lambda attempt_id: self.life,
            lambda exam_id: self.sat,
            self.doubted.append,
            lambda desk, op, write: self.writes.append((op, write)),
            self._bring,
            lambda before, after, fact: self.told.append((before, after, fact)),
            lambda attempt, sat, now: "77",
            self.failures.append,
            lambda: self.patience,
        )

    def _bring(self, desk: Desk) -> None:
        self.loads += 1

    # --- commands ---------------------------------------------------------------------------------

    def take(self, rule: Rule, *, arrived: int = START, since: int | None = None) -> Op:
        """A command comes to the desk."""
        op = Op(rule, Context(arrived, "somebody"), arrived if since is None else since)
        self.desk.take(op)
        return op

    def save(self, body: Body | None = None, name: str = "") -> Op:
        """A command that writes a fact."""
        return self.take(writes(body or note(name)))

    def look(self) -> Op:
        """A command that writes nothing."""
        return self.take(lambda attempt, sat, ctx: Decision("view", ""))

    # --- outcomes ---------------------------------------------------------------------------------

    def settle(self, op: Op, outcome: Outcome = Outcome.OK, *, at: int = AT) -> None:
        """What became of a write."""
        self.desk.settle(op, outcome, at)
        self.desk.advance()

    def written(self) -> list[Body | None]:
        """The bodies of all writes so far, None for checks."""
        return [w.fact.body if isinstance(w, Save) else None for _, w in self.writes]

    def saves(self) -> list[Save]:
        """All saves so far."""
        return [write for _, write in self.writes if isinstance(write, Save)]


def note(name: str = "") -> Body:
    """Some fact that tells itself apart."""
    return HandRaised(name or unique("hand"), True, "")


def writes(body: Body) -> Rule:
    """A rule that writes this."""

    def rule(attempt: Attempt, sat: Exam, ctx: Context) -> Decision:
        return Decision("raise_hand", "key", "{}", body=body)

    return rule


def refuses(code: Code) -> Rule:
    """A rule that refuses."""

    def rule(attempt: Attempt, sat: Exam, ctx: Context) -> Decision:
        raise ExamError(code)

    return rule


def answer_to(op: Op) -> Reply:
    """The reply to a command that has one."""
    replies: list[Reply] = []
    op.reply.then(replies.append)
    assert replies, "no reply yet"
    return replies[0]


def code_of(op: Op) -> Code | None:
    """The code it was refused with, or None."""
    problem = answer_to(op).problem
    return problem.code if problem is not None else None
