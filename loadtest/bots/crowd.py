"""Everybody at once: candidates and an examiner, for so many seconds, and what they report."""

import asyncio
import contextlib
import time
from pathlib import Path
from random import Random

import msgspec
from msgspec import Struct

from loadtest.bots.device import Device
from loadtest.bots.person import Person
from loadtest.bots.temper import temper
from loadtest.bots.watcher import Watcher
from loadtest.report import Report, add_up

PEOPLE_MAX = 5_000
FOR_S_MAX = 86_400
HOME_S_MAX = 15.0
"""How long the bots wait in the end for what they did to become durable; part of the run."""
HOME_SHARE = 0.25
INTERRUPTED_HOME_S = 3.0


class Seat(Struct, frozen=True):
    """A candidate and the token that opens the exam."""

    candidate: str
    token: str


class Tokens(Struct, frozen=True):
    """The file of tokens: JSON; other fields are ignored."""

    candidates: list[Seat]
    examiner_token: str = ""


class Plan(Struct, frozen=True):
    """A run. `acts`: the examiner does more than watch."""

    url: str
    exam: str
    for_s: float
    seed: int
    acts: bool = True


def read_tokens(path: Path) -> Tokens:
    """The tokens in a file. Raises OSError, msgspec.MsgspecError."""
    return msgspec.json.decode(path.read_bytes(), type=Tokens)


class Crowd:
    """One run. `stop` ends it early; whatever happens, `report` can be asked in the end."""

    def __init__(self, plan: Plan, tokens: Tokens) -> None:
        self._plan = plan
        self._stop = asyncio.Event()
        self._started_at = int(time.time() * 1_000)
        self.people = [self._person(seat) for seat in tokens.candidates[:PEOPLE_MAX]]
        self._watcher: Watcher | None = None
        if tokens.examiner_token:
            dice = Random(f"{plan.seed} examiner")
            self._watcher = Watcher(
                plan.url, plan.exam, tokens.examiner_token, dice, acts=plan.acts
            )

    def _person(self, seat: Seat) -> Person:
        plan, dice = self._plan, Random(f"{self._plan.seed} {seat.candidate}")

        def make(instance: str) -> Device:
            return Device(plan.url, plan.exam, seat.token, instance, dice)

        return Person(seat.candidate, temper(dice, self._active_s), dice, make)

    @property
    def _home_s(self) -> float:
        return min(HOME_S_MAX, self._plan.for_s * HOME_SHARE)

    @property
    def _active_s(self) -> float:
        return self._plan.for_s - self._home_s

    def stop(self) -> None:
        """Go home now."""
        self._stop.set()

    async def run(self) -> None:
        """All of it: sit, go home. Ends after `for_s` seconds at the latest."""
        begun = asyncio.get_running_loop().time()
        sitting = [asyncio.create_task(person.sit(begun)) for person in self.people]
        watching = [asyncio.create_task(self._watcher.watch())] if self._watcher else []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._active_s):
                await self._over(sitting)
        await _end(sitting)
        home_s = INTERRUPTED_HOME_S if self._stop.is_set() else self._home_s
        await asyncio.gather(*(person.go_home(home_s) for person in self.people))
        await _end(watching)
        _raise_first([*sitting, *watching])

    async def _over(self, sitting: list[asyncio.Task[None]]) -> None:
        """Until nobody sits any more, or all are told to go."""
        stopping = asyncio.create_task(self._stop.wait())
        gone = asyncio.create_task(asyncio.wait(sitting)) if sitting else stopping
        try:
            await asyncio.wait({stopping, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            gone.cancel()

    def report(self) -> Report:
        """What everybody has to say."""
        plan = self._plan
        report = Report(plan.exam, plan.seed, self._started_at, int(time.time() * 1_000))
        report.people = [person.told() for person in self.people]
        report.monitor = self._watcher.told if self._watcher else None
        add_up(report)
        return report


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _raise_first(tasks: list[asyncio.Task[None]]) -> None:
    """A bot that failed is a defect, not a person who gave up."""
    for task in tasks:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            raise error
