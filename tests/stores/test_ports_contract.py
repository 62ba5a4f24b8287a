"""The Postgres of the simulation does what a real one does: epochs, rebuilds, flushes, exams.

Test bodies run on both; what is random is drawn from a seed, done to both and compared. The
other half of the contract is in `test_redis_contract`.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec import structs

from examsync.attempts.attempt import Attempt, apply
from examsync.attempts.flush import place
from examsync.attempts.ports import Batch, Entry, LaterEpoch, Placement
from examsync.exams.exam import Exam
from examsync.infra.postgres import Pool
from protocol.facts import Body, ExamAnnounced, ExamFact, ExamOrdered, Fact
from tests.builders import (
    START,
    T0,
    expired,
    fact,
    granted,
    kept,
    life,
    reopened,
    saved,
    started,
    submitted,
)
from tests.stores.twins import (
    ATTEMPTS,
    PostgresInMemory,
    RealPostgres,
    RecordsTwin,
)

KINDS = ["memory", "real"]


@pytest.fixture(params=KINDS)
async def twin(
    request: pytest.FixtureRequest, pool: Pool, redis_url: str
) -> AsyncIterator[RecordsTwin]:
    """A Postgres with two attempts."""
    memory = request.param == "memory"
    made: RecordsTwin = PostgresInMemory(redis_url) if memory else RealPostgres(pool, redis_url)
    await made.register()
    yield made
    await made.exams._line.close()


# --- records --------------------------------------------------------------------------------------


async def test_epochs_are_claimed_once_per_server(twin: RecordsTwin) -> None:
    claim = twin.records.claim
    assert await twin.records.latest(0) == 0
    assert await claim(0, "one", 0) == (1, True)
    assert await claim(0, "one", 0) == (1, False)
    assert await claim(0, "two", 1) == (2, True)
    assert await claim(0, "one", 1) == (3, True)
    assert await claim(0, "one", 2) == (3, False)
    assert await claim(0, "three", 9) == (10, True)
    assert await claim(1, "one", 0) == (1, True)
    assert [await twin.records.latest(p) for p in (0, 1, 2)] == [10, 1, 0]


async def test_a_rebuild_fences_and_reads(twin: RecordsTwin) -> None:
    of = ATTEMPTS[0]
    found = await twin.records.rebuild(of.id, 4)
    assert found == structs.replace(of, epoch=4, durable=(4, 0))
    assert (await twin.look(of.id))["row"][0] == 4
    with pytest.raises(LaterEpoch) as later:
        await twin.records.rebuild(of.id, 3)
    assert later.value.epoch == 4
    assert await twin.records.rebuild("nobody", 4) is None


async def test_many_are_rebuilt_together_each_as_if_alone(twin: RecordsTwin) -> None:
    one, two = ATTEMPTS[:2]
    after = await commit(twin, structs.replace(one, epoch=1), granted(), started(), saved())
    await twin.records.rebuild(two.id, 9)
    found = await twin.records.rebuild_all({two.id: 8, "nobody": 3, one.id: 5})
    first, outdone = found.pop(one.id), found.pop(two.id)
    assert isinstance(first, Attempt)
    assert (first.rev, first.head, list(first.responses)) == ((5, 3), after.head, ["q5"])
    assert first == await twin.records.rebuild(one.id, 5)
    assert isinstance(outdone, LaterEpoch)
    assert (outdone.epoch, found) == (9, {})


async def test_one_flush_waits_for_the_other(twin: RecordsTwin) -> None:
    ids = sorted(of.id for of in ATTEMPTS)
    first = await twin.records.begin(ids)
    second = asyncio.ensure_future(twin.records.begin(ids[1:]))
    rebuild = asyncio.ensure_future(twin.records.rebuild(ids[1], 7))
    done, _ = await asyncio.wait([second, rebuild], timeout=0.3)
    assert not done
    await first.abort()
    await (await second).abort()
    assert await rebuild is not None


async def test_who_is_open_is_told_page_by_page(twin: RecordsTwin) -> None:
    ids = sorted(of.id for of in ATTEMPTS)
    assert [o.id for o in await twin.records.open_attempts("", 1)] == ids[:1]
    assert [o.id for o in await twin.records.open_attempts(ids[0], 9)] == ids[1:]
    closed = await commit(twin, ATTEMPTS[0], granted(), started(), submitted())
    left = [of.id for of in ATTEMPTS if of.id != closed.id]
    assert [o.id for o in await twin.records.open_attempts("", 9)] == left
    order = ExamOrdered("o", "reopen", "appeal")
    assert await twin.exams.append(ExamFact("exam-1", 1, T0, "x", order))
    assert [o.id for o in await twin.records.open_attempts("", 9)] == ids


async def commit(twin: RecordsTwin, of: Attempt, *bodies: Body) -> Attempt:
    """Facts written as a flush does it, in the attempt's epoch; the attempt after them."""
    facts: list[Fact] = []
    for body in bodies:
        facts.append(fact(of, body, command="c", effect="{}"))
        of = apply(of, facts[-1])
    await flush(twin, facts, of.epoch)
    return of


