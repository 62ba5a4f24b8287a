"""Rows that are read again from Postgres, by a process that may know nothing of the exam yet."""

from msgspec import structs

from examsync.exams.exam import Exam
from examsync.monitor.marks import Marks
from examsync.monitor.piece import row_rev
from examsync.monitor.repair import Repair
from examsync.monitor.store import FeedStore
from protocol.from_server import Row
from tests.services.monitors import ledger, now
from tests.unit.monitor.scene import EXAM


async def test_whoever_hears_of_an_exam_by_reading_its_rows_reads_them_as_of_its_last_fact(
    redis_url: str,
) -> None:
    """Otherwise the rows would count as older than any, and what was graded stay as it was."""
    book = ledger("a")
    book.exam = structs.replace(book.exam, n=3)
    known: dict[str, Exam] = {}

    async def load_rows(exam_id: str, ids: list[str] | None) -> list[Row]:
        known[exam_id] = book.exam
        return await book.load_rows(exam_id, ids)

    marks, store = Marks(), FeedStore(redis_url)
    repair = Repair(
        store,
        marks,
        load_rows=load_rows,
        exam=known.get,
        process="work-1",
        now=now,
        marked=lambda: None,
    )
    await store.begin(EXAM, "", "generation")
    repair.some([("a", EXAM)])
    await repair.turn()
    (piece,) = marks.take(EXAM, now()).pieces.values()
    assert piece.rev > row_rev(book.row(book.flushed["a"]), 3)
    await store.close()
