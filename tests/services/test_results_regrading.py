"""What was graded can be graded again, with a reason, and taken back."""

import asyncio

import pytest

from examsync.errors import ExamError
from examsync.infra.postgres import Pool
from protocol.http_marking import RegradeChange
from protocol.http_results import Reveal, Rule
from protocol.problems import Code
from tests import papers
from tests.builders import START, granted, reopened, saved, started
from tests.services.sittings import ESSAY, Sitting, put_version

RIGHT = papers.right_responses()
MUMBAI = papers.ids(papers.single(), "Mumbai")[0]


@pytest.fixture
async def sitting(pool: Pool) -> Sitting:
    return await Sitting(pool).open()


async def graded(sitting: Sitting, candidate: str, **responses: object) -> str:
    """A graded attempt with all right answers but these."""
    attempt = await sitting.sat(candidate, RIGHT | responses)  # type: ignore[arg-type]
    await sitting.results.grader.grade_due()
    return attempt


async def totals(sitting: Sitting, attempt: str) -> list[tuple[int, str, str]]:
    history = await sitting.results.regrading.history(attempt)
    return [(one.revision, one.marks.whole.total, one.reason) for one in history]


async def test_an_answer_that_comes_after_grading_proposes_a_regrade_and_no_more(
    sitting: Sitting,
) -> None:
    asha = await graded(sitting, "asha", q3=False)
    await sitting.tell(asha, saved("q3", 50, True, replayed=True))
    assert await sitting.grading(asha) == "regrade_proposed"
    assert await sitting.results.grader.grade_due() == 0
    assert await totals(sitting, asha) == [(1, "17", "")]
    assert await sitting.results.regrading.preview("exam-1") == [
        RegradeChange(asha, "17", "22", ["q3"])
    ]
    assert await totals(sitting, asha) == [(1, "17", "")]


async def test_a_regrade_keeps_the_old_result_and_says_why(sitting: Sitting) -> None:
    asha = await graded(sitting, "asha", q3=False)
    await sitting.tell(asha, saved("q3", 50, True, replayed=True))
    result = await sitting.results.regrading.regrade(asha, by="eva", reason="came late")
    assert (result.revision, result.made_by) == (2, "eva")
    assert await totals(sitting, asha) == [(1, "17", ""), (2, "22", "came late")]
    assert await sitting.grading(asha) == "graded"
    assert await sitting.news() == [("graded", asha, 1, 1), ("regraded", asha, 1, 2)]


async def test_a_regrade_is_taken_back_by_letting_the_old_result_stand_again(
    sitting: Sitting,
) -> None:
    asha = await graded(sitting, "asha", q3=False)
    await sitting.tell(asha, saved("q3", 50, True, replayed=True))
    await sitting.results.regrading.regrade(asha, by="eva", reason="came late")
    await sitting.results.regrading.revert(asha, 1, by="ravi", reason="not in time")
    assert await totals(sitting, asha) == [
        (1, "17", ""),
        (2, "22", "came late"),
        (3, "17", "not in time"),
    ]
    assert await sitting.grading(asha) == "graded"
    assert await sitting.results.grader.grade_due() == 0


async def test_a_proposed_regrade_can_be_declined(sitting: Sitting) -> None:
    asha = await graded(sitting, "asha", q3=False)
    await sitting.results.releasing.release("exam-1", by="eva")
    await sitting.tell(asha, saved("q3", 50, True, replayed=True))
    await sitting.results.regrading.revert(asha, 1, by="eva", reason="forged clock")
    assert await sitting.grading(asha) == "released"
    assert (await sitting.results.releasing.shown(asha)).whole.total == "17"
    assert await sitting.results.regrading.preview("exam-1") == []


async def test_the_candidate_sees_the_old_result_until_the_new_one_is_released(
    sitting: Sitting,
) -> None:
    asha = await graded(sitting, "asha", q3=False)
    await sitting.results.releasing.release("exam-1", by="eva")
    await sitting.tell(asha, saved("q3", 50, True, replayed=True))
    await sitting.results.regrading.regrade(asha, by="eva", reason="came late")
    assert (await sitting.results.releasing.shown(asha)).whole.total == "17"
    await sitting.results.releasing.release("exam-1", by="eva")
    assert (await sitting.results.releasing.shown(asha)).whole.total == "22"


async def test_a_regrade_that_changes_nothing_stays_released(sitting: Sitting) -> None:
    asha = await graded(sitting, "asha")
    await sitting.results.releasing.release("exam-1", by="eva")
    await sitting.results.regrading.regrade(asha, by="eva", reason="asked for")
    assert await sitting.grading(asha) == "released"
    assert len(await totals(sitting, asha)) == 2


