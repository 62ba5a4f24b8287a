"""The flush when Redis began another life, and what it means for grades."""

from collections.abc import AsyncIterator

import pytest

from examsync.errors import Unavailable
from examsync.infra import keys
from examsync.infra.postgres import Pool
from tests.builders import expired, granted, kept, reopened, saved, started, submitted
from tests.stores.flushing import EVERYTHING, Told, commit_only, flusher, row, same_in_postgres
from tests.stores.shelf import P, Shelf, opened


@pytest.fixture
async def shelf(redis_url: str, pool: Pool) -> AsyncIterator[Shelf]:
    """One process."""
    async with opened(redis_url, pool) as shelf:
        yield shelf


# --- another life ---------------------------------------------------------------------------------


async def test_the_backlog_is_flushed_and_the_attempt_goes_on(shelf: Shelf) -> None:
    attempt = await shelf.save(await shelf.seated(), *EVERYTHING[:4])
    await shelf.store.renew(P, 1)
    assert not await shelf.store.backlog_clear(P)
    told: Told = []
    assert await flusher(shelf, told=told).turn(P) == 4
    assert told[0][0] == {}, "nothing of the present epoch is durable by that"
    assert await shelf.store.backlog_clear(P)
    again = await shelf.rebuilt(attempt.id)
    assert (again.rev, again.head, again.core) == ((2, 4), attempt.head, attempt.core)
    after = await shelf.save(again, *EVERYTHING[4:])
    assert await flusher(shelf, told=told).turn(P) == 4
    assert told[1][0] == {attempt.id: (2, 8)}
    assert await same_in_postgres(shelf, after)


async def test_facts_of_a_dead_branch_are_kept_and_move_nothing(shelf: Shelf) -> None:
    """Read before Redis was lost, committed after the attempt was rebuilt."""
    attempt = await shelf.save(await shelf.seated(), *EVERYTHING[:2])
    assert await flusher(shelf).turn(P) == 2
    await shelf.save(attempt, *EVERYTHING[2:])
    dead = await shelf.store.read(P, "paused", 500)
    await shelf.raw.flushall()
    shelf.lives.doubt()
    again = await shelf.save(await shelf.rebuilt(attempt.id), saved("q4", 9, "4"))
    placement = await commit_only(shelf, dead)
    assert (placement.main, len(placement.branches), placement.durable) == ([], 6, {})
    assert not await shelf.store.finish(P, dead, placement.done, placement.durable)
    assert await flusher(shelf).turn(P) == 1
    assert await same_in_postgres(shelf, again)
    chain = await shelf.records.chain(attempt.id)
    assert [(fact.epoch, fact.n, branch) for fact, branch in chain] == [
        (1, 1, False),
        (1, 2, False),
        *[(1, n, True) for n in range(3, 9)],
        (2, 3, False),
    ]


async def test_a_flusher_that_meets_a_later_epoch_claims_one_still_later(shelf: Shelf) -> None:
    attempt = await shelf.seated()
    await shelf.records.rebuild(attempt.id, 7)
    await shelf.save(attempt, granted())
    assert await flusher(shelf).turn(P) == 0  # before anything leaves the log
    assert (await shelf.life()).epoch == 8
    assert await flusher(shelf).turn(P) == 1
    assert (await shelf.rebuilt(attempt.id)).rev == (8, 0)


async def test_another_life_is_noticed_and_learnt_while_only_flushing(shelf: Shelf) -> None:
    told = flusher(shelf)
    assert await told.turn(P) == 0
    await shelf.raw.flushall()
    with pytest.raises(Unavailable):
        await told.turn(P)
    assert await told.turn(P) == 0
    assert (await shelf.life()).epoch == 2


async def test_an_orphan_and_its_successors_are_set_aside(shelf: Shelf) -> None:
    """The fact they build on was cut out of the log: it will never come."""
    attempt = await shelf.save(await shelf.seated(), *EVERYTHING)
    (rows,) = await shelf.store.reads.call(("XRANGE", keys.log(P), "-", "+"))
    await shelf.raw.xdel(keys.log(P), rows[2][0])
    each = flusher(shelf)
    assert [await each.turn(P) for _ in range(3)] == [2, 5, 0]
    found = await row(shelf, attempt.id)
    assert (found["n"], await shelf.raw.xlen(keys.log(P))) == (2, 0)
    assert sum(branch for _, branch in await shelf.records.chain(attempt.id)) == 5


# --- grading --------------------------------------------------------------------------------------


async def graded(shelf: Shelf, id_: str, grading: str = "graded") -> None:
    """Say that somebody graded it."""
    await shelf.pool.execute("UPDATE attempts SET grading = $2 WHERE id = $1", id_, grading)


@pytest.mark.parametrize("grading", ["graded", "released"])
async def test_an_answer_that_reaches_a_graded_attempt_proposes_a_regrade(
    shelf: Shelf, grading: str
) -> None:
    attempt = await shelf.save(await shelf.seated(), granted(), started(), saved(), expired())
    await flusher(shelf).turn(P)
    await graded(shelf, attempt.id, grading)
    attempt = await shelf.save(attempt, kept("q1", 9))
    await flusher(shelf).turn(P)
    assert (await row(shelf, attempt.id))["grading"] == grading, "kept answers change nothing"
    await shelf.save(attempt, saved("q5", 2, "Hg", replayed=True))
    await flusher(shelf).turn(P)
    assert (await row(shelf, attempt.id))["grading"] == "regrade_proposed"


async def test_an_answer_before_grading_proposes_nothing(shelf: Shelf) -> None:
    attempt = await shelf.save(await shelf.seated(), granted(), started(), expired(), saved())
    await flusher(shelf).turn(P)
    assert (await row(shelf, attempt.id))["grading"] == "pending"


async def test_reopening_takes_the_grading_back_and_closing_asks_for_it(shelf: Shelf) -> None:
    attempt = await shelf.save(await shelf.seated(), granted(), started(), expired())
    await flusher(shelf).turn(P)
    await graded(shelf, attempt.id)
    attempt = await shelf.save(attempt, reopened(9, 9))
    await flusher(shelf).turn(P)
    assert (await row(shelf, attempt.id))["grading"] == "none"
    attempt = await shelf.save(attempt, submitted())
    await flusher(shelf).turn(P)
    found = await row(shelf, attempt.id)
    assert (found["grading"], found["closes"]) == ("pending", 2)
    await graded(shelf, attempt.id)
    await shelf.save(attempt, reopened(9, 9), expired())
    await flusher(shelf).turn(P)
    assert (await row(shelf, attempt.id))["grading"] == "pending", (
        "reopened and closed in one batch"
    )