async def flush(twin: RecordsTwin, facts: list[Fact], epoch: int) -> Placement:
    """Whatever facts, placed by the real rule and committed."""
    batch = Batch(life(epoch=epoch), [Entry(f"{at}-0", f) for at, f in enumerate(facts)])
    writing = await twin.records.begin(sorted({f.attempt for f in facts}))
    placement = place(writing.rows, batch)
    await writing.commit(placement)
    return placement


def history(dice: random.Random, of: Attempt) -> list[Body]:
    """What may happen in an attempt: answers over answers, a close, more answers, a reopening."""
    first: list[Body] = [granted(), started()] if of.core.started_at is None else []
    more: list[Body] = []
    for _ in range(dice.randrange(1, 7)):
        seq, item = dice.randrange(1, 9), dice.choice(["q4", "q5"])
        text = dice.choice(["Mars", "Venus", None])
        may: list[Body] = [
            saved(item, seq, text, late=dice.random() < 0.3),
            saved(item, seq, text, lease=f"{START:013d}-aa"),
            kept(item, seq),
            granted(),
        ]
        more.append(dice.choice(may))
    if dice.random() < 0.5:
        more.append(reopened(START + 99) if of.core.closed else expired())
    return [*first, *more]


@pytest.mark.parametrize("seed", range(8))
async def test_flushes_write_the_same_in_memory(seed: int, pool: Pool, redis_url: str) -> None:
    """Repeats, branches, gaps, two attempts at once, grading in between."""
    dice = random.Random(seed)
    twins: list[Any] = [PostgresInMemory(redis_url), RealPostgres(pool, redis_url)]
    for twin in twins:
        await twin.register()
    now, past = {of.id: of for of in ATTEMPTS}, list[Fact]()
    for _ in range(8):
        facts = dice.sample(past, min(len(past), 2))
        for of in list(now.values()):
            if dice.random() < 0.2 and past:  # a branch: built on something older
                facts.append(fact(structs.replace(of, n=of.n - 1, head="gone"), granted()))
            for body in history(dice, of):
                facts.append(fact(of, body, command=dice.choice(["", "c"]), effect="{}"))
                of = apply(of, facts[-1])  # noqa: PLW2901
            now[of.id] = of
        past += facts
        placed = [await flush(twin, facts, 0) for twin in twins]
        assert placed[0] == placed[1]
        for id_ in now:
            mine, his = [await twin.look(id_) for twin in twins]
            assert mine == his
            if mine["row"][4] == "pending" and dice.random() < 0.5:
                for twin in twins:
                    await twin.graded(id_)
    assert now[ATTEMPTS[0].id].n > 10
    await asyncio.gather(*[twin.exams._line.close() for twin in twins])


# --- exams ----------------------------------------------------------------------------------------


async def test_facts_of_an_exam_are_numbered_once(twin: RecordsTwin) -> None:
    first = ExamFact("exam-1", 1, T0, "examiner:x", ExamAnnounced("a1", "hear"))
    assert await twin.exams.append(first)
    assert not await twin.exams.append(structs.replace(first, body=ExamAnnounced("a2", "hear")))
    assert await twin.exams.append(structs.replace(first, n=2, body=ExamAnnounced("a3", "hear")))
    stored = await twin.exams.fetch("exam-1")
    assert stored is not None
    assert isinstance(stored.exam, Exam)
    assert (stored.exam.n, stored.status) == (2, "published")
    assert [f.n for f in await twin.exams.facts("exam-1", 1)] == [2]
    assert await twin.exams.standings(["exam-1"]) == {"exam-1": (2, "published", 1)}


async def test_redis_is_told_how_many_facts_an_exam_has(twin: RecordsTwin) -> None:
    assert await twin.exams.n_in_redis("exam-1") is None
    for n, known in ((3, 3), (2, 3), (5, 5)):
        await twin.exams.raise_n("exam-1", n)
        assert await twin.exams.n_in_redis("exam-1") == known
