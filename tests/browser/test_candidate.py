"""A candidate in a browser: gets in, answers, loses the network, comes back, hands in."""

import re

import pytest
from playwright.async_api import expect

from protocol.types import AttemptState
from tests import papers
from tests.browser.conftest import Screens
from tests.browser.people import Candidate
from tests.edge.house import House

pytestmark = pytest.mark.browser


async def test_an_exam_is_sat_from_the_link_to_the_receipt(screens: Screens) -> None:
    asha = await screens.candidate()
    page = asha.page
    await expect(asha.button("Start the exam")).to_have_attribute("aria-disabled", "true")
    assert "token" not in page.url
    await asha.start()

    await answer_everything(asha)
    await expect(page.locator(".tiles .tile.answered_marked")).to_have_count(1)
    await asha.hand_in()
    await asha.ended("submitted")
    await expect(page.locator(".receipt code")).not_to_be_empty()
    await check_everything(asha)


async def answer_everything(asha: Candidate) -> None:
    """An answer of every kind; one is cleared and given anew, one is marked."""
    capital = await asha.find("Which is the capital?")
    await asha.choose("Delhi")
    await asha.saved()
    await asha.find("Which are prime?")
    for prime in ("2", "3", "9"):
        await asha.choose(prime)
    await asha.option("9").uncheck()
    await asha.find("7 is prime.")
    await asha.choose("True")
    await asha.find("π = ?")
    await asha.question.get_by_role("textbox").fill("3,14")
    await asha.find("Which metal")
    await asha.question.get_by_role("textbox").fill("पारा")
    await asha.button(re.compile("Mark for review")).click()
    await asha.find("Why does it rain?")
    await asha.question.get_by_role("textbox").fill("Warm air rises.\nIt cools.")
    await asha.saved()
    await asha.go(capital)
    await asha.button("Clear answer").click()
    await asha.choose("Mumbai")


async def check_everything(asha: Candidate) -> None:
    """All of it is in Postgres as it was last meant."""
    held = await asha.until_stored(lambda one: one.state is AttemptState.SUBMITTED)
    given = {item: one.response for item, one in held.responses.items()}
    assert given["q3"] is True
    assert given["q4"] == "3.14"
    assert given["q5"] == "पारा"
    assert held.responses["q5"].flag
    assert given["q6"] == "Warm air rises.\nIt cools."
    assert isinstance(primes := given["q2"], list)
    assert len(primes) == 2
    assert given["q1"] is not None


async def test_a_crash_of_the_browser_forgets_nothing(screens: Screens) -> None:
    ravi = await screens.candidate()
    await ravi.start()
    await ravi.find("Which metal")
    await ravi.screen.offline(True)
    await ravi.question.get_by_role("textbox").fill("mercury")
    await ravi.saved("device")
    await ravi.page.close(run_before_unload=False)

    await ravi.screen.offline(False)
    ravi.page = await ravi.screen.page()
    await ravi.enter()
    await expect(ravi.question).to_be_visible()
    await ravi.find("Which metal")
    await expect(ravi.question.get_by_role("textbox")).to_have_value("mercury")
    await ravi.saved()
    held = await ravi.until_stored(lambda one: "q5" in one.responses)
    assert held.responses["q5"].response == "mercury"


@pytest.mark.slow
async def test_ninety_seconds_offline_with_edits_lose_nothing(screens: Screens) -> None:
    mina = await screens.candidate()
    await mina.start()
    await mina.find("Which is the capital?")
    await mina.choose("Delhi")
    await mina.saved()
    await mina.screen.offline(True)
    for text in ("Mumbai", "Chennai", "Kolkata"):
        await mina.choose(text)
        await mina.page.wait_for_timeout(15_000)
    await mina.find("7 is prime.")
    await mina.choose("False")
    await expect(mina.page.locator(".save-line .badge")).to_contain_text("Offline")
    await expect(mina.saves).to_contain_text("2 answers kept on this device")
    await mina.page.wait_for_timeout(45_000)
    await mina.screen.offline(False)
    await expect(mina.saves).to_contain_text("Saved on the server", timeout=40_000)
    await mina.hand_in()
    await mina.ended("submitted")
    held = await mina.until_stored(lambda one: one.state is AttemptState.SUBMITTED)
    assert held.responses["q3"].response is False
    assert held.responses["q1"].response == papers.ids(papers.single(), "Kolkata")[0]
    assert held.responses["q1"].seq < 6  # what was typed over while offline was not sent


async def test_a_second_tab_waits_until_it_is_wanted(screens: Screens) -> None:
    omar = await screens.candidate()
    await omar.start()
    second = await omar.screen.page()
    first, omar.page = omar.page, second
    await omar.enter()
    await expect(second.get_by_text("open in another tab")).to_be_visible()
    await omar.button("Use this tab").click()
    await expect(omar.question).to_be_visible()
    await expect(first.get_by_text("open in another tab")).to_be_visible()
    await omar.find("7 is prime.")
    await omar.choose("True")
    await omar.saved()


async def test_a_second_device_takes_over_and_the_first_is_told(screens: Screens) -> None:
    lena = await screens.candidate()
    await lena.start()
    await lena.find("7 is prime.")
    await lena.choose("True")
    await lena.saved()
    phone = await screens.candidate(lena.who, width=390, height=844)
    await expect(phone.question).to_be_visible()
    await expect(lena.page.get_by_text("Another device is writing")).to_be_visible()
    await expect(lena.option("False")).to_be_disabled()

    await phone.page.locator(".to-palette").click()
    await expect(phone.page.locator(".tiles .tile.answered")).to_have_count(1)
    await phone.page.locator(".close-palette").click()
    await lena.button("Continue on this device").click()
    await (
        lena.page.get_by_role("dialog")
        .get_by_role("button", name="Continue on this device")
        .click()
    )
    await expect(phone.page.get_by_text("Another device is writing")).to_be_visible()
    await lena.choose("False")
    await lena.saved()
    held = await lena.until_stored(lambda one: one.responses["q3"].response is False)
    assert held.state is AttemptState.IN_PROGRESS


async def test_leaving_the_page_is_reported(screens: Screens, house: House) -> None:
    jo = await screens.candidate()
    await jo.start()
    await jo.page.evaluate("document.dispatchEvent(new ClipboardEvent('copy', {bubbles: true}))")
    await jo.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    held = await jo.until_stored(lambda one: len(one.violations) == 2)
    assert held.state is AttemptState.IN_PROGRESS


async def test_typing_is_not_lost_by_leaving_at_once(screens: Screens) -> None:
    kim = await screens.candidate()
    await kim.start()
    await kim.find("Why does it rain?")
    await kim.question.get_by_role("textbox").press_sequentially("Clouds", delay=20)
    await kim.page.reload()
    await kim.find("Why does it rain?")
    await expect(kim.question.get_by_role("textbox")).to_have_value("Clouds")
    await kim.saved()
