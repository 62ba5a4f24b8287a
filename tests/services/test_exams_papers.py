"""The papers of exams on real servers: who holds them."""

from protocol.facts import ExamExtended
from tests.services.installation import EXAM, App, furnish


async def test_exams_of_one_paper_share_it_and_nothing_else(built: App, other: App) -> None:
    await furnish(built)
    exam = built.exams.get(EXAM)
    assert exam is not None
    await built.exams.create("exam-2", "The same again", exam.paper, exam.terms, "t")
    for each in (built, other):
        await each.exams.refresh(EXAM)
        await each.exams.refresh("exam-2")
        assert each.exams.items("exam-2") is each.exams.items(EXAM)
        assert each.exams.paper("exam-2") is each.exams.paper(EXAM)
        assert each.exams.order("exam-2", "a1") == each.exams.order(EXAM, "a1")
        second = each.exams.get("exam-2")
        assert second is not None
        assert (second.id, second.title, second.status) == ("exam-2", "The same again", "draft")
    await built.exams.act("exam-2", ExamExtended("more", 1_000, ""), "examiner:eva")
    first = built.exams.get(EXAM)
    assert first is not None
    assert first.granted_ms == 0
