"""Signing in with a login and a password, on each page; dialogs that stay open."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from protocol.types import Role
from tests.browser.conftest import Screens
from tests.edge.house import EXAM, House
from tests.edge.offices import PASSWORD, account, admin

pytestmark = pytest.mark.browser

ENTRIES = [
    ("/", Role.CANDIDATE, "Your exams"),
    ("/monitor", Role.EXAMINER, None),
    ("/admin", Role.ADMIN, "Exams"),
]


async def fill(page: Page, login: str, password: str) -> None:
    """The form, sent with the Enter key."""
    await page.get_by_label("Login").fill(login)
    await page.get_by_label("Password").fill(password)
    await page.get_by_label("Password").press("Enter")


@pytest.mark.parametrize(("path", "role", "heading"), ENTRIES)
async def test_a_wrong_password_is_told_and_the_right_one_lets_in(
    screens: Screens, house: House, path: str, role: Role, heading: str | None
) -> None:
    login = f"in-{role.value}"
    async with admin(house) as root:
        await account(root, login, role.value, exams=[EXAM] if role is Role.EXAMINER else [])
    page = await (await screens.open()).page()
    await page.goto(path)
    if role is Role.CANDIDATE:
        await page.get_by_role("button", name="account").click()
    await fill(page, login, "wrong horse battery")
    told = page.get_by_role("alert")
    await expect(told).to_contain_text("The login or the password is wrong.")
    await expect(told).not_to_contain_text("token")
    await fill(page, login, PASSWORD)
    await expect(told).to_have_count(0)
    await expect(page.get_by_label("Password")).to_have_count(0)
    if heading is not None:
        await expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()


async def test_a_file_chooser_that_is_cancelled_leaves_its_dialog_open(
    screens: Screens, house: House, tmp_path: Path
) -> None:
    page = await (await screens.open()).page()
    await page.goto(f"/admin#token={house.token('office', Role.ADMIN)}")
    await page.get_by_role("link", name="Question banks").click()
    await page.get_by_role("button", name="Import questions", exact=True).click()
    await page.get_by_label("Into bank").fill("kept")
    chooser = page.locator("input[type=file]")
    await chooser.evaluate("each => each.dispatchEvent(new Event('cancel', {bubbles: true}))")
    await expect(page.get_by_label("Into bank")).to_have_value("kept")
    await page.keyboard.press("Escape")
    await expect(page.get_by_label("Into bank")).to_have_count(0)
