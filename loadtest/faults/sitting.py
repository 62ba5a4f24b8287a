"""The load of a drill: candidates who answer all the time, and what can be seen of them meanwhile.

They are the bots of `loadtest.bots` with an even temper; what befalls them is up to the row.
"""

import asyncio
import time
from collections.abc import Callable
from random import Random

from msgspec import Struct

from loadtest.bots.device import Device
from loadtest.bots.person import Person
from loadtest.bots.temper import Happening, Temper
from loadtest.client.session import State
from loadtest.faults.house import House
from loadtest.faults.waiting import Waiting
from loadtest.report import Report, Seated, add_up

THINK_S = 0.3
SIGNALS = ("violation", "raise_hand")
SIGNAL_EVERY_S, SIGNALS_UNTIL_S = 3.0, 120.0
SEATED_WITHIN_S = 60.0
LOOK_S = 0.05
HOME_WITHIN_S = 40.0


class Standstill(Struct):
    """The longest time without any ack, beyond what processes waited for a core; and the longest
    this program itself stood still."""

    acks_s: float = 0.0
    ours_s: float = 0.0


class NobodySits(Exception):
    """The exam could not begin although nothing was broken yet."""


class Sitting:
    """Everybody who sits. `vanish` takes candidates out of the load."""

    def __init__(self, house: House, seed: int, waiting: Waiting) -> None:
        self.house = house
        self.waiting = waiting
        self.people: list[Person] = []
        self.vanished: set[str] = set()
        self.standstill = Standstill()
        self.others: list[Callable[[], Seated]] = []
        """Further candidates whose acks count: a row's probes."""
        self._seed = seed
        self._started_at = int(time.time() * 1_000)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Seat everybody; returns when each has had an answer acked."""
        begun = asyncio.get_running_loop().time()
        within_s = SEATED_WITHIN_S * self.house.patience
        names = self.house.names
        for number, name in enumerate(names):
            person = self._person(name, self.house.url_for(number))
            self.people.append(person)
            self._tasks[name] = asyncio.create_task(person.sit(begun))
        if not await self.until(lambda: sum(map(begins, self.people)) == len(names), within_s):
            late = [person.name for person in self.people if not acked(person)]
            raise NobodySits(f"{len(late)} of {len(self.people)} could not begin: {late[:5]}")
        self._looking = asyncio.create_task(self._look())

    def _person(self, name: str, url: str) -> Person:
        house, dice = self.house, Random(f"{self._seed} {name}")
        token = house.token(name)

        def make(instance: str) -> Device:
            return Device(url, house.exam, token, instance, dice)

        think_s = THINK_S * dice.uniform(0.6, 1.5)
        temper = Temper(dice.uniform(0, 0.5), think_s, happenings(dice))
        return Person(name, temper, dice, make)

    async def _look(self) -> None:
        """Watch the acks, and how punctual we are ourselves."""
        loop = asyncio.get_running_loop()
        before, since = self.acked, loop.time()
        while True:
            planned = loop.time() + LOOK_S
            await asyncio.sleep(LOOK_S)
            now = loop.time()
            self.standstill.ours_s = max(self.standstill.ours_s, now - planned)
            if self.acked > before:
                before, since = self.acked, now
            still_s = now - since - self.waiting.between(since, now)
            self.standstill.acks_s = max(self.standstill.acks_s, still_s)

    @property
    def acked(self) -> int:
        """Answers acked so far, repeats aside."""
        return sum(acked(person) for person in self.people)

    @property
    def devices(self) -> list[Device]:
        """Every device of everybody."""
        return [device for person in self.people for device in person.devices]

    @property
    def present(self) -> list[Person]:
        """Who sits and answers: not gone, not over."""
        return [p for p in self.people if p.name not in self.vanished and not over(p)]

    async def until(self, true: Callable[[], bool], within_s: float) -> bool:
        """Wait until it is so; whether it is."""
        loop = asyncio.get_running_loop()
        end = loop.time() + within_s
        while not true():
            if loop.time() > end:
                return False
            await asyncio.sleep(LOOK_S)
        return True

    def vanish(self, people: list[Person]) -> None:
        """They are gone, without a goodbye, and never come back."""
        for person in people:
            self.vanished.add(person.name)
            self._tasks[person.name].cancel()
            for device in person.devices:
                device.switch_off(politely=False)

    async def rest(self) -> None:
        """Nobody answers any more; all stay connected."""
        if self._looking is not None:
            self._looking.cancel()
        await end([*self._tasks.values()])

    async def go_home(self) -> None:
        """Nobody answers any more; every other one hands in; wait until all is durable.

        Answers may be under way when an attempt is handed in, signals may not: a closed attempt
        takes none.
        """
        await self.rest()
        there = self.present
        within_s = HOME_WITHIN_S * self.house.patience
        await self.until(lambda: all(map(reported, there)), within_s)
        for person in there[::2]:
            if person.device.session.writable:
                person.device.act(person.device.candidate.submit)
        left = [person for person in self.people if person.name not in self.vanished]
        await asyncio.gather(*(person.go_home(within_s) for person in left))

    async def leave(self) -> None:
        """Whatever happened: nobody sits any more, and no connection is left."""
        if self._looking is not None:
            self._looking.cancel()
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        for person in self.people:
            for device in person.devices:
                device.switch_off(politely=False)

    def report(self) -> Report:
        """What everybody has on record."""
        made = Report(self.house.exam, self._seed, self._started_at, int(time.time() * 1_000))
        made.people = [person.told() for person in self.people]
        made.people += [told() for told in self.others]
        add_up(made)
        return made


def happenings(dice: Random) -> list[tuple[float, Happening]]:
    """Signals and raised hands, all the time: what is reported must not be lost either, nor be
    stored twice."""
    found = []
    at = dice.uniform(1, SIGNAL_EVERY_S)
    while at < SIGNALS_UNTIL_S:
        found.append((at, dice.choice((Happening.LEAVE_TAB, Happening.RAISE_HAND))))
        at += dice.uniform(0.5, 1.5) * SIGNAL_EVERY_S
    return found


def acked(person: Person) -> int:
    """How many of a candidate's answers were acked, over all devices."""
    return sum(len(ledger.answers) for device in person.devices for ledger in device.ledgers)


