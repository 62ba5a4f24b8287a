"""Desks that share one commit, and a store that the test lets answer."""

import asyncio
import functools
from collections.abc import Callable

from examsync.attempts.attempt import Attempt
from examsync.attempts.commit import Commits
from examsync.attempts.decision import Context, Decision
from examsync.attempts.desk import Desk, Op, Wiring
from examsync.attempts.environment import TOGETHER_MAX
from examsync.attempts.ports import Check, Outcome, Save
from examsync.exams.exam import Exam
from tests.builders import CHAIN_KEY, START, exam, life, running
from tests.unit.attempts.bench import note

Outcomes = Callable[[list[Outcome]], None]


class Storage:
    """A way to Redis whose replies are scripted: each batch waits until the test lets it go."""

    def __init__(self) -> None:
        self.batches: list[list[Save | Check]] = []
        self.done: list[Outcomes] = []
        self.defect: Exception | None = None

    def send(self, batch: list[Save | Check], done: Outcomes) -> None:
        """Under way, unless it fails."""
        assert not self.done, "one batch at a time"
        defect, self.defect = self.defect, None
        if defect is not None:
            raise defect
        self.batches.append(batch)
        self.done.append(done)

    def outcomes(self, reply: Outcome) -> list[Outcome]:
        """What becomes of the batch under way."""
        return [reply] * len(self.batches[-1])


class House:
    """Desks that share their ways to storage: one, or so many."""

    def __init__(self, ways: int = 1, together: int = TOGETHER_MAX) -> None:
        self.ways = [Storage() for _ in range(ways)]
        self.seen: list[list[Outcome]] = []
        self.failures: list[Exception] = []
        self.loads: list[Desk] = []
        self.now = START
        self.commit = Commits(
            [functools.partial(self._send, nth) for nth in range(ways)],
            lambda: self.now,
            lambda: self.now,
            self.seen.append,
            self.failures.append,
            together=together,
        )

    @property
    def storage(self) -> Storage:
        """The first way."""
        return self.ways[0]

    def _send(self, nth: int, batch: list[Save | Check], done: Outcomes) -> None:
        self.ways[nth].send(batch, done)  # a test may put another there

    def desk(self, candidate: str = "asha") -> Desk:
        """A desk with its attempt."""
        of = running(candidate=candidate)
        desk = Desk(
            of.id,
            Wiring(
                CHAIN_KEY,
                lambda _: life(),
                lambda _: exam(),
                lambda _: None,
                self.commit.add,
                self.loads.append,
                lambda before, after, fact: None,
                lambda attempt, sat, now: "",
                self.failures.append,
                lambda: self.now,
            ),
        )
        desk.loaded(of)
        return desk

    async def turn(self, reply: Outcome = Outcome.OK) -> None:
        """Let one batch go and everything settle."""
        await asyncio.sleep(0)
        self.storage.done.pop()(self.storage.outcomes(reply))
        for _ in range(5):
            await asyncio.sleep(0)

    def sizes(self) -> list[int]:
        """How many writes each batch had."""
        return [len(batch) for batch in self.storage.batches]


def hand(desk: Desk, since: int = START) -> Op:
    """A command that writes a fact."""

    def rule(of: Attempt, sat: Exam, ctx: Context) -> Decision:
        return Decision("raise_hand", "h", "{}", body=note())

    op = Op(rule, Context(START, "somebody"), since)
    desk.take(op)
    return op
