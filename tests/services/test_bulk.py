"""Acts on one, many or all attempts, on real servers: what was done, and by name what was not."""

import asyncio
from typing import Never

import pytest
import redis

from examsync.attempts import bulk, seal
from examsync.attempts.bulk import act, announce, durable
from examsync.errors import ExamError, Unavailable
from protocol.from_client import Act as Command
from protocol.from_client import (
    Announce,
    ApproveTakeover,
    Extend,
    Message,
    Pause,
    Reopen,
    Resolve,
    Resume,
    SubmitFor,
    Terminate,
)
from protocol.from_server import ActAck
from protocol.problems import Code
from tests.services.installation import EXAM, MINUTE, App, Candidate, furnish, view

EVA = "examiner:eva"


async def do(built: App, command: Command) -> ActAck:
    return await act(built.attempts, built.exams, built.clock.now(), EVA, command)


def reasons(ack: ActAck) -> dict[str, str]:
    return {no.attempt: no.problem.code for no in ack.not_done}


async def test_what_was_not_done_is_named_with_its_reason(built: App) -> None:
    asha, ravi, mina = await furnish(built, "asha", "ravi", "mina")
    (elsewhere,) = await furnish(built, "omar", exam="exam-2")
    for name in ("asha", "ravi"):
        await Candidate(built, name).start()
    ravis = Candidate(built, "ravi")
    await ravis.join()
    await ravis.submit()
    targets = [asha, ravi, mina, elsewhere, "nobody", asha]
    ack = await do(built, Pause("p-1", EXAM, targets, "fire drill"))
    assert ack.id == "p-1"
    assert ack.done == [asha]
    assert reasons(ack) == {
        ravi: Code.ATTEMPT_CLOSED,
        mina: Code.NOT_STARTED,
        elsewhere: Code.NOT_FOUND,
        "nobody": Code.NOT_FOUND,
    }
    assert list(ack.receipts or {}) == [asha]
    assert ack.exam_rev is None
    assert not ack.durable


async def test_a_repeat_does_nothing_more_and_gets_the_same_receipts(built: App) -> None:
    ids = await furnish(built, "asha", "ravi")
    command = Extend("x-1", EXAM, ids, 10 * MINUTE, "projector failed")
    first, again = await do(built, command), await do(built, command)
    assert first == again
    attempt = await view(built, ids[0])
    assert attempt.core.incident_ms == 10 * MINUTE
    receipt = (first.receipts or {})[ids[0]]
    effect = seal.effect_of(built.keys, receipt, ids[0], "extend", "x-1")
    assert seal.terms(effect) == {"extra_ms": 10 * MINUTE}


async def test_more_than_fit_at_once_are_done_in_turn(
    built: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE_MAX", 3)
    ids = await furnish(built, *(f"c-{n}" for n in range(10)))
    ack = await do(built, Extend("x", EXAM, ids, MINUTE, ""))
    assert ack.done == ids
    assert ack.not_done == []


async def test_an_act_on_all_is_one_fact_of_the_exam_and_durable_at_once(built: App) -> None:
    asha, _ = await furnish(built, "asha", "ravi")
    await Candidate(built, "asha").start()
    before = await view(built, asha)
    ack = await do(built, Extend("x", EXAM, "all", MINUTE, ""))
    assert (ack.done, ack.not_done, ack.durable, ack.exam_rev) == ([], [], True, 1)
    exam = built.exams.get(EXAM)
    assert exam is not None
    assert exam.granted_ms == MINUTE
    assert (await view(built, asha)).rev == before.rev


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (Extend("x", EXAM, "all", MINUTE, "why"), "exam_extended"),
        (Pause("x", EXAM, "all", "why"), "exam_paused"),
        (Terminate("x", EXAM, "all", "why"), "exam_ordered"),
        (SubmitFor("x", EXAM, "all", "why"), "exam_ordered"),
        (Reopen("x", EXAM, "all", "why", extra_ms=5), "exam_ordered"),
        (Message("x", EXAM, "all", "hello"), "exam_announced"),
    ],
)
async def test_every_act_that_can_be_done_to_all_is(
    built: App, command: Command, kind: str
) -> None:
    await furnish(built)
    assert (await do(built, command)).exam_rev == 1
    (fact,) = await built.exams._store.facts(EXAM, 0)
    assert fact.body.__struct_config__.tag == kind
    assert (fact.by, fact.body.id) == (EVA, "x")


