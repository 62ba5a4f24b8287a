"""Fixtures: one headless Chromium, a house with the built pages, and people at their screens."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Playwright, async_playwright

from examsync.devstack import pages
from tests.browser.people import Candidate, Screen
from tests.conftest import NEEDED
from tests.edge.house import EXAM, House
from tests.edge.rooms_to_let import enter, house, let, open_raw, way

__all__ = ["enter", "house", "let", "open_raw", "way"]

ARGUMENTS = [
    "--no-sandbox",  # tests may run as root, where the sandbox cannot
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


def chromium() -> str:
    """The browser: the one that is named, else the first that is installed."""
    programs, variable = NEEDED["browser"]
    named = os.environ.get(variable)
    return named or next(found for name in programs if (found := shutil.which(name)))


@pytest.fixture(scope="session")
def built() -> None:
    """The pages, built from what is in the checkout."""
    pages.build()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    """The driver."""
    async with async_playwright() as found:
        yield found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(built: None, playwright: Playwright) -> AsyncIterator[Browser]:
    """One browser; each screen has a profile of its own."""
    found = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
    yield found
    await found.close()


@pytest.fixture
async def screens(browser: Browser, house: House) -> AsyncIterator["Screens"]:
    """Screens to sit at; what went wrong in their pages fails the test."""
    found = Screens(browser, house)
    yield found
    faults = found.faults()
    await found.close()
    assert faults == []


class Screens:
    """All screens of one test."""

    def __init__(self, browser: Browser, house: House) -> None:
        self._browser, self._house = browser, house
        self._open: list[Screen] = []

    async def open(self, *, width: int = 1280, height: int = 800, dark: bool = False) -> Screen:
        """A browser of its own: own storage, own connection."""
        context = await self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            base_url=self._house.url,
            locale="en-GB",
        )
        screen = Screen(self._house, context)
        self._open.append(screen)
        return screen

    async def candidate(
        self,
        who: str | None = None,
        *,
        width: int = 1280,
        height: int = 800,
        dark: bool = False,
        exam: str = EXAM,
        hall: str = "hall-1",
    ) -> Candidate:
        """Somebody new (or `who`, on another device) in front of the exam, not started."""
        screen = await self.open(width=width, height=height, dark=dark)
        seated = who or await self._house.candidate(hall, exam)
        candidate = Candidate(screen, seated, await screen.page(), exam)
        await candidate.enter()
        return candidate

    def faults(self) -> list[str]:
        """Errors of scripts, and breaches of the content policy, on any screen."""
        return [fault for screen in self._open for fault in screen.faults]

    async def close(self) -> None:
        """All screens off."""
        await asyncio.gather(*(screen.context.close() for screen in self._open))


@pytest.fixture
def axe(built: None) -> str:
    """The source of axe-core, which judges accessibility."""
    source = pages.MODULES / "axe-core" / "axe.min.js"
    return source.read_text(encoding="utf-8")
