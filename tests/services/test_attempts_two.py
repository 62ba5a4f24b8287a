"""Two processes at the same attempt: the head decides, and whoever was mistaken looks again."""

import asyncio
import random

import pytest

from examsync.attempts import replies
from examsync.attempts.desk import Reply
from examsync.attempts.environment import Sitter
from examsync.errors import Unavailable
from protocol.facts import (
    AnswerKept,
    ExamAnnounced,
    ExamExtended,
    ExamOrdered,
    ExamPaused,
    ExamResumed,
    Fact,
)
from protocol.from_client import Acknowledge, Answer, Extend, Join, Pause, RaiseHand, Resume, Start
from protocol.problems import Code
from protocol.types import AttemptState, TakeoverPolicy
from tests.services.installation import (
    EXAM,
    MINUTE,
    App,
    Candidate,
    done,
    furnish,
    unique,
    view,
)


def code(reply: Reply) -> Code | None:
    """What a command was refused with, if it was."""
    no = replies.refused(reply)
    return no.problem.code if no is not None else None


async def chain(built: App, id_: str) -> list[Fact]:
    """Every fact of an attempt, once all is flushed: one on the other, and no branch."""
    await built.working.flush()
    facts = await built.records.chain(id_)
    assert not any(branch for _, branch in facts)
    told = [fact for fact, _ in facts]
    assert [fact.n for fact in told] == list(range(1, len(told) + 1))
    assert [fact.prev for fact in told[1:]] == [fact.hash for fact in told[:-1]]
    return told


async def seated(built: App, other: App) -> tuple[str, Candidate, Candidate]:
    """One candidate with one device, whose events reach both processes; each has the attempt at
    hand as it is now."""
    (id_,) = await furnish(built, "asha")
    here, there = Candidate(built, "asha"), Candidate(other, "asha")
    await here.start()
    there.lease = here.lease
    await view(other, id_)
    return id_, here, there


async def test_what_the_other_wrote_is_seen_before_anything_is_written(
    built: App, other: App
) -> None:
    id_, here, there = await seated(built, other)
    there._seqs = here._seqs
    for one in (here, there, there, here, there, here):
        done(await one.answer(None))
    attempt = await view(built, id_)
    assert [held.seq for held in attempt.responses.values()] == [6]
    assert len(await chain(built, id_)) == 8


@pytest.mark.parametrize("seed", range(3))
async def test_both_write_at_once_and_every_ok_is_there_once(
    built: App, other: App, seed: int
) -> None:
    id_, here, there = await seated(built, other)
    luck, sent = random.Random(seed), []
    items = list(built.exams.items(EXAM))
    for seq in range(1, 81):
        app, one = luck.choice([(built, here), (other, there)])
        said = Answer(seq, luck.choice(items), None)
        sent.append((said, app.attempts.answer(app.clock.now(), one.sitter, said)))
        if luck.random() < 0.3:
            await asyncio.sleep(luck.random() / 500)
    told = [(said, await reply) for said, reply in sent]
    assert {code(reply) for _, reply in told} <= {None, Code.CONFLICT}
    saved = [said for said, reply in told if code(reply) is None]
    assert len(saved) > 70
    attempt = await view(built, id_)
    for item in items:
        mine = [said.seq for said in saved if said.item == item]
        assert attempt.responses[item].seq == max(mine)
    facts = await chain(other, id_)
    written = [fact.body.seq for fact in facts if hasattr(fact.body, "seq")]
    assert len(written) == len(set(written))
    assert (await view(other, id_)).head == facts[-1].hash


async def test_what_one_device_sends_in_order_is_decided_in_order(built: App, other: App) -> None:
    """Though the other process writes in between and everything has to be decided again."""
    id_, here, _ = await seated(built, other)
    sent = [here.answer(None) for _ in range(30)]
    answering = asyncio.gather(*sent)
    for number in range(10):
        hand = RaiseHand(f"h-{number}", raised=number % 2 == 0)
        await other.attempts.command(other.clock.now(), Sitter(id_, "c", "x"), hand)
    assert {code(reply) for reply in await answering} == {None}
    facts = await chain(built, id_)
    seqs = [fact.body.seq for fact in facts if hasattr(fact.body, "seq")]
    assert seqs == sorted(seqs)
    assert len(seqs) == 30


# --- mistaken refusals ----------------------------------------------------------------------------


async def test_who_has_not_heard_of_the_start_does_not_refuse(built: App, other: App) -> None:
    (id_,) = await furnish(built, "asha")
    here, there = Candidate(built, "asha"), Candidate(other, "asha")
    await here.join()
    there.lease = here.lease
    await view(other, id_)
    done(await built.attempts.command(built.clock.now(), here.sitter, Start("s")))
    at_hand = other.attempts.confirmed(id_)
    assert at_hand is not None
    assert at_hand.core.state is AttemptState.NOT_STARTED
    assert code(await there.answer(None)) is None


async def test_who_has_not_heard_of_more_time_does_not_refuse(built: App, other: App) -> None:
    (id_,) = await furnish(built, "asha")
    here, there = Candidate(built, "asha"), Candidate(other, "asha")
    now = built.clock.now()
    await here.start(now - 30 * MINUTE - 10_000)
    there.lease = here.lease
    await view(other, id_)
    refused = await there.answer(None)
    assert refused.decision is not None
    assert not refused.decision.counted
    more = Extend("x", EXAM, [id_], 5 * MINUTE, "")
    done(await built.attempts.act(now, Sitter(id_, "examiner:eva"), more, EXAM))
    taken = await there.answer(None)
    assert taken.decision is not None
    assert taken.decision.counted


