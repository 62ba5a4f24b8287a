"""From how a command ended to its ack: what candidates are told, and what they never are."""

import msgspec
import pytest
from msgspec import structs

from examsync.attempts import answering, replies, seal
from examsync.attempts.attempt import Attempt
from examsync.attempts.decision import Decision, effect
from examsync.attempts.desk import Reply
from examsync.attempts.environment import Sitter, seat_at
from examsync.bank.paper import order_for, public_paper
from protocol.facts import NoticeAcknowledged, NoticeSent
from protocol.from_server import (
    AnswerAck,
    CommandAck,
    HeldResponse,
    Notice,
    Refused,
    StartedAck,
    Times,
)
from protocol.problems import Code, problem
from protocol.types import AttemptState
from tests.builders import (
    DEADLINE,
    EARLIER,
    HOUR,
    KEYS,
    LATER,
    LEASE,
    MINUTE,
    START,
    T0,
    answer,
    attempt,
    context,
    done,
    exam,
    in_state,
    items,
    paused,
    receipt,
    running,
    saved,
    told,
)
from tests.papers import paper

PAPER = public_paper(paper())
ORDER = order_for(paper(), bytes(16))
NOW = START + 3 * MINUTE


def reply(of: Attempt, decision: Decision) -> Reply:
    """A command that ended well."""
    return Reply(None, decision, of, NOW)


# --- refusals -------------------------------------------------------------------------------------


def test_a_problem_is_told_by_every_kind_of_ack() -> None:
    no = Reply(problem(Code.PAUSED, "wait"))
    for ack in (
        replies.answer(KEYS, no, 1),
        replies.command(KEYS, no),
        replies.started(KEYS, no, exam(), PAPER, ORDER),
        replies.refused(no),
    ):
        assert ack == Refused(problem(Code.PAUSED, "wait"))


def test_what_was_written_may_still_be_refused() -> None:
    kept = Decision("answer", "q5", "{}", refusal=Code.LEASE_LOST, detail="it was kept")
    assert replies.answer(KEYS, reply(running(), kept), 1) == Refused(
        problem(Code.LEASE_LOST, "it was kept")
    )


def test_a_reply_that_says_nothing_is_our_fault() -> None:
    for ack in (
        replies.answer(KEYS, Reply(), 1),
        replies.command(KEYS, Reply()),
        replies.started(KEYS, Reply(), exam(), PAPER, ORDER),
        replies.started(KEYS, reply(attempt(), Decision("start", "s")), exam(), PAPER, ORDER),
    ):
        assert ack == Refused(problem(Code.INTERNAL))


# --- acks -----------------------------------------------------------------------------------------


def test_the_ack_of_an_answer_proves_it() -> None:
    of = told(running(), saved(seq=3))
    decision = answering.decide(of, exam(), items(), answer(seq=3), context())
    ack = replies.answer(KEYS, reply(of, decision), 3)
    assert ack == AnswerAck(3, of.rev, NOW, receipt(of, saved(seq=3)))
    assert seal.effect_of(KEYS, ack.receipt, of.id, "answer", "q5") == decision.effect


def test_an_ack_says_late_superseded_and_not_counted() -> None:
    late = Decision("answer", "q5", effect(late=True), counted=False, late=True)
    ack = replies.answer(KEYS, reply(running(), late), 1)
    assert isinstance(ack, AnswerAck)
    assert (ack.late, ack.superseded, ack.counted) == (True, False, False)
    older = replies.answer(KEYS, reply(running(), Decision("answer", "q5", superseded=True)), 1)
    assert isinstance(older, AnswerAck)
    assert (older.receipt, older.superseded, older.counted) == ("", True, True)


def test_an_ack_says_late_where_its_receipt_does() -> None:
    for arrived, late in ((DEADLINE, False), (DEADLINE + 1, True), (DEADLINE + HOUR, True)):
        decision = answering.decide(running(), exam(), items(), answer(), context(arrived))
        again = answering.decide(
            done(running(), decision), exam(), items(), answer(), context(arrived)
        )
        for each in (decision, again):
            assert (each.late, seal.terms(each.effect)["late"]) == (late, late)


def test_the_ack_of_a_command_carries_rev_and_receipt() -> None:
    of, done = running(), Decision("submit", "s-1", effect(closed_at=7))
    ack = replies.command(KEYS, reply(of, done))
    assert isinstance(ack, CommandAck)
    assert ack.rev == of.rev
    assert seal.effect_of(KEYS, ack.receipt, of.id, "submit", "s-1") == '{"closed_at":7}'


