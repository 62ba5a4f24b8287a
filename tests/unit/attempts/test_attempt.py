"""What facts make of an attempt, fact by fact."""

import pytest

from examsync.attempts.attempt import Attempt, Done, Held, apply, command_key, kept_key
from examsync.attempts.core import Core, core_after
from protocol.facts import (
    Absent,
    Body,
    CommandRecorded,
    Extended,
    HandRaised,
    LeaseGranted,
    NoticeAcknowledged,
    NoticeSent,
    Reopened,
    Submitted,
    TakeoverApproved,
    TakeoverRequested,
    Terminated,
    ViolationReported,
)
from protocol.from_server import Notice
from protocol.types import CLOSED_STATES, AttemptState
from tests.builders import (
    LATER,
    LEASE,
    START,
    T0,
    attempt,
    expired,
    fact,
    granted,
    in_state,
    kept,
    paused,
    reopened,
    resumed,
    running,
    saved,
    started,
    submitted,
    terminated,
    told,
)


def core(*bodies: Body) -> Core:
    """The core after these facts of a new attempt."""
    return told(attempt(), *bodies).core


def test_an_attempt_is_as_of_its_last_fact() -> None:
    of = attempt(epoch=3)
    first = fact(of, started())
    after = apply(of, first)
    assert (after.rev, after.head, after.seat, after.id) == ((3, 1), first.hash, of.seat, of.id)
    moved = apply(after, fact(after, paused(START + 1), epoch=4))
    assert moved.rev == (4, 2)


def test_a_fact_changes_a_copy() -> None:
    of = running()
    before = (of.core, dict(of.responses), dict(of.commands))
    told(of, saved(), kept(), submitted())
    assert (of.core, of.responses, of.commands) == before


def test_answers_stand_by_item_and_leave_the_core_alone() -> None:
    of = running()
    after = told(of, saved("q5", 1, flag=True, spent_ms=9), saved("q4", 2, "1"), saved("q5", 3))
    assert after.core is of.core
    assert {item: h.seq for item, h in after.responses.items()} == {"q5": 3, "q4": 2}
    one = saved("q5", 1, flag=True, spent_ms=9)
    assert told(of, one).responses["q5"] == Held(
        LEASE, 1, one.digest, "Mercury", START + 1, False, True, 9
    )
    assert told(of, one).commands == of.commands


def test_the_next_seq_is_counted_under_the_present_lease() -> None:
    of = told(running(), saved(seq=7), saved("q4", 9, "1"))
    assert of.seq == 9
    taken = told(of, granted(LATER, "browser-2"))
    assert taken.seq == 0
    assert told(taken, saved(seq=2, lease=LATER)).seq == 2


def test_devices_ask_are_approved_and_write() -> None:
    asked = core(granted(), TakeoverRequested("j", "browser-2"))
    assert (asked.instance, asked.waiting, asked.approved) == ("browser-1", "browser-2", "")
    approved = core(granted(), TakeoverApproved("a", "browser-2", ""))
    assert (approved.waiting, approved.approved) == ("", "browser-2")
    taken = core(TakeoverApproved("a", "browser-2", ""), granted(LATER, "browser-2"))
    assert (taken.lease, taken.instance, taken.approved) == (LATER, "browser-2", "")


def test_pauses_are_one_after_the_other() -> None:
    of = core(started(), paused(1), resumed(2), paused(3))
    assert (of.pauses, of.paused_since, of.state) == (((1, 2), (3, None)), 3, AttemptState.PAUSED)


@pytest.mark.parametrize(
    ("close", "state"),
    [
        (submitted(START + 9), AttemptState.SUBMITTED),
        (terminated(START + 9), AttemptState.TERMINATED),
        (expired(START + 9), AttemptState.EXPIRED),
        (Absent(START + 9), AttemptState.ABSENT),
    ],
)
def test_closing_ends_what_was_open(close: Body, state: AttemptState) -> None:
    of = core(started(), paused(START + 5), HandRaised("h", True, ""), close)
    assert (of.state, of.closed_at, of.closes, of.turned_at) == (state, START + 9, 1, START + 9)
    assert (of.pauses, of.hand, of.closed) == (((START + 5, START + 9),), False, True)


