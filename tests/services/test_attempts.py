"""An attempt through the service on real servers: from the seat to the hand-in, with receipts."""

import asyncio

import pytest
import redis

from examsync.attempts import replies, seal
from examsync.attempts.attempt import Attempt
from examsync.attempts.desk import WAITING_MAX, Reply
from examsync.attempts.environment import Sitter
from examsync.attempts.service import DESK_IDLE_MS
from protocol.facts import Fact
from protocol.from_client import Answer, Extend, Join, RaiseHand, Start, Submit
from protocol.from_server import AnswerAck, CommandAck
from protocol.problems import Code
from protocol.types import AttemptState, TakeoverPolicy
from tests.services.installation import (
    EXAM,
    MINUTE,
    App,
    Candidate,
    ahead,
    done,
    furnish,
    unique,
    view,
)


def code(reply: Reply) -> Code | None:
    """What a command was refused with, if it was."""
    no = replies.refused(reply)
    return no.problem.code if no is not None else None


def answer_ack(built: App, reply: Reply, seq: int) -> AnswerAck:
    """The ack of an answer that was taken."""
    ack = replies.answer(built.attempts.env.keys, reply, seq)
    assert isinstance(ack, AnswerAck), ack
    return ack


def command_ack(built: App, reply: Reply) -> CommandAck:
    """The ack of a command that was done."""
    ack = replies.command(built.attempts.env.keys, reply)
    assert isinstance(ack, CommandAck), ack
    return ack


def item(built: App, at: int = 0) -> str:
    """The paper's item at that place."""
    return list(built.exams.items(EXAM))[at]


def forget(built: App) -> None:
    """As a process does that was started again."""
    built.attempts.desks.clear()


async def test_from_the_seat_to_the_hand_in(built: App) -> None:
    (id_,) = await furnish(built, "asha")
    asha = Candidate(built, "asha")
    joined = await asha.join()
    assert (joined.core.state, joined.core.lease) == (AttemptState.NOT_STARTED, asha.lease)
    started = await asha.start()
    assert started.core.state is AttemptState.IN_PROGRESS
    revs = [joined.rev, started.rev]
    for seq in (1, 2):
        ack = answer_ack(built, await asha.answer(None), seq)
        revs.append(ack.rev)
        proven = seal.effect_of(built.attempts.env.keys, ack.receipt, id_, "answer", item(built))
        assert seal.terms(proven)["seq"] == seq
    handed_in = await asha.submit()
    revs.append(handed_in.rev)
    assert revs == [(1, n) for n in range(1, 6)]
    assert handed_in.core.state is AttemptState.SUBMITTED
    assert await built.working.flush() == 5
    assert (await view(built, id_)).durable == (1, 5)


async def test_what_is_acked_is_in_redis_for_everybody(built: App, other: App) -> None:
    (id_,) = await furnish(built, "asha")
    asha = Candidate(built, "asha")
    await asha.start()
    done(await asha.answer(None))
    assert await view(other, id_) == await view(built, id_)


async def test_nobody_is_found_who_was_never_registered(built: App) -> None:
    await furnish(built)
    ravi = Candidate(built, "ravi")
    refused = await built.attempts.join(built.clock.now(), ravi.sitter, Join("j", EXAM))
    assert code(refused) is Code.NOT_FOUND
    assert built.attempts.desks == {}


async def test_an_act_reaches_attempts_of_its_exam_only(built: App) -> None:
    (id_,) = await furnish(built, "asha")
    now, examiner = built.clock.now(), Sitter(id_, "examiner:eva")
    foreign = Extend("x", "exam-2", [id_], 60_000, "")
    assert code(await built.attempts.act(now, examiner, foreign, "exam-2")) is Code.NOT_FOUND
    mine = Extend("x", EXAM, [id_], 60_000, "")
    assert done(await built.attempts.act(now, examiner, mine, EXAM)).core.incident_ms == 60_000


# --- receipts -------------------------------------------------------------------------------------


