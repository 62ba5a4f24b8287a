"""`examsync serve` hangs, and is killed, under a monitor: the page says so, and is right after."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from examsync import app
from examsync.cli.demo import free_port
from examsync.cli.demonstration.processes import Server, environment
from tests.browser.conftest import Screens
from tests.browser.examiner import Examiner, sitting, watching
from tests.browser.people import Candidate
from tests.edge.house import SECRET, House, config, furnish
from tests.services.installation import running

pytestmark = pytest.mark.browser


class Hanging(Server):
    """A server that can be made to hang, as on a machine that swaps."""

    def hang(self, so: bool) -> None:
        """Stop it where it stands, or let it go on."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP if so else signal.SIGCONT)


class Office(House):
    """A server in a process of its own; this one has the keys, and looks into the database."""

    def __init__(self, built: app.App, process: Hanging) -> None:
        self.app, self.process = built, process

    @property
    def url(self) -> str:
        """Where it is served, also after it was killed."""
        return self.process.url


@pytest.fixture
async def office(redis_url: str, database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    """`examsync serve` with two exams, to be killed and started again."""
    settings = environment(redis_url, database_url) | {
        "EXAMSYNC_AUTH_SECRET": SECRET,
        "EXAMSYNC_AUTH_RECEIPT_SECRET": SECRET[::-1],
    }
    process = Hanging(free_port(0), settings, tmp_path / "server.log")
    async with running(config(redis_url, database_url)) as built:
        await furnish(built)
        try:
            process.start()
            yield Office(built, process)
        finally:
            process.stop()


@pytest.fixture
async def outside(browser: Browser, office: Office) -> AsyncIterator[Screens]:
    """Screens in front of that server."""
    screens = Screens(browser, office)
    yield screens
    faults = screens.faults()
    await screens.close()
    assert faults == []


async def test_a_server_that_hangs_or_dies_is_told_and_the_table_is_right_when_it_is_back(
    outside: Screens, office: Office
) -> None:
    eve, asha = await watching(outside, office), await sitting(outside)
    await asha.find("7 is prime.")
    await asha.choose("True")
    await expect(eve.row(asha.name).locator(".c-progress")).to_contain_text("1/6")
    await hangs(office, eve, asha)
    await dies(office, eve, asha)


async def hangs(office: Office, eve: Examiner, asha: Candidate) -> None:
    """Nothing is heard while the connection stands; it is all there when it goes on."""
    office.process.hang(True)
    await asha.choose("False")
    await expect(eve.trust).to_contain_text(re.compile(r"Stale \d+ s"))
    await expect(eve.page.locator(".doubt")).to_contain_text("nothing was heard")
    office.process.hang(False)
    await expect(eve.trust).to_contain_text("Live")
    await expect(eve.page.locator(".doubt")).to_have_count(0)
    await asha.saved()


async def dies(office: Office, eve: Examiner, asha: Candidate) -> None:
    """What is known stays; what was done meanwhile arrives when there is a server again."""
    row = eve.row(asha.name)
    office.process.kill()
    await expect(eve.trust).to_contain_text("Offline")
    await expect(eve.page.locator(".doubt")).to_contain_text("What you see is as of")
    await expect(row).to_contain_text("1/6")
    await asha.find("Which metal")
    await asha.question.get_by_role("textbox").fill("mercury")
    await asha.saved("device")
    await eve.act(asha.name, "Message", "Send", text="We are back.")
    await expect(eve.acts()).to_contain_text("Waits for a connection")

    await asyncio.to_thread(office.process.start)
    await asha.saved()
    await expect(eve.trust).to_contain_text("Live")
    await expect(eve.page.locator(".doubt")).to_have_count(0)
    await expect(row.locator(".c-progress")).to_contain_text("2/6")
    await expect(row.locator(".c-line")).to_contain_text("Connected")
    await asha.button("I have read it").click()
    await expect(eve.acts()).to_contain_text("1 of 1 seen")