def test_the_ack_of_start_brings_the_paper_and_the_deadline() -> None:
    of = running()
    done = Decision("start", "s", effect(started_at=START))
    ack = replies.started(KEYS, reply(of, done), exam(), PAPER, ORDER)
    assert isinstance(ack, StartedAck)
    assert (ack.started_at, ack.deadline) == (START, DEADLINE)
    assert (ack.paper, ack.order) == (PAPER, ORDER)


# --- views ----------------------------------------------------------------------------------------


def test_times_before_the_start() -> None:
    assert replies.times(attempt(), exam(), T0 - 1) == Times(T0 - 1, T0)


def test_times_of_a_running_a_paused_and_a_closed_attempt() -> None:
    assert replies.times(running(), exam(), NOW) == Times(NOW, T0, START, DEADLINE)
    halted = told(running(), paused(START + MINUTE))
    moved = replies.times(halted, exam(), NOW)
    assert moved == Times(NOW, T0, START, DEADLINE + 2 * MINUTE, START + MINUTE)
    over = replies.times(in_state(AttemptState.SUBMITTED), exam(pauses=((NOW, None),)), NOW)
    assert (over.paused_since, over.closed_at) == (None, START + 10 * MINUTE)


def test_a_heartbeat_tells_the_deadline_of_what_is_open() -> None:
    of = structs.replace(running(), durable=(1, 1))
    beat = replies.heartbeat(of, exam(), NOW)
    assert (beat.server_time, beat.rev, beat.durable, beat.deadline) == (
        NOW,
        (1, 2),
        (1, 1),
        DEADLINE,
    )
    assert replies.heartbeat(in_state(AttemptState.EXPIRED), exam(), NOW).deadline is None
    assert replies.heartbeat(attempt(), exam(), NOW).deadline is None


def test_notices_are_those_not_acknowledged() -> None:
    sat = exam(notices=(Notice("a1", "to all", 1), Notice("a2", "to all", 2)))
    of = told(running(), NoticeSent("n1", "to you"), NoticeAcknowledged("k", "a1"))
    assert [n.id for n in replies.notices(of, sat)] == ["n1", "a2"]


def test_a_new_browser_gets_every_response_with_its_receipt() -> None:
    one, late = saved("q5", 3, flag=True), saved("q4", 4, "1", late=True)
    of = told(running(), one, late)
    assert replies.responses(KEYS, of) == {
        "q5": HeldResponse("Mercury", LEASE, 3, receipt(of, one), flag=True),
        "q4": HeldResponse("1", LEASE, 4, receipt(of, late), late=True),
    }


def test_the_view_of_a_join_is_whole() -> None:
    of = structs.replace(told(running(), saved(seq=3)), durable=(1, 2))
    done = Decision("join", "j-1", effect(instance="browser-1", lease=LEASE))
    view = replies.joined(KEYS, of, exam(), NOW, (PAPER, ORDER), lease=LEASE, decision=done)
    assert (view.attempt, view.exam, view.state) == (of.id, "exam-1", AttemptState.IN_PROGRESS)
    assert (view.rev, view.durable, view.lease, view.seq) == ((1, 3), (1, 2), LEASE, 3)
    assert (view.paper, view.order) == (PAPER, ORDER)
    assert seal.effect_of(KEYS, view.receipt, of.id, "join", "j-1") == done.effect
    plain = replies.joined(KEYS, of, exam(), NOW, None, lease="")
    assert (plain.paper, plain.order, plain.receipt, plain.lease) == (None, None, "", "")


def test_nothing_a_candidate_is_told_names_an_answer_key() -> None:
    view = replies.joined(KEYS, running(), exam(), NOW, (PAPER, ORDER), lease=LEASE)
    text = msgspec.json.encode(view).decode()
    for word in ('"answer"', '"answers"', "explanation", "guidance", "1911", "Evaporation"):
        assert word not in text


# --- where one sits after a join ------------------------------------------------------------------


def test_who_holds_the_lease_sits_with_it() -> None:
    assert seat_at(running(), "c", "browser-1", EARLIER) == Sitter(
        running().id, "c", "browser-1", LEASE
    )


def test_who_lost_it_sits_with_the_old_one_and_nobody_with_one_to_come() -> None:
    assert seat_at(running(), "c", "phone", EARLIER).lease == EARLIER
    for named in ("", LEASE, LATER):
        assert seat_at(running(), "c", "phone", named).lease == ""


@pytest.mark.parametrize("instance", ["browser-1", "phone"])
def test_when_all_is_over_who_names_a_lease_that_redis_lost_sits_with_it(instance: str) -> None:
    """Under an older one its new answers would pass for older than those it had sent before."""
    over = in_state(AttemptState.EXPIRED)
    assert seat_at(over, "c", instance, LATER).lease == LATER
