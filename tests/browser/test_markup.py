"""Markup in questions, names, notices, hands and signals is shown as it is written; none of it is
run, at the candidate's, the examiner's or the office's screen."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from examsync.attempts.attempt import Seat
from examsync.exams.exam import Terms
from protocol.types import Role
from tests.browser.conftest import Screens
from tests.browser.examiner import watching
from tests.browser.people import Candidate
from tests.edge.calling import calling
from tests.edge.clients import Client
from tests.edge.house import HOUR_MS, House

pytestmark = pytest.mark.browser

EXAM = "marked-up"
RUN = "window.hacked=1"
IMAGE = f"<img src=x onerror={RUN}>"
NAME = f"Zed {IMAGE}"
HALL = "hall <b>9</b>"
FORMULA = rf" $\href{{javascript:{RUN}}}{{x}} \includegraphics{{x}} \htmlData{{a=b}}{{y}} z^2$"
STEM = f"Why {IMAGE} <script>{RUN}</script> <svg onload={RUN}> not?" + FORMULA
OPTION = f"<a href=javascript:{RUN}>no</a>"
NOTICE = f"Hello <iframe srcdoc='<script>parent.{RUN}</script>'></iframe> you"


async def furnished(house: House) -> None:
    """An exam of one question, for zed and for kim."""
    cells = ['""'.join(text.split('"')) for text in (STEM, OPTION, "yes")]
    row = ",".join(f'"{cell}"' for cell in cells)
    text = f"question,option_a,option_b,answer,external_id\n{row},A,q-1\n"
    async with calling(house) as root:
        said = await root.post("/admin/banks/marked/import?commit=true", content=text.encode())
        assert said.json()["committed"], said.text
        paper = {"title": "P", "bank": "marked", "paper": "p-marked", "instructions": IMAGE}
        assert (await root.post("/admin/papers", json=paper)).status_code == 201
    now = house.app.clock.now()
    terms = Terms(now - 60_000, now + HOUR_MS, now + 2 * HOUR_MS, HOUR_MS // 2)
    await house.app.exams.create(EXAM, f"Exam {IMAGE}", "p-marked", terms, "admin:root")
    await house.app.exams.publish(EXAM)
    seats = [Seat(EXAM, who, NAME, HALL, IMAGE) for who in ("zed", "kim")]
    await house.app.records.register(seats)


async def inert(page: Page) -> None:
    """Nothing of it was run, and nothing of it is an element."""
    assert await page.evaluate("window.hacked") is None
    found = "img[src=x], iframe, svg[onload], a[href^=javascript], [onerror]"
    assert await page.locator(found).count() == 0


async def test_markup_is_shown_as_it_is_written(screens: Screens, house: House) -> None:
    await furnished(house)
    eve = await watching(screens, house, exam=EXAM)
    await expect(eve.row(NAME)).to_have_count(2)
    zed = await screens.candidate("zed", exam=EXAM)
    await zed.start()
    await expect(zed.question).to_contain_text(f"onerror={RUN}")
    await expect(zed.question).to_contain_text("<script>")
    await expect(zed.question.locator(".katex")).to_have_count(1)
    await told(house, zed)
    await signalled(house)
    await expect(eve.panel("Hands")).to_contain_text(IMAGE)
    for page in (zed.page, eve.page):
        await inert(page)
    office = await (await screens.open()).page()
    token = house.token("root", Role.ADMIN)
    await office.goto(f"/admin#token={token}")
    await office.goto(f"/admin#/exams/{EXAM}/roster")
    await expect(office.get_by_text(IMAGE).first).to_be_visible()
    await inert(office)


async def told(house: House, zed: Candidate) -> None:
    """What an examiner says to everybody."""
    eva = await Client(house, "eva", Role.EXAMINER).connect(exams=frozenset({EXAM}))
    await eva.ok("announce", {"id": "a-1", "exam": EXAM, "text": NOTICE})
    await eva.leave()
    await expect(zed.page.get_by_text("Hello <iframe")).to_be_visible()


async def signalled(house: House) -> None:
    """Kim, whose client is not ours, signals and asks in markup."""
    kim = await Client(house, "kim").connect(exams=frozenset({EXAM}))
    await kim.join(EXAM)
    await kim.ok("start", {"id": "s"})
    signal: dict[str, Any] = {"id": "v", "kind": "other", "at": 1, "detail": IMAGE}
    await kim.ok("violation", signal)
    await kim.ok("raise_hand", {"id": "h", "text": IMAGE})
    await kim.leave()
