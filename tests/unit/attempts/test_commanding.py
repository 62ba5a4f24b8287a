"""What candidates ask for besides answers: start and submit, in every state, at every time."""

import pytest

from examsync.attempts import commanding, seal
from examsync.attempts.attempt import Attempt
from examsync.attempts.commanding import Command
from examsync.attempts.decision import Context, Decision, effect
from examsync.errors import ExamError
from examsync.exams.exam import Exam, Order
from protocol.facts import CommandRecorded, Extended, Started, Submitted
from protocol.from_client import Start, Submit
from protocol.types import AttemptState
from tests.builders import (
    DEADLINE,
    EARLIER,
    GRACE,
    HOUR,
    LATER,
    LEASE,
    MINUTE,
    START,
    T0,
    attempt,
    context,
    done,
    exam,
    granted,
    in_state,
    kept,
    paused,
    resumed,
    running,
    saved,
    told,
    unique,
)
from tests.unit.attempts.probes import check_phases

WINDOW_END = T0 + HOUR
SEATED = told(attempt(), granted())


def decide(of: Attempt, said: Command, ctx: Context, sat: Exam | None = None) -> Decision:
    """What becomes of a command in the usual exam."""
    return commanding.decide(of, sat or exam(), said, ctx)


def outcome(of: Attempt, said: Command, ctx: Context, sat: Exam | None = None) -> str:
    """The code of the refusal; or done, recorded, again."""
    try:
        body = decide(of, said, ctx, sat).body
    except ExamError as refusal:
        return str(refusal.code)
    if isinstance(body, CommandRecorded):
        return "recorded"
    return "again" if body is None else "done"


def submit(**holds: tuple[str, int]) -> Submit:
    """Hand in, holding these versions."""
    return Submit(unique("submit"), holds)


# --- start ----------------------------------------------------------------------------------------


def test_an_attempt_may_be_started_while_its_window_is_open() -> None:
    check_phases(
        lambda now: outcome(SEATED, Start(unique("start")), context(now)),
        ("exam_not_open", T0, "done", WINDOW_END, "exam_over"),
    )


def test_accommodation_and_grants_keep_the_window_open() -> None:
    of = told(attempt(extension_ms=3 * MINUTE), granted(), Extended("x", 2 * MINUTE, ""))
    sat = exam(granted_ms=MINUTE, pauses=((T0 + MINUTE, T0 + 5 * MINUTE),))
    check_phases(
        lambda now: outcome(of, Start(unique("start")), context(now), sat),
        ("exam_not_open", T0, "done", WINDOW_END + 10 * MINUTE, "exam_over"),
    )


def test_who_is_early_is_told_when_to_come_back() -> None:
    with pytest.raises(ExamError) as refusal:
        decide(SEATED, Start("s"), context(T0 - 1_234))
    assert refusal.value.problem.retry_after_ms == 1_234
    assert refusal.value.problem.retry


def test_nobody_starts_while_the_exam_is_paused_or_after_it_was_ended() -> None:
    sat = exam(pauses=((START, None),))
    assert outcome(SEATED, Start("s"), context(), sat) == "paused"
    ended = ordered_to_end()
    assert outcome(SEATED, Start("s"), context(), ended) == "exam_over"


def ordered_to_end() -> Exam:
    """The exam after it was ended for everybody."""
    return exam(orders=(Order(1, "o", "terminate", START, "examiner:1", "alarm"),), n=1)


@pytest.mark.parametrize(
    ("state", "told_"),
    [
        (AttemptState.NOT_STARTED, "done"),
        (AttemptState.IN_PROGRESS, "again"),
        (AttemptState.PAUSED, "again"),
        (AttemptState.SUBMITTED, "attempt_closed"),
        (AttemptState.EXPIRED, "attempt_closed"),
        (AttemptState.TERMINATED, "attempt_closed"),
        (AttemptState.ABSENT, "attempt_closed"),
    ],
)
def test_start_in_each_state(state: AttemptState, told_: str) -> None:
    """Another start of who has started is told the same; with a receipt it is on record."""
    of = in_state(state)
    assert outcome(of, Start("s"), context()) == told_
    proof = effect(started_at=START - 7)
    wanted = "done" if state is AttemptState.NOT_STARTED else "recorded"
    ctx = context(DEADLINE + HOUR, lease=LATER, proof=proof)
    assert outcome(of, Start("s"), ctx, exam(pauses=((START, None),))) == wanted


def test_a_start_counts_from_its_arrival() -> None:
    decision = decide(SEATED, Start("s"), context(START + 17))
    assert decision.body == Started("s", START + 17)
    assert seal.terms(decision.effect) == {"started_at": START + 17}


def test_another_start_gets_a_receipt_over_the_same_time() -> None:
    decision = decide(running(), Start("other"), context(START + 17))
    assert seal.terms(decision.effect) == {"started_at": START}


def test_a_lost_start_is_restored_to_its_time() -> None:
    proof = effect(started_at=START - 7)
    decision = decide(SEATED, Start("s"), context(DEADLINE + HOUR, lease=EARLIER, proof=proof))
    assert decision.body == Started("s", START - 7)
    assert decision.effect == proof


# --- submit ---------------------------------------------------------------------------------------


def test_an_attempt_may_be_handed_in_until_the_grace_is_over() -> None:
    check_phases(
        lambda now: outcome(running(), submit(), context(now)),
        ("done", DEADLINE + GRACE + 1, "too_late"),
    )


