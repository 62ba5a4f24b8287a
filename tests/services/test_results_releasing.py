"""Nobody sees a result before its release; the world hears of it at least once."""

import asyncio
import csv
import io
from collections.abc import Sequence

import pytest

from examsync.errors import ExamError
from examsync.infra.postgres import Pool
from examsync.results.row import News
from examsync.results.service.releasing import Release
from examsync.results.table import Wanted
from protocol.http_results import ReleaseNote, Reveal
from protocol.problems import Code
from tests import papers
from tests.builders import START, T0, reopened, saved, submitted
from tests.services.sittings import ESSAY, Sitting

RIGHT = papers.right_responses()


@pytest.fixture
async def sitting(pool: Pool) -> Sitting:
    return await Sitting(pool).open()


async def unseen(sitting: Sitting, attempt: str) -> bool:
    """Is the candidate told that there is nothing to see?"""
    try:
        await sitting.results.releasing.shown(attempt)
    except ExamError as error:
        return error.code is Code.NOT_FOUND
    return False


async def test_a_candidate_sees_nothing_before_release_and_the_result_after(
    sitting: Sitting,
) -> None:
    asha = await sitting.sat("asha")
    releasing = sitting.results.releasing
    assert await unseen(sitting, asha)
    await sitting.results.grader.grade_due()
    assert await unseen(sitting, asha)
    assert await releasing.release("exam-1", by="eva") == Release([asha], 0, 0)
    shown = await releasing.shown(asha)
    assert (shown.attempt, shown.released_at, shown.whole.total) == (asha, T0, "22")
    assert shown.items is not None
    assert shown.paper is None
    assert await sitting.grading(asha) == "released"
    assert await sitting.news() == [("graded", asha, 1, 1), ("released", asha, 1, 1)]


async def test_a_release_says_who_is_not_ready(sitting: Sitting) -> None:
    asha, ravi = await sitting.sat("asha"), await sitting.sat("ravi", {"q6": ESSAY})
    zoya, late = await sitting.sat("zoya", {}), await sitting.seat("late")
    await sitting.results.grader.grade_due()
    await sitting.tell(zoya, saved("q3", 50, True, replayed=True))
    released = await sitting.results.releasing.release("exam-1", by="eva")
    assert released == Release([asha], ungraded=2, regrade_proposed=1)
    for attempt in (ravi, zoya, late):
        assert await unseen(sitting, attempt)


async def test_releasing_again_shows_those_graded_since_and_tells_nothing_twice(
    sitting: Sitting,
) -> None:
    asha, ravi = await sitting.sat("asha"), await sitting.sat("ravi", {"q6": ESSAY})
    await sitting.results.grader.grade_due()
    releasing = sitting.results.releasing
    await releasing.release("exam-1", by="eva", reveal=Reveal.TOTAL)
    assert (await releasing.shown(asha)).items is None
    await sitting.results.marking.mark(ravi, "q6", "1", by="eva")
    again = await releasing.release("exam-1", by="zoya", reveal=Reveal.OUTCOMES)
    assert again.released == [ravi]
    assert (await releasing.shown(asha)).items is not None
    told = [attempt for kind, attempt, *_ in await sitting.news() if kind == "released"]
    assert told == [asha, ravi]
    (first,) = await sitting.results.regrading.history(asha)
    assert (first.released_by, first.reveal) == ("eva", Reveal.OUTCOMES)


async def test_a_reopened_attempt_shows_nothing_until_it_is_graded_and_released_again(
    sitting: Sitting,
) -> None:
    asha = await sitting.sat("asha", {"q3": False})
    await sitting.results.grader.grade_due()
    await sitting.results.releasing.release("exam-1", by="eva")
    await sitting.tell(asha, reopened(START + 120_000))
    assert await unseen(sitting, asha)
    await sitting.tell(asha, saved("q3", 50, True), submitted(START + 180_000))
    await sitting.results.grader.grade_due()
    assert await unseen(sitting, asha)
    await sitting.results.releasing.release("exam-1", by="eva")
    assert (await sitting.results.releasing.shown(asha)).whole.total == "4"


async def test_keys_are_shown_only_if_they_are_revealed(sitting: Sitting) -> None:
    asha = await sitting.sat("asha")
    await sitting.results.grader.grade_due()
    await sitting.results.releasing.release("exam-1", by="eva", reveal=Reveal.KEYS)
    shown = await sitting.results.releasing.shown(asha)
    assert shown.paper is not None
    assert shown.paper.items()[0].question == papers.single()


