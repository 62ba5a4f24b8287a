"""One row at work: the load runs, the row strikes, and says when the fault is over.

A row is a coroutine that is given a `Drill`; what it sees ends up in the drill's evidence.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from random import Random

from msgspec import Struct

from loadtest.faults.house import House, Shape
from loadtest.faults.sitting import Sitting, acked, durable_up_to, newest
from loadtest.faults.station import Station
from loadtest.faults.storage import Server
from loadtest.faults.verdict import Evidence, Expected, Recovery

GIVE_UP_S = 20.0
"""How much longer than its limit a recovery is waited for: to tell late from never."""


class Drill:
    """What a row has at hand."""

    def __init__(self, row: "Row", house: House, sitting: Sitting, dice: Random) -> None:
        self.row = row
        self.house = house
        self.sitting = sitting
        self.dice = dice
        self.evidence = Evidence()
        self.figures: dict[str, float | int | str] = {}
        self.struck_at = 0
        """When the last fault began, ms since 1970."""

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

    def claim(self, holds: bool, otherwise: str) -> None:
        """An invariant of the row's own."""
        if not holds:
            self.evidence.claims.append(otherwise)

    async def recovered(self) -> None:
        """The fault is over now: wait until everybody has an ack, and all before is durable."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        people = self.sitting.present
        had = {person.name: acked(person) for person in people}
        done = {person.name: newest(person) for person in people}
        limit_s = self.row.expected.within_s + GIVE_UP_S

        async def until(true: Callable[[], bool]) -> float | None:
            left_s = began + limit_s - loop.time()
            reached = await self.sitting.until(true, left_s)
            return loop.time() - began if reached else None

        def acking() -> bool:
            there = self.sitting.present
            return all(acked(p) > had[p.name] for p in there if p.name in had)

        acking_s = await until(acking)
        durable_s = await until(lambda: all(durable_up_to(p, done[p.name]) for p in people))
        self.evidence.recoveries.append(Recovery(acking_s, durable_s))


class Row(Struct, frozen=True):
    """A row of the table. `short`: part of the selection for CI; `needs`: a program it takes."""

    name: str
    says: str
    run: Callable[[Drill], Awaitable[None]]
    shape: Shape = Shape()
    expected: Expected = Expected()
    short: bool = False
    needs: str = ""