async def test_who_has_not_heard_that_it_goes_on_does_not_refuse(built: App, other: App) -> None:
    id_, _, there = await seated(built, other)
    examiner, now = Sitter(id_, "examiner:eva"), built.clock.now()
    done(await built.attempts.act(now, examiner, Pause("p", EXAM, [id_], ""), EXAM))
    assert code(await there.answer(None, at=now)) is Code.PAUSED
    done(await built.attempts.act(now + 1, examiner, Resume("r", EXAM, [id_]), EXAM))
    assert code(await there.answer(None)) is None


async def test_what_was_done_to_the_whole_exam_is_seen_by_a_refusal(built: App, other: App) -> None:
    _, _, there = await seated(built, other)
    await other.exams.act(EXAM, ExamPaused("p", "alarm"), "examiner:eva")
    assert code(await there.answer(None)) is Code.PAUSED
    await built.exams.act(EXAM, ExamResumed("r", ""), "examiner:eva")
    known = other.exams.get(EXAM)
    assert known is not None
    assert known.paused_since is not None
    assert code(await there.answer(None)) is None


async def granted_elsewhere(built: App, other: App) -> Candidate:
    """A candidate whose time was up at `other`; then the whole exam was given more, at `built`."""
    await furnish(built, "asha")
    here, there = Candidate(built, "asha"), Candidate(other, "asha")
    await here.start(built.clock.now() - 30 * MINUTE - 10_000)
    there.lease = here.lease
    await other.exams.refresh(EXAM)
    await view(other, here.attempt)
    await built.exams.act(EXAM, ExamExtended("x", 5 * MINUTE, ""), "examiner:eva")
    return there


async def test_a_grant_to_the_whole_exam_is_seen_by_a_refusal(built: App, other: App) -> None:
    there = await granted_elsewhere(built, other)
    assert (await there.submit()).core.state is AttemptState.SUBMITTED


async def test_an_answer_that_seems_late_counts_if_the_whole_exam_was_given_more_time(
    built: App, other: App
) -> None:
    there = await granted_elsewhere(built, other)
    taken = await there.answer(None)
    assert taken.decision is not None
    assert taken.decision.counted
    assert not taken.decision.late


async def test_a_notice_that_redis_does_not_count_yet_is_not_unknown(
    built: App, other: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told by a process that could not count it, as Redis was full; acknowledged at another."""

    async def fails(*asked: object) -> None:
        raise Unavailable("OOM")

    _, _, there = await seated(built, other)
    with monkeypatch.context() as full:
        full.setattr(built.exams._store, "raise_n", fails)
        with pytest.raises(Unavailable):
            await built.exams.act(EXAM, ExamAnnounced("a-1", "hear"), "examiner:eva")
    now = other.clock.now()
    seen = done(await other.attempts.command(now, there.sitter, Acknowledge("k-1", "a-1")))
    assert seen.core.seen == ("a-1",)
    unknown = await other.attempts.command(now, there.sitter, Acknowledge("k-2", "a-2"))
    assert code(unknown) is Code.NOT_FOUND


async def test_an_order_to_the_whole_exam_is_carried_out_by_whoever_hears_of_it(
    built: App, other: App
) -> None:
    id_, here, _ = await seated(built, other)
    await other.exams.act(EXAM, ExamOrdered("o", "terminate", "alarm"), "examiner:eva")
    await asyncio.gather(*[app.attempts.sweep(id_) for app in (built, other, built)])
    assert code(await here.answer(None)) is Code.ATTEMPT_CLOSED
    facts = await chain(built, id_)
    assert [type(fact.body).__name__ for fact in facts].count("Terminated") == 1


# --- two devices ----------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", TakeoverPolicy)
async def test_of_two_devices_that_join_at_once_one_has_the_lease(
    built: App, other: App, policy: TakeoverPolicy
) -> None:
    (id_,) = await furnish(built, "asha", takeover=policy)
    phone, laptop = (
        Candidate(built, "asha", device="phone"),
        Candidate(other, "asha", device="laptop"),
    )
    joins = [
        one.built.attempts.join(one.built.clock.now(), one.sitter, Join(unique("j"), EXAM))
        for one in (phone, laptop)
    ]
    leases = {done(await join).core.lease for join in joins}
    assert len(leases) == 2, "before the start either may have it, one after the other"
    attempt = await view(built, id_)
    assert attempt.core.lease == max(leases)
    granted = [fact.body for fact in await chain(built, id_)]
    assert len(granted) == 2


async def test_the_queued_answers_of_a_device_that_lost_are_kept_for_the_examiner(
    built: App, other: App
) -> None:
    id_, here, _ = await seated(built, other)
    phone = Candidate(other, "asha", device="phone")
    await phone.join()
    lost = await here.answer(None)
    assert code(lost) is Code.LEASE_LOST
    assert code(await phone.answer(None)) is None
    facts = await chain(built, id_)
    kept = [fact.body for fact in facts if isinstance(fact.body, AnswerKept)]
    assert [(body.lease, body.why) for body in kept] == [(here.lease, "lease_lost")]
    folded = await built.records.rebuild(id_, 1)
    attempt = await view(other, id_)
    assert folded is not None
    assert (folded.core, folded.responses) == (attempt.core, attempt.responses)
