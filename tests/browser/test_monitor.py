"""A candidate sits while an examiner watches and acts: each sees what the other does."""

import re

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import Screens
from tests.browser.examiner import Examiner, another_exam, sitting, watching
from tests.browser.people import Candidate
from tests.edge.house import House

pytestmark = pytest.mark.browser

HIDE = """
Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true});
document.dispatchEvent(new Event('visibilitychange'));
delete document.visibilityState;
"""
LEAVE = "document.hasFocus = () => false; window.dispatchEvent(new Event('blur'));"
"""A headless browser hides no tab and always has the focus, so the page is told of it."""

PAUSED = "Your clock stands still"


def timer(candidate: Candidate, minutes: str) -> Locator:
    """The candidate's clock while it shows that many minutes (a pattern)."""
    clock = candidate.page.get_by_role("timer")
    return clock.get_by_text(re.compile(rf"^(0?{minutes}):\d\d$"))


async def test_progress_signals_and_hands_reach_the_examiner_as_they_happen(
    screens: Screens, house: House
) -> None:
    eve = await watching(screens, house)
    asha = await screens.candidate()
    row = eve.row(asha.name)
    await expect(row.locator(".c-state")).to_contain_text("Not started")
    await asha.start()
    await expect(row.locator(".c-state")).to_contain_text("Working")
    await expect(row.locator(".c-line")).to_contain_text("Connected")
    await expect(row.locator(".c-progress")).to_contain_text("0/6")
    await asha.find("7 is prime.")
    await asha.choose("True")
    await expect(row.locator(".c-progress")).to_contain_text("1/6")
    await asha.find("Which metal")
    await asha.question.get_by_role("textbox").fill("mercury")
    await expect(row.locator(".c-progress")).to_contain_text("2/6")
    await signals(eve, asha)
    await hands(eve, asha)
    await asha.page.close()
    await expect(row.locator(".c-line")).to_contain_text("Away")
    await expect(row.locator(".c-trouble")).to_contain_text("away")
    tone = await row.locator(".reasons").evaluate("found => getComputedStyle(found).color")
    await expect(row.locator(".c-pick")).to_have_css("border-left-color", tone)


async def signals(eve: Examiner, asha: Candidate) -> None:
    """A hidden tab, and another window in front."""
    row, panel = eve.row(asha.name), eve.panel("Signals")
    await asha.page.evaluate(HIDE)
    news = panel.get_by_role("listitem").filter(has_text=asha.name)
    await expect(news.filter(has_text="Tab hidden")).to_have_count(1)
    await expect(row.locator(".c-signals")).to_have_text("1")
    await expect(row.locator(".c-trouble")).to_contain_text("1 signal just now")
    await asha.page.evaluate(LEAVE)
    await expect(news.first).to_contain_text("Other window in front")
    await expect(row.locator(".c-signals")).to_have_text("2")
    await expect(eve.chip("Signals")).to_contain_text("1")


async def hands(eve: Examiner, asha: Candidate) -> None:
    """A hand goes up and is taken down by the examiner, then by the candidate."""
    panel = eve.panel("Hands")
    await asha.button("Raise hand").click()
    await expect(eve.row(asha.name).locator(".c-trouble")).to_contain_text("hand raised")
    await expect(eve.chip("Hands")).to_contain_text("1")
    await expect(eve.page).to_have_title(re.compile(r"^\(1\) "))
    await panel.get_by_role("button", name=f"Hand down: {asha.name}").click()
    await expect(panel).to_contain_text("No hand is raised.")
    await asha.button("Raise hand").click()  # it was told that the hand is down
    await expect(panel.get_by_role("listitem")).to_have_count(1)
    await asha.button("Lower hand").click()
    await expect(panel).to_contain_text("No hand is raised.")
    await expect(eve.page).to_have_title(re.compile(r"^The exam "))


