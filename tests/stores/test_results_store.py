"""Results as Postgres keeps them: what it refuses, how it sorts, when it is away."""

import asyncio

import asyncpg
import pytest
from msgspec import structs

from examsync.errors import Unavailable
from examsync.infra.postgres import Pool, transaction
from examsync.results import showing, store
from examsync.results.decision import Decided, Standing
from examsync.results.result import Marks, Result
from examsync.results.row import Made
from protocol.http_results import PartMarks, Reveal
from protocol.types import Grading
from tests.services.sittings import Sitting
from tests.stores.locks import until_somebody_waits


@pytest.fixture
async def sitting(pool: Pool) -> Sitting:
    return await Sitting(pool).open()


def result(attempt: str, total: str = "2/3", **changes: object) -> Result:
    whole = PartMarks(total, "4", {"correct": 1})
    made = Result(attempt, 1, 1, Marks(whole, {"s1": whole}, []), 5, "machine", "because")
    return structs.replace(made, **changes)


def made(decided: Result, news: str | None = None) -> Made:
    """What the store is given; of what was there before it takes the key and the exam."""
    before = Standing(
        decided.attempt, "exam-1", "paper-1", decided.close, 7, Grading.PENDING, 5, 0, False
    )
    return Made(before, Decided(decided, Grading.GRADED, news), 0)


async def put(pool: Pool, *results: Result) -> None:
    async with transaction(pool) as connection:
        await store.insert_results(connection, [made(one) for one in results])


async def test_a_result_comes_back_as_it_was(sitting: Sitting) -> None:
    asha = await sitting.sat("asha")
    plain = result(asha)
    released = result(
        asha, revision=2, released_at=9, released_by="eva", reveal=Reveal.KEYS, reason="गलत कुंजी"
    )
    await put(sitting.pool, plain, released)
    async with transaction(sitting.pool) as connection:
        assert await store.fetch_history(connection, asha) == [plain, released]
        (held,) = await store.lock_attempts(connection, [asha])
    assert (held.revision, held.marks, held.reveal) == (2, released.marks, Reveal.KEYS)
    assert (held.exam, held.paper, held.close) == ("exam-1", "paper-1", 1)
    assert (held.grading, held.complete) == (Grading.PENDING, True)


async def test_a_revision_is_there_once(sitting: Sitting) -> None:
    asha = await sitting.sat("asha")
    await put(sitting.pool, result(asha))
    with pytest.raises(Unavailable, match="duplicate key"):
        await put(sitting.pool, result(asha))


async def test_what_is_released_says_how_much_of_it(sitting: Sitting) -> None:
    asha = await sitting.sat("asha")
    with pytest.raises(Unavailable, match="check constraint"):
        await put(sitting.pool, result(asha, released_at=9))


async def test_totals_sort_by_value_thirds_and_penalties_too(sitting: Sitting) -> None:
    totals = {"a": "2/3", "b": "-200/3", "c": "0.67", "d": "10", "e": "9.5", "f": "0"}
    for name, total in totals.items():
        await put(sitting.pool, result(await sitting.sat(name, {}), total))
    async with transaction(sitting.pool) as connection:
        rows = await showing.fetch_rows(connection, "exam-1")
    assert "".join(row.candidate for row in rows) == "decafb"
    assert [row.whole.total for row in rows if row.whole][3] == "2/3"


async def test_news_of_a_close_being_graded_are_told_once_whatever_the_revision(
    sitting: Sitting,
) -> None:
    asha = await sitting.sat("asha")
    async with transaction(sitting.pool) as connection:
        for revision in (1, 1, 2):
            await store.tell(connection, [made(result(asha, revision=revision), "graded")])
        others = [
            made(result(asha, close=2), "graded"),
            made(result(asha, close=2, revision=2)),
            made(result(asha, revision=2), "regraded"),
        ]
        await store.tell(connection, others)
    assert await sitting.news() == [
        ("graded", asha, 1, 1),
        ("graded", asha, 2, 1),
        ("regraded", asha, 1, 2),
    ]


async def test_a_locked_attempt_is_read_after_the_wait_not_as_it_was_before(
    sitting: Sitting,
) -> None:
    """In one statement, Postgres would hand the waiter the results of before it began to wait."""
    asha = await sitting.sat("asha")

    async def second() -> int:
        async with transaction(sitting.pool) as connection:
            (held,) = await store.lock_attempts(connection, [asha])
            return held.revision

    async with transaction(sitting.pool) as connection:
        await store.lock_attempts(connection, [asha])
        waiting = asyncio.create_task(second())
        await until_somebody_waits(sitting.pool)
        await store.insert_results(connection, [made(result(asha))])
    assert await waiting == 1


async def test_nobody_is_locked_who_does_not_exist(sitting: Sitting) -> None:
    async with transaction(sitting.pool) as connection:
        assert await store.lock_attempts(connection, ["nobody"]) == []
        assert await store.lock_due(connection, 10, []) == []
        assert await store.fetch_exam_paper(connection, "nowhere") is None
        assert await store.fetch_newest_question(connection, "paper-1", "q99") is None


async def test_a_failing_transaction_leaves_nothing_behind(sitting: Sitting) -> None:
    asha = await sitting.sat("asha")

    async def fails_half_way() -> None:
        async with transaction(sitting.pool) as connection:
            await store.insert_results(connection, [made(result(asha))])
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        await fails_half_way()
    async with transaction(sitting.pool) as connection:
        assert await store.fetch_history(connection, asha) == []


async def test_a_closed_pool_is_unavailable(sitting: Sitting, database_url: str) -> None:
    pool = await asyncpg.create_pool(database_url, min_size=1, max_size=1)
    await pool.close()
    with pytest.raises(Unavailable):
        async with transaction(pool):  # type: ignore[arg-type]
            pytest.fail("there is no connection")
