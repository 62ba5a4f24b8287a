"""Closed attempts are graded once per close, whoever and how many do it."""

import asyncio

import pytest

from examsync.errors import ExamError, Unavailable
from examsync.infra.postgres import Pool, connect_pool
from examsync.results.service import Results
from protocol.facts import Absent
from protocol.problems import Code
from tests import papers
from tests.builders import START, T0, granted, reopened, saved, started, submitted
from tests.services.sittings import ESSAY, Sitting

RIGHT = papers.right_responses()


@pytest.fixture
async def sitting(pool: Pool) -> Sitting:
    return await Sitting(pool).open()


async def totals(sitting: Sitting, attempt: str) -> list[tuple[int, int, str]]:
    """Close, revision and total of every result of an attempt."""
    history = await sitting.results.regrading.history(attempt)
    return [(one.close, one.revision, one.marks.whole.total) for one in history]


async def test_a_closed_attempt_is_graded_from_what_was_saved(sitting: Sitting) -> None:
    asha = await sitting.sat("asha", RIGHT | {"q1": papers.ids(papers.single(), "Mumbai")[0]})
    assert await sitting.grading(asha) == "pending"
    assert await sitting.results.grader.grade_due() == 1
    assert await totals(sitting, asha) == [(1, 1, "17")]
    assert await sitting.grading(asha) == "graded"
    assert await sitting.news() == [("graded", asha, 1, 1)]
    (result,) = await sitting.results.regrading.history(asha)
    assert (result.made_by, result.made_at, result.released_at) == ("machine", T0, None)
    assert result.marks.whole.maximum == "27"
    assert result.marks.sections["s1"].total == "7"
    assert [mark.outcome for mark in result.marks.items][:2] == ["incorrect", "correct"]


async def test_open_attempts_are_left_alone(sitting: Sitting) -> None:
    asha = await sitting.seat("asha")
    await sitting.tell(asha, granted(), started(), saved("q3", 1, True))
    assert await sitting.results.grader.grade_due() == 0
    assert await sitting.grading(asha) == "none"


async def test_the_absent_get_nothing_but_a_result(sitting: Sitting) -> None:
    asha = await sitting.seat("asha")
    await sitting.tell(asha, Absent(T0))
    assert await sitting.results.grader.grade_due() == 1
    assert await totals(sitting, asha) == [(1, 1, "0")]


async def test_grading_again_does_nothing(sitting: Sitting) -> None:
    asha = await sitting.sat("asha")
    assert await sitting.results.grader.grade_due() == 1
    assert await sitting.results.grader.grade_due() == 0
    assert await totals(sitting, asha) == [(1, 1, "22")]
    assert len(await sitting.news()) == 1


async def test_the_last_response_counts_and_a_cleared_one_does_not(sitting: Sitting) -> None:
    asha = await sitting.seat("asha")
    answers = [saved("q3", 1, False), saved("q3", 2, True), saved("q5", 3), saved("q5", 4, None)]
    await sitting.tell(asha, granted(), started(), *answers, submitted(START + 1))
    await sitting.results.grader.grade_due()
    (result,) = await sitting.results.regrading.history(asha)
    marks = {mark.item: (mark.outcome.value, mark.marks) for mark in result.marks.items}
    assert marks["q3"] == ("correct", "4")
    assert marks["q5"] == ("unanswered", "0")


async def test_an_essay_keeps_it_pending_with_the_machines_part_done(sitting: Sitting) -> None:
    asha = await sitting.sat("asha", RIGHT | {"q6": ESSAY})
    assert await sitting.results.grader.grade_due() == 1
    assert await sitting.grading(asha) == "pending"
    (result,) = await sitting.results.regrading.history(asha)
    assert (result.marks.whole.total, result.marks.waiting) == ("22", ["q6"])
    assert await sitting.news() == []
    assert await sitting.results.grader.grade_due() == 0, "waiting is no work for the machine"


async def test_an_answer_that_reaches_a_pending_attempt_renews_the_machines_part(
    sitting: Sitting,
) -> None:
    asha = await sitting.sat("asha", {"q1": "?", "q6": ESSAY})
    await sitting.results.grader.grade_due()
    await sitting.tell(asha, saved("q3", 9, True, replayed=True))
    assert await sitting.grading(asha) == "pending"
    assert await sitting.results.grader.grade_due() == 1
    assert await totals(sitting, asha) == [(1, 1, "-1"), (1, 2, "3")]


async def test_a_fact_that_changes_no_mark_makes_no_revision(sitting: Sitting) -> None:
    asha = await sitting.sat("asha", {"q6": ESSAY})
    await sitting.results.grader.grade_due()
    await sitting.tell(asha, saved("q5", 9, None, replayed=True))
    assert await sitting.results.grader.grade_due() == 1
    assert await sitting.results.grader.grade_due() == 0
    assert await totals(sitting, asha) == [(1, 1, "0")]


