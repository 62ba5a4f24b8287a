"""A whole exam is given time and paused: whoever waits, sits or comes back sees the same clock."""

import pytest
from playwright.async_api import expect

from protocol.facts import ExamExtended, ExamPaused, ExamResumed
from tests.browser.conftest import Screens
from tests.browser.examiner import another_exam
from tests.edge.house import House

pytestmark = pytest.mark.browser

STANDS = "Your clock stands still"


async def test_what_is_done_to_the_exam_is_seen_before_the_start_and_after_a_reload(
    screens: Screens, house: House
) -> None:
    exam = await another_exam(house, "standing-still")
    asha = await screens.candidate(exam=exam)
    page, done = asha.page, house.app.exams.act
    await expect(page.get_by_text("Your time is 30 min")).to_be_visible()
    await done(exam, ExamExtended("x-1", 600_000, "late bus"), "examiner:eva")
    await expect(page.get_by_text("Your time is 40 min")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("Your time is 40 min")).to_be_visible()
    await asha.start()
    await done(exam, ExamPaused("x-2", "alarm"), "examiner:eva")
    stands, timer = page.get_by_text(STANDS), page.get_by_role("timer")
    await expect(stands).to_be_visible()
    left = await timer.inner_text()
    await page.reload()
    await expect(stands).to_be_visible()
    await expect(timer).to_have_text(left, use_inner_text=True)
    await done(exam, ExamResumed("x-3", ""), "examiner:eva")
    await expect(stands).to_have_count(0)
    await asha.hand_in()
    await asha.ended("submitted")
