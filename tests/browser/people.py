"""People at their screens: what a candidate does and sees, in the words of the page."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

from playwright.async_api import BrowserContext, ConsoleMessage, Locator, Page, expect

from examsync.attempts.export import export
from protocol.http import ExportedAttempt
from tests.edge.house import EXAM, House

WAIT_MS = 15_000
expect.set_options(timeout=WAIT_MS)

EXPECTED = re.compile(r"WebSocket connection|Failed to load resource")
"""What Chromium itself notes when the network or the server is away on purpose."""


class Screen:
    """One browser profile."""

    def __init__(self, house: House, context: BrowserContext) -> None:
        self.house, self.context = house, context
        self.faults: list[str] = []

    async def page(self) -> Page:
        """A new tab; its errors are collected."""
        page = await self.context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("console", self._heard)
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not EXPECTED.search(message.text):
            self.faults.append(message.text)

    async def offline(self, off: bool) -> None:
        """Pull the plug, or put it back."""
        await self.context.set_offline(off)


class Candidate:
    """A candidate in one tab."""

    def __init__(self, screen: Screen, who: str, page: Page, exam: str = EXAM) -> None:
        self.screen, self.who, self.page, self.exam = screen, who, page, exam

    @property
    def name(self) -> str:
        """As the roll has it (`House.candidate`)."""
        return self.who.upper()

    async def enter(self) -> None:
        """By a link with a token."""
        token = self.screen.house.token(self.who, exams=frozenset({self.exam}))
        await self.page.goto(f"/#token={token}")

    async def start(self) -> None:
        """Read what has to be read, and start the clock."""
        read = self.page.get_by_text("I have read this.")
        await expect(read).to_be_visible()  # shows the page if it is not, which a click does not
        await read.click()
        await self.button("Start the exam").click()
        await expect(self.question).to_be_visible()

    @property
    def question(self) -> Locator:
        """The question on the screen."""
        return self.page.locator(".question")

    @property
    def saves(self) -> Locator:
        """The line that says where the answers are."""
        return self.page.get_by_test_id("save")

    @property
    def item_save(self) -> Locator:
        """The badge that says where the answer to this question is."""
        return self.page.get_by_test_id("item-save")

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """A button by its words."""
        return self.page.get_by_role("button", name=name, exact=True)

    async def go(self, number: int) -> None:
        """To a question, by the palette."""
        await self.open_palette()
        await self.page.get_by_role("button", name=re.compile(rf"^Question {number}, ")).click()
        await expect(self.page.locator("#question-title")).to_contain_text(f"Question {number} of")

    async def open_palette(self) -> None:
        """On a narrow screen it, and handing in with it, is behind a button."""
        if await (opener := self.page.locator(".to-palette")).is_visible():
            await opener.click()

    async def choose(self, text: str) -> None:
        """An option of the question on the screen."""
        await self.option(text).check()

    def option(self, text: str) -> Locator:
        """The box or button of an option, by its text."""
        whole = self.page.locator(".rich", has_text=re.compile(f"^{re.escape(text)}$"))
        either = self.question.locator(".choice").filter(has=whole)
        return either.get_by_role("radio").or_(either.get_by_role("checkbox"))

    async def find(self, stem: str) -> int:
        """The number of the question with this text: their order is the candidate's own."""
        await expect(self.question).to_be_visible()
        total = await self.page.locator(".tiles .tile").count()
        for number in range(1, total + 1):
            await self.go(number)
            if await self.question.get_by_text(stem).count():
                return number
        raise AssertionError(f"there is no question {stem!r}")

    async def saved(self, save: str = "saved") -> None:
        """Wait until the answer on the screen is on the server."""
        wanted = {"saved": ("saved", "durable"), "device": ("device",)}[save]
        selector = ",".join(f'[data-save="{one}"]' for one in wanted)
        await expect(self.page.locator(selector)).to_be_visible()

    async def hand_in(self) -> None:
        """Hand in, and confirm."""
        await self.open_palette()
        await self.button("Hand in").first.click()
        await self.button("Hand in now").click()

    async def ended(self, state: str) -> None:
        """Wait for the screen after the end."""
        await expect(self.page.get_by_test_id("ended")).to_have_attribute("data-state", state)

    async def until_stored(self, true: Callable[[ExportedAttempt], bool]) -> ExportedAttempt:
        """Wait until Postgres holds this candidate's attempt as it should."""
        return await until_stored(self.screen.house, self.who, true)


async def stored(house: House, who: str) -> ExportedAttempt:
    """What Postgres holds of an attempt in exam-1."""
    async for attempt in export(house.app.records, EXAM):
        if attempt.candidate == who:
            return attempt
    raise AssertionError(f"{who} has no attempt")


async def until_stored(
    house: House, who: str, true: Callable[[ExportedAttempt], bool], seconds: float = WAIT_MS / 1000
) -> ExportedAttempt:
    """Wait until Postgres holds an attempt as it should; a TimeoutError says it never did."""
    async with asyncio.timeout(seconds):
        while not true(found := await stored(house, who)):  # noqa: ASYNC110  # Postgres is asked
            await asyncio.sleep(0.1)
    return found


def violations(report: Any) -> list[str]:
    """What axe found, in a line each."""
    return [
        f"{found['id']} ({found['impact']}): {found['help']}: {found['nodes'][0]['html'][:160]}"
        for found in report["violations"]
    ]
