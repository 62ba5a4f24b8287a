"""Exams in a real Postgres, and the count of their facts in a real Redis."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from msgspec import structs

from examsync.errors import Unavailable
from examsync.exams.exam import Exam, apply
from examsync.exams.listing import Wanted
from examsync.exams.store import ExamStore, Stored
from examsync.infra import keys
from examsync.infra.postgres import Pool, connect_pool
from examsync.infra.redis import Line
from protocol.facts import (
    ExamAnnounced,
    ExamBody,
    ExamExtended,
    ExamFact,
    ExamOrdered,
    ExamPaused,
    ExamResumed,
)
from protocol.types import LatePolicy, TakeoverPolicy
from tests.builders import HOUR, START, exam

ALL_STATUSES = ["draft", "published", "archived"]


@pytest.fixture
async def store(redis_url: str, pool: Pool) -> AsyncIterator[ExamStore]:
    """An empty book of exams."""
    line = Line(redis_url)
    yield ExamStore(pool, line)
    await line.close()


def facts(*bodies: ExamBody) -> list[ExamFact]:
    """These facts of exam-1, one after the other."""
    return [
        ExamFact("exam-1", n, START + n, "examiner:1", body) for n, body in enumerate(bodies, 1)
    ]


async def test_an_exam_comes_back_as_it_was_made(store: ExamStore) -> None:
    made = exam(
        duration_ms=7_000,
        grace_ms=0,
        late_policy=LatePolicy.DISCARD,
        takeover=TakeoverPolicy.ON_APPROVAL,
        heartbeat_period_s=2.5,
        status="draft",
    )
    assert await store.insert(made, "admin:1")
    stored = await store.fetch("exam-1")
    assert stored is not None
    assert stored == Stored(made, "draft", 1, "admin:1", stored.created_at)
    assert abs(stored.created_at - time.time() * 1_000) < HOUR
    assert await store.fetch("no-such-exam") is None


async def test_an_id_is_taken_once(store: ExamStore) -> None:
    assert await store.insert(exam(), "admin:1")
    assert not await store.insert(exam(grace_ms=1), "admin:2")
    stored = await store.fetch("exam-1")
    assert stored is not None
    assert stored.exam == exam(status="draft")


async def test_a_status_changes_from_where_it_may(store: ExamStore) -> None:
    await store.insert(exam(), "admin:1")
    assert not await store.set_status("exam-1", "archived", ["published"])
    assert await store.set_status("exam-1", "published", ["draft"])
    assert not await store.set_status("exam-1", "published", ["draft"])
    assert not await store.set_status("no-such-exam", "published", ALL_STATUSES)
    stored = await store.fetch("exam-1")
    assert stored is not None
    assert stored.status == "published"


async def test_the_newest_exams_are_listed_first_and_without_their_facts(store: ExamStore) -> None:
    for number in range(3):
        await store.insert(exam(f"exam-{number}"), "admin:1")
    await store.append(ExamFact("exam-2", 1, START, "examiner:1", ExamExtended("x", 5, "")))
    listed = await store.listed(2)
    assert [each.exam.id for each in listed] == ["exam-2", "exam-1"]
    assert listed[0].exam.n == 0


async def test_clocks_of_listed_exams_are_what_was_done_to_them(store: ExamStore) -> None:
    for number in range(3):
        await store.insert(exam(f"exam-{number}"), "admin:1")
    bodies: list[ExamBody] = [
        ExamExtended("a", 5, ""),
        ExamAnnounced("b", '"kind":"exam_extended"'),
        ExamPaused("c", ""),
        ExamResumed("d", ""),
        ExamExtended("e", 7, '{"kind":"exam_paused"}'),
        ExamOrdered("f", "submit_for", ""),
    ]
    for n, body in enumerate(bodies, 1):
        assert await store.append(ExamFact("exam-1", n, START + n, "examiner:1", body))
    listed = [each.exam for each in await store.page(Wanted("exam", ids=["exam-1", "exam-2"]))]
    one, two = await store.timed(listed)
    assert (one.granted_ms, one.pauses) == (12, ((START + 3, START + 4),))
    assert (one.notices, one.orders) == ((), ()), "these are for who sits"
    assert two == listed[1]
    assert await store.timed([]) == []


async def test_exams_are_read_page_by_page_in_any_order(store: ExamStore) -> None:
    titles = ["Beta", "alpha", "Gamma", "alpha"]
    for number, title in enumerate(titles):
        opens_at = START - number * 1_000
        await store.insert(exam(f"e-{number}", title=title, opens_at=opens_at), "admin:1")
    await store.set_status("e-1", "published", ["draft"])
    for sort, order in (("exam", "0123"), ("title", "1302"), ("opens_at", "3210")):
        for down in (False, True):
            wanted = Wanted(sort, down, 2)
            found = ""
            while page := await store.page(wanted):
                found += "".join(each.exam.id[-1] for each in page)
                wanted = structs.replace(wanted, after=(page[-1].key, page[-1].exam.id))
            assert found == (order[::-1] if down else order)
            assert await store.count(wanted) == 4
    for wanted, some in (
        (Wanted(status="published"), ["e-1"]),
        (Wanted(q="ALPHA"), ["e-3", "e-1"]),
        (Wanted(q="e-2"), ["e-2"]),
        (Wanted(ids=["e-0", "nowhere"]), ["e-0"]),
        (Wanted(ids=[]), []),
        (Wanted(q="%"), []),
    ):
        assert [each.exam.id for each in await store.page(wanted)] == some
        assert await store.count(wanted) == len(some)


async def test_of_two_changes_of_the_same_edition_one_is_made(store: ExamStore) -> None:
    await store.insert(exam(), "admin:1")
    first, second = exam(title="First"), exam(title="Second", grace_ms=7)
    assert await store.change(first, "draft", 1)
    assert not await store.change(second, "draft", 1)
    assert not await store.change(second, "published", 2)
    assert await store.change(second, "draft", 2)
    stored = await store.fetch("exam-1")
    assert stored is not None
    assert (stored.exam.title, stored.exam.terms.grace_ms, stored.edition) == ("Second", 7, 3)
    assert await store.standings(["exam-1"]) == {"exam-1": (0, "draft", 3)}


# --- facts ----------------------------------------------------------------------------------------

FOUR = facts(
    ExamPaused("a", "alarm"),
    ExamResumed("b", ""),
    ExamExtended("c", 60_000, "the alarm"),
    ExamOrdered("d", "terminate", "the end"),
)


async def test_facts_are_folded_in_when_the_exam_is_fetched(store: ExamStore) -> None:
    await store.insert(exam(), "admin:1")
    wanted: Exam = exam(status="draft")
    for fact in FOUR:
        assert await store.append(fact)
        wanted = apply(wanted, fact)
    stored = await store.fetch("exam-1")
    assert stored is not None
    assert stored.exam == wanted
    assert await store.facts("exam-1", 0) == FOUR
    assert await store.facts("exam-1", 2) == FOUR[2:]
    assert await store.facts("exam-1", 4) == []


async def test_a_number_is_taken_once_and_so_is_an_id(store: ExamStore) -> None:
    await store.insert(exam(), "admin:1")
    one, other = ExamExtended("x", 5, ""), ExamExtended("y", 6, "")
    assert await store.append(ExamFact("exam-1", 1, START, "examiner:1", one))
    assert not await store.append(ExamFact("exam-1", 1, START, "examiner:2", other))
    assert not await store.append(ExamFact("exam-1", 2, START, "examiner:1", one))
    assert len(await store.facts("exam-1", 0)) == 1


async def test_of_many_who_write_the_same_number_one_succeeds(store: ExamStore) -> None:
    await store.insert(exam(), "admin:1")
    tries = [
        store.append(ExamFact("exam-1", 1, START, "examiner:1", ExamExtended(f"x-{n}", n, "")))
        for n in range(10)
    ]
    assert sorted(await asyncio.gather(*tries)) == [False] * 9 + [True]


async def test_facts_belong_to_an_exam_that_is_there(store: ExamStore) -> None:
    with pytest.raises(Unavailable):
        await store.append(FOUR[0])


async def test_standings_tell_how_far_each_exam_is(store: ExamStore) -> None:
    for number in range(2):
        await store.insert(exam(f"exam-{number}"), "admin:1")
    for fact in FOUR[:3]:
        await store.append(fact)
    await store.set_status("exam-0", "published", ["draft"])
    asked = ["exam-0", "exam-1", "no-such-exam"]
    assert await store.standings(asked) == {
        "exam-0": (0, "published", 1),
        "exam-1": (3, "draft", 1),
    }
    assert await store.standings([]) == {}


# --- the count in Redis ---------------------------------------------------------------------------


async def test_the_count_in_redis_only_grows(store: ExamStore) -> None:
    assert await store.n_in_redis("exam-1") is None
    for said, stands in ((0, 0), (9, 9), (7, 9), (10, 10), (2, 10)):
        await store.raise_n("exam-1", said)
        assert await store.n_in_redis("exam-1") == stands


async def test_of_many_counts_at_once_the_greatest_stands(store: ExamStore) -> None:
    await asyncio.gather(*[store.raise_n("exam-1", n) for n in (3, 11, 7, 2, 10)])
    assert await store.n_in_redis("exam-1") == 11


async def test_what_cannot_be_asked_is_unavailable(redis_url: str, database_url: str) -> None:
    pool, line = await connect_pool(database_url, connections_max=2), Line(redis_url)
    store = ExamStore(pool, line)
    await line.one("LPUSH", keys.exam_n("exam-1"), "not a count")
    for asked in (store.n_in_redis("exam-1"), store.raise_n("exam-1", 1)):
        with pytest.raises(Unavailable):
            await asked
    await pool.close()
    for reading in (store.fetch("exam-1"), store.facts("exam-1", 0), store.standings(["exam-1"])):
        with pytest.raises(Unavailable):
            await reading
    for writing in (store.insert(exam(), "admin:1"), store.append(FOUR[0])):
        with pytest.raises(Unavailable):
            await writing
    await line.close()


async def test_a_redis_that_is_away_is_unavailable(pool: Pool) -> None:
    line = Line("redis://127.0.0.1:1/0")
    with pytest.raises(Unavailable):
        await ExamStore(pool, line).n_in_redis("exam-1")
    await line.close()
