"""What examiners do: every act in every state, repeats, and acts that come back with receipts."""

from typing import Any

import pytest
from msgspec import structs

from examsync.attempts import acting, seal, timing
from examsync.attempts.attempt import Attempt, Done
from examsync.attempts.commanding import COMMANDS_MAX, COMMANDS_PER_ATTEMPT_MAX
from examsync.attempts.decision import Decision, effect
from examsync.errors import ExamError
from examsync.exams.exam import Exam
from protocol.facts import (
    Body,
    CommandRecorded,
    Extended,
    HandRaised,
    NoticeSent,
    Paused,
    Reopened,
    Resumed,
    Submitted,
    TakeoverApproved,
    TakeoverRequested,
    Terminated,
)
from protocol.from_client import Act
from protocol.problems import Code
from protocol.types import AttemptState
from tests.builders import (
    DEADLINE,
    HOUR,
    MINUTE,
    START,
    T0,
    attempt,
    context,
    done,
    exam,
    expired,
    in_state,
    running,
    submitted,
    told,
)

NOW = START + 12 * MINUTE
STATES = [
    AttemptState.NOT_STARTED,
    AttemptState.IN_PROGRESS,
    AttemptState.PAUSED,
    AttemptState.SUBMITTED,
    AttemptState.EXPIRED,
    AttemptState.TERMINATED,
    AttemptState.ABSENT,
]
CLOSED = ("attempt_closed",) * 4
TABLE: dict[str, tuple[str, ...]] = {
    # kind: in each of STATES
    "extend": ("done", "done", "done", *CLOSED),
    "pause": ("not_started", "done", "paused", *CLOSED),
    "resume": ("not_paused", "not_paused", "done", *("not_paused",) * 4),
    "terminate": ("done", "done", "done", *CLOSED),
    "submit_for": ("not_started", "done", "done", *CLOSED),
    "reopen": (*("attempt_open",) * 3, "done", "done", "done", "done"),
    "approve_takeover": ("no_takeover",) * 7,
    "message": ("done",) * 7,
    "resolve": ("not_found",) * 7,
}
MORE: dict[str, dict[str, Any]] = {
    "extend": {"extra_ms": 5 * MINUTE},
    "reopen": {"extra_ms": HOUR // 4},
    "message": {"text": "Sit still."},
}
BODIES: dict[str, type] = {
    "extend": Extended,
    "pause": Paused,
    "resume": Resumed,
    "terminate": Terminated,
    "submit_for": Submitted,
    "reopen": Reopened,
    "message": NoticeSent,
}


def act(kind: str, id_: str = "act-1", **changes: Any) -> Act:
    """An act of that kind on one attempt."""
    fields: dict[str, Any] = {"reason": "because"} if kind != "message" else {}
    fields |= MORE.get(kind, {}) | changes
    made: Act = acting.ACTS[kind](id=id_, exam="exam-1", attempts=["a"], **fields)
    return made


def decide(
    of: Attempt, said: Act, now: int = NOW, *, proof: str | None = None, sat: Exam | None = None
) -> Decision:
    """What becomes of an act."""
    ctx = context(now, by="examiner:1", instance="", lease="", proof=proof)
    return acting.decide(of, sat or exam(), said, ctx)


def outcome(of: Attempt, said: Act, now: int = NOW, *, proof: str | None = None) -> str:
    """The code of the refusal; or done, recorded, again."""
    try:
        body = decide(of, said, now, proof=proof).body
    except ExamError as refusal:
        return str(refusal.code)
    if isinstance(body, CommandRecorded):
        return "recorded"
    return "again" if body is None else "done"


@pytest.mark.parametrize("kind", TABLE)
def test_each_act_in_each_state(kind: str) -> None:
    outcomes = tuple(outcome(in_state(state), act(kind), DEADLINE + MINUTE) for state in STATES)
    assert outcomes == TABLE[kind]


@pytest.mark.parametrize("kind", TABLE)
def test_what_may_be_done_is_what_the_monitor_offers(kind: str) -> None:
    for state in STATES:
        why = acting.why_not(in_state(state), exam(), kind)
        assert (why is None) == (TABLE[kind][STATES.index(state)] == "done")


@pytest.mark.parametrize("kind", sorted(BODIES))
def test_a_repeat_has_no_further_effect(kind: str) -> None:
    of = next(in_state(s) for s, said in zip(STATES, TABLE[kind], strict=True) if said == "done")
    first = decide(of, act(kind), DEADLINE + MINUTE)
    assert type(first.body) is BODIES[kind]
    after = done(of, first)
    again = decide(after, act(kind), DEADLINE + HOUR)
    assert (again.body, again.effect, again.kind) == (None, first.effect, kind)


@pytest.mark.parametrize("kind", sorted(BODIES))
def test_an_id_serves_one_kind_of_act(kind: str) -> None:
    of = told(attempt(), submitted())
    other = "message" if kind != "message" else "reopen"
    after = done(of, decide(of, act(other)))
    assert outcome(after, act(kind)) == "id_reused"


@pytest.mark.parametrize("kind", TABLE)
def test_a_replay_that_can_have_no_effect_is_recorded(kind: str) -> None:
    proof = {"extend": effect(extra_ms=1), "reopen": effect(at=1, extra_ms=1)}.get(
        kind, effect(at=1, instance="browser-2")
    )
    for state, said in zip(STATES, TABLE[kind], strict=True):
        if said != "done":
            recorded = decide(in_state(state), act(kind), proof=proof)
            assert recorded.body == CommandRecorded("act-1", kind)
            assert recorded.effect == proof
            assert done(in_state(state), recorded).core == in_state(state).core


@pytest.mark.parametrize(
    ("kind", "state", "proof", "body"),
    [
        ("extend", "in_progress", {"extra_ms": 777}, Extended("act-1", 777, "because")),
        ("pause", "in_progress", {"at": START + 1}, Paused("act-1", START + 1, "because")),
        ("resume", "paused", {"at": START + 1}, Resumed("act-1", START + 1, "because")),
        ("terminate", "paused", {"at": 5}, Terminated("act-1", 5, "because")),
        ("submit_for", "in_progress", {"at": 5}, Submitted("act-1", 5, "because")),
        ("reopen", "submitted", {"at": 5, "extra_ms": 9}, Reopened("act-1", 5, 9, "because")),
        ("message", "absent", {}, NoticeSent("act-1", "Sit still.")),
    ],
)
def test_a_replay_restores_its_terms(
    kind: str, state: str, proof: dict[str, Any], body: Body
) -> None:
    """What was granted is what the receipt says, not what the message says now."""
    decision = decide(in_state(AttemptState(state)), act(kind), proof=effect(**proof))
    assert decision.body == body
    assert decision.effect == effect(**proof)


def test_the_receipt_covers_the_terms() -> None:
    said = decide(running(), act("extend"))
    assert seal.terms(said.effect) == {"extra_ms": 5 * MINUTE}
    said = decide(in_state(AttemptState.SUBMITTED), act("reopen"))
    assert seal.terms(said.effect) == {"at": NOW, "extra_ms": HOUR // 4}


# --- single acts ----------------------------------------------------------------------------------


def test_approving_lets_the_waiting_device_in_and_no_other() -> None:
    asked = told(running(), TakeoverRequested("j", "browser-2"))
    decision = decide(asked, act("approve_takeover"))
    assert decision.body == TakeoverApproved("act-1", "browser-2", "because")
    after = done(asked, decision)
    assert (after.core.approved, after.core.waiting) == ("browser-2", "")
    third = told(asked, TakeoverRequested("k", "browser-3"))
    replay = decide(third, act("approve_takeover"), proof=decision.effect)
    assert replay.body == TakeoverApproved("act-1", "browser-2", "because")


def test_resolving_takes_a_hand_down() -> None:
    raised = told(running(), HandRaised("h", True, "help"))
    after = done(raised, decide(raised, act("resolve")))
    assert not after.core.hand


def test_reopening_needs_time_that_is_left() -> None:
    late = told(running(), expired())
    for extra, said in ((0, "exam_over"), (1, "done")):
        assert outcome(late, act("reopen", extra_ms=extra), DEADLINE + MINUTE) == said
    early = told(running(), submitted(START + MINUTE))
    assert outcome(early, act("reopen", extra_ms=0), DEADLINE + MINUTE) == "done"


def test_reopening_after_the_end_of_the_exam_is_refused() -> None:
    closes = exam().terms.closes_at
    early = told(running(), submitted(START + MINUTE))
    assert outcome(early, act("reopen", extra_ms=0), closes - 1) == "done"
    assert outcome(early, act("reopen", extra_ms=HOUR), closes) == "exam_over"
    sat = exam(granted_ms=HOUR)
    assert decide(early, act("reopen", extra_ms=0), closes, sat=sat).body is not None


@pytest.mark.parametrize("kind", ["extend", "pause", "resume", "terminate", "submit_for"])
def test_where_nobody_came_that_is_said(kind: str) -> None:
    refused = acting.why_not(in_state(AttemptState.ABSENT), exam(), kind)
    assert refused is not None
    assert refused.problem.detail == "nobody came while the exam was open"
    refused = acting.why_not(in_state(AttemptState.TERMINATED), exam(), kind)
    assert refused is not None
    assert refused.problem.detail == "the attempt is terminated"


def test_reopening_an_absent_candidate_needs_a_window() -> None:
    absent = in_state(AttemptState.ABSENT)
    now = T0 + HOUR + 10 * MINUTE
    assert outcome(absent, act("reopen", extra_ms=0), now) == "exam_over"
    after = done(absent, decide(absent, act("reopen"), now))
    assert after.core.state is AttemptState.NOT_STARTED
    assert timing.start_until(after.core, after.seat, exam(), now) == now + 15 * MINUTE


def test_a_replayed_reopening_is_not_asked_how_much_time_is_left() -> None:
    late = told(running(), expired())
    proof = effect(at=DEADLINE + MINUTE, extra_ms=MINUTE)
    decision = decide(late, act("reopen"), DEADLINE + HOUR, proof=proof)
    assert decision.body == Reopened("act-1", DEADLINE + MINUTE, MINUTE, "because")


def test_so_many_notices_wait_and_no_more() -> None:
    of = running()
    for number in range(acting.NOTICES_PER_ATTEMPT_MAX):
        of = done(of, decide(of, act("message", f"m-{number}")))
    assert outcome(of, act("message", "one-more")) == "too_many"
    assert outcome(of, act("message", "m-7")) == "again"


def test_a_flood_of_a_candidate_does_not_stop_examiners() -> None:
    def full(count: int) -> Attempt:
        many = {f"v-{n}": Done("violation", "{}", n) for n in range(count)}
        return structs.replace(running(), commands=many)

    assert outcome(full(max(COMMANDS_MAX.values())), act("terminate")) == "done"
    with pytest.raises(ExamError) as refusal:
        decide(full(COMMANDS_PER_ATTEMPT_MAX), act("terminate"))
    assert refusal.value.code is Code.TOO_MANY