async def test_time_is_given_and_the_clock_stands_as_the_examiner_says(
    screens: Screens, house: House
) -> None:
    eve, ravi = await watching(screens, house), await sitting(screens)
    row = eve.row(ravi.name)
    await ravi.find("7 is prime.")
    await expect(timer(ravi, "(29|30)")).to_be_visible()
    await eve.act(ravi.name, "More time", "Give time", minutes="10", reason="Power cut")
    await expect(ravi.page.get_by_text("You have 10 min more")).to_be_visible()  # goes by itself
    await expect(eve.acts()).to_contain_text(f"More time (10 min): {ravi.name}")
    await expect(eve.acts()).to_contain_text("on record")
    await expect(timer(ravi, "(39|40)")).to_be_visible()
    await expect(row.locator(".c-left")).to_contain_text("+10 min")

    await eve.act(ravi.name, "Pause", "Stop the clock", reason="Fire alarm")
    await expect(ravi.page.get_by_text(PAUSED)).to_be_visible()
    await expect(ravi.option("True")).to_be_disabled()
    await expect(row.locator(".c-state")).to_contain_text("Paused")
    await expect(eve.chip("Paused")).to_contain_text("1")
    await eve.act(ravi.name, "Resume", "Resume")
    await expect(ravi.page.get_by_text(PAUSED)).to_have_count(0)
    await ravi.choose("True")
    await ravi.saved()
    await expect(row.locator(".c-state")).to_contain_text("Working")
    await expect(row.locator(".c-progress")).to_contain_text("1/6")


async def test_messages_stay_in_front_and_bring_a_receipt(screens: Screens, house: House) -> None:
    exam = await another_exam(house, "messages")
    eve = await watching(screens, house, exam=exam)
    mina, jo = await sitting(screens, exam), await sitting(screens, exam)
    await eve.act(mina.name, "Message", "Send", text="Please sit down.")
    await expect(eve.acts()).to_contain_text("0 of 1 seen")
    await expect(mina.page.get_by_role("dialog")).to_contain_text("Please sit down.")
    await mina.button("I have read it").click()
    await expect(eve.acts()).to_contain_text("1 of 1 seen")
    await expect(jo.page.get_by_role("dialog")).to_have_count(0)

    await eve.button("Announce…").click()
    await eve.say("Send to all", text="Ten minutes are left.")
    await expect(eve.acts()).to_contain_text("Announce: the whole exam")
    for count, one in enumerate((mina, jo), start=1):
        await expect(one.page.get_by_role("dialog")).to_contain_text("Ten minutes are left.")
        await one.button("I have read it").click()
        await expect(one.page.get_by_role("dialog")).to_have_count(0)
        await expect(eve.acts()).to_contain_text(f"{count} of 2 seen")


async def test_the_whole_exam_is_given_time_stands_and_goes_on(
    screens: Screens, house: House
) -> None:
    exam = await another_exam(house, "whole")
    eve = await watching(screens, house, exam=exam)
    lena = await sitting(screens, exam)
    await expect(timer(lena, "(29|30)")).to_be_visible()
    await eve.act_on_all("More time", "Give time", minutes="15", reason="Noise in the hall")
    await expect(timer(lena, "(44|45)")).to_be_visible()
    late = await sitting(screens, exam)
    await expect(timer(late, "(44|45)")).to_be_visible()
    await eve.act_on_all("Pause", "Stop the clock", reason="Fire alarm")
    for one in (lena, late):
        await expect(one.page.get_by_text(PAUSED)).to_be_visible()
        await expect(eve.row(one.name).locator(".c-state")).to_contain_text("Paused")
    await eve.act_on_all("Resume", "Resume")
    for one in (lena, late):
        await expect(one.page.get_by_text(PAUSED)).to_have_count(0)
        await expect(eve.row(one.name).locator(".c-state")).to_contain_text("Working")


async def test_an_attempt_is_ended_and_opened_again(screens: Screens, house: House) -> None:
    eve, kim = await watching(screens, house), await sitting(screens)
    await kim.find("7 is prime.")
    await kim.choose("True")
    await kim.saved()
    drawer = await eve.open(kim.name)
    await drawer.get_by_role("button", name="End", exact=True).click()
    dialog = eve.page.get_by_role("dialog", name=f"End the exam of {kim.name}")
    await dialog.get_by_role("button", name="End it").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("Give a reason")
    await expect(kim.question).to_be_visible()
    await eve.say("End it", reason="Illness")
    await kim.ended("terminated")
    await expect(eve.row(kim.name).locator(".c-state")).to_contain_text("Ended")
    await expect(eve.chip("Ended")).to_contain_text("1")

    await eve.act(kim.name, "Open again", "Open again", reason="The doctor says yes")
    await expect(kim.question).to_be_visible()
    await expect(eve.row(kim.name).locator(".c-state")).to_contain_text("Working")
    await kim.find("7 is prime.")
    await expect(kim.option("True")).to_be_checked()
    await kim.choose("False")
    await kim.saved()