async def test_an_exam_that_runs_cannot_be_resumed_nor_one_that_stands_be_paused(
    built: App,
) -> None:
    await furnish(built)
    with pytest.raises(ExamError) as refused:
        await do(built, Resume("r-1", EXAM, "all", ""))
    assert refused.value.code is Code.NOT_PAUSED
    await do(built, Pause("p-1", EXAM, "all", ""))
    with pytest.raises(ExamError) as refused:
        await do(built, Pause("p-2", EXAM, "all", ""))
    assert refused.value.code is Code.PAUSED
    assert (await do(built, Resume("r-2", EXAM, "all", ""))).exam_rev == 2


@pytest.mark.parametrize(
    "command", [ApproveTakeover("x", EXAM, "all", ""), Resolve("x", EXAM, "all", "")]
)
async def test_what_is_decided_one_by_one_is_not_done_to_all(built: App, command: Command) -> None:
    await furnish(built)
    with pytest.raises(ExamError) as refused:
        await do(built, command)
    assert refused.value.code is Code.BAD_REQUEST


async def test_an_exam_that_is_not_there_is_not_found(built: App) -> None:
    with pytest.raises(ExamError) as refused:
        await do(built, Pause("x", "nowhere", "all", ""))
    assert refused.value.code is Code.NOT_FOUND


async def test_a_notice_to_all_is_announced_once(built: App) -> None:
    await furnish(built)
    for _ in range(2):
        ack = await announce(built.exams, EVA, Announce("a-1", EXAM, "ten minutes left"))
        assert (ack.durable, ack.exam_rev) == (True, 1)
    exam = built.exams.get(EXAM)
    assert exam is not None
    assert [notice.text for notice in exam.notices] == ["ten minutes left"]


# --- durable ------------------------------------------------------------------------------------


async def test_it_is_durable_when_some_process_has_flushed_it(built: App, other: App) -> None:
    ids = await furnish(built, "asha", "ravi")
    ack = await do(built, Extend("x", EXAM, ids, MINUTE, ""))
    assert not (await durable(built.attempts, ack, 0.1)).durable
    waiting = asyncio.create_task(durable(built.attempts, ack, 10))
    assert await other.working.flush() == 2
    told = await waiting
    assert told.durable
    assert (told.done, told.receipts) == (ack.done, ack.receipts)


async def test_what_was_done_to_nobody_or_to_the_exam_has_nothing_to_wait_for(built: App) -> None:
    await furnish(built)
    nobody = await do(built, Extend("x", EXAM, ["nobody"], MINUTE, ""))
    assert (await durable(built.attempts, nobody, 0)).durable
    everybody = await do(built, Extend("x", EXAM, "all", MINUTE, ""))
    assert (await durable(built.attempts, everybody, 0)).durable


async def test_what_redis_lost_before_the_flush_is_not_called_durable(
    built: App, client: redis.Redis
) -> None:
    ids = await furnish(built, "asha")
    ack = await do(built, Extend("x", EXAM, ids, MINUTE, ""))
    waiting = asyncio.create_task(durable(built.attempts, ack, 1.0))
    await asyncio.sleep(0.2)
    client.flushall()
    await built.watch_lives()
    await built.working.flush()
    assert not (await waiting).durable


async def test_while_storage_is_away_nothing_is_called_durable(
    built: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await furnish(built, "asha")
    ack = await do(built, Extend("x", EXAM, ids, MINUTE, ""))
    await built.working.flush()
    built.attempts.clear_idle()
    built.attempts.desks.clear()

    async def silent(wanted: object) -> Never:
        raise Unavailable("away")

    monkeypatch.setattr(built.store, "load_all", silent)
    assert not (await durable(built.attempts, ack, 0.2)).durable
