"""People mark what machines cannot, and where machines were wrong."""

import asyncio

import pytest

from examsync.errors import ExamError
from examsync.infra.postgres import Pool
from examsync.results.result import fingerprint
from examsync.results.service.marking import Queue, Waiting
from protocol.problems import Code
from tests import papers
from tests.builders import START, granted, reopened, saved, started, submitted
from tests.services.sittings import ESSAY, Sitting

RIGHT = papers.right_responses()


@pytest.fixture
async def sitting(pool: Pool) -> Sitting:
    return await Sitting(pool).open()


async def essay(sitting: Sitting, candidate: str = "asha") -> str:
    """A closed attempt whose essay waits."""
    attempt = await sitting.sat(candidate, RIGHT | {"q6": ESSAY})
    await sitting.results.grader.grade_due()
    return attempt


async def test_an_essay_is_found_marked_and_the_attempt_is_graded(sitting: Sitting) -> None:
    asha = await essay(sitting)
    item = papers.paper().items()[-1]
    queue = await sitting.results.marking.waiting("exam-1")
    waits = Waiting(asha, item, ESSAY, fingerprint(ESSAY), START + 60_000, "asha", "Asha")
    assert queue == Queue([waits], total=1)
    result = await sitting.results.marking.mark(asha, "q6", "3.5", by="eva", note="no clouds")
    assert (result.revision, result.marks.whole.total, result.made_by) == (2, "25.5", "eva")
    assert await sitting.grading(asha) == "graded"
    assert await sitting.news() == [("graded", asha, 1, 2)]
    assert await sitting.results.marking.waiting("exam-1") == Queue([], total=0)
    kept = await sitting.pool.fetchrow("SELECT * FROM hand_marks")
    assert kept is not None
    assert (kept["item"], kept["marks"], kept["note"], kept["given_by"]) == (
        "q6",
        "3.5",
        "no clouds",
        "eva",
    )


async def test_the_last_marks_given_stand(sitting: Sitting) -> None:
    asha = await essay(sitting)
    await sitting.results.marking.mark(asha, "q6", "1", by="eva")
    result = await sitting.results.marking.mark(asha, "q6", "5", by="ravi")
    assert result.marks.whole.total == "27"
    assert await sitting.news() == [("graded", asha, 1, 2), ("regraded", asha, 1, 3)]


async def test_a_person_may_overrule_the_machine_before_and_after_grading(
    sitting: Sitting,
) -> None:
    asha = await sitting.sat("asha", {"q5": "quicksilver"})
    before = await sitting.results.marking.mark(asha, "q5", "5", by="eva", note="same thing")
    assert (before.revision, before.marks.whole.total) == (1, "5")
    assert await sitting.results.grader.grade_due() == 0
    after = await sitting.results.marking.mark(asha, "q5", "2/3", by="eva")
    assert after.marks.whole.total == "2/3"
    assert after.marks.items[4].by_hand


async def test_another_response_needs_other_marks(sitting: Sitting) -> None:
    asha = await essay(sitting)
    await sitting.results.marking.mark(asha, "q6", "5", by="eva")
    await sitting.tell(asha, reopened(START + 120_000))
    await sitting.tell(asha, saved("q6", 20, "Something else."), submitted(START + 180_000))
    await sitting.results.grader.grade_due()
    assert await sitting.grading(asha) == "pending"
    (waiting,) = (await sitting.results.marking.waiting("exam-1")).waiting
    assert waiting.response == "Something else."


async def test_the_same_response_keeps_its_marks_through_a_reopening(sitting: Sitting) -> None:
    asha = await essay(sitting)
    await sitting.results.marking.mark(asha, "q6", "5", by="eva")
    await sitting.tell(asha, reopened(START + 120_000), submitted(START + 180_000))
    await sitting.results.grader.grade_due()
    assert await sitting.grading(asha) == "graded"
    last = (await sitting.results.regrading.history(asha))[-1]
    assert (last.close, last.revision, last.marks.whole.total) == (2, 1, "27")


async def test_two_markers_at_once_both_count(sitting: Sitting) -> None:
    """The one who waited for the row must see what the other wrote."""
    asha = await sitting.sat("asha", {"q1": "?", "q5": "quicksilver", "q6": ESSAY})
    await sitting.results.grader.grade_due()
    marking = sitting.results.marking
    await asyncio.gather(
        marking.mark(asha, "q6", "5", by="eva"),
        marking.mark(asha, "q5", "4", by="ravi"),
        marking.mark(asha, "q1", "3", by="zoya"),
        sitting.results.grader.grade_due(),
    )
    history = await sitting.results.regrading.history(asha)
    assert [one.revision for one in history] == [1, 2, 3, 4]
    assert history[-1].marks.whole.total == "12"
    assert await sitting.grading(asha) == "graded"


