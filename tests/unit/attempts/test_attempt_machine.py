"""Any order of commands, acts, orders and passing time leads only along the states' machine.

A stateful test: hypothesis plays candidate, second device, examiners, exam and clock, and every
fact is the one that the rules decided.
"""

from collections.abc import Callable

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec import structs

from examsync.attempts import acting, answering, closing, commanding, joining, timing
from examsync.attempts.attempt import Attempt, apply
from examsync.attempts.decision import Context, Decision
from examsync.errors import ExamError
from examsync.exams import exam as exams
from examsync.exams.exam import Exam
from protocol.facts import (
    ExamBody,
    ExamExtended,
    ExamFact,
    ExamOrdered,
    ExamPaused,
    ExamResumed,
    Fact,
)
from protocol.from_client import Answer, Join, Start, Submit
from protocol.types import CLOSED_STATES, AttemptState, TakeoverPolicy
from tests.builders import HOUR, MINUTE, SECOND, T0, attempt, exam, fact, items, unique
from tests.unit.attempts.test_acting import MORE, act

ITEMS = items()
DEVICES = ["browser-1", "phone"]
S = AttemptState
STEPS: dict[AttemptState, frozenset[AttemptState]] = {
    S.NOT_STARTED: frozenset({S.IN_PROGRESS, S.TERMINATED, S.ABSENT}),
    S.IN_PROGRESS: frozenset({S.PAUSED, S.SUBMITTED, S.EXPIRED, S.TERMINATED}),
    S.PAUSED: frozenset({S.IN_PROGRESS, S.SUBMITTED, S.EXPIRED, S.TERMINATED}),
    S.SUBMITTED: frozenset({S.IN_PROGRESS}),
    S.EXPIRED: frozenset({S.IN_PROGRESS}),
    S.TERMINATED: frozenset({S.IN_PROGRESS, S.NOT_STARTED}),
    S.ABSENT: frozenset({S.NOT_STARTED}),
}
steps = st.sampled_from([1, 999, SECOND, 5 * SECOND, MINUTE, 7 * MINUTE, 30 * MINUTE])