def test_a_paused_attempt_is_handed_in_when_it_goes_on() -> None:
    halted = told(running(), paused(START + MINUTE))
    check_phases(
        lambda now: outcome(halted, submit(), context(now)), ("done", START + MINUTE, "paused")
    )
    too_late = told(running(), paused(DEADLINE))
    assert outcome(too_late, submit(), context(DEADLINE)) == "done"
    again = told(halted, resumed(START + 2 * MINUTE))
    assert outcome(again, submit(), context(DEADLINE + MINUTE)) == "done"
    sat = exam(pauses=((START, None),))
    assert outcome(running(), submit(), context(), sat) == "paused"


@pytest.mark.parametrize(
    ("state", "told_", "with_receipt"),
    [
        (AttemptState.NOT_STARTED, "not_started", "not_started"),
        (AttemptState.IN_PROGRESS, "done", "done"),
        (AttemptState.PAUSED, "paused", "done"),
        (AttemptState.SUBMITTED, "again", "recorded"),
        (AttemptState.EXPIRED, "attempt_closed", "recorded"),
        (AttemptState.TERMINATED, "attempt_closed", "recorded"),
        (AttemptState.ABSENT, "attempt_closed", "recorded"),
    ],
)
def test_submit_in_each_state(state: AttemptState, told_: str, with_receipt: str) -> None:
    now = START + 6 * MINUTE
    assert outcome(in_state(state), submit(), context(now)) == told_
    ctx = context(DEADLINE + HOUR, lease=EARLIER, proof=effect(closed_at=now))
    assert outcome(in_state(state), submit(), ctx) == with_receipt


def test_a_lost_submit_is_restored_to_its_time() -> None:
    at = START + 3 * MINUTE
    ctx = context(DEADLINE + HOUR, lease=EARLIER, proof=effect(closed_at=at))
    after = done(running(), decide(running(), Submit("s", {}), ctx))
    assert (after.core.state, after.core.closed_at) == (AttemptState.SUBMITTED, at)


def test_another_submit_is_told_when_it_was_handed_in() -> None:
    of = in_state(AttemptState.SUBMITTED)
    said = decide(of, submit(), context(DEADLINE + HOUR, lease=EARLIER))
    assert seal.terms(said.effect) == {"closed_at": of.core.closed_at}


@pytest.mark.parametrize(
    ("holds", "missing"),
    [
        ({}, []),
        ({"q4": (LEASE, 2), "q5": (LEASE, 3)}, []),
        ({"q4": (LEASE, 1)}, []),
        ({"q4": (LEASE, 3)}, ["q4"]),
        ({"q4": (LATER, 1)}, ["q4"]),
        ({"q4": (EARLIER, 99)}, []),
        ({"q6": (LEASE, 1), "q3": (EARLIER, 1)}, ["q3", "q6"]),
        pytest.param({"q2": (LEASE, 9)}, [], id="kept, so it is here"),
        ({"q2": (LEASE, 10)}, ["q2"]),
    ],
)
def test_answers_that_have_not_arrived_are_named(
    holds: dict[str, tuple[str, int]], missing: list[str]
) -> None:
    of = told(running(), saved("q4", 2, "1"), saved("q5", 3), kept("q2", 9))
    assert commanding.missing_answers(of, Submit("s", holds)) == missing
    for proof in (None, effect(closed_at=START)):
        said = outcome(of, Submit("s", holds), context(proof=proof))
        assert said == ("answers_missing" if missing else "done")


def test_the_refusal_of_a_submit_carries_the_items() -> None:
    with pytest.raises(ExamError) as refusal:
        decide(running(), submit(q6=(LEASE, 1), q1=(LEASE, 2)), context())
    assert refusal.value.problem.data == {"items": ["q1", "q6"]}


# --- any command ----------------------------------------------------------------------------------


@pytest.mark.parametrize("said", [Start("s"), submit()], ids=["start", "submit"])
def test_only_the_standing_lease_starts_and_hands_in(said: Command) -> None:
    of = SEATED if isinstance(said, Start) else running()
    for lease in (EARLIER, LATER, ""):
        assert outcome(of, said, context(lease=lease)) == "lease_lost"


def test_a_repeat_has_the_same_effect_and_writes_nothing() -> None:
    cases: list[tuple[Attempt, Command]] = [(SEATED, Start("s")), (running(), Submit("s", {}))]
    for of, said in cases:
        first = decide(of, said, context())
        after = done(of, first)
        again = decide(after, said, context(DEADLINE + HOUR, lease=EARLIER))
        assert (again.body, again.effect, again.kind) == (None, first.effect, first.kind)


def test_an_id_serves_one_kind_of_command() -> None:
    after = done(SEATED, decide(SEATED, Start("s"), context()))
    assert outcome(after, Submit("s", {}), context()) == "id_reused"


def test_the_sweep_forgets_nothing_a_receipt_was_given_for() -> None:
    """A fact of the system is no command: nothing is remembered under its id."""
    of = told(running(), Submitted("order:1", START + MINUTE, "all", 1))
    assert "order:1" not in of.commands


def test_nobody_starts_without_a_lease() -> None:
    """Two devices that joined it when it was over would both hold none."""
    assert outcome(attempt(), Start("s"), context(lease="")) == "not_joined"


@pytest.mark.parametrize(
    ("status", "said"),
    [("draft", "exam_not_open"), ("published", "done"), ("archived", "exam_over")],
)
def test_only_a_published_exam_is_started(status: str, said: str) -> None:
    assert outcome(SEATED, Start("s"), context(START), exam(status=status)) == said