def begins(person: Person) -> bool:
    """Whether a candidate has had an answer acked. Who joined after a bot's patience starts now."""
    if person.devices and person.device.live and person.device.session.view.started_at is None:
        person.device.act(person.device.candidate.start)
    return acked(person) > 0


def reported(person: Person) -> bool:
    """Whether every signal and raised hand of a candidate has been acked."""
    entries = person.device.session.outbox.entries
    return all(entry.saved for entry in entries if entry.event in SIGNALS)


def over(person: Person) -> bool:
    """Whether the exam is over for a candidate, or has not begun."""
    return not person.devices or person.device.session.state is State.CLOSED


def newest(person: Person) -> int:
    """The number of the newest thing a candidate has done on the device in use."""
    return max((entry.number for entry in person.device.session.outbox.entries), default=0)


def durable_up_to(person: Person, number: int) -> bool:
    """Whether nothing is left to look after of what was done up to this number."""
    return all(entry.number > number for entry in person.device.session.outbox.entries)


def stuck(person: Person) -> str:
    """Where a candidate stands who does not get on: for a report."""
    session = person.device.session
    held = [f"{entry.event} {entry.phase}" for entry in session.outbox.entries]
    troubles = dict(session.troubles)
    return f"{person.name} is {session.state} {session.reason}, holds {held[:3]}, heard {troubles}"


async def end(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel and await. Raises what a task failed with: a bot that fails is a defect."""
    for task in tasks:
        task.cancel()
    for said in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(said, Exception):
            raise said
