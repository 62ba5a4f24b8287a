"""What an examiner sees and finds: halls, chips, rows by keys, the timeline, a waiting device."""

import re

import pytest
from playwright.async_api import expect

from protocol.types import TakeoverPolicy
from tests.browser.conftest import Screens
from tests.browser.examiner import another_exam, sitting, watching
from tests.edge.house import House

pytestmark = pytest.mark.browser


async def test_a_second_device_waits_until_an_examiner_approves_it(
    screens: Screens, house: House
) -> None:
    exam = await another_exam(house, "approval", TakeoverPolicy.ON_APPROVAL)
    eve = await watching(screens, house, exam=exam)
    lena = await sitting(screens, exam)
    await lena.find("7 is prime.")
    await lena.choose("True")
    await lena.saved()
    phone = await screens.candidate(lena.who, exam=exam, width=390, height=844)
    await expect(phone.page.get_by_text("An examiner has to approve this device")).to_be_visible()
    await expect(eve.row(lena.name)).to_contain_text("a device waits for approval")
    await expect(eve.chip("New device")).to_contain_text("1")
    await lena.choose("False")  # until then the first device writes
    await lena.saved()

    await eve.act(lena.name, "Approve device", "Approve")
    await expect(lena.page.get_by_text("Another device is writing")).to_be_visible()
    await phone.find("7 is prime.")
    await expect(phone.option("False")).to_be_checked()
    await phone.choose("True")
    await phone.saved()
    await expect(eve.chip("New device")).to_have_count(0)
    timeline = eve.panel(lena.name).get_by_role("region", name="What happened")
    await expect(timeline).to_contain_text("The other device may go on")


async def test_an_examiner_of_a_hall_sees_and_acts_on_that_hall_alone(
    screens: Screens, house: House
) -> None:
    exam = await another_exam(house, "halls")
    here = await house.candidate("hall-2", exam)
    await house.candidate("hall-1", exam)
    max_ = await watching(screens, house, who="max", exam=exam, halls="hall-2")
    await expect(max_.row(here.upper())).to_be_visible()
    newcomer = await sitting(screens, exam, "hall-2")
    elsewhere = await sitting(screens, exam, "hall-1")
    await expect(max_.chip("Working")).to_contain_text("1")
    await expect(max_.rows()).to_have_count(2)
    await expect(max_.page.get_by_text("2 rows")).to_be_visible()
    await elsewhere.button("Raise hand").click()
    await newcomer.button("Raise hand").click()
    await expect(max_.panel("Hands").get_by_role("listitem")).to_have_count(1)
    await expect(max_.panel("Hands")).to_contain_text(newcomer.name)

    await expect(max_.button("Announce…")).to_have_attribute("aria-disabled", "true")
    await max_.button("Whole exam…").click()
    entry = max_.page.get_by_role("menuitem", name=re.compile("^Pause"))
    await expect(entry).to_have_attribute("aria-disabled", "true")
    await expect(entry).to_contain_text("You see only some halls")
    await max_.page.keyboard.press("Escape")
    await max_.act(newcomer.name, "Message", "Send", text="I am coming.")
    await expect(newcomer.page.get_by_role("dialog")).to_contain_text("I am coming.")


async def test_chips_and_the_search_find_rows_and_many_are_acted_on_at_once(
    screens: Screens, house: House
) -> None:
    exam = await another_exam(house, "chips")
    names = [(await house.candidate(hall, exam)).upper() for hall in ("hall-1", "hall-2")]
    eve = await watching(screens, house, exam=exam)
    asha, ravi = await sitting(screens, exam), await sitting(screens, exam)
    await ravi.hand_in()
    await ravi.ended("submitted")
    for chip, count in {"Not started": 2, "Working": 1, "Submitted": 1, "Paused": 0}.items():
        await expect(eve.chip(chip)).to_have_text(f"{chip} {count}")
    await expect(eve.rows()).to_have_count(4)

    await eve.chip("Working").click()
    await expect(eve.rows()).to_have_count(1)
    await eve.chip("Submitted").click()
    await expect(eve.rows()).to_have_count(2)
    await expect(eve.page.get_by_text("2 of 4 rows")).to_be_visible()
    await asha.hand_in()
    await expect(eve.chip("Submitted")).to_have_text("Submitted 2")
    await eve.button("Show all").click()
    await expect(eve.rows()).to_have_count(4)
    await eve.page.keyboard.press("/")
    await eve.page.keyboard.type(names[1].lower())
    await expect(eve.rows()).to_have_count(1)
    await eve.page.get_by_role("searchbox").fill("nobody like this")
    await expect(eve.page.get_by_text("Nobody fits these filters.")).to_be_visible()
    await eve.page.keyboard.press("Escape")

    await eve.page.get_by_label("Select all rows shown").check()
    bar = eve.page.get_by_role("toolbar", name="4 rows selected")
    await bar.get_by_role("button", name="Open again: 2 candidates").click()
    dialog = eve.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("2 candidates will be left out")
    await dialog.get_by_label(re.compile("^Yes, for 2 candidates")).check()
    await eve.say("Open again", reason="The bell rang too early")
    for one in (asha, ravi):
        await expect(one.question).to_be_visible()
    await expect(eve.acts()).to_contain_text("Done for 2 candidates")
    await expect(eve.chip("Working")).to_have_text("Working 2")


async def test_a_candidate_is_opened_with_keys_and_their_timeline_grows(
    screens: Screens, house: House
) -> None:
    exam = await another_exam(house, "timeline")
    eve, mina = await watching(screens, house, exam=exam), await sitting(screens, exam)
    await expect(eve.row(mina.name).locator(".c-state")).to_contain_text("Working")
    await eve.page.get_by_role("grid").focus()
    await eve.page.keyboard.press("Enter")
    drawer = eve.panel(mina.name)
    timeline = drawer.get_by_role("region", name="What happened")
    await expect(timeline.get_by_role("listitem").first).to_contain_text("Started")
    await mina.find("7 is prime.")
    await mina.choose("True")
    await expect(timeline.get_by_role("listitem").first).to_contain_text("Answer to q3 saved")
    await mina.choose("False")
    await expect(timeline.get_by_role("listitem").first).to_contain_text("2 answers saved")
    await timeline.get_by_label("Every answer").check()
    await expect(timeline.get_by_text("Answer to q3 saved")).to_have_count(2)
    await mina.button("Raise hand").click()
    await expect(timeline.get_by_role("listitem").first).to_contain_text("Raised a hand")
    await expect(drawer).to_contain_text("all in the database")
    await expect(drawer.get_by_label("Why to look")).to_contain_text("hand raised")
    await eve.page.keyboard.press("Escape")
    await expect(drawer).to_have_count(0)
    await expect(eve.page.get_by_role("grid")).to_be_focused()
