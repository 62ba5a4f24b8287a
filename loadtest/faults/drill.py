"""One row at work: the load runs, the row strikes, and says when the fault is over.

A row is a coroutine that is given a `Drill`; what it sees ends up in the drill's evidence.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from random import Random

from msgspec import Struct

from loadtest.faults.house import House, Shape
from loadtest.faults.probe import LOST, Probe, codes, slow
from loadtest.faults.sitting import Sitting, acked, durable_up_to, newest, stuck
from loadtest.faults.station import Station
from loadtest.faults.storage import Server
from loadtest.faults.verdict import Evidence, Expected, Recovery, named

REPLY_S_MAX = 1.5
"""Whatever Redis does, a command is answered by then: with an ack, or to try again."""
NOTICED_S_MAX = 3.0
"""By then a Redis that has lost its data is known to have, though nobody had written."""
GIVE_UP_S = 20.0
"""How much longer than its limit a recovery is waited for: to tell late from never."""
LOOK_S = 0.05


class Drill:
    """What a row has at hand."""

    def __init__(self, row: "Row", house: House, sitting: Sitting, dice: Random) -> None:
        self.row = row
        self.house = house
        self.sitting = sitting
        self.waiting = sitting.waiting
        self.dice = dice
        self.evidence = Evidence()
        self.figures: dict[str, float | int | str] = {}
        self.struck_at = 0
        """When the last fault began, ms since 1970."""
        self._leaving: list[Callable[[], Awaitable[None]]] = []

    @property
    def server(self) -> Station:
        """The first that serves."""
        return self.house.servers[0]

    @property
    def redis(self) -> Server:
        """The row's own Valkey."""
        return self.house.redis

    @property
    def postgres(self) -> Server:
        """All rows' Postgres: leave it as it was."""
        return self.house.place.postgres

    async def load(self, from_s: float, to_s: float | None = None) -> None:
        """Let them answer for a while: a fixed time, or one drawn between two."""
        await asyncio.sleep(from_s if to_s is None else self.dice.uniform(from_s, to_s))

    def strike(self) -> None:
        """The fault begins now."""
        self.struck_at = int(time.time() * 1_000)

    @contextlib.asynccontextmanager
    async def probing(self, number: int = 0) -> AsyncIterator[Probe]:
        """A spare candidate who notes every reply; what was acked counts like everybody's."""
        probe = Probe(self.house, self.house.spare[number], number)
        async with probe:
            self.sitting.others.append(probe.told)
            yield probe

    def claim_replies(self, probe: Probe, since: float, until: float) -> None:
        """Every answer of that time has had a reply soon enough, whatever was broken meanwhile."""
        sent = probe.within(since, until)
        heard = [each for each in sent if each.code != LOST]
        late = slow(heard, lambda each: self.allowed(REPLY_S_MAX, each.at, each.at + each.took_s))
        self.figures["replies"] = ", ".join(f"{n} {code}" for code, n in codes(sent).items())
        self.figures["slowest_reply_s"] = round(max((a.took_s for a in sent), default=0.0), 2)
        self.claim(bool(sent), "nothing was asked meanwhile: the row saw nothing")
        self.claim(not late, f"replies came later than {REPLY_S_MAX} s: {named(late)}")

    def allowed(self, limit_s: float, since: float = 0.0, until: float = 0.0) -> float:
        """A limit for what took place between two times of the loop, as it holds on this machine:
        what is slow here is slow for the server, and who waits for a core does nothing."""
        waited_s = self.waiting.between(since, until)
        return limit_s * self.house.patience + self.sitting.standstill.ours_s + waited_s

    def on_leaving(self, do: Callable[[], Awaitable[None]]) -> None:
        """To be done when the row is over and compared: what it started is still needed then."""
        self._leaving.append(do)

    async def leave(self) -> None:
        """Do what was left for the end."""
        for do in reversed(self._leaving):
            await do()

    @property
    def now(self) -> float:
        """The loop's time."""
        return asyncio.get_running_loop().time()

    @property
    def epoch(self) -> int:
        """The latest epoch that any client has heard of."""
        return max(device.session.outbox.epoch for device in self.sitting.devices)

    async def claim_noticed(self, before: int) -> None:
        """From now, when Redis is there again: a new epoch is begun within three seconds."""
        began = self.now
        await self.until(lambda: self.epoch > before, NOTICED_S_MAX)
        took_s, noticed = self.now - began, self.epoch > before
        self.figures["epoch_noticed_s"] = round(took_s, 2)
        self.claim(
            noticed and took_s < self.allowed(NOTICED_S_MAX, began, self.now),
            f"a new life of Redis was {'' if noticed else 'not '}seen within {took_s:.1f} s",
        )

    def claim(self, holds: bool, otherwise: str) -> None:
        """An invariant of the row's own."""
        if not holds:
            self.evidence.claims.append(otherwise)

    async def until(self, true: Callable[[], bool], within_s: float) -> float | None:
        """How long it took until it was so; None if it was not, although it was given longer."""
        began = self.now
        while not true():
            if self.now - began > self.allowed(within_s, began, self.now) + GIVE_UP_S:
                return None
            await asyncio.sleep(LOOK_S)
        return self.now - began

    async def recovered(self) -> None:
        """The fault is over now: wait until everybody has an ack, and all before is durable."""
        people, began = self.sitting.present, self.now
        had = {person.name: acked(person) for person in people}
        done = {person.name: newest(person) for person in people}
        within_s = self.row.expected.within_s

        def acking() -> bool:
            there = self.sitting.present
            return all(acked(p) > had[p.name] for p in there if p.name in had)

        def durable() -> bool:
            return all(durable_up_to(p, done[p.name]) for p in people)

        acking_s = await self.until(acking, within_s)
        lasted_s = self.now - began
        further_s = await self.until(durable, max(within_s - lasted_s, 0.0))
        durable_s = None if further_s is None else lasted_s + further_s
        waited_s = self.waiting.between(began, self.now)
        self.evidence.recoveries.append(Recovery(acking_s, durable_s, waited_s))
        if acking_s is None:
            self.figures["stuck"] = named(stuck(p) for p in people if acked(p) <= had[p.name])
        elif durable_s is None:
            late = [p for p in people if not durable_up_to(p, done[p.name])]
            self.figures["stuck"] = named(stuck(p) for p in late)


class Row(Struct, frozen=True):
    """A row of the table. `short`: part of the selection for CI; `needs`: a program it takes."""

    name: str
    says: str
    run: Callable[[Drill], Awaitable[None]]
    shape: Shape = Shape()
    expected: Expected = Expected()
    short: bool = False
    verified: bool = False
    """In the end `examsync verify` looks at every chain of facts."""
    needs: str = ""