async def test_an_essay_that_came_late_waits_for_its_marker(sitting: Sitting) -> None:
    asha = await graded(sitting, "asha")
    await sitting.tell(asha, saved("q6", 50, ESSAY, replayed=True))
    result = await sitting.results.regrading.regrade(asha, by="eva", reason="came late")
    assert result.marks.waiting == ["q6"]
    assert await sitting.grading(asha) == "pending"
    await sitting.results.marking.mark(asha, "q6", "5", by="eva")
    assert await sitting.grading(asha) == "graded"
    kinds = [kind for kind, *_ in await sitting.news()]
    assert kinds == ["graded", "regraded"]


async def test_a_corrected_key_is_previewed_applied_to_all_and_taken_back(
    sitting: Sitting,
) -> None:
    asha = await graded(sitting, "asha")
    ravi = await graded(sitting, "ravi", q1=MUMBAI)
    regrading = sitting.results.regrading
    await put_version(sitting.pool, papers.single(right=1))
    assert await regrading.rule("exam-1", "q1", Rule.KEY, by="eva", reason="key was wrong") == 2
    assert await sitting.grading(asha) == await sitting.grading(ravi) == "regrade_proposed"
    changes = {change.attempt: change for change in await regrading.preview("exam-1")}
    assert changes[asha] == RegradeChange(asha, "22", "17", ["q1"])
    assert changes[ravi] == RegradeChange(ravi, "17", "22", ["q1"])
    assert await regrading.regrade_proposed("exam-1", by="eva", reason="corrected key") == 2
    assert await sitting.grading(asha) == await sitting.grading(ravi) == "graded"
    assert await regrading.rule("exam-1", "q1", None, by="eva", reason="it was right") == 2
    assert await regrading.regrade_proposed("exam-1", by="eva", reason="old key") == 2
    assert [total for _, total, _ in await totals(sitting, asha)] == ["22", "17", "22"]
    assert await regrading.regrade_proposed("exam-1", by="eva", reason="again") == 0


@pytest.mark.parametrize(
    ("rule", "asha_has", "ravi_has"),
    [
        (Rule.FULL_TO_ALL, "22", "22"),
        (Rule.FULL_TO_ATTEMPTED, "22", "18"),
        (Rule.DROPPED, "18", "18"),
    ],
)
async def test_a_faulty_item_is_made_good_by_rule(
    sitting: Sitting, rule: Rule, asha_has: str, ravi_has: str
) -> None:
    asha = await graded(sitting, "asha", q1=MUMBAI)
    ravi = await graded(sitting, "ravi", q1=None)
    await sitting.results.regrading.rule("exam-1", "q1", rule, by="eva", reason="two are right")
    await sitting.results.regrading.regrade_proposed("exam-1", by="eva", reason="ruled")
    assert (await totals(sitting, asha))[-1][1] == asha_has
    assert (await totals(sitting, ravi))[-1][1] == ravi_has


async def test_who_is_graded_after_a_ruling_heeds_it_at_once(sitting: Sitting) -> None:
    waiting = await graded(sitting, "asha", q1=MUMBAI, q6=ESSAY)
    later = await sitting.sat("ravi", {"q1": MUMBAI})
    rule = Rule.FULL_TO_ALL
    proposed = await sitting.results.regrading.rule("exam-1", "q1", rule, by="eva", reason="x")
    assert proposed == 0
    assert await sitting.results.grader.grade_due() == 2
    assert [total for _, total, _ in await totals(sitting, waiting)] == ["17", "22"]
    assert [total for _, total, _ in await totals(sitting, later)] == ["4"]
    assert await sitting.results.grader.grade_due() == 0


async def test_a_key_is_corrected_only_by_a_question_that_fits(sitting: Sitting) -> None:
    rule = sitting.results.regrading.rule
    with pytest.raises(ExamError, match="import the corrected question 'capital' first"):
        await rule("exam-1", "q1", Rule.KEY, by="eva", reason="x")
    await put_version(sitting.pool, papers.single(texts="Delhi Mumbai Pune Goa"))
    with pytest.raises(ExamError, match="other options") as caught:
        await rule("exam-1", "q1", Rule.KEY, by="eva", reason="x")
    assert caught.value.code is Code.BAD_REQUEST
    with pytest.raises(ExamError) as caught:
        await rule("exam-1", "q9", Rule.DROPPED, by="eva", reason="x")
    assert caught.value.code is Code.UNKNOWN_ITEM
    with pytest.raises(ExamError) as caught:
        await rule("no-exam", "q1", Rule.DROPPED, by="eva", reason="x")
    assert caught.value.code is Code.NOT_FOUND
    assert await sitting.pool.fetchval("SELECT count(*) FROM rulings") == 0


