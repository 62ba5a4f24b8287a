"""Everybody can use the pages: axe finds nothing, keys suffice, a phone is wide enough."""

import pytest
from playwright.async_api import Page, expect

from protocol.types import Role
from tests.browser.conftest import Screens
from tests.browser.people import violations
from tests.edge.house import EXAM, House

pytestmark = pytest.mark.browser

SIZES = {"desktop": (1280, 800), "tablet": (834, 1112), "phone": (390, 844)}


async def judged(page: Page, axe: str) -> list[str]:
    """What axe-core has to say of the page as it stands (WCAG 2.2 A and AA, best practices)."""
    await page.evaluate(axe)  # by the driver, so the page's content policy does not matter
    return violations(await page.evaluate("axe.run(document, {resultTypes: ['violations']})"))


async def fits(page: Page) -> bool:
    """Whether nothing makes the page scroll sideways."""
    wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return bool(wide <= 0)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
async def test_the_exam_is_clean_at_every_width(
    screens: Screens, axe: str, size: str, dark: bool
) -> None:
    width, height = SIZES[size]
    asha = await screens.candidate(width=width, height=height, dark=dark)
    await expect(asha.button("Start the exam")).to_be_visible()
    assert await judged(asha.page, axe) == []
    await asha.start()
    await asha.page.get_by_role("button", name="Mark for review").click()
    for number in range(6):
        if number:
            await asha.button("Next").click()
        assert await judged(asha.page, axe) == []
        assert await fits(asha.page)
    if await asha.page.locator(".to-palette").is_visible():
        await asha.page.locator(".to-palette").click()
        assert await judged(asha.page, axe) == []
    await asha.button("Hand in").first.click()
    await expect(asha.button("Hand in now")).to_be_visible()
    assert await judged(asha.page, axe) == []
    await asha.button("Hand in now").click()
    await asha.ended("submitted")
    assert await judged(asha.page, axe) == []
    assert await fits(asha.page)


@pytest.mark.parametrize("path", ["/", "/monitor", "/admin"])
async def test_the_doors_are_clean(screens: Screens, axe: str, path: str) -> None:
    page = await (await screens.open()).page()
    await page.goto(path)
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert await judged(page, axe) == []


@pytest.mark.parametrize("size", SIZES)
async def test_the_admin_page_is_clean(screens: Screens, house: House, axe: str, size: str) -> None:
    width, height = SIZES[size]
    page = await (await screens.open(width=width, height=height)).page()
    await page.goto(f"/admin#token={house.token('office', Role.ADMIN)}")
    places = ("Exams", "Question banks", "Papers", "Accounts", "API keys", "Webhooks")
    for place in places:
        await page.get_by_role("link", name=place, exact=True).click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text(place)
        await expect(page.get_by_text("Loading")).to_have_count(0)
        assert await judged(page, axe) == []
        assert await fits(page)
    await page.goto(f"/admin#/exams/{EXAM}")
    for tab in ("Candidates", "Results"):
        await page.get_by_role("link", name=tab, exact=True).click()
        await expect(page.get_by_role("table")).to_be_visible()
        assert await judged(page, axe) == []
        assert await fits(page)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
async def test_the_monitor_is_clean(
    screens: Screens, house: House, axe: str, size: str, dark: bool
) -> None:
    width, height = SIZES[size]
    page = await (await screens.open(width=width, height=height, dark=dark)).page()
    await page.goto(f"/monitor#exam={EXAM}&token={house.token('eve', Role.EXAMINER)}")
    await expect(page.get_by_text("Asha", exact=True)).to_be_visible()
    assert await judged(page, axe) == []
    assert await fits(page)
    await page.get_by_label("Select Asha").check()
    await page.get_by_text("Asha", exact=True).click()
    await expect(page.get_by_role("region", name="What happened")).to_be_visible()
    assert await judged(page, axe) == []
    assert await fits(page)
    await page.get_by_role("button", name="Message").last.click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    assert await judged(page, axe) == []


async def test_an_exam_can_be_sat_with_keys_alone(screens: Screens) -> None:
    ravi = await screens.candidate()
    keys = ravi.page.keyboard
    await ravi.page.get_by_role("checkbox").focus()
    await keys.press("Space")
    await ravi.button("Start the exam").focus()
    await keys.press("Enter")
    await expect(ravi.question).to_be_visible()
    number = await ravi.find("7 is prime.")
    await ravi.option("False").focus()
    await keys.press("1")
    await expect(ravi.option("True")).to_be_checked()
    await keys.press("m")
    await expect(ravi.page.locator(".tiles .tile.answered_marked")).to_have_count(1)
    title = ravi.page.locator("#question-title")
    before = await title.inner_text()
    away, back = ("N", "P") if number == 1 else ("P", "N")  # the first has none before it
    await keys.press(f"Alt+Shift+{away}")
    await expect(title).to_contain_text(f"Question {number + (1 if away == 'N' else -1)} of")
    await expect(title).to_be_focused()
    await keys.press(f"Alt+Shift+{back}")
    await expect(title).to_have_text(before)
    await expect(title).to_be_focused()
