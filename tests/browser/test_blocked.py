"""A candidate behind a network that lets no WebSocket through: the outbox goes over HTTP."""

import pytest
from playwright.async_api import expect

from protocol.types import AttemptState, Role
from tests.browser.conftest import Screens
from tests.browser.people import Candidate
from tests.edge.house import EXAM, House, attempt_of
from tests.edge.offices import client

pytestmark = pytest.mark.browser

BLOCKED = """
const Real = window.WebSocket;
window.WebSocket = class extends Real {
  constructor(url) { super(String(url).replace("/socket.io/", "/blocked/")); }
};
"""
"""As from a proxy that answers the upgrade with an error: the handshake fails, HTTP works."""


async def behind_a_proxy(screens: Screens, house: House) -> Candidate:
    screen = await screens.open()
    await screen.context.add_init_script(BLOCKED)
    asha = Candidate(screen, await house.candidate(), await screen.page())
    await asha.enter()
    await asha.start()
    return asha


async def test_an_exam_is_sat_where_websockets_are_blocked(screens: Screens, house: House) -> None:
    asha = await behind_a_proxy(screens, house)
    await asha.find("7 is prime.")
    await asha.choose("True")
    await asha.saved()
    await asha.find("Which is the capital?")
    await asha.choose("Delhi")
    await asha.saved()
    await asha.hand_in()
    await asha.ended("submitted")
    held = await asha.until_stored(lambda one: one.state is AttemptState.SUBMITTED)
    assert held.responses["q3"].response is True
    assert len(held.responses) == 2


async def test_what_examiners_do_reaches_those_too(screens: Screens, house: House) -> None:
    asha = await behind_a_proxy(screens, house)
    attempt = attempt_of(asha.who)
    act = {"exam": EXAM, "attempts": [attempt], "reason": "a fire drill"}
    async with client(house, house.token("eve", Role.EXAMINER)) as examiner:
        said = {"id": "m-1", **act, "text": "Stay calm."}
        said.pop("reason")
        sent = await examiner.post(f"/exams/{EXAM}/acts/message", json=said)
        assert sent.status_code == 200, sent.text
        await expect(asha.page.get_by_text("Stay calm.")).to_be_visible()
        ended = await examiner.post(f"/exams/{EXAM}/acts/terminate", json={"id": "t-1", **act})
        assert ended.status_code == 200, ended.text
    await asha.ended("terminated")
