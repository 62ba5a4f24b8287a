"""Who may write: every take-over policy, every lease a client may name, none that comes back."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.attempts import joining, seal
from examsync.attempts.attempt import Attempt
from examsync.attempts.decision import Context, Decision, effect
from examsync.errors import ExamError
from protocol.facts import HandRaised, LeaseGranted, TakeoverApproved, TakeoverRequested
from protocol.from_client import Join
from protocol.problems import Code
from protocol.types import CLOSED_STATES, AttemptState, TakeoverPolicy
from tests.builders import (
    DEADLINE,
    EARLIER,
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
    running,
    saved,
    started,
    submitted,
    told,
    unique,
)

NOW = START + 2 * MINUTE
DAY = 24 * HOUR
POLICIES = list(TakeoverPolicy)
OTHER = {"instance": "browser-2", "lease": ""}
FAR = f"{NOW + HOUR:013d}-f0"
"""A lease newer than any that stands here: forged, or lost by Redis."""


def join(lease: str | None = None, *, id_: str | None = None) -> Join:
    """A join under a new id, naming a lease or none."""
    return Join(id_ or unique("join"), "exam-1", lease)


def decide(
    of: Attempt,
    said: Join,
    ctx: Context,
    policy: TakeoverPolicy = TakeoverPolicy.AT_ONCE,
) -> Decision:
    """What becomes of a join."""
    return joining.decide(of, exam(takeover=policy), said, ctx)


def given_to(decision: Decision) -> LeaseGranted:
    """The lease that a decision grants."""
    assert isinstance(decision.body, LeaseGranted)
    return decision.body


def refusal(of: Attempt, said: Join, ctx: Context, policy: TakeoverPolicy) -> Code:
    """The code a join is refused with."""
    with pytest.raises(ExamError) as refused:
        decide(of, said, ctx, policy)
    return refused.value.code


# --- the first and the same device ----------------------------------------------------------------


@pytest.mark.parametrize("policy", POLICIES)
def test_the_first_device_gets_a_lease(policy: TakeoverPolicy) -> None:
    said = join()
    first = given_to(decide(attempt(), said, context(NOW), policy))
    assert first == LeaseGranted(said.id, f"{NOW}-d0", "browser-1")


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("named", [None, EARLIER, LEASE, "", "nonsense"])
def test_the_same_device_keeps_its_lease_over_reconnects(
    policy: TakeoverPolicy, named: str | None
) -> None:
    assert decide(running(), join(named), context(NOW), policy).body is None


@pytest.mark.parametrize("policy", POLICIES)
def test_the_same_device_gets_a_newer_lease_when_it_knows_one_we_lost(
    policy: TakeoverPolicy,
) -> None:
    assert given_to(decide(running(), join(FAR), context(NOW), policy)).lease > FAR


def test_a_repeated_join_gets_the_same_receipt() -> None:
    said = join()
    first = decide(attempt(), said, context(NOW))
    after = done(attempt(), first)
    again = decide(after, said, context(NOW + HOUR))
    assert (again.body, again.effect) == (None, first.effect)
    assert seal.terms(first.effect) == {"instance": "browser-1", "lease": f"{NOW}-d0"}


def test_a_repeated_join_after_the_close_gets_the_same_receipt() -> None:
    said = join()
    first = decide(attempt(), said, context(NOW))
    closed = told(done(attempt(), first), started(NOW), submitted(NOW + 1))
    assert decide(closed, said, context(DEADLINE + HOUR)).effect == first.effect
    assert decide(closed, said, context(DEADLINE + HOUR, **OTHER)).effect == ""


# --- another device -------------------------------------------------------------------------------


def test_at_once_another_device_takes_over() -> None:
    taken = given_to(decide(running(), join(), context(NOW, **OTHER)))
    assert (taken.instance, taken.lease > LEASE) == ("browser-2", True)


def test_refused_another_device_has_to_go() -> None:
    of, ctx = running(), context(NOW, **OTHER)
    assert refusal(of, join(), ctx, TakeoverPolicy.REFUSE) is Code.TAKEOVER_REFUSED


@pytest.mark.parametrize("policy", POLICIES)
def test_before_the_start_any_device_may_take_over(policy: TakeoverPolicy) -> None:
    seated = told(attempt(), granted())
    assert given_to(decide(seated, join(), context(NOW, **OTHER), policy)).instance == "browser-2"


def test_on_approval_another_device_asks_waits_and_gets_it() -> None:
    policy, said, ctx = TakeoverPolicy.ON_APPROVAL, join(), context(NOW, **OTHER)
    asked = decide(running(), said, ctx, policy)
    assert asked.body == TakeoverRequested(said.id, "browser-2")
    assert asked.refusal is Code.TAKEOVER_PENDING
    waiting = done(running(), asked)
    assert refusal(waiting, said, ctx, policy) is Code.TAKEOVER_PENDING
    assert refusal(waiting, join(), ctx, policy) is Code.TAKEOVER_PENDING
    approved = told(waiting, TakeoverApproved("approve-1", "browser-2", "his laptop died"))
    taken = decide(approved, said, ctx, policy)
    assert given_to(taken).instance == "browser-2"
    after = done(approved, taken)
    assert (after.core.approved, after.core.waiting) == ("", "")
    assert seal.terms(after.commands[said.id].effect)["instance"] == "browser-2"


def test_an_approval_is_for_the_device_that_asked() -> None:
    of = told(running(), TakeoverApproved("approve-1", "browser-2", ""))
    asked = decide(of, join(), context(NOW, instance="browser-3"), TakeoverPolicy.ON_APPROVAL)
    assert asked.body == TakeoverRequested(asked.key, "browser-3")


def test_an_approval_is_used_up_by_the_next_grant() -> None:
    policy = TakeoverPolicy.ON_APPROVAL
    of = told(running(), TakeoverApproved("a", "browser-2", ""), granted(LATER, "browser-2"))
    back = told(of, TakeoverApproved("b", "browser-1", ""), granted(FAR, "browser-1"))
    asked = decide(back, join(), context(NOW + HOUR + 1, **OTHER), policy)
    assert asked.refusal is Code.TAKEOVER_PENDING


@pytest.mark.parametrize("policy", POLICIES)
def test_the_loser_does_not_take_it_back_by_itself(policy: TakeoverPolicy) -> None:
    """Neither with the lease it had, nor by repeating the join it was given it for."""
    said = join()
    had = done(attempt(), decide(attempt(), said, context(NOW - MINUTE)))
    lost = told(had, granted(FAR, "browser-2"))
    assert refusal(lost, join(had.core.lease), context(NOW), policy) is Code.LEASE_LOST
    assert refusal(lost, said, context(NOW), policy) is Code.LEASE_LOST


def test_the_loser_may_take_it_back_on_purpose() -> None:
    lost = told(running(), granted(LATER, "browser-2"))
    assert given_to(decide(lost, join(), context(NOW))).lease > LATER


# --- leases that clients name ---------------------------------------------------------------------


def test_a_newer_lease_alone_does_not_pass_the_policy() -> None:
    """Anybody can make one up."""
    of, ctx = running(), context(NOW, **OTHER)
    for forged in (FAR, LEASE):
        assert refusal(of, join(forged), ctx, TakeoverPolicy.REFUSE) is Code.TAKEOVER_REFUSED
        asked = decide(of, join(forged), ctx, TakeoverPolicy.ON_APPROVAL)
        assert asked.refusal is Code.TAKEOVER_PENDING


@pytest.mark.parametrize("policy", POLICIES)
def test_a_newer_lease_with_its_receipt_is_given_back(policy: TakeoverPolicy) -> None:
    """It was granted, and Redis has lost it. Who took over on purpose named none then."""
    ctx = context(NOW, **OTHER, proof=effect(instance="browser-2", lease=FAR))
    for named in (FAR, None):
        assert given_to(decide(running(), join(named), ctx, policy)).lease > FAR
    ctx = context(NOW, **OTHER, proof=effect(instance="browser-2", lease=EARLIER))
    assert refusal(running(), join(), ctx, policy) is Code.LEASE_LOST


@pytest.mark.parametrize(
    "proof",
    [effect(instance=f"browser-{n}", lease=LATER if n == 2 else FAR) for n in (2, 3)]
    + [effect(waiting="browser-2")],
)
def test_a_receipt_over_something_else_proves_no_lease(proof: str) -> None:
    ctx = context(NOW, **OTHER, proof=proof)
    assert refusal(running(), join(FAR), ctx, TakeoverPolicy.REFUSE) is Code.TAKEOVER_REFUSED


@pytest.mark.parametrize(
    "named",
    [
        f"{NOW + DAY + 1:013d}-ab",
        "9999999999999-ab",
        f"{NOW:013d}",
        f"{NOW:013d}-",
        f"{NOW:013d}-XYZ",
        f"{NOW:013d}-0123456789abcdef0",
        f"-{NOW:013d}-ab",
        f"{NOW:014d}-ab",
        "1e12",
    ],
)
def test_what_cannot_be_a_lease_of_ours_is_ignored(named: str) -> None:
    new = given_to(decide(attempt(), join(named), context(NOW)))
    assert new.lease == f"{NOW}-d0"
    assert decide(running(), join(named), context(NOW)).body is None


def test_a_lease_a_day_ahead_is_the_furthest_that_is_believed() -> None:
    edge = f"{NOW + DAY:013d}-ab"
    assert given_to(decide(attempt(), join(edge), context(NOW))).lease == f"{NOW + DAY + 1}-d0"


def test_a_lease_that_only_a_restored_answer_shows_does_not_come_back() -> None:
    of = told(running(), saved(lease=FAR, replayed=True))
    assert given_to(decide(of, join(), context(NOW, **OTHER))).lease > FAR


# --- whatever the state ---------------------------------------------------------------------------


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("state", sorted(CLOSED_STATES))
def test_a_closed_attempt_may_be_looked_at_from_anywhere(
    state: AttemptState, policy: TakeoverPolicy
) -> None:
    for ctx in (context(NOW), context(NOW, **OTHER)):
        assert decide(in_state(state), join(), ctx, policy).body is None


@pytest.mark.parametrize("state", AttemptState)
def test_an_id_of_another_command_is_refused(state: AttemptState) -> None:
    body = HandRaised("x-1", True, "")
    of = done(in_state(state), Decision("raise_hand", "x-1", "{}", body=body))
    code = refusal(of, join(id_="x-1"), context(NOW), TakeoverPolicy.AT_ONCE)
    assert code is Code.ID_REUSED


leases = st.builds(
    lambda ms, tail: f"{ms:013d}-{tail:x}", st.integers(T0 - HOUR, T0 + DAY), st.integers(0, 255)
)


@given(
    st.lists(
        st.tuples(
            st.integers(T0 - HOUR, T0 + HOUR),
            st.one_of(st.none(), leases),
            st.sampled_from(["browser-1", "browser-2", "phone"]),
        ),
        max_size=12,
    )
)
def test_leases_only_ever_grow(joins: list[tuple[int, str | None, str]]) -> None:
    """Whatever clients name, and though the clock jumps back and forth."""
    of, seen = attempt(), ""
    codes = {Code.LEASE_LOST}
    for now, named, instance in joins:
        ctx = context(now, instance=instance, lease="", tail="0")
        try:
            decision = decide(of, join(named), ctx)
        except ExamError as lost:
            codes.add(lost.code)
            continue
        of = done(of, decision)
        if decision.body is not None:
            lease = given_to(decision).lease
            believed = [x for x in [seen, named or ""] if x and int(x[:13]) <= now + DAY]
            assert all(lease[:13] > x[:13] for x in believed)
            assert re.fullmatch(r"\d{13}-0", lease)
            assert lease > seen
            seen = lease
    assert of.core.lease == seen
    assert codes == {Code.LEASE_LOST}
