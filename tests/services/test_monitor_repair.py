"""Rows that are read again from Postgres, by a process that may know little of the exam yet."""

from collections.abc import AsyncIterator, Callable

import pytest
from msgspec import structs

from examsync.exams.exam import Exam
from examsync.monitor.marks import Marks
from examsync.monitor.piece import row_rev
from examsync.monitor.repair import Loaded, Repair
from examsync.monitor.store import FeedStore
from tests.services.monitors import Ledger, ledger, now
from tests.unit.monitor.scene import EXAM


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[FeedStore]:
    found = FeedStore(redis_url)
    yield found
    await found.close()


def repair_of(
    store: FeedStore,
    marks: Marks,
    book: Ledger,
    known: dict[str, Exam],
    clock: Callable[[], int] = now,
) -> Repair:
    """A process that knows of the exam what `known` says, until it reads rows."""

    async def load_rows(exam_id: str, ids: list[str] | None) -> Loaded:
        known[exam_id] = book.exam
        return await book.load_rows(exam_id, ids)

    return Repair(
        store,
        marks,
        load_rows=load_rows,
        exam=known.get,
        process="work-1",
        now=clock,
        marked=lambda: None,
    )


@pytest.mark.parametrize("known_n", [None, 1])
async def test_rows_are_as_of_the_exams_last_fact_however_little_was_known_of_it(
    store: FeedStore, known_n: int | None
) -> None:
    """Otherwise they would count as older than what others told, and what was graded since stay
    as it was."""
    book, marks = ledger("a"), Marks()
    known = {} if known_n is None else {EXAM: structs.replace(book.exam, n=known_n)}
    book.exam = structs.replace(book.exam, n=3)
    repair = repair_of(store, marks, book, known)
    await store.begin(EXAM, "", "generation")
    repair.some([("a", EXAM)])
    await repair.turn()
    (piece,) = marks.take(EXAM, now()).pieces.values()
    assert piece.rev > row_rev(book.row(book.flushed["a"]), 3)


async def test_a_feed_is_filled_as_of_the_fact_its_rows_were_read_with(store: FeedStore) -> None:
    book = ledger("a")
    known = {EXAM: structs.replace(book.exam, n=1)}
    book.exam = structs.replace(book.exam, n=3)
    repair = repair_of(store, Marks(), book, known)
    await store.begin(EXAM, "", "generation")
    await repair.fill(EXAM, "generation")
    assert await store.filled_as_of(EXAM, "generation") == 3


async def test_of_two_readings_the_later_stands_whatever_the_clocks_say(store: FeedStore) -> None:
    """A process's clock may be behind another's, and stands still when Redis' clock jumps back."""
    book = ledger("a")
    known = {EXAM: book.exam}
    marks = [Marks(), Marks()]
    clocks = (now, lambda: now() - 1_000)
    repairs = [
        repair_of(store, each, book, dict(known), clock)
        for each, clock in zip(marks, clocks, strict=True)
    ]
    await store.begin(EXAM, "", "generation")
    revs = []
    for nth, repair in enumerate(repairs):
        if nth:
            book.flush(book.flushed["a"])  # as a grading changes it: no fact, another row
        repair.some([("a", EXAM)])
        await repair.turn()
        (piece,) = marks[nth].take(EXAM, now()).pieces.values()
        revs.append(piece.rev)
    assert revs[0] < revs[1]
