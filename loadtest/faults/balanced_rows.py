"""Rows in which two processes serve behind haproxy, and one of them goes: nobody loses anything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from loadtest.bots.person import Person
from loadtest.faults.balancer import PROGRAM
from loadtest.faults.drill import Drill, Row
from loadtest.faults.house import DRAIN_JITTER_MS, Shape
from loadtest.faults.verdict import Expected

LOOK_S = 0.02
SPREAD_SHARE_MIN = 0.3
"""Of the time over which they were told to come back: from the first of them to the last."""
MOVED_MIN = 4


class Returns:
    """When each candidate dialled anew, the loop's time; the first time only."""

    def __init__(self, people: list[Person]) -> None:
        self.at: dict[str, float] = {}
        self._before = {person.name: dials(person) for person in people}
        self._people = people

    async def watch(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            for person in self._people:
                if dials(person) > self._before[person.name]:
                    self.at.setdefault(person.name, loop.time())
            await asyncio.sleep(LOOK_S)

    @property
    def spread_s(self) -> float:
        """From the first to the last."""
        return max(self.at.values()) - min(self.at.values()) if self.at else 0.0


def dials(person: Person) -> int:
    """How often a candidate has dialled on the device in use."""
    return person.device.dials + person.device.connection.dials


@asynccontextmanager
async def returning(drill: Drill) -> AsyncIterator[None]:
    """Whoever is sent elsewhere meanwhile comes spread out, and not all in the same moment."""
    returns = Returns(drill.sitting.people)
    watching = asyncio.create_task(returns.watch())
    try:
        yield
    finally:
        watching.cancel()
    spread_s, moved = returns.spread_s, len(returns.at)
    drill.figures["moved"], drill.figures["spread_s"] = moved, round(spread_s, 2)
    drill.claim(moved >= MOVED_MIN, f"only {moved} had been there: the row saw nothing")
    least_s = SPREAD_SHARE_MIN * DRAIN_JITTER_MS / 1_000
    drill.claim(spread_s >= least_s, f"all {moved} came back within {spread_s:.2f} s")


async def rolling(drill: Drill) -> None:
    """SIGTERM to one process, it drains and comes back; then the other one."""
    for station in drill.house.servers:
        await drill.load(1.0)
        drill.strike()
        async with returning(drill):
            code = await station.stop()
        drill.claim(code == 0, f"{station.name} did not stop in good order: exit code {code}")
        await station.start()
        await drill.recovered()


async def one_of_two_killed(drill: Drill) -> None:
    """kill -9 of one process; its clients come back by the other."""
    await drill.load(1.0)
    drill.strike()
    station = drill.house.servers[0]
    await station.kill()
    await drill.recovered()
    await station.start()


BALANCED = Shape(servers=2, balanced=True)

ROWS = (
    Row(
        "rolling restart",
        "two processes behind haproxy, drained and restarted in turns",
        rolling,
        BALANCED,
        Expected(within_s=30.0),
        short=True,
        needs=PROGRAM,
    ),
    Row(
        "one of two killed",
        "kill -9 of one of two processes behind haproxy",
        one_of_two_killed,
        BALANCED,
        Expected(within_s=30.0),
        needs=PROGRAM,
    ),
)
