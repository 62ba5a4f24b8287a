"""An examiner at the monitor: what they do and see, in the words of the page."""

import re

from playwright.async_api import Locator, Page, expect

from examsync.exams.exam import Terms
from protocol.types import Role, TakeoverPolicy
from tests.browser.conftest import Screens
from tests.browser.people import Candidate
from tests.edge.house import EXAM, HOUR_MS, House


class Examiner:
    """Somebody in front of the monitor page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """A button by its words."""
        return self.page.get_by_role("button", name=name, exact=True)

    def row(self, name: str) -> Locator:
        """The row of a candidate, by their whole name."""
        named = self.page.locator(".name").get_by_text(name, exact=True)
        return self.page.locator("tr.seat").filter(has=named)

    def rows(self) -> Locator:
        """All rows that are shown."""
        return self.page.locator("tr.seat")

    def panel(self, name: str) -> Locator:
        """`Hands`, `Your acts`, `Signals`, or the drawer of a candidate by their name."""
        return self.page.get_by_role("region", name=name, exact=True)

    def acts(self) -> Locator:
        """What was done last, with what came of it."""
        return self.panel("Your acts").locator(".happening").first

    def chip(self, name: str) -> Locator:
        """A chip that filters by state."""
        return self.panel("Show only").get_by_role("button", name=re.compile(f"^{name} "))

    @property
    def trust(self) -> Locator:
        """The badge that says how current the screen is."""
        return self.page.locator(".trust")

    async def open(self, name: str) -> Locator:
        """Open the drawer of a candidate."""
        await self.row(name).locator(".c-name").click()
        drawer = self.panel(name)
        await expect(drawer).to_be_visible()
        return drawer

    async def act(
        self,
        name: str,
        act: str,
        do_it: str,
        *,
        text: str = "",
        reason: str = "",
        minutes: str = "",
    ) -> None:
        """To one candidate, from the drawer: `act` opens the dialog, `do_it` is its button."""
        drawer = await self.open(name)
        await drawer.get_by_role("button", name=act, exact=True).click()
        await self.say(do_it, text=text, reason=reason, minutes=minutes)

    async def act_on_all(
        self, act: str, do_it: str, *, text: str = "", reason: str = "", minutes: str = ""
    ) -> None:
        """To the whole exam, from the menu."""
        await self.button("Whole exam…").click()
        await self.page.get_by_role("menuitem", name=act, exact=True).click()
        await self.say(do_it, text=text, reason=reason, minutes=minutes)

    async def say(self, do_it: str, *, text: str = "", reason: str = "", minutes: str = "") -> None:
        """Fill in the dialog that is open, and do it."""
        dialog = self.page.get_by_role("dialog")
        for label, value in {"Minutes": minutes, "Reason": reason, "Text": text}.items():
            if value:
                await dialog.get_by_label(label, exact=True).fill(value)
        await dialog.get_by_role("button", name=do_it, exact=True).click()
        await expect(dialog).to_have_count(0)


async def watching(
    screens: Screens, house: House, *, who: str = "eve", exam: str = EXAM, halls: str = ""
) -> Examiner:
    """An examiner who watches an exam; `halls`: only these, with commas between."""
    page = await (await screens.open()).page()
    only = frozenset(halls.split(",") if halls else ())
    token = house.token(who, Role.EXAMINER, exams=frozenset({exam}), halls=only)
    await page.goto(f"/monitor#exam={exam}&token={token}")
    examiner = Examiner(page)
    await expect(examiner.trust).to_contain_text("Live")
    return examiner


async def sitting(screens: Screens, exam: str = EXAM, hall: str = "hall-1") -> Candidate:
    """Somebody new who has started."""
    candidate = await screens.candidate(exam=exam, hall=hall)
    await candidate.start()
    return candidate


async def another_exam(
    house: House, exam: str, takeover: TakeoverPolicy = TakeoverPolicy.AT_ONCE
) -> str:
    """An exam on the paper of `house`, open now for half an hour each: for acts on the whole."""
    now = house.app.clock.now()
    times = (now - 60_000, now + HOUR_MS, now + 2 * HOUR_MS, HOUR_MS // 2)
    terms = Terms(*times, takeover=takeover)
    await house.app.exams.create(exam, f"The exam {exam}", "paper-1", terms, "admin:root")
    await house.app.exams.publish(exam)
    return exam
