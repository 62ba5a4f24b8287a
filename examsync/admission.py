"""Registrations as access codes need them (part of `app`): exams and attempts, seen from below."""

from collections.abc import Callable

from examsync.access.code import Place
from examsync.attempts import timing
from examsync.attempts.columns import Overview
from examsync.attempts.records import PostgresRecords
from examsync.exams.exam import Exam
from examsync.exams.service import Exams
from protocol.types import Grading


class Admission:
    """Who is registered where, and whether there is anything left to sit (`Registrations`)."""

    def __init__(self, exams: Exams, records: PostgresRecords, now: Callable[[], int]) -> None:
        self._exams = exams
        self._records = records
        self._now = now

    async def place(self, exam_id: str, attempt: str) -> Place | None:
        """The place of an attempt; None when it has been removed. Raises Unavailable."""
        found = await self._records.overview(exam_id, [attempt])
        return self._place(await self._exam(exam_id), found[0]) if found else None

    async def places(self, exam_id: str) -> list[Place]:
        """All places of an exam. Raises ExamError `not_found`, Unavailable."""
        exam = await self._exam(exam_id)
        return [self._place(exam, one) for one in await self._records.overview(exam_id, None)]

    async def _exam(self, exam_id: str) -> Exam:
        await self._exams.refresh(exam_id)
        exam = self._exams.get(exam_id)
        assert exam is not None, "it has just been read"
        return exam

    def _place(self, exam: Exam, one: Overview) -> Place:
        seat = one.attempt.seat
        return Place(
            one.attempt.id,
            exam.id,
            seat.candidate,
            seat.name,
            seat.hall,
            seat.group,
            exam.status,
            over=over(exam, one, self._now()),
            released=one.grading is Grading.RELEASED,
        )


def over(exam: Exam, one: Overview, now: int) -> bool:
    """Whether nothing of this exam is open to this candidate any more.

    Until the exam's end there is something to see, if only that one has handed in; after it an
    attempt may still be open, if it was granted more.
    """
    if exam.ended_at is None and now < timing.exam_end(exam):
        return False
    due_at = timing.due_at(one.attempt, exam, now)
    return due_at is None or due_at <= now
