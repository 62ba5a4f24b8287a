"""`examsync serve` is killed under a monitor: the page says so, and is right when it is back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from examsync import app
from examsync.cli.demo import free_port
from examsync.cli.demonstration.processes import Server, environment
from tests.browser.conftest import Screens
from tests.browser.examiner import sitting, watching
from tests.edge.house import SECRET, House, config, furnish

pytestmark = pytest.mark.browser


class Office(House):
    """A server in a process of its own; this one has the keys, and looks into the database."""

    def __init__(self, built: app.App, process: Server) -> None:
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
    built = await app.build(config(redis_url, database_url))
    process = Server(free_port(0), settings, tmp_path / "server.log")
    try:
        await built.start(work=False)
        await furnish(built)
        process.start()
        yield Office(built, process)
    finally:
        process.stop()
        await built.stop()


async def test_a_killed_server_is_told_and_the_table_is_right_when_it_is_back(
    browser: Browser, office: Office
) -> None:
    screens = Screens(browser, office)
    eve, asha = await watching(screens, office), await sitting(screens)
    row = eve.row(asha.name)
    await asha.find("7 is prime.")
    await asha.choose("True")
    await expect(row.locator(".c-progress")).to_contain_text("1/6")

    office.process.kill()
    await expect(eve.trust).to_contain_text("Offline")
    await expect(eve.page.locator(".doubt")).to_contain_text("What you see is as of")
    await expect(row).to_contain_text("1/6")  # what is known stays
    await asha.find("Which metal")
    await asha.question.get_by_role("textbox").fill("mercury")
    await asha.saved("device")
    await eve.act(asha.name, "Message", "Send", text="We are back.")
    await expect(eve.acts()).to_contain_text("Waits for a connection")

    office.process.start()
    await asha.saved()
    await expect(eve.trust).to_contain_text("Live")
    await expect(eve.page.locator(".doubt")).to_have_count(0)
    await expect(row.locator(".c-progress")).to_contain_text("2/6")
    await expect(row.locator(".c-line")).to_contain_text("Connected")
    await asha.button("I have read it").click()
    await expect(eve.acts()).to_contain_text("1 of 1 seen")
    assert screens.faults() == []
    await screens.close()
