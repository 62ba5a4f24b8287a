"""The book of exams on real servers: what one process does, another learns, once."""

import asyncio

import pytest

from examsync.errors import ExamError, Unavailable
from examsync.exams.exam import Exam
from examsync.exams.service import ARCHIVED_KEPT_MS, UNUSED_KEPT_MS
from examsync.exams.store import Stored
from protocol.facts import ExamAnnounced, ExamExtended, ExamFact, ExamPaused
from protocol.http_exams import ChangeExam
from protocol.problems import Code
from tests.services.installation import EXAM, App, ahead, furnish

Heard = list[tuple[int, int, list[int]]]


def hear(built: App) -> Heard:
    """(n before, n after, the facts' n) of all that this process learns from now on."""
    heard: Heard = []

    def listen(before: Exam, after: Exam, facts: list[ExamFact]) -> None:
        heard.append((before.n, after.n, [fact.n for fact in facts]))

    built.exams.listeners.append(listen)
    return heard


def status(built: App) -> str:
    return built.exams._sittings[EXAM].status


async def test_an_act_is_news_to_every_process_once(built: App, other: App) -> None:
    await furnish(built)
    await other.exams.refresh(EXAM)
    heard, told = hear(other), hear(built)
    for n in range(3):
        await built.exams.act(EXAM, ExamExtended(f"more-{n}", 1_000, ""), "examiner:eva")
    await asyncio.gather(*(other.exams.refresh(EXAM) for _ in range(5)), other.exams.poll())
    assert told == [(0, 1, [1]), (1, 2, [2]), (2, 3, [3])]
    assert heard == [(0, 3, [1, 2, 3])]
    exam = other.exams.get(EXAM)
    assert exam is not None
    assert exam.granted_ms == 3_000


