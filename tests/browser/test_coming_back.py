"""Coming back: a reload finds the exam that was open, and the list is there for who wants it."""

import pytest
from playwright.async_api import expect

from examsync.attempts.attempt import Seat
from tests.browser.conftest import Screens
from tests.browser.people import Candidate
from tests.edge.house import EXAM, OTHER_EXAM, House

pytestmark = pytest.mark.browser


async def test_a_reload_goes_back_to_the_exam_that_was_open(screens: Screens, house: House) -> None:
    seats = [Seat(exam, "vera", "Vera Ito", "hall-1") for exam in (EXAM, OTHER_EXAM)]
    await house.app.records.register(seats)
    screen = await screens.open()
    page = await screen.page()
    await page.goto(f"/#token={house.token('vera', exams=frozenset({EXAM, OTHER_EXAM}))}")
    vera = Candidate(screen, "vera", page)
    listed = page.get_by_role("heading", name="Your exams")
    await expect(listed).to_be_visible()
    card = page.get_by_role("listitem").filter(has_text=f"The exam {OTHER_EXAM}")
    await card.get_by_role("button").click()
    await expect(page.get_by_text("You sit this exam as Vera Ito.")).to_be_visible()
    await vera.start()
    await page.reload()
    await expect(vera.question).to_be_visible()
    await expect(page.locator(".bar .title")).to_contain_text("Vera Ito")
    await vera.hand_in()
    await vera.ended("submitted")
    await vera.button("Back to your exams").click()
    await expect(listed).to_be_visible()
    await page.reload()
    await expect(listed).to_be_visible()