def test_reopening_gives_back_the_time_since_the_close() -> None:
    of = core(started(), submitted(START + 9), reopened(START + 20, 700))
    assert (of.state, of.closed_at, of.closes) == (AttemptState.IN_PROGRESS, None, 1)
    assert (of.pauses, of.incident_ms) == (((START + 9, START + 20),), 700)
    never = core(Absent(T0), reopened(T0 + 5))
    assert never.state is AttemptState.NOT_STARTED


def test_orders_are_counted_by_the_facts_that_carry_them_out() -> None:
    of = core(started(), Terminated("order:4", 1, "", 4))
    assert of.order == 4
    back = core(started(), Terminated("order:4", 1, "", 4), Reopened("order:6", 2, 0, "", 6))
    assert back.order == 6
    alone = core(started(), Terminated("order:4", 1, "", 4), reopened(2), Submitted("s", 3))
    assert alone.order == 4


def test_signals_hands_and_grants_add_up() -> None:
    signal = ViolationReported("v", "copy", 1, "")
    of = core(signal, signal, kept(), Extended("x", 5, ""), Extended("y", 6, ""))
    assert (of.violations, of.kept, of.incident_ms) == (2, 1, 11)
    assert core(HandRaised("h", True, "")).hand
    assert not core(HandRaised("h", True, ""), HandRaised("i", False, "")).hand


def test_notices_wait_until_they_are_acknowledged() -> None:
    of = told(attempt(), NoticeSent("n1", "one"), NoticeSent("n2", "two"))
    assert of.core.notices == (Notice("n1", "one", START), Notice("n2", "two", START))
    seen = told(of, NoticeAcknowledged("a", "n1")).core
    assert ([n.id for n in seen.notices], seen.seen) == (["n2"], ("n1",))


@pytest.mark.parametrize("state", AttemptState)
def test_a_recorded_command_changes_nothing_but_the_record(state: AttemptState) -> None:
    of = in_state(state)
    body = CommandRecorded("late-submit", "submit")
    after = apply(of, fact(of, body, command="submit", effect='{"closed_at":1}'))
    assert after.core is of.core
    assert after.commands["late-submit"] == Done("submit", '{"closed_at":1}', of.n + 1)


# --- commands remembered --------------------------------------------------------------------------


def test_a_command_is_remembered_with_its_effect() -> None:
    of = running()
    after = apply(of, fact(of, paused(5), command="pause", effect="{}"))
    (key,) = after.commands.keys() - of.commands.keys()
    assert after.commands[key] == Done("pause", "{}", of.n + 1)
    assert key.startswith("pause-")


def test_a_kept_answer_is_remembered_by_its_version() -> None:
    of = running()
    after = apply(of, fact(of, kept("q5", 8), command="answer", effect="{}"))
    assert after.commands[kept_key("q5", LEASE, 8)] == Done("answer", "{}", of.n + 1)


@pytest.mark.parametrize("body", [saved(), expired(), Absent(1)])
def test_answers_and_what_time_did_are_no_commands(body: Body) -> None:
    assert command_key(fact(attempt(), body, command="answer")) is None


def test_what_the_system_did_is_no_command() -> None:
    assert command_key(fact(attempt(), Submitted("order:1", 1, "", 1), by="system")) is None


def test_a_command_asked_twice_is_remembered_as_it_ended() -> None:
    """A join that had to wait keeps its id when it is let in."""
    of = attempt()
    asked = apply(of, fact(of, TakeoverRequested("j", "b"), command="join", effect='{"waiting":1}'))
    granted_ = fact(asked, LeaseGranted("j", LEASE, "b"), command="join", effect='{"lease":1}')
    assert apply(asked, granted_).commands == {"j": Done("join", '{"lease":1}', 2)}


def test_the_core_alone_folds_as_the_attempt_does() -> None:
    of: Attempt = attempt()
    core_ = of.core
    bodies: list[Body] = [granted(), started(), saved(), kept(), paused(1), resumed(2), submitted()]
    for body in bodies:
        each = fact(of, body)
        of, core_ = apply(of, each), core_after(core_, each)
    assert of.core == core_


def test_states_say_whether_they_are_over() -> None:
    for state in AttemptState:
        of = in_state(state).core
        assert (of.state, of.closed) == (state, state in CLOSED_STATES)
        assert (of.closed_at is not None) == of.closed
        assert (of.paused_since is not None) == (state is AttemptState.PAUSED)