@pytest.mark.parametrize(
    ("item", "marks", "code", "words"),
    [
        ("q6", "5.5", Code.BAD_REQUEST, "0 to 5 marks"),
        ("q6", "-1", Code.BAD_REQUEST, "0 to 5 marks"),
        ("q6", "good", Code.BAD_REQUEST, "write 4"),
        ("q7", "1", Code.UNKNOWN_ITEM, "no item q7"),
        ("q5", "1", Code.BAD_REQUEST, "not answered"),
        ("q2", "1", Code.BAD_REQUEST, "not answered"),
    ],
)
async def test_marks_that_cannot_be_are_refused_with_the_reason(
    sitting: Sitting, item: str, marks: str, code: Code, words: str
) -> None:
    asha = await sitting.sat("asha", {"q5": " ", "q6": ESSAY})
    with pytest.raises(ExamError, match=words) as caught:
        await sitting.results.marking.mark(asha, item, marks, by="eva")
    assert caught.value.code is code
    assert await sitting.pool.fetchval("SELECT count(*) FROM hand_marks") == 0


async def test_a_penalty_may_be_given_where_a_wrong_answer_costs(sitting: Sitting) -> None:
    asha = await sitting.sat("asha", {"q1": "?"})
    result = await sitting.results.marking.mark(asha, "q1", "-1/3", by="eva")
    assert result.marks.whole.total == "-1/3"


async def test_an_open_attempt_is_not_marked(sitting: Sitting) -> None:
    asha = await sitting.seat("asha")
    await sitting.tell(asha, granted(), started(), saved("q6", 1, ESSAY))
    with pytest.raises(ExamError) as caught:
        await sitting.results.marking.mark(asha, "q6", "1", by="eva")
    assert caught.value.code is Code.ATTEMPT_OPEN


async def test_a_proposed_regrade_is_decided_before_anybody_marks(sitting: Sitting) -> None:
    asha = await essay(sitting)
    await sitting.results.marking.mark(asha, "q6", "5", by="eva")
    await sitting.tell(asha, saved("q6", 20, "Late.", replayed=True))
    with pytest.raises(ExamError) as caught:
        await sitting.results.marking.mark(asha, "q6", "1", by="eva")
    assert caught.value.code is Code.CONFLICT


async def test_what_does_not_exist_is_not_found(sitting: Sitting) -> None:
    with pytest.raises(ExamError) as caught:
        await sitting.results.marking.mark("nobody", "q6", "1", by="eva")
    assert caught.value.code is Code.NOT_FOUND
    with pytest.raises(ExamError) as caught:
        await sitting.results.marking.waiting("no-exam")
    assert caught.value.code is Code.NOT_FOUND


async def test_who_waits_longest_comes_first_and_there_is_a_limit(sitting: Sitting) -> None:
    for name in ("asha", "ravi", "zoya"):
        await essay(sitting, name)
    marking = sitting.results.marking
    first = await marking.waiting("exam-1", limit=2)
    assert (len(first.waiting), first.total) == (2, 3)
    rest = await marking.waiting("exam-1", limit=2, after=first.waiting[-1].place)
    assert (len(rest.waiting), rest.total) == (1, 3)
    seen = [one.candidate for one in first.waiting + rest.waiting]
    assert sorted(seen) == ["asha", "ravi", "zoya"]


async def test_the_queue_is_of_ones_own_halls_and_of_one_item(sitting: Sitting) -> None:
    marking = sitting.results.marking
    for name, hall in (("asha", "east"), ("ravi", "west")):
        await sitting.sat(name, RIGHT | {"q6": ESSAY}, hall=hall)
    await sitting.results.grader.grade_due()
    east = await marking.waiting("exam-1", halls=["east"])
    assert [one.candidate for one in east.waiting] == ["asha"]
    assert east.total == 1
    assert (await marking.waiting("exam-1", item="q5")) == Queue([], total=0)


async def test_marks_for_a_response_that_has_changed_since_are_refused(sitting: Sitting) -> None:
    asha = await essay(sitting)
    (read,) = (await sitting.results.marking.waiting("exam-1")).waiting
    await sitting.tell(asha, reopened(START + 120_000))
    await sitting.tell(asha, saved("q6", 20, "Something else."), submitted(START + 180_000))
    await sitting.results.grader.grade_due()
    mark = sitting.results.marking.mark
    with pytest.raises(ExamError, match="has changed") as caught:
        await mark(asha, "q6", "5", by="eva", read=read.fingerprint)
    assert caught.value.code is Code.CONFLICT
    again = fingerprint("Something else.")
    assert (await mark(asha, "q6", "5", by="eva", read=again)).marks.waiting == []
