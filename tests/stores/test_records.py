"""Attempts in a real Postgres: registered, fenced and rebuilt, paged, told in order."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from msgspec import structs

from examsync.attempts.attempt import Attempt, Done, Seat, apply
from examsync.attempts.identity import attempt_id
from examsync.attempts.ports import LaterEpoch, Placement, Row
from examsync.attempts.records import PostgresRecords
from examsync.attempts.seal import genesis
from examsync.errors import Unavailable
from examsync.infra.postgres import Pool, connect_pool
from protocol.facts import Body, Fact
from tests.builders import (
    CHAIN_KEY,
    LEASE,
    expired,
    fact,
    granted,
    kept,
    saved,
    seat,
    started,
    submitted,
)
from tests.stores.shelf import Shelf, opened


@pytest.fixture
async def shelf(redis_url: str, pool: Pool) -> AsyncIterator[Shelf]:
    """Records with one published exam."""
    async with opened(redis_url, pool) as shelf:
        await shelf.register()
        yield shelf


def chain(of: Attempt, *bodies: Body) -> tuple[list[Fact], Attempt]:
    """Facts one on the other, and the attempt after them."""
    facts = []
    for body in bodies:
        facts.append(fact(of, body, command="c", effect='{"done":1}'))
        of = apply(of, facts[-1])
    return facts, of


async def commit(records: PostgresRecords, of: Attempt, *bodies: Body) -> Attempt:
    """Write facts as a flush does."""
    facts, after = chain(of, *bodies)
    writing = await records.begin([of.id])
    row = Row(after.epoch, after.n, after.head, after.core, after.seat.exam)
    await writing.commit(Placement(facts, [], [], [], {of.id: row}, {}))
    return after


async def rebuilt(records: PostgresRecords, id_: str, epoch: int = 1) -> Attempt:
    """The attempt as Postgres has it."""
    attempt = await records.rebuild(id_, epoch)
    assert attempt is not None
    return attempt


# --- registering ----------------------------------------------------------------------------------


async def test_a_registered_attempt_begins_its_chain(shelf: Shelf) -> None:
    (id_,) = await shelf.records.register([seat(factor_permille=1_250, extension_ms=60_000)])
    attempt = await rebuilt(shelf.records, id_)
    assert id_ == attempt_id("exam-1", "asha")
    assert attempt.seat == seat(factor_permille=1_250, extension_ms=60_000)
    assert (attempt.rev, attempt.head) == ((1, 0), genesis(CHAIN_KEY, id_))
    assert (attempt.responses, attempt.commands, attempt.durable) == ({}, {}, (1, 0))


async def test_registering_again_leaves_what_was_begun_alone(shelf: Shelf) -> None:
    (id_,) = await shelf.records.register([seat()])
    begun = await commit(shelf.records, await rebuilt(shelf.records, id_), granted(), started())
    assert await shelf.records.register([seat(name="Another", factor_permille=2_000)]) == [id_]
    attempt = await rebuilt(shelf.records, id_)
    assert (attempt.core, attempt.head) == (begun.core, begun.head)
    assert attempt.seat == seat()


async def test_ids_come_in_the_order_of_the_seats(shelf: Shelf) -> None:
    seats = [Seat("exam-1", name) for name in ("c", "a", "b")]
    assert await shelf.records.register(seats) == [attempt_id("exam-1", n) for n in ("c", "a", "b")]
    assert await shelf.records.register([]) == []


async def test_nobody_is_seated_at_an_exam_that_is_not_there(shelf: Shelf) -> None:
    with pytest.raises(Unavailable):
        await shelf.records.register([seat(exam="no-such-exam")])


# --- fencing and rebuilding -----------------------------------------------------------------------

EVERYTHING: list[Body] = [
    granted(),
    started(),
    saved("q5", 1, flag=True, spent_ms=77),
    saved("q1", 2, "a", late=True),
    saved("q2", 3, ["a", "b"]),
    saved("q3", 4, True),
    saved("q4", 5, 3.25),
    saved("q6", 6, None),
    saved("q5", 7, "naïve \u0000 text 🙂"),
    kept("q6", 8),
]


async def test_what_was_flushed_is_rebuilt(shelf: Shelf) -> None:
    (id_,) = await shelf.records.register([seat()])
    after = await commit(shelf.records, await rebuilt(shelf.records, id_), *EVERYTHING)
    assert await rebuilt(shelf.records, id_) == structs.replace(after, durable=(1, after.n))
    assert after.commands[f"kept/q6/{LEASE}/8"] == Done("c", '{"done":1}', 10)


async def test_rebuilding_marks_the_row_and_numbers_go_on(shelf: Shelf) -> None:
    (id_,) = await shelf.records.register([seat()])
    after = await commit(shelf.records, await rebuilt(shelf.records, id_), granted(), started())
    again = await rebuilt(shelf.records, id_, 7)
    assert (again.rev, again.head, again.durable) == ((7, 2), after.head, (7, 2))
    writing = await shelf.records.begin([id_])
    assert writing.rows[id_].epoch == 7
    await writing.abort()


async def test_an_epoch_that_is_over_does_not_rebuild(shelf: Shelf) -> None:
    (id_,) = await shelf.records.register([seat()])
    await rebuilt(shelf.records, id_, 7)
    assert (await rebuilt(shelf.records, id_, 7)).epoch == 7
    with pytest.raises(LaterEpoch) as later:
        await shelf.records.rebuild(id_, 6)
    assert later.value.epoch == 7


async def test_nobody_is_rebuilt_who_was_never_registered(shelf: Shelf) -> None:
    assert await shelf.records.rebuild("nobody", 1) is None


async def test_a_rebuild_waits_for_the_flush_under_way(shelf: Shelf) -> None:
    """Both lock the row: what is rebuilt is all before the flush or all after it."""
    (id_,) = await shelf.records.register([seat()])
    before = await rebuilt(shelf.records, id_)
    facts, after = chain(before, granted(), started(), saved())
    writing = await shelf.records.begin([id_])
    rebuilding = asyncio.ensure_future(shelf.records.rebuild(id_, 2))
    await asyncio.sleep(0.05)
    assert not rebuilding.done()
    row = Row(1, after.n, after.head, after.core, "exam-1")
    await writing.commit(Placement(facts, [], [], [], {id_: row}, {}))
    found = await rebuilding
    assert found is not None
    assert (found.rev, list(found.responses)) == ((2, 3), ["q5"])


# --- locks ----------------------------------------------------------------------------------------


async def test_two_flushes_of_one_attempt_come_one_after_the_other(shelf: Shelf) -> None:
    (id_,) = await shelf.records.register([seat()])
    first = await shelf.records.begin([id_])
    second = asyncio.ensure_future(shelf.records.begin([id_]))
    await asyncio.sleep(0.05)
    assert not second.done()
    await first.abort()
    await (await second).abort()


async def test_flushes_of_many_attempts_never_wait_in_a_circle(shelf: Shelf) -> None:
    ids = await shelf.records.register([Seat("exam-1", f"c{n}") for n in range(20)])

    async def take(order: list[str]) -> int:
        writing = await shelf.records.begin(order)
        await asyncio.sleep(0.01)
        await writing.abort()
        return len(writing.rows)

    takes = [take(ids if n % 2 else ids[::-1]) for n in range(8)]
    assert await asyncio.gather(*takes) == [20] * 8


async def test_a_flush_that_is_cancelled_while_it_waits_lets_go(shelf: Shelf) -> None:
    """More often than the pool has connections: none may be lost."""
    (id_,) = await shelf.records.register([seat()])
    first = await shelf.records.begin([id_])
    for _ in range(6):
        waiting = asyncio.ensure_future(shelf.records.begin([id_]))
        await asyncio.sleep(0.03)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    await first.abort()
    await (await asyncio.wait_for(shelf.records.begin([id_]), 5)).abort()


async def test_an_aborted_flush_leaves_nothing(shelf: Shelf) -> None:
    (id_,) = await shelf.records.register([seat()])
    writing = await shelf.records.begin([id_, "nobody"])
    assert writing.rows.keys() == {id_}
    await writing.abort()
    assert await shelf.records.timeline(id_, 0, 10) == []


async def test_a_connection_that_dies_under_a_flush_is_unavailable(
    shelf: Shelf, admin: asyncpg.Connection
) -> None:
    (id_,) = await shelf.records.register([seat()])
    before = await rebuilt(shelf.records, id_)
    facts, after = chain(before, granted())
    writing = await shelf.records.begin([id_])
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'examsync' AND state = 'idle in transaction'"
    )
    row = Row(1, 1, after.head, after.core, "exam-1")
    with pytest.raises(Unavailable):
        await writing.commit(Placement(facts, [], [], [], {id_: row}, {}))
    assert (await rebuilt(shelf.records, id_)).n == 0


# --- lists ----------------------------------------------------------------------------------------


async def test_open_attempts_come_page_by_page(shelf: Shelf) -> None:
    ids = sorted(await shelf.records.register([Seat("exam-1", f"c{n}") for n in range(7)]))
    closed = await rebuilt(shelf.records, ids[3])
    await commit(shelf.records, closed, granted(), started(), submitted())
    found: list[str] = []
    while page := await shelf.records.open_attempts(found[-1] if found else "", 2):
        assert len(page) <= 2
        found += [each.id for each in page]
    assert found == [id_ for id_ in ids if id_ != ids[3]]


async def test_open_attempts_are_of_published_exams(shelf: Shelf) -> None:
    await shelf.records.register([seat()])
    (one,) = await shelf.records.open_attempts("", 10)
    assert one.seat == seat()
    await shelf.pool.execute("UPDATE exams SET status = 'archived'")
    assert await shelf.records.open_attempts("", 10) == []


async def test_a_timeline_is_told_in_order_from_where_one_left_off(shelf: Shelf) -> None:
    (id_,) = await shelf.records.register([seat()])
    before = await rebuilt(shelf.records, id_)
    facts, _ = chain(before, *EVERYTHING, expired())
    await commit(shelf.records, before, *[each.body for each in facts])
    assert await shelf.records.timeline(id_, 0, 100) == facts
    assert await shelf.records.timeline(id_, 4, 3) == facts[4:7]
    assert await shelf.records.timeline(id_, len(facts), 3) == []
    assert await shelf.records.chain(id_) == [(each, False) for each in facts]


async def test_a_database_that_is_gone_is_unavailable(database_url: str) -> None:
    pool = await connect_pool(database_url, connections_max=2)
    await pool.close()
    records = PostgresRecords(pool, CHAIN_KEY)
    for asked in (
        records.claim(0, "run-1", 0),
        records.rebuild("a", 1),
        records.begin(["a"]),
        records.open_attempts("", 1),
        records.register([seat()]),
        records.timeline("a", 0, 1),
    ):
        with pytest.raises(Unavailable):
            await asked


async def test_every_change_of_an_attempt_makes_it_later_than_before(shelf: Shelf) -> None:
    """Two readings of it are ordered by that, whatever the clocks of those who read say."""
    (id_,) = await shelf.records.register([seat()])

    async def change() -> int:
        (found,) = await shelf.records.overview("exam-1", [id_])
        return found.change

    changes = [await change(), await change()]
    assert changes[0] == changes[1] > 10**12
    attempt = await rebuilt(shelf.records, id_)
    changes.append(await change())
    await commit(shelf.records, attempt, granted())
    changes.append(await change())
    for said in ("grading = 'graded'", "hall = 'C'", "grading = 'released'"):
        await shelf.pool.execute(f"UPDATE attempts SET {said} WHERE id = $1", id_)
        changes.append(await change())
    assert changes[1:] == sorted(set(changes))
