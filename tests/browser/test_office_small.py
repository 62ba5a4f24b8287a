"""The office on a phone: tables are cards, menus and forms are whole, and axe finds nothing."""

import pytest
from playwright.async_api import Locator, Page, expect

from protocol.types import Role
from tests.browser.conftest import Screens
from tests.browser.test_access import fits, judged
from tests.edge.house import EXAM, House

pytestmark = pytest.mark.browser

CREATES = {
    "Exams": "New exam",
    "Question banks": "Import questions",
    "Papers": "New paper",
    "Accounts": "New account",
    "API keys": "New key",
    "Webhooks": "New webhook",
}


async def office(screens: Screens, house: House, *, dark: bool = False) -> Page:
    """The admin page on a phone."""
    page = await (await screens.open(width=390, height=844, dark=dark)).page()
    await page.goto(f"/admin#token={house.token('office', Role.ADMIN)}")
    await expect(page.get_by_role("heading", name="Exams")).to_be_visible()
    return page


async def on_screen(locator: Locator) -> bool:
    """Whether all of it lies on the screen, not under an edge."""
    script = """element => {
      const { left, right, top, bottom } = element.getBoundingClientRect();
      const at = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
      return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight
        && (at === element || element.contains(at));
    }"""
    return bool(await locator.evaluate(script))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_every_form_fits_and_is_clean(
    screens: Screens, house: House, axe: str, dark: bool
) -> None:
    page = await office(screens, house, dark=dark)
    for place, create in CREATES.items():
        await page.get_by_role("link", name=place, exact=True).click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text(place)
        await page.get_by_role("button", name=create, exact=True).click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        assert await judged(page, axe) == []
        assert await fits(page)
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_all_places_are_in_sight(screens: Screens, house: House) -> None:
    page = await office(screens, house)
    for link in await page.get_by_role("navigation").get_by_role("link").all():
        assert await on_screen(link)


async def test_rows_are_cards_with_their_heads_and_can_be_sorted(
    screens: Screens, house: House
) -> None:
    page = await office(screens, house)
    await page.goto(f"/admin#/exams/{EXAM}/roster")
    row = page.get_by_role("row").filter(has_text="Asha")
    await expect(row.get_by_role("cell", name="hall-1")).to_have_attribute("data-label", "Hall")
    await page.get_by_label("Sort by").select_option("-name")
    await expect(page.get_by_role("row").first).to_contain_text("Ravi")
    assert await fits(page)


async def test_the_menu_of_the_last_row_is_whole(screens: Screens, house: House) -> None:
    page = await office(screens, house)
    await page.goto(f"/admin#/exams/{EXAM}/roster")
    await page.get_by_role("button", name="More: ").last.click()
    for entry in await page.get_by_role("menuitem").all():
        assert await on_screen(entry)
    await page.get_by_role("menuitem", name="Change").click()
    await expect(page.get_by_role("dialog")).to_be_visible()


async def test_what_is_wrong_in_a_form_is_gone_to(screens: Screens, house: House) -> None:
    page = await office(screens, house)
    await page.get_by_role("button", name="New exam").click()
    await page.get_by_label("Working time").fill("0")
    await page.get_by_role("button", name="Create as a draft").click()
    await expect(page.get_by_label("Title")).to_be_focused()
    await expect(page.get_by_text("A number of minutes above zero.")).to_be_attached()


async def test_a_button_that_does_nothing_says_why(screens: Screens) -> None:
    asha = await screens.candidate(width=390, height=844)
    await asha.button("Start the exam").click(force=True)  # it is not enabled
    await expect(asha.page.get_by_text("Tick the box first.")).to_be_visible()
