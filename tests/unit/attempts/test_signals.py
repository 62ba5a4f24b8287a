"""Signals, hands and notices of a candidate; and how many commands an attempt takes."""

import pytest
from msgspec import structs

from examsync.attempts import commanding
from examsync.attempts.attempt import Attempt, Done
from examsync.attempts.commanding import COMMANDS_MAX, COMMANDS_PER_ATTEMPT_MAX, Command
from examsync.attempts.decision import Context, Decision, effect
from examsync.errors import ExamError
from examsync.exams.exam import Exam
from protocol.facts import CommandRecorded, HandRaised, NoticeSent, ViolationReported
from protocol.from_client import Acknowledge, RaiseHand, Start, Submit, Violation
from protocol.from_server import Notice
from protocol.problems import Code
from protocol.types import CLOSED_STATES, OPEN_STATES, AttemptState
from tests.builders import (
    DEADLINE,
    HOUR,
    LATER,
    START,
    attempt,
    context,
    done,
    exam,
    granted,
    in_state,
    running,
    told,
    unique,
)


def decide(of: Attempt, said: Command, ctx: Context, sat: Exam | None = None) -> Decision:
    """What becomes of a command in the usual exam."""
    return commanding.decide(of, sat or exam(), said, ctx)


def refusal(of: Attempt, said: Command, ctx: Context) -> Code:
    """The code a command is refused with."""
    with pytest.raises(ExamError) as refused:
        decide(of, said, ctx)
    return refused.value.code


def violation(id_: str = "v-1") -> Violation:
    """The tab was hidden, says a client whose clock is a day off."""
    return Violation(id_, "tab_hidden", START - 24 * HOUR, "for 3 s")


@pytest.mark.parametrize("state", AttemptState)
def test_a_signal_is_taken_while_the_attempt_runs(state: AttemptState) -> None:
    of = in_state(state)
    if state in (AttemptState.IN_PROGRESS, AttemptState.PAUSED):
        decision = decide(of, violation(), context(START + 9))
        wanted = ViolationReported("v-1", "tab_hidden", START - 24 * HOUR, "for 3 s")
        assert decision.body == wanted
        assert decision.effect == effect(at=START + 9)
        assert done(of, decision).core.violations == 1
        return
    closed = state in CLOSED_STATES
    assert refusal(of, violation(), context()) is (
        Code.ATTEMPT_CLOSED if closed else Code.NOT_STARTED
    )


@pytest.mark.parametrize("state", AttemptState)
def test_a_signal_with_its_receipt_is_taken_in_every_state(state: AttemptState) -> None:
    proof = effect(at=START + 9)
    decision = decide(in_state(state), violation(), context(DEADLINE + HOUR, proof=proof))
    assert isinstance(decision.body, ViolationReported)
    assert decision.effect == proof


def test_a_signal_needs_no_lease_and_is_counted_once() -> None:
    first = decide(running(), violation(), context(lease=LATER))
    after = done(running(), first)
    again = decide(after, violation(), context(START + HOUR))
    assert (again.body, again.effect) == (None, first.effect)
    assert after.core.violations == 1


@pytest.mark.parametrize("state", AttemptState)
def test_a_hand_goes_up_and_down_while_the_attempt_is_open(state: AttemptState) -> None:
    of, up = in_state(state), RaiseHand("h-1", text="The pen is dry.")
    if state in OPEN_STATES:
        assert decide(of, up, context()).body == HandRaised("h-1", True, "The pen is dry.")
        assert decide(of, up, context()).effect == effect(raised=True)
        proof = effect(raised=True, by="a receipt")
        assert decide(of, up, context(proof=proof)).effect == proof
        raised = done(of, decide(of, up, context()))
        assert raised.core.hand
        lowered = done(raised, decide(raised, RaiseHand("h-2", raised=False), context()))
        assert not lowered.core.hand
    else:
        assert refusal(of, up, context()) is Code.ATTEMPT_CLOSED
        said = decide(of, up, context(proof=effect(raised=True)))
        assert said.body == CommandRecorded("h-1", "raise_hand")
        assert not done(of, said).core.hand


@pytest.mark.parametrize("said", [Start("s-1"), Submit("s-1", {}), violation(), RaiseHand("h-1")])
def test_who_comes_when_it_is_over_is_told_that_nobody_came(said: Command) -> None:
    with pytest.raises(ExamError) as refused:
        decide(in_state(AttemptState.ABSENT), said, context())
    assert refused.value.problem.detail == "nobody came while the exam was open"


def test_closing_takes_a_hand_down() -> None:
    raised = told(running(), HandRaised("h", True, ""))
    closed = done(raised, decide(raised, Submit("s", {}), context()))
    assert not closed.core.hand


# --- notices --------------------------------------------------------------------------------------

TO_ALL = exam(notices=(Notice("n-all", "Question 4 is void.", START),), n=1)


@pytest.mark.parametrize("state", AttemptState)
def test_a_notice_is_acknowledged_in_every_state(state: AttemptState) -> None:
    of = told(in_state(state), NoticeSent("n-1", "Sit still."))
    for notice in ("n-1", "n-all"):
        decision = decide(of, Acknowledge(unique("a"), notice), context(), TO_ALL)
        assert decision.effect == effect(notice=notice)
        after = done(of, decision)
        assert after.core.seen == (notice,)
        again = decide(after, Acknowledge(unique("a"), notice), context(), TO_ALL)
        assert (again.body, again.effect) == (None, decision.effect)
    assert [n.id for n in of.core.notices] == ["n-1"]
    gone = done(of, decide(of, Acknowledge("a", "n-1"), context()))
    assert gone.core.notices == ()


def test_a_notice_nobody_sent_cannot_be_acknowledged() -> None:
    assert refusal(running(), Acknowledge("a", "n-9"), context()) is Code.NOT_FOUND
    proof = effect(notice="n-9")
    assert decide(running(), Acknowledge("a", "n-9"), context(proof=proof)).body is not None


# --- how many -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("violation", violation("new")),
        ("raise_hand", RaiseHand("new")),
        ("acknowledge", Acknowledge("new", "n-1")),
    ],
)
def test_a_flood_of_signals_ends(kind: str, said: Command) -> None:
    of = told(running(), NoticeSent("n-1", "Stop."))
    most = COMMANDS_MAX[kind]
    for count, wanted in ((most - 1, True), (most, False), (most + 1, False)):
        full = fill(of, count)
        if wanted:
            assert decide(full, said, context()).body is not None
        else:
            assert refusal(full, said, context()) is Code.TOO_MANY


def fill(of: Attempt, count: int) -> Attempt:
    """The attempt, remembering so many commands."""
    many = {f"v-{number}": Done("violation", "{}", number) for number in range(count)}
    return structs.replace(of, commands=many)


def test_after_a_flood_of_signals_an_attempt_can_be_started_and_handed_in() -> None:
    flood = max(COMMANDS_MAX.values())
    seated = fill(told(attempt(), granted()), flood)
    assert decide(seated, Start("s"), context()).body is not None
    assert decide(fill(running(), flood), Submit("s", {}), context()).body is not None
    assert refusal(fill(seated, COMMANDS_PER_ATTEMPT_MAX), Start("s"), context()) is Code.TOO_MANY


def test_a_repeat_is_known_however_many_there_are() -> None:
    full = fill(running(), COMMANDS_PER_ATTEMPT_MAX)
    assert decide(full, violation("v-7"), context()).body is None
