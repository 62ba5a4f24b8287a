"""Codes of real exams: what may be sat, what is over, and what can still be seen."""

import pytest

from examsync.errors import ExamError
from protocol.problems import Code
from tests.services.installation import (
    EXAM,
    HOUR,
    MINUTE,
    App,
    Candidate,
    ahead,
    furnish,
    settled,
)

ADDRESS = "192.0.2.1"


async def code_of(built: App, candidate: str = "asha", exam: str = EXAM) -> str:
    (slip,) = await built.access.codes.slips(exam, [candidate])
    return slip.code


async def refused(built: App, code: str) -> Code | None:
    """How a code is refused; None when it signs in."""
    try:
        await built.access.codes.sign_in(code, address=ADDRESS)
    except ExamError as refusal:
        return refusal.code
    return None


async def test_a_slip_printed_for_a_draft_opens_when_it_is_published(built: App) -> None:
    await furnish(built, "asha")
    await built.pool.execute("UPDATE exams SET status = 'draft'")
    await built.exams.poll()
    code = await code_of(built)
    assert await refused(built, code) is Code.EXAM_NOT_OPEN
    await built.exams.publish(EXAM)
    assert await refused(built, code) is None
    await built.exams.archive(EXAM)
    assert await refused(built, code) is Code.EXAM_OVER


async def test_before_it_opens_one_may_come_in_and_wait(built: App) -> None:
    now = built.clock.now()
    await furnish(
        built, "asha", opens_at=now + HOUR, window_end=now + 2 * HOUR, closes_at=now + 3 * HOUR
    )
    assert await refused(built, await code_of(built)) is None


async def test_after_its_end_an_exam_is_over_unless_somebody_was_granted_more(
    built: App,
) -> None:
    await furnish(built, "asha", "ravi")
    code = await code_of(built)
    ahead(built, 2 * HOUR - MINUTE)
    assert await refused(built, code) is None
    ahead(built, MINUTE + 10_000)
    assert await refused(built, code) is Code.EXAM_OVER


async def test_who_handed_in_may_come_back_until_the_exam_ends_and_when_results_are_out(
    built: App,
) -> None:
    await furnish(built, "asha")
    await settled(built)
    asha = Candidate(built, "asha")
    await asha.start()
    await asha.submit()
    await built.working.flush()
    code = await code_of(built)
    assert await refused(built, code) is None
    ahead(built, 3 * HOUR)
    assert await refused(built, code) is Code.EXAM_OVER
    await built.pool.execute("UPDATE attempts SET grading = 'released'")
    assert await refused(built, code) is None


async def test_who_was_removed_is_told_so(built: App) -> None:
    await furnish(built, "asha")
    code = await code_of(built)
    await built.pool.execute("DELETE FROM attempts")
    assert await refused(built, code) is Code.NOT_FOUND


async def test_an_exam_that_is_not_there_has_no_slips(built: App) -> None:
    with pytest.raises(ExamError) as caught:
        await built.access.codes.slips("nowhere")
    assert caught.value.code is Code.NOT_FOUND