async def events(sitting: Sitting) -> list[tuple[str, str]]:
    """What is to become an event: type and attempt."""
    rows = await sitting.pool.fetch("SELECT type, attempt FROM event_outbox ORDER BY number")
    return [(row["type"], row["attempt"]) for row in rows]


async def test_some_may_be_released_before_others(sitting: Sitting) -> None:
    asha, ravi = await sitting.sat("asha"), await sitting.sat("ravi")
    zoya = await sitting.sat("zoya", {"q6": ESSAY})
    await sitting.results.grader.grade_due()
    releasing = sitting.results.releasing
    done = await releasing.release("exam-1", by="eva", attempts=[asha, zoya])
    assert done == Release([asha], ungraded=1, regrade_proposed=0)
    assert await unseen(sitting, ravi)
    assert await events(sitting) == [("results.released", asha)]


async def test_attempts_of_other_exams_are_named_and_nothing_is_released(
    sitting: Sitting,
) -> None:
    asha = await sitting.sat("asha")
    await sitting.results.grader.grade_due()
    releasing = sitting.results.releasing
    for asked in (
        releasing.release("exam-1", by="eva", attempts=[asha, "a-nobody"]),
        releasing.withdraw("exam-1", by="eva", attempts=[asha, "a-nobody"]),
    ):
        with pytest.raises(ExamError) as caught:
            await asked
        assert caught.value.code is Code.NOT_FOUND
        assert caught.value.problem.data == {"attempts": ["a-nobody"]}
    assert await unseen(sitting, asha)


async def test_what_is_withdrawn_is_seen_no_more_until_the_next_release(sitting: Sitting) -> None:
    asha, ravi = await sitting.sat("asha"), await sitting.sat("ravi")
    await sitting.results.grader.grade_due()
    releasing = sitting.results.releasing
    await releasing.release("exam-1", by="eva")
    assert await releasing.withdraw("exam-1", by="eva", attempts=[asha], reason="wrong") == [asha]
    assert await unseen(sitting, asha)
    assert not await unseen(sitting, ravi)
    assert await sitting.grading(asha) == "graded"
    assert await releasing.withdraw("exam-1", by="eva", attempts=[asha]) == []
    assert (await releasing.release("exam-1", by="zoya", reveal=Reveal.TOTAL)).released == [asha]
    assert (await releasing.shown(asha)).items is None
    kinds = [kind for kind, attempt in await events(sitting) if attempt == asha]
    assert kinds == ["results.released", "results.withdrawn", "results.released"]


async def test_a_withdrawal_hides_older_released_revisions_too(sitting: Sitting) -> None:
    asha = await sitting.sat("asha", {"q3": False})
    await sitting.results.grader.grade_due()
    releasing = sitting.results.releasing
    await releasing.release("exam-1", by="eva")
    await sitting.results.marking.mark(asha, "q3", "1", by="eva")
    await releasing.release("exam-1", by="eva")
    await sitting.tell(asha, saved("q3", 50, True, replayed=True))
    assert await releasing.withdraw("exam-1", by="eva") == [asha]
    assert await unseen(sitting, asha)
    assert await sitting.grading(asha) == "regrade_proposed"


async def test_two_who_release_at_once_tell_it_once(sitting: Sitting) -> None:
    asha, ravi = await sitting.sat("asha"), await sitting.sat("ravi")
    await sitting.results.grader.grade_due()
    releasing = sitting.results.releasing
    done = await asyncio.gather(*(releasing.release("exam-1", by=str(n)) for n in range(4)))
    assert sorted(id_ for one in done for id_ in one.released) == sorted([asha, ravi])
    assert sorted(attempt for _, attempt in await events(sitting)) == sorted([asha, ravi])


async def test_who_released_and_withdrew_stays_on_record(sitting: Sitting) -> None:
    await sitting.sat("asha")
    await sitting.results.grader.grade_due()
    releasing = sitting.results.releasing
    await releasing.release("exam-1", by="eva", reveal=Reveal.KEYS)
    await releasing.withdraw("exam-1", by="ravi", reason="the wrong key")
    assert await releasing.releases("exam-1") == [
        ReleaseNote("withdrawn", None, 1, "the wrong key", T0, "ravi"),
        ReleaseNote("released", Reveal.KEYS, 1, "", T0, "eva"),
    ]