class Machine(RuleBasedStateMachine):
    """One attempt, everybody who can do something to it, and the exam's clock."""

    def __init__(self) -> None:
        super().__init__()
        self.now = T0 - MINUTE
        self.sat: Exam = exam(takeover=TakeoverPolicy.AT_ONCE, closes_at=T0 + 24 * HOUR)
        self.of: Attempt = attempt()
        self.first = self.of
        self.facts: list[Fact] = []
        self.leases = dict.fromkeys(DEVICES, "")
        self.seq = 0
        self.repeats: list[tuple[Callable[[Attempt], Decision], str]] = []

    # --- doing ----------------------------------------------------------------------------------

    def do(self, decide: Callable[[Attempt], Decision], *, repeatable: bool = True) -> bool:
        """Carry out orders, then decide and write; whether something was written."""
        while (decision := closing.ordered(self.of, self.sat)) is not None:
            self.write(decision, "system")
        try:
            decision = decide(self.of)
        except ExamError:
            return False
        if decision.body is None:
            return False
        self.write(decision, "somebody")
        if repeatable and decision.refusal is None:
            self.repeats.append((decide, decision.effect))
        return True

    def write(self, decision: Decision, by: str) -> None:
        assert decision.body is not None
        before = self.of
        system = by == "system"
        kind, effect = ("", "") if system else (decision.kind, decision.effect)
        told = fact(before, decision.body, at=self.now, by=by, command=kind, effect=effect)
        self.facts.append(told)
        self.of = apply(before, told)
        was, is_ = before.core.state, self.of.core.state
        assert is_ is was or is_ in STEPS[was], f"{was} -> {is_} by {decision.body}"

    def context(self, device: str = "") -> Context:
        """A device, or an examiner, speaks now."""
        return Context(self.now, "somebody", device, self.leases.get(device, ""), "aa")

    # --- who does something -----------------------------------------------------------------------

    @initialize(history=st.sampled_from([(), ("join",), ("join", "start")]))
    def begins(self, history: tuple[str, ...]) -> None:
        """Most runs begin with somebody sitting there."""
        self.now = T0 + MINUTE
        if "join" in history:
            self.join("browser-1", names=False)
        if "start" in history:
            self.start_or_submit("browser-1", submit=False)

    @rule(step=steps)
    def time_passes(self, step: int) -> None:
        self.now += step

    @rule(device=st.sampled_from(DEVICES), names=st.booleans())
    def join(self, device: str, names: bool) -> None:
        said = Join(unique("join"), "exam-1", self.leases[device] if names else None)
        ctx = self.context(device)
        self.do(lambda of: joining.decide(of, self.sat, said, ctx), repeatable=False)
        if self.of.core.instance == device:
            self.leases[device] = self.of.core.lease

    @rule(device=st.sampled_from(DEVICES), submit=st.booleans())
    def start_or_submit(self, device: str, submit: bool) -> None:
        said = Submit(unique("submit"), {}) if submit else Start(unique("start"))
        ctx = self.context(device)
        self.do(lambda of: commanding.decide(of, self.sat, said, ctx))

    @rule(device=st.sampled_from(DEVICES), item=st.sampled_from(["q5", "q6"]), again=st.booleans())
    def answer(self, device: str, item: str, again: bool) -> None:
        self.seq += not again
        said = Answer(max(self.seq, 1), item, f"word {self.seq}")
        ctx = self.context(device)
        before = self.of.responses.get(item)
        self.do(lambda of: answering.decide(of, self.sat, ITEMS, said, ctx), repeatable=False)
        after = self.of.responses.get(item)
        assert before is None or (after is not None and after.version >= before.version)

    @rule(kind=st.sampled_from(["extend", "pause", "resume", "terminate", "submit_for", "reopen"]))
    def examiner_acts(self, kind: str) -> None:
        said = act(kind, unique("act"), **MORE.get(kind, {}))
        ctx = self.context()
        self.do(lambda of: acting.decide(of, self.sat, said, ctx))

    @rule(
        body=st.sampled_from(
            [
                ExamPaused("", "alarm"),
                ExamResumed("", ""),
                ExamExtended("", MINUTE, "alarm"),
                ExamOrdered("", "terminate", "alarm"),
                ExamOrdered("", "submit_for", "alarm"),
                ExamOrdered("", "reopen", "alarm", 3 * MINUTE),
            ]
        )
    )
    def exam_is_acted_on(self, body: ExamBody) -> None:
        named = structs.replace(body, id=unique("exam-act"))
        try:
            decided = exams.decide(self.sat, named)
        except ExamError:
            return
        assert decided is not None
        n = self.sat.n + 1
        self.sat = exams.apply(self.sat, ExamFact("exam-1", n, self.now, "examiner:1", decided))

    @rule(waits=st.booleans())
    def sweep_comes(self, waits: bool) -> None:
        """Now, or when it has something to do."""
        if waits:
            self.now = max(self.now, timing.due_at(self.of, self.sat, self.now) or self.now)

        def rule_(of: Attempt) -> Decision:
            return closing.overdue(of, self.sat, self.now) or Decision("expire", "")

        self.do(rule_, repeatable=False)
        due = timing.due_at(self.of, self.sat, self.now)
        assert due is None or due > self.now

    @precondition(lambda self: self.repeats)
    @rule(data=st.data())
    def somebody_repeats(self, data: st.DataObject) -> None:
        decide, effect = data.draw(st.sampled_from(self.repeats))
        again = decide(self.of)
        assert again.body is None
        assert again.effect == effect

    # --- what always holds ------------------------------------------------------------------------

    @invariant()
    def state_is_what_the_facts_say(self) -> None:
        folded = self.first
        for each in self.facts:
            assert (each.prev, each.n) == (folded.head, folded.n + 1)
            folded = apply(folded, each)
        assert folded == self.of

    @invariant()
    def the_core_is_consistent(self) -> None:
        core = self.of.core
        assert (core.closed_at is not None) == (core.state in CLOSED_STATES)
        assert (core.paused_since is not None) == (core.state is S.PAUSED)
        if core.state in (S.IN_PROGRESS, S.PAUSED, S.SUBMITTED, S.EXPIRED):
            assert core.started_at is not None
        if core.state in (S.NOT_STARTED, S.ABSENT):
            assert core.started_at is None
        assert all(until is not None for _, until in core.pauses[:-1])

    @invariant()
    def nothing_ends_after_its_exam(self) -> None:
        ends = timing.deadline(self.of, self.sat, self.now)
        assert ends is None or ends <= timing.exam_end(self.sat)


TestMachine = Machine.TestCase
TestMachine.settings = hypothesis.settings(max_examples=150, stateful_step_count=50)
