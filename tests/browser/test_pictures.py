"""Pictures and formulas of questions, under the content policy that the pages come with."""

import base64

import pytest
from playwright.async_api import Page, Route, expect

from examsync.exams.exam import Terms
from protocol.types import Role
from tests.browser.conftest import Screens
from tests.browser.people import Candidate
from tests.edge.calling import calling
from tests.edge.house import HOUR_MS, House

pytestmark = pytest.mark.browser

EXAM = "pictured"
ADDRESS = "https://pictures.example/sun.png"
CALM = "Be calm.\nUse $\\frac{22}{7}$ for π."
QUESTIONS = f"""question,option_a,option_b,answer,image,external_id
Which star is it?,the Sun,Sirius,A,{ADDRESS},q-sun
What is $x^2 + \\frac{{1}}{{2}}$ at 1?,$\\frac{{3}}{{2}}$,$\\sqrt{{2}}$,A,,q-x
"""
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4"
    "nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg=="
)
"""A PNG of one red pixel."""


async def seated(house: House, who: str) -> None:
    """A seat in an exam whose paper has a picture, formulas and instructions."""
    async with calling(house) as root:
        said = await root.post(
            "/admin/banks/pictured/import?commit=true", content=QUESTIONS.encode()
        )
        assert said.json()["committed"], said.text
        paper = {"title": "P", "bank": "pictured", "paper": "p-pictured", "instructions": CALM}
        made = await root.post("/admin/papers", json=paper)
        if made.status_code == 201:
            now = house.app.clock.now()
            terms = Terms(now - 1_000, now + HOUR_MS, now + 2 * HOUR_MS, HOUR_MS // 2)
            await house.app.exams.create(EXAM, "Pictured", "p-pictured", terms, "admin:root")
            await house.app.exams.publish(EXAM)
        people = {"candidates": [{"candidate": who}]}
        assert (await root.post(f"/admin/exams/{EXAM}/candidates", json=people)).is_success


async def sitting(screens: Screens, house: House, who: str) -> Candidate:
    """In front of that exam, not started."""
    await seated(house, who)
    screen = await screens.open()
    page = await screen.page()
    token = house.token(who, exams=frozenset({EXAM}))
    await page.goto(f"/#token={token}")
    return Candidate(screen, who, page)


async def drawn(page: Page) -> None:
    """Wait until the picture on the screen has come and is decoded."""
    picture = page.get_by_role("img", name="Picture of question")
    await expect(picture).to_be_visible()
    width = "image => image.decode().then(() => image.naturalWidth)"
    assert await picture.evaluate(width) == 1


async def test_instructions_are_read_before_the_start_with_their_formulas(
    screens: Screens, house: House
) -> None:
    asha = await sitting(screens, house, "pic-1")
    told = asha.page.locator(".instructions")
    await expect(told).to_contain_text("Be calm.")
    await expect(told.locator(".katex")).to_have_count(1)
    await expect(asha.button("Start the exam")).to_be_visible()
    await expect(asha.page.get_by_text("Which star is it?")).to_have_count(0)


async def test_a_picture_from_elsewhere_is_shown_in_a_question(
    screens: Screens, house: House
) -> None:
    asha = await sitting(screens, house, "pic-2")
    asked: list[str] = []

    async def answer(route: Route) -> None:
        asked.append(route.request.headers.get("referer", ""))
        await route.fulfill(body=DOT, content_type="image/png")

    await asha.page.route(ADDRESS, answer)
    await asha.start()
    await asha.find("Which star is it?")
    await drawn(asha.page)
    assert asked == [""], "whoever serves the picture is not told where it is shown"
    await asha.find("What is")
    await expect(asha.question.locator(".stem .katex")).to_have_count(1)
    await expect(asha.question.locator(".choice .katex")).to_have_count(2)


async def test_a_picture_that_does_not_come_can_be_asked_for_again(
    screens: Screens, house: House
) -> None:
    asha = await sitting(screens, house, "pic-3")
    away = True

    async def answer(route: Route) -> None:
        if away:
            await route.abort()
        else:
            await route.fulfill(body=DOT, content_type="image/png")

    await asha.page.route(ADDRESS, answer)
    await asha.start()
    await asha.find("Which star is it?")
    await expect(asha.question.get_by_text("could not be loaded")).to_be_visible()
    away = False
    await asha.button("Load it again").click()
    await drawn(asha.page)


async def test_text_cannot_become_markup_on_any_page(screens: Screens, house: House) -> None:
    screen = await screens.open()
    page = await screen.page()
    for path in ("/", f"/admin#token={house.token('office', Role.ADMIN)}", "/monitor"):
        await page.goto(path)
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        script = "try { document.body.innerHTML = '<b>x</b>'; 'done' } catch (e) { e.name }"
        assert await page.evaluate(script) == "TypeError"
    assert {"TrustedHTML" in fault for fault in screen.faults} == {True}
    screen.faults.clear()  # they were made here


async def test_an_author_sees_pictures_formulas_and_keys_of_a_paper(
    screens: Screens, house: House
) -> None:
    await seated(house, "pic-4")
    page = await (await screens.open(width=390, height=844)).page()
    await page.route(ADDRESS, lambda route: route.fulfill(body=DOT, content_type="image/png"))
    await page.goto(f"/admin#token={house.token('office', Role.ADMIN)}")
    await page.get_by_role("link", name="Papers").click()
    await page.locator('a[href$="p-pictured"]').click()
    await expect(page.get_by_text("Be calm.")).to_be_visible()
    await expect(page.locator(".options .right")).to_have_count(2)
    await expect(page.locator(".options .right").first).to_contain_text("the Sun")
    picture = page.get_by_role("img", name="Picture")
    assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