async def test_of_many_who_ask_at_once_one_reads(
    built: App, other: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await furnish(built)
    reads = 0
    fetch = other.exams._store.fetch

    async def counted(exam_id: str) -> Stored | None:
        nonlocal reads
        reads += 1
        return await fetch(exam_id)

    monkeypatch.setattr(other.exams._store, "fetch", counted)
    await asyncio.gather(*(other.exams.refresh(EXAM) for _ in range(100)))
    assert reads == 1
    await built.exams.act(EXAM, ExamPaused("p", ""), "examiner:eva")
    await asyncio.gather(*(other.exams.refresh(EXAM) for _ in range(100)))
    assert reads == 2
    exam = other.exams.get(EXAM)
    assert exam is not None
    assert exam.n == 1


async def test_what_is_read_while_somebody_acts_is_read_again(
    built: App, other: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await furnish(built)
    await other.exams.refresh(EXAM)
    began, go_on = asyncio.Event(), asyncio.Event()
    fetch = other.exams._store.fetch

    async def slow(exam_id: str) -> Stored | None:
        found = await fetch(exam_id)
        began.set()
        await go_on.wait()
        return found

    await built.exams.act(EXAM, ExamAnnounced("a-1", "!"), "examiner:eva")
    monkeypatch.setattr(other.exams._store, "fetch", slow)
    first = asyncio.create_task(other.exams.refresh(EXAM))
    await began.wait()
    await built.exams.act(EXAM, ExamAnnounced("a-2", "!"), "examiner:eva")
    second = asyncio.create_task(other.exams.refresh(EXAM))
    await built.exams.refresh(EXAM)
    go_on.set()
    await asyncio.gather(first, second)
    exam = other.exams.get(EXAM)
    assert exam is not None
    assert exam.n == 2


async def test_who_gives_up_asking_stops_nobody_else(
    built: App, other: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await furnish(built)
    began, go_on = asyncio.Event(), asyncio.Event()
    fetch = other.exams._store.fetch

    async def slow(exam_id: str) -> Stored | None:
        began.set()
        await go_on.wait()
        return await fetch(exam_id)

    monkeypatch.setattr(other.exams._store, "fetch", slow)
    asking = [asyncio.create_task(other.exams.refresh(EXAM)) for _ in range(3)]
    await began.wait()
    asking[0].cancel()
    go_on.set()
    ended = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(ended[0], asyncio.CancelledError)
    assert ended[1:] == [None, None]
    assert other.exams._reading == {}


async def test_an_act_of_a_process_that_did_not_know_the_exam_is_news_there_too(
    built: App, other: App
) -> None:
    await furnish(built)
    told = hear(other)
    await other.exams.act(EXAM, ExamPaused("p", ""), "examiner:eva")
    assert told == [(0, 1, [1])]


async def fails(*asked: object) -> None:
    """Storage cannot be asked, or is full."""
    raise Unavailable("OOM")


async def test_a_repeated_act_is_counted_in_redis_if_the_first_could_not_be(
    built: App, other: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would be acked although a refusal elsewhere may be decided without it."""
    await furnish(built)
    more = ExamExtended("x", 1_000, "")
    with monkeypatch.context() as full:
        full.setattr(built.exams._store, "raise_n", fails)
        for _ in range(2):
            with pytest.raises(Unavailable):
                await built.exams.act(EXAM, more, "examiner:eva")
    assert await built.exams._store.n_in_redis(EXAM) in (None, 0)
    await built.exams.act(EXAM, more, "examiner:eva")
    assert await built.exams._store.n_in_redis(EXAM) == 1


async def test_what_redis_does_not_count_is_read_when_it_is_doubted(
    built: App, other: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await furnish(built)
    await other.exams.refresh(EXAM)
    heard = hear(other)
    monkeypatch.setattr(built.exams._store, "raise_n", fails)
    with pytest.raises(Unavailable):
        await built.exams.act(EXAM, ExamAnnounced("a-1", "!"), "examiner:eva")
    await other.exams.refresh(EXAM)
    assert heard == []
    other.exams.doubt(EXAM)
    with monkeypatch.context() as full:
        full.setattr(other.exams._store, "fetch", fails)
        with pytest.raises(Unavailable):  # it is doubted still
            await other.exams.refresh(EXAM)
    await other.exams.refresh(EXAM)
    assert heard == [(0, 1, [1])]


async def test_a_status_is_learned_by_whoever_polls(built: App, other: App) -> None:
    await furnish(built)
    await other.exams.refresh(EXAM)
    heard = hear(other)
    await built.exams.archive(EXAM)
    assert status(built) == "archived"
    await other.exams.poll()
    assert status(other) == "archived"
    assert heard == [(0, 0, [])]
    await other.exams.poll()
    assert len(heard) == 1


async def test_acts_at_once_get_a_number_each(built: App, other: App) -> None:
    await furnish(built)
    acts = [
        (built, other)[n % 2].exams.act(EXAM, ExamAnnounced(f"a-{n}", "!"), "examiner:eva")
        for n in range(10)
    ]
    assert sorted(exam.n for exam in await asyncio.gather(*acts)) == list(range(1, 11))
    again = await built.exams.act(EXAM, ExamAnnounced("a-0", "!"), "examiner:eva")
    assert again.n == 10


async def test_what_was_read_long_ago_takes_nothing_back(built: App, other: App) -> None:
    await furnish(built)
    stale = await built.exams._store.fetch(EXAM)
    assert stale is not None
    await built.exams.act(EXAM, ExamPaused("p", ""), "examiner:eva")
    heard = hear(built)
    await built.exams._learn(stale)
    exam = built.exams.get(EXAM)
    assert exam is not None
    assert exam.n == 1
    assert heard == []


@pytest.mark.parametrize("do", ["publish", "archive", "refresh"])
async def test_what_is_not_there_is_not_found(built: App, do: str) -> None:
    with pytest.raises(ExamError) as caught:
        await getattr(built.exams, do)("nowhere")
    assert caught.value.code is Code.NOT_FOUND


async def test_an_exam_is_made_once_of_a_paper_that_is_there(built: App) -> None:
    await furnish(built)
    exam = built.exams.get(EXAM)
    assert exam is not None
    with pytest.raises(ExamError) as caught:
        await built.exams.create(EXAM, "Again", exam.paper, exam.terms, "tests")
    assert caught.value.code is Code.EXISTS
    with pytest.raises(ExamError) as caught:
        await built.exams.create("exam-2", "Again", "no-paper", exam.terms, "tests")
    assert caught.value.code is Code.NOT_FOUND


# --- changes that are no facts --------------------------------------------------------------------


async def test_another_title_is_noticed_by_every_process(built: App, other: App) -> None:
    await furnish(built)
    await other.exams.refresh(EXAM)
    heard = hear(other)
    await built.exams.planning.change(EXAM, ChangeExam("Renamed"))
    await other.exams.poll()
    for each in (built, other):
        exam = each.exams.get(EXAM)
        assert exam is not None
        assert exam.title == "Renamed"
    assert heard == [(0, 0, [])]


async def test_another_paper_of_a_draft_is_noticed_too(built: App, other: App) -> None:
    await furnish(built)
    await furnish(built, exam="exam-2")
    here, there = (built.exams.get(exam) for exam in (EXAM, "exam-2"))
    assert here is not None
    assert there is not None
    await built.exams.create("draft", "A draft", here.paper, here.terms, "t")
    for each in (built, other):
        await each.exams.refresh("draft")
    await built.exams.planning.change("draft", ChangeExam(paper=there.paper))
    await other.exams.poll()
    for each in (built, other):
        assert each.exams.paper("draft").id == there.paper
        assert each.exams.items("draft").keys() == built.exams.items("exam-2").keys()


async def test_changes_at_once_are_all_made(built: App, other: App) -> None:
    await furnish(built)
    exam = built.exams.get(EXAM)
    assert exam is not None
    await built.exams.create("draft", "A draft", exam.paper, exam.terms, "t")
    changes = [ChangeExam("T"), ChangeExam(grace_ms=1), ChangeExam(duration_ms=61_000)]
    apps = (built, other, built)
    await asyncio.gather(
        *(a.exams.planning.change("draft", c) for a, c in zip(apps, changes, strict=True))
    )
    after = (await other.exams.planning.view("draft")).exam
    assert (after.title, after.terms.grace_ms, after.terms.duration_ms) == ("T", 1, 61_000)


async def test_exams_that_nobody_asks_for_leave_memory_and_come_back(built: App) -> None:
    await furnish(built)
    await furnish(built, exam="exam-2")
    await built.exams.poll()
    ahead(built, UNUSED_KEPT_MS // 2)
    assert built.exams.get(EXAM) is not None
    await built.exams.poll()
    ahead(built, UNUSED_KEPT_MS // 2 + 1)
    await built.exams.poll()
    assert set(built.exams._sittings) == {EXAM}
    await built.exams.refresh("exam-2")
    assert built.exams.get("exam-2") is not None
    await built.exams.archive(EXAM)
    await built.exams.poll()
    ahead(built, ARCHIVED_KEPT_MS + 1)
    await built.exams.poll()
    assert set(built.exams._sittings) == {"exam-2"}
