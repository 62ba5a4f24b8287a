"""A command on its way through a desk, and how it ended."""

from collections.abc import Callable

from msgspec import Struct

from examsync.attempts.attempt import Attempt
from examsync.attempts.decision import Context, Decision
from examsync.attempts.pending import Pending
from examsync.exams.exam import Exam
from protocol.facts import Fact
from protocol.problems import Code, Problem, problem

Rule = Callable[[Attempt, Exam, Context], Decision]


class Reply(Struct, frozen=True, gc=False):
    """How a command ended. `problem` refuses; else `decision` says what holds, as of `attempt`."""

    problem: Problem | None = None
    decision: Decision | None = None
    attempt: Attempt | None = None
    at: int = 0


class Op:
    """One command on its way. `rule` may be asked several times; `ctx.arrived` never changes.
    `since`: when it came to its desk, by the clock of patience (`Environment`)."""

    __slots__ = (
        "after", "ctx", "decision", "doubted", "fact", "problem", "reply", "rule", "since",
        "tries", "turn",
    )  # fmt: skip

    def __init__(self, rule: Rule, ctx: Context, since: int) -> None:
        self.rule = rule
        self.ctx = ctx
        self.since = since
        self.reply: Pending[Reply] = Pending()
        self.tries = self.turn = 0
        self.doubted = False
        self.decision: Decision | None = None
        self.problem: Problem | None = None
        self.fact: Fact | None = None
        self.after: Attempt | None = None

    def refuse(self, code: Code, detail: str = "") -> None:
        """Answer with a problem."""
        self.reply.set(Reply(problem(code, detail, retry_after_ms=500)))