async def test_what_is_not_graded_is_not_regraded(sitting: Sitting) -> None:
    regrading = sitting.results.regrading
    asha = await sitting.seat("asha")
    await sitting.tell(asha, granted(), started())
    ravi = await sitting.sat("ravi", {"q6": ESSAY})
    for attempt, code in [
        (asha, Code.ATTEMPT_OPEN),
        (ravi, Code.CONFLICT),
        ("nobody", Code.NOT_FOUND),
    ]:
        with pytest.raises(ExamError) as caught:
            await regrading.regrade(attempt, by="eva", reason="x")
        assert caught.value.code is code
        with pytest.raises(ExamError) as caught:
            await regrading.revert(attempt, 1, by="eva", reason="x")
        assert caught.value.code is code


async def test_only_revisions_of_the_present_close_stand_again(sitting: Sitting) -> None:
    asha = await graded(sitting, "asha")
    for revision in (0, 2):
        with pytest.raises(ExamError) as caught:
            await sitting.results.regrading.revert(asha, revision, by="eva", reason="x")
        assert caught.value.code is Code.NOT_FOUND
    await sitting.tell(asha, reopened(START + 120_000))
    with pytest.raises(ExamError) as caught:
        await sitting.results.regrading.revert(asha, 1, by="eva", reason="x")
    assert caught.value.code is Code.ATTEMPT_OPEN


async def test_two_who_regrade_an_exam_at_once_do_it_once(sitting: Sitting) -> None:
    attempts = [await graded(sitting, f"c{n}", q1=MUMBAI) for n in range(60)]
    rule = Rule.FULL_TO_ALL
    regrading = sitting.results.regrading
    assert await regrading.rule("exam-1", "q1", rule, by="eva", reason="x") == 60
    counts = await asyncio.gather(
        *(regrading.regrade_proposed("exam-1", by=by, reason="y") for by in ("eva", "ravi"))
    )
    assert sum(counts) == 60
    for attempt in attempts:
        assert [total for _, total, _ in await totals(sitting, attempt)] == ["17", "22"]


async def test_the_keys_a_candidate_sees_are_those_of_his_result(sitting: Sitting) -> None:
    asha = await graded(sitting, "asha")
    releasing, regrading = sitting.results.releasing, sitting.results.regrading
    await releasing.release("exam-1", by="eva", reveal=Reveal.KEYS)
    await put_version(sitting.pool, papers.single(right=1))
    await regrading.rule("exam-1", "q1", Rule.KEY, by="eva", reason="key was wrong")
    before = (await releasing.shown(asha)).paper
    assert before is not None
    assert before.items()[0].question == papers.single()
    await regrading.regrade_proposed("exam-1", by="eva", reason="corrected key")
    await releasing.release("exam-1", by="eva", reveal=Reveal.KEYS)
    after = (await releasing.shown(asha)).paper
    assert after is not None
    assert after.items()[0].question == papers.single(right=1)


async def test_what_a_regrade_would_leave_as_it_is_is_shown_without_items(
    sitting: Sitting,
) -> None:
    asha = await graded(sitting, "asha")
    await sitting.tell(asha, saved("q3", 50, True, replayed=True))
    assert await sitting.results.regrading.preview("exam-1") == [
        RegradeChange(asha, "22", "22", [])
    ]


async def test_a_regrade_is_for_those_named_and_for_ones_own_halls(sitting: Sitting) -> None:
    here = await sitting.sat("asha", {"q1": MUMBAI}, hall="east")
    named = await sitting.sat("ravi", {"q1": MUMBAI}, hall="east")
    there = await sitting.sat("zoya", {"q1": MUMBAI}, hall="west")
    await sitting.results.grader.grade_due()
    regrading = sitting.results.regrading
    assert await regrading.rule("exam-1", "q1", Rule.FULL_TO_ALL, by="eva", reason="bad") == 3
    east = await regrading.preview("exam-1", halls=["east"])
    assert {change.attempt for change in east} == {here, named}

    async def regraded(**which: list[str]) -> int:
        return await regrading.regrade_proposed("exam-1", by="eva", reason="ruled", **which)

    assert await regraded(attempts=[named, there], halls=["east"]) == 1
    assert await regraded(attempts=[there]) == 1
    assert await regraded(halls=["west"]) == 0
    assert await regraded(halls=["east"]) == 1
    assert await sitting.grading(here) == "graded"


async def test_decisions_are_listed_the_newest_first(sitting: Sitting) -> None:
    regrading = sitting.results.regrading
    await regrading.rule("exam-1", "q1", Rule.DROPPED, by="eva", reason="faulty")
    await regrading.rule("exam-1", "q1", None, by="ravi", reason="not so")
    listed = await regrading.decisions("exam-1")
    assert [(one.rule, one.reason, one.ruled_by) for one in listed] == [
        (None, "not so", "ravi"),
        (Rule.DROPPED, "faulty", "eva"),
    ]
