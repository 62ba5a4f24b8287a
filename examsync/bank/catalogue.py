"""What there is: banks, questions with their keys, papers; a page at a time. Called by the edge.

Everything here raises Unavailable when Postgres cannot be asked.
"""

from typing import TypeVar

from examsync.bank import catalogue_store as store
from examsync.bank import service, shown
from examsync.bank.catalogue_store import Page, QuestionsWanted, Window
from examsync.errors import ExamError
from examsync.infra.postgres import Pool, asking
from protocol import http_bank as wire
from protocol.http_papers import PaperSummary, PaperView
from protocol.problems import Code

__all__ = ["Page", "QuestionsWanted", "Window", "banks", "paper", "papers", "questions"]
T = TypeVar("T")


async def banks(pool: Pool, window: Window, q: str = "") -> Page[wire.BankSummary]:
    """Banks with `q` in their ids, by bank, questions or changed_at."""
    with asking():
        page = await store.page_of_banks(pool, window, q)
    found = [
        wire.BankSummary(row.bank, row.questions, row.kinds, row.sections, row.changed_at)
        for row in page.rows
    ]
    return Page(found, page.next, page.total)


async def questions(
    pool: Pool, bank: str, window: Window, wanted: QuestionsWanted
) -> Page[wire.BankQuestion]:
    """Questions of a bank with their keys, by place, external_id, kind, section, topic or
    changed_at. Raises ExamError NOT_FOUND if there is no such bank, BAD_REQUEST."""
    service.check_id("bank", bank)
    with asking():
        if not await store.is_there(pool, bank):
            raise ExamError(Code.NOT_FOUND, f"there is no bank {bank!r}")
        page = await store.page_of_questions(pool, bank, window, wanted)
    return Page([_question(row) for row in page.rows], page.next, page.total)


def _question(row: store.QuestionRow) -> wire.BankQuestion:
    entry = row.entry
    return wire.BankQuestion(
        version=row.version,
        section=entry.section,
        marks=entry.marks,
        negative_marks=entry.negative_marks,
        changed_at=row.changed_at,
        changed_by=row.stored_by,
        question=shown.question(entry.question),
    )


async def papers(
    pool: Pool, window: Window, bank: str | None = None, q: str = ""
) -> Page[PaperSummary]:
    """Papers with `q` in id or title, by created_at, title or paper."""
    with asking():
        page = await store.page_of_papers(pool, window, bank, q)
    return Page([_paper(row) for row in page.rows], page.next, page.total)


def _paper(row: store.PaperRow) -> PaperSummary:
    count, most = sum(row.marks.values()), shown.maximum(row.marks)
    return PaperSummary(row.id, row.title, row.bank, count, most, row.created_at)


async def paper(pool: Pool, paper_id: str) -> PaperView:
    """A paper with its keys. Raises ExamError NOT_FOUND, BAD_REQUEST."""
    service.check_id("paper", paper_id)
    authored = await service.load_paper(pool, paper_id)
    with asking():
        origin = await store.fetch_authorship(pool, paper_id)
    if origin is None:
        raise ExamError(Code.NOT_FOUND, f"there is no paper {paper_id!r}")
    return PaperView(
        paper=authored.id,
        title=authored.title,
        bank=origin.bank,
        instructions=authored.instructions,
        questions=len(authored.items()),
        maximum=shown.maximum_of(authored.items()),
        created_at=origin.created_at,
        created_by=origin.created_by,
        sections=shown.sections(authored),
    )