async def test_a_repeat_gets_the_same_receipt_from_whoever_is_asked(built: App, other: App) -> None:
    await furnish(built, "asha")
    asha = Candidate(built, "asha")
    await asha.start()
    now, said = built.clock.now(), Answer(7, item(built), None)
    hand = RaiseHand("h-1", text="help")
    first = answer_ack(built, await built.attempts.answer(now, asha.sitter, said), 7)
    raised = command_ack(built, await built.attempts.command(now, asha.sitter, hand))
    forget(built)
    for app in (built, other):
        again = answer_ack(app, await app.attempts.answer(now + 99, asha.sitter, said), 7)
        assert (again.receipt, again.rev) == (first.receipt, raised.rev)
        up = command_ack(app, await app.attempts.command(now + 99, asha.sitter, hand))
        assert (up.receipt, up.rev) == (raised.receipt, raised.rev)


async def test_a_receipt_of_somebody_else_is_refused_at_the_door(built: App) -> None:
    await furnish(built, "asha", "ravi")
    asha, ravi = Candidate(built, "asha"), Candidate(built, "ravi")
    for one in (asha, ravi):
        await one.start()
    now, of = built.clock.now(), item(built)
    his = answer_ack(built, await ravi.answer(None), 1).receipt
    start = Start("s", receipt=his)
    for reply in (
        built.attempts.answer(now, asha.sitter, Answer(1, of, None, receipt=his)),
        built.attempts.answer(now, ravi.sitter, Answer(1, item(built, 1), None, receipt=his)),
        built.attempts.answer(now, ravi.sitter, Answer(1, of, None, receipt=his[:-1])),
        built.attempts.answer(now, ravi.sitter, Answer(2, of, None, receipt=his)),
        built.attempts.command(now, ravi.sitter, start),
        built.attempts.join(now, ravi.sitter, Join("j", EXAM, receipt=his)),
    ):
        assert code(await reply) is Code.BAD_RECEIPT
    again = built.attempts.answer(now, ravi.sitter, Answer(1, of, None, receipt=his))
    assert code(await again) is None


async def test_what_a_lost_redis_had_is_restored_by_receipts(
    built: App, client: redis.Redis
) -> None:
    """The outbox plays everything again: to the same times, with the same receipts."""
    (id_,) = await furnish(built, "asha")
    asha = Candidate(built, "asha")
    await asha.join()
    now, attempts = built.clock.now(), built.attempts
    start = await attempts.command(now - 7 * MINUTE, asha.sitter, Start("s"))
    said = [Answer(seq, item(built, seq), None) for seq in (1, 2, 3)]
    acks = [
        answer_ack(built, await attempts.answer(now, asha.sitter, each), each.seq) for each in said
    ]
    submit = await attempts.command(now, asha.sitter, Submit("z", {}))
    before = await view(built, id_)
    receipts = [command_ack(built, reply).receipt for reply in (start, submit)]
    client.flushall()
    ahead(built, 20 * MINUTE)
    lost = await settled_view(built, id_)
    assert (lost.core.state, lost.rev) == (AttemptState.NOT_STARTED, (2, 0))
    anew = Candidate(built, "asha")
    await anew.join()
    late = built.clock.now()
    await attempts.command(late, anew.sitter, Start("s", receipt=receipts[0]))
    for each, ack in zip(said, acks, strict=True):
        replay = Answer(each.seq, each.item, None, receipt=ack.receipt)
        again = answer_ack(built, await attempts.answer(late, anew.sitter, replay), each.seq)
        assert again.receipt == ack.receipt
    await attempts.command(late, anew.sitter, Submit("z", {}, receipt=receipts[1]))
    after = await view(built, id_)
    assert after.responses == before.responses
    for name in ("state", "started_at", "closed_at"):
        assert getattr(after.core, name) == getattr(before.core, name)


async def settled_view(built: App, id_: str) -> Attempt:
    """The attempt, once another life has been learnt."""
    reply = await built.attempts.view(id_)
    for _ in range(5):
        if reply.problem is not None:
            reply = await built.attempts.view(id_)
    return done(reply)