async def test_rows_are_everybody_the_best_first_and_the_unmarked_last(sitting: Sitting) -> None:
    await sitting.sat("asha", {"q3": True})
    await sitting.sat("ravi")
    await sitting.sat("zoya", {"q6": ESSAY}, hall="hall-2")
    await sitting.seat("late")
    await sitting.results.grader.grade_due()
    rows = await sitting.results.releasing.rows("exam-1")
    assert [row.candidate for row in rows] == ["ravi", "asha", "zoya", "late"]
    best, _, waits, absent = rows
    assert best.whole is not None
    assert (best.whole.total, best.sections["s2"].total, best.revision) == ("22", "10", 1)
    assert (waits.waiting, waits.grading, waits.hall) == (["q6"], "pending", "hall-2")
    assert (absent.whole, absent.revision, absent.state) == (None, 0, "not_started")


async def test_the_csv_has_a_line_for_everybody_and_no_formula(sitting: Sitting) -> None:
    await sitting.sat("asha", name="=HYPERLINK(1)")
    await sitting.results.grader.grade_due()
    text = (await sitting.results.releasing.csv("exam-1")).decode("utf-8-sig")
    (line,) = csv.DictReader(io.StringIO(text, newline=""))
    assert (line["candidate"], line["name"], line["total"]) == ("asha", "'=HYPERLINK(1)", "22")
    assert line["section: Words"] == "10"


async def test_rows_are_of_ones_own_halls_also_as_a_file(sitting: Sitting) -> None:
    await sitting.sat("asha", hall="east")
    await sitting.sat("ravi", hall="west")
    await sitting.results.grader.grade_due()
    east = Wanted(halls=frozenset({"east"}))
    rows = await sitting.results.releasing.rows("exam-1", east)
    assert [row.candidate for row in rows] == ["asha"]
    text = (await sitting.results.releasing.csv("exam-1", east)).decode()
    assert "asha" in text
    assert "ravi" not in text


async def test_an_exam_that_does_not_exist_is_not_found(sitting: Sitting) -> None:
    for asked in (
        sitting.results.releasing.csv("no-exam"),
        sitting.results.releasing.rows("no-exam"),
        sitting.results.releasing.release("no-exam", by="eva"),
    ):
        with pytest.raises(ExamError) as caught:
            await asked
        assert caught.value.code is Code.NOT_FOUND


class Post:
    """Takes news; fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.taken: list[News] = []

    async def send(self, news: Sequence[News]) -> None:
        self.taken += news
        if self.failures:
            self.failures -= 1
            raise ValueError("the line is dead")


async def test_news_are_delivered_in_order_and_then_forgotten(sitting: Sitting) -> None:
    asha, ravi = await sitting.sat("asha"), await sitting.sat("ravi")
    await sitting.results.grader.grade_due()
    post, releasing = Post(), sitting.results.releasing
    assert await releasing.deliver(post.send, limit=1) == 1
    assert await releasing.deliver(post.send) == 1
    assert await releasing.deliver(post.send) == 0
    assert sorted(news.attempt for news in post.taken) == sorted([asha, ravi])
    assert [(news.kind, news.exam) for news in post.taken] == [("graded", "exam-1")] * 2
    assert post.taken[0].number < post.taken[1].number


async def test_news_that_could_not_be_delivered_are_handed_out_again(sitting: Sitting) -> None:
    await sitting.sat("asha")
    await sitting.results.grader.grade_due()
    post = Post(failures=1)
    with pytest.raises(ValueError, match="dead"):
        await sitting.results.releasing.deliver(post.send)
    assert await sitting.results.releasing.deliver(post.send) == 1
    assert len(post.taken) == 2
    assert post.taken[0] == post.taken[1]


async def test_two_who_deliver_at_once_hand_out_different_news(sitting: Sitting) -> None:
    for name in ("asha", "ravi", "zoya"):
        await sitting.sat(name, {})
    await sitting.results.grader.grade_due()
    both, posts = asyncio.Barrier(2), (Post(), Post())

    async def slowly(post: Post, news: Sequence[News]) -> None:
        await both.wait()
        await post.send(news)

    releasing = sitting.results.releasing
    await asyncio.gather(
        releasing.deliver(lambda news: slowly(posts[0], news), limit=1),
        releasing.deliver(lambda news: slowly(posts[1], news), limit=2),
    )
    numbers = [news.number for post in posts for news in post.taken]
    assert len(numbers) == len(set(numbers)) == 3