async def test_attempts_of_one_batch_get_what_is_theirs(sitting: Sitting) -> None:
    """A new result, a further revision, one that holds, one that cannot be graded, and one that
    goes on waiting: their rows are written together."""
    again = await sitting.sat("again", {"q1": "?", "q6": ESSAY})
    holds = await sitting.sat("holds", {"q3": True, "q6": ESSAY})
    assert await sitting.results.grader.grade_due() == 2
    await sitting.tell(again, saved("q3", 9, True, replayed=True))
    await sitting.tell(holds, saved("q5", 9, None, replayed=True))
    new, broken = await sitting.sat("new", RIGHT), await sitting.sat("broken", {"q99": "x"})
    assert await sitting.results.grader.grade_due() == 4
    assert {name: await totals(sitting, name) for name in (again, holds, new, broken)} == {
        again: [(1, 1, "-1"), (1, 2, "3")],
        holds: [(1, 1, "4")],
        new: [(1, 1, "22")],
        broken: [],
    }
    assert await sitting.grading(new) == "graded"
    assert {await sitting.grading(one) for one in (again, holds, broken)} == {"pending"}
    assert await sitting.news() == [("graded", new, 1, 1)]
    assert await sitting.results.grader.grade_due() == 0


async def test_reopened_and_closed_again_it_is_graded_again(sitting: Sitting) -> None:
    asha = await sitting.sat("asha", {"q3": False})
    await sitting.results.grader.grade_due()
    await sitting.tell(asha, reopened(START + 120_000))
    assert await sitting.grading(asha) == "none"
    assert await sitting.results.grader.grade_due() == 0
    await sitting.tell(asha, saved("q3", 2, True), submitted(START + 180_000))
    assert await sitting.results.grader.grade_due() == 1
    assert await totals(sitting, asha) == [(1, 1, "-1"), (2, 1, "4")]
    assert await sitting.news() == [("graded", asha, 1, 1), ("graded", asha, 2, 1)]


async def test_several_graders_at_once_grade_each_attempt_once(
    sitting: Sitting, database_url: str
) -> None:
    attempts = [await sitting.sat(f"candidate-{n}", {"q3": n % 2 == 0}) for n in range(120)]
    pool = await connect_pool(database_url, connections_max=6)
    try:
        graders = [Results(pool, lambda: T0).grader for _ in range(6)]
        counts = await asyncio.gather(*(grader.grade_due() for grader in graders))
        # A grader may find nothing while the others hold the rest; nobody does anything twice.
        assert sum(counts) + await graders[0].grade_due() == len(attempts)
    finally:
        await pool.close()
    stored = await sitting.pool.fetch("SELECT attempt, count(*) AS n FROM results GROUP BY attempt")
    assert {row["attempt"]: row["n"] for row in stored} == dict.fromkeys(attempts, 1)
    assert sorted(await sitting.news()) == sorted(("graded", id_, 1, 1) for id_ in attempts)


async def test_an_attempt_that_somebody_holds_is_graded_later_and_not_waited_for(
    sitting: Sitting,
) -> None:
    asha, ravi = await sitting.sat("asha"), await sitting.sat("ravi")
    async with sitting.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM attempts WHERE id = $1 FOR UPDATE", asha)
        assert await sitting.results.grader.grade_due() == 1
        assert await sitting.grading(ravi) == "graded"
        assert await sitting.grading(asha) == "pending"
    assert await sitting.results.grader.grade_due() == 1
    assert await sitting.grading(asha) == "graded"


async def test_a_limit_is_kept(sitting: Sitting) -> None:
    for name in ("asha", "ravi", "zoya"):
        await sitting.sat(name, {})
    assert await sitting.results.grader.grade_due(limit=2) == 2
    assert await sitting.results.grader.grade_due(limit=2) == 1


async def test_one_attempt_that_cannot_be_graded_holds_up_nobody_and_is_told_of_once(
    sitting: Sitting,
) -> None:
    asha, ravi = await sitting.sat("asha", {"q99": "x"}), await sitting.sat("ravi")
    await sitting.results.grader.grade_due()
    await sitting.results.grader.grade_due()
    assert await sitting.grading(ravi) == "graded"
    assert await sitting.grading(asha) == "pending"
    ((attempt, error),) = sitting.failures
    assert attempt == asha
    assert "no item 'q99'" in str(error)
    with pytest.raises(ExamError) as caught:
        await sitting.results.marking.mark(asha, "q99", "1", by="eva")
    assert caught.value.code is Code.UNKNOWN_ITEM


async def test_a_database_that_is_away_is_said_to_be(sitting: Sitting, database_url: str) -> None:
    await sitting.sat("asha")
    pool = await connect_pool(database_url, connections_max=1, acquire_timeout_s=0.2)
    try:
        async with pool.acquire():
            with pytest.raises(Unavailable):
                await Results(pool, lambda: T0).grader.grade_due()
    finally:
        await pool.close()