async def test_a_lease_that_redis_lost_is_proven_where_nobody_may_take_over(
    built: App, client: redis.Redis
) -> None:
    (id_,) = await furnish(built, "asha", takeover=TakeoverPolicy.REFUSE)
    first = Candidate(built, "asha", device="first")
    await first.join()
    await built.working.flush()
    second = Candidate(built, "asha", device="second")
    reply = await built.attempts.join(built.clock.now(), second.sitter, Join("j", EXAM))
    assert reply.decision is not None
    lease = done(reply).core.lease
    receipt = replies.receipt(built.attempts.env.keys, done(reply), reply.decision)
    client.flushall()
    assert (await settled_view(built, id_)).core.lease == first.lease
    done(await built.attempts.command(built.clock.now(), first.sitter, Start("s")))
    now = built.clock.now()
    named = await built.attempts.join(now, second.sitter, Join("j", EXAM, lease))
    assert code(named) is Code.TAKEOVER_REFUSED
    proven = Join("j", EXAM, lease, receipt=receipt)
    again = done(await built.attempts.join(now, second.sitter, proven))
    assert (again.core.instance, again.core.lease > lease) == (second.sitter.instance, True)


# --- at hand --------------------------------------------------------------------------------------


async def test_who_listens_hears_every_fact_once_and_in_order(built: App) -> None:
    await furnish(built, "asha")
    heard: list[Fact] = []
    built.attempts.listeners.append(lambda before, after, fact: heard.append(fact))
    asha = Candidate(built, "asha")
    await asha.start()
    await asyncio.gather(*[asha.answer(None) for _ in range(20)])
    assert [fact.n for fact in heard] == list(range(1, 23))


async def test_desks_that_nobody_uses_are_cleared(built: App) -> None:
    ids = await furnish(built, "asha", "ravi")
    for id_ in ids:
        await view(built, id_)
    built.attempts.hold(ids[0])
    assert built.attempts.held(ids[0])
    assert built.attempts.clear_idle() == 0
    ahead(built, DESK_IDLE_MS + 1)
    assert built.attempts.clear_idle() == 1
    assert built.attempts.desks.keys() == {ids[0]}
    built.attempts.release(ids[0])
    assert built.attempts.clear_idle() == 1
    assert built.attempts.confirmed(ids[0]) is None
    built.attempts.release(ids[0])
    assert not built.attempts.held(ids[0])


async def test_thousands_of_commands_at_once_are_bounded_and_told(built: App) -> None:
    (id_,) = await furnish(built, "asha")
    asha = Candidate(built, "asha")
    await asha.start()
    forget(built)
    sent = [asha.answer(None) for _ in range(WAITING_MAX + 50)]
    codes = [code(reply) for reply in await asyncio.gather(*sent)]
    assert codes == [None] * WAITING_MAX + [Code.RATE_LIMITED] * 50
    assert (await view(built, id_)).n == 2 + WAITING_MAX


async def test_everything_comes_to_an_end(built: App) -> None:
    await furnish(built, *[f"c{n}" for n in range(20)])
    before = len(asyncio.all_tasks())
    await asyncio.gather(*[Candidate(built, f"c{n}").start() for n in range(20)])
    await built.attempts.drained()
    await asyncio.sleep(0.05)
    assert len(asyncio.all_tasks()) <= before
    assert all(desk.idle for desk in built.attempts.desks.values())


@pytest.mark.parametrize("seq", [1, 2**53 - 1])
async def test_the_next_seq_is_told_to_who_comes_back(built: App, seq: int) -> None:
    await furnish(built, "asha")
    asha = Candidate(built, "asha")
    await asha.start()
    said = Answer(seq, item(built), None)
    done(await built.attempts.answer(built.clock.now(), asha.sitter, said))
    forget(built)
    back = done(
        await built.attempts.join(
            built.clock.now(), asha.sitter, Join(unique("join"), EXAM, asha.lease)
        )
    )
    assert (back.seq, back.core.lease) == (seq, asha.lease)
