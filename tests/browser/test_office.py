"""An admin at work, from a file of questions to released results, and the candidate in between."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from protocol.types import Role
from tests.browser.conftest import Screens
from tests.browser.people import Candidate
from tests.edge.house import House

pytestmark = pytest.mark.browser

QUESTIONS = """question,option_a,option_b,answer,type,section
Which is larger?,the Sun,the Moon,A,,Sky
The Earth is flat.,,,false,true_false,Sky
2 + 2 = ?,,,4,numerical,Numbers
Why?,,,,long_text,Words
Which is wrong?,one,two,C,,Sky
"""
ROLL = "candidate;name;hall;factor\nc1;Asha Rao;Hall 1;1.25\nc2;Ravi;Hall 1;1\nc 3;Nobody;;\n"


async def signed_in(screens: Screens, house: House) -> Page:
    """The admin page, signed in."""
    page = await (await screens.open()).page()
    await page.goto(f"/admin#token={house.token('office', Role.ADMIN)}")
    await expect(page.get_by_role("heading", name="Exams")).to_be_visible()
    return page


async def button(page: Page, name: str) -> None:
    """Press a button; of two with a name the one in front: dialogs come last."""
    await page.get_by_role("button", name=name, exact=True).last.click()


async def test_an_office_from_questions_to_results(
    screens: Screens, house: House, tmp_path: Path
) -> None:
    page = await signed_in(screens, house)
    await import_questions(page, tmp_path)
    await schedule(page)
    await fill_the_roll(page, tmp_path)
    asha = await publish_and_sit(page, screens)
    await release(page, asha)


async def import_questions(page: Page, folder: Path) -> None:
    """A file with a fault in it, into a bank."""
    await page.get_by_role("link", name="Question banks").click()
    await button(page, "Import questions")
    await page.get_by_label("Into bank").fill("sky")
    (folder / "questions.csv").write_text(QUESTIONS)
    await page.locator("input[type=file]").set_input_files(folder / "questions.csv")
    report = page.get_by_test_id("report")
    await expect(report).to_contain_text("Nothing has been changed yet")
    await expect(report).to_contain_text("4 new")
    await expect(report.locator("tbody tr").first).to_contain_text("6")  # the line of the fault
    await button(page, "Import the good rows, leave out those with errors")
    await expect(report).to_contain_text("Imported.")
    await button(page, "Close")
    await page.get_by_role("link", name="sky", exact=True).click()
    await expect(page.get_by_text("Which is larger?")).to_be_visible()


async def schedule(page: Page) -> None:
    """A paper of the bank, and an exam of the paper."""
    await button(page, "Make a paper")
    await page.get_by_label("Title").fill("The sky")
    await page.get_by_label("Instructions").fill("Look **up** & answer <all>.")
    await button(page, "New paper")
    paper = page.get_by_role("row", name=re.compile("The sky"))
    await paper.get_by_role("button", name="Make an exam of it").click()
    await page.get_by_label("Title").fill("Sky 1")
    await expect(page.get_by_label("Id", exact=True)).to_have_value("sky-1")
    await page.get_by_label("Opens").fill("2026-01-01T10:00")
    await page.get_by_label("Last moment").fill("2099-01-01T10:00")
    await page.get_by_label("Closes").fill("2025-01-01T10:00")
    await button(page, "Create as a draft")
    await expect(page.get_by_text("at or after the end of the window")).to_be_visible()
    await page.get_by_label("Closes").fill("2099-01-01T11:00")
    await button(page, "Create as a draft")
    await expect(page.get_by_role("heading", name="Sky 1")).to_be_visible()


async def fill_the_roll(page: Page, folder: Path) -> None:
    """A list of candidates with a fault in it."""
    report = page.get_by_test_id("report")
    await page.get_by_role("link", name="Candidates").click()
    await button(page, "Import a list")
    (folder / "roll.csv").write_text(ROLL)
    await page.locator("input[type=file]").set_input_files(folder / "roll.csv")
    await expect(report).to_contain_text("2 new")
    await expect(report).to_contain_text("1 error")
    await button(page, "Import the good rows, leave out those with errors")
    await expect(report).to_contain_text("Imported.")
    await button(page, "Close")
    row = page.get_by_role("row", name=re.compile("c1"))
    await expect(row).to_contain_text("× 1.25")


async def publish_and_sit(page: Page, screens: Screens) -> Candidate:
    """The exam is sat by somebody with a slip."""
    await button(page, "Publish")
    await expect(page.get_by_role("dialog")).to_contain_text("frozen")
    await button(page, "Publish")
    title = page.get_by_role("heading", level=1, name="Sky 1 Published")
    await expect(title).to_be_visible()
    await button(page, "Slips with codes")
    slip = page.locator(".slip", has_text="Asha Rao")
    code = await slip.locator(".code").inner_text()

    asha = await by_code(screens, code)
    await asha.start()
    await asha.find("Which is larger?")
    await asha.choose("the Sun")
    await asha.find("2 + 2 = ?")
    await asha.question.get_by_role("textbox").fill("4")
    await asha.find("Why?")
    await asha.question.get_by_role("textbox").fill("Because.")
    await asha.saved()
    await asha.hand_in()
    await asha.ended("submitted")
    return asha


async def release(page: Page, asha: Candidate) -> None:
    """Results, seen by the candidate and in a file."""
    await page.get_by_role("link", name="Results").click()
    await mark_the_essay(page)
    await expect(page.get_by_role("row", name=re.compile("c1"))).to_contain_text("Handed in")
    await button(page, "Release results")
    await page.get_by_label("What they see").select_option("keys")
    await button(page, "Release results")
    await expect(page.get_by_text("1 result released")).to_be_visible()
    results = asha.page.get_by_test_id("results")
    await expect(results).to_contain_text("Total")
    await expect(results).to_contain_text("Your answer")
    async with page.expect_download() as downloading:
        await button(page, "Download CSV")
    file = await (await downloading.value).path()
    assert "Asha Rao" in Path(file).read_text(encoding="utf-8-sig")


async def by_code(screens: Screens, code: str) -> Candidate:
    """A candidate who types the code from a slip, in small letters and with spaces."""
    screen = await screens.open(width=834, height=1112)
    page = await screen.page()
    await page.goto("/")
    await page.get_by_label("Access code").fill("AAAA-AAAA-AA")
    await page.get_by_role("button", name="Enter", exact=True).click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.get_by_label("Access code").fill(code.lower().replace("-", " "))
    await page.get_by_role("button", name="Enter", exact=True).click()
    return Candidate(screen, "c1", page)


async def mark_the_essay(page: Page) -> None:
    """The answer that waits for a person gets its marks."""

    async def waits() -> bool:
        await page.reload()
        await expect(page.get_by_role("table")).to_be_visible()
        return await page.get_by_role("button", name=re.compile("waits for a marker")).count() > 0

    for _ in range(20):
        if await waits():
            break
        await page.wait_for_timeout(500)
    await page.get_by_role("button", name=re.compile("waits for a marker")).click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Because.")
    await dialog.get_by_label(re.compile("^Marks")).fill("99")
    await button(page, "Give marks")
    await expect(dialog.get_by_role("alert")).to_be_visible()
    await dialog.get_by_label(re.compile("^Marks")).fill("1")
    await button(page, "Give marks")
    await expect(dialog).to_contain_text("No answer waits")
    await button(page, "Close")


async def test_accounts_and_keys_are_shown_their_secret_once(
    screens: Screens, house: House
) -> None:
    page = await signed_in(screens, house)
    await page.get_by_role("link", name="Accounts").click()
    await button(page, "New account")
    await page.get_by_label("Login").fill("eve@example.org")
    await page.get_by_label("Name").fill("Eve")
    await page.get_by_label("Exams", exact=True).fill("exam-1")
    await button(page, "New account")
    password = await page.locator(".secret").inner_text()
    await button(page, "Close")
    await expect(page.get_by_role("row", name=re.compile("eve@example.org"))).to_be_visible()

    eve = await (await screens.open()).page()
    await eve.goto("/monitor")
    await eve.get_by_label("Login").fill("eve@example.org")
    await eve.get_by_label("Password").fill(password)
    await eve.get_by_role("button", name="Sign in").click()
    await expect(eve.get_by_text("The exam exam-1")).to_be_visible()

    await page.get_by_role("link", name="API keys").click()
    await button(page, "New key")
    await page.get_by_label("What it is for").fill("school portal")
    await page.get_by_label("Exams", exact=True).fill("exam-1")
    await button(page, "New key")
    await expect(page.locator(".secret")).to_have_text(re.compile(r"^esk_"))
    await button(page, "Close")
    await page.get_by_role("button", name="Revoke").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await expect(page.get_by_text("Nothing here yet.")).to_be_visible()
