"""Rows in which two new devices of a candidate come at the same moment, by two processes: exactly
one device has the attempt in the end, as the exam's policy says, and no answer vanishes.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random

from loadtest.bots.device import Device
from loadtest.bots.responding import respond
from loadtest.client.line import Line
from loadtest.client.session import State
from loadtest.faults.drill import Drill, Row
from loadtest.faults.house import House, Shape
from loadtest.faults.verdict import Expected, named
from loadtest.report import Seated, tell
from loadtest.tokens import sign
from protocol.from_client import NAMESPACE_MONITOR, Client
from protocol.problems import Code
from protocol.types import Role

SETTLED_WITHIN_S = 20.0


class Contested:
    """A candidate on one device, to whom two others come in the same moment, by two processes."""

    def __init__(self, house: House, name: str, dice: Random) -> None:
        self.name = name
        self.devices: list[Device] = []
        self._house = house
        self._dice = dice
        self._add(0)

    def _add(self, number: int) -> None:
        instance = f"{self.name}-{len(self.devices)}"
        token, url = self._house.token(self.name), self._house.url_for(number)
        self.devices.append(Device(url, self._house.exam, token, instance, self._dice))

    async def begin(self) -> bool:
        """Start on the first device; whether it did."""
        (first,) = self.devices
        await first.connection.until(lambda: first.live, SETTLED_WITHIN_S)
        first.act(first.candidate.start)
        return await first.connection.until(lambda: bool(first.session.view.items()), 10)

    def answer(self) -> None:
        """Every device that may write answers something, as if three people did."""
        for device in self.devices:
            items = device.session.view.items()
            if device.live and device.session.writable and items:
                item = self._dice.choice(items)
                response = respond(item, None, self._dice)
                device.act(device.candidate.answer, item.id, response)

    def contest(self) -> None:
        """Two more devices, on different processes, at once."""
        for number in range(2):
            self._add(number)

    @property
    def attempt(self) -> str:
        """Its id."""
        return self.devices[0].session.view.attempt

    @property
    def holders(self) -> list[Device]:
        """The devices that believe that the attempt is theirs."""
        return [device for device in self.devices if device.live]

    @property
    def leases(self) -> int:
        """How many devices hold the newest lease of all."""
        newest = max(device.session.outbox.lease for device in self.devices)
        return sum(device.session.outbox.lease == newest for device in self.devices)

    @property
    def unaccounted(self) -> int:
        """Answers of devices that lost the attempt, which are neither acked nor shown as refused,
        although nothing is under way any more."""
        lost = [d for d in self.devices if d.session.state is State.CLOSED]
        return sum(device.session.outbox.pending() for device in lost)

    @property
    def decided(self) -> bool:
        """Whether one device holds the attempt, nobody else still hopes to without being told
        to wait, and nothing is under way."""
        others = [device for device in self.devices if not device.live]
        told = all(d.session.state is State.CLOSED or waits(d) for d in others)
        return len(self.holders) == 1 and told and not self.unaccounted

    def told(self) -> Seated:
        """This candidate's part of the report."""
        seated = Seated(self.name)
        tell(seated, [ledger for device in self.devices for ledger in device.ledgers])
        return seated


def waits(device: Device) -> bool:
    """Whether a device was told that an examiner has to approve it."""
    return device.session.reason == Code.TAKEOVER_PENDING


@asynccontextmanager
async def contests(drill: Drill) -> AsyncIterator[list[Contested]]:
    """All spare candidates, each at work on one device."""
    contested = [Contested(drill.house, name, drill.dice) for name in drill.house.spare]
    try:
        for each in contested:
            drill.sitting.others.append(each.told)
            drill.claim(await each.begin(), f"{each.name} could not begin")
        yield contested
    finally:
        for each in contested:
            for device in each.devices:
                device.switch_off()


async def answering(contested: list[Contested], seconds: float) -> None:
    """All devices that may answer, five times a second."""
    for _ in range(round(seconds * 5)):
        for each in contested:
            each.answer()
        await asyncio.sleep(0.2)


async def answering_until(
    drill: Drill, contested: list[Contested], true: Callable[[Contested], bool], what: str
) -> None:
    """All answer on until it is so of everybody; a claim, if that is never."""
    end = drill.now + drill.allowed(SETTLED_WITHIN_S)
    while drill.now < end and not all(map(true, contested)):
        await answering(contested, 0.2)
    drill.claim(all(map(true, contested)), f"it was never so that {what}")


async def claim_one_winner(drill: Drill, contested: list[Contested]) -> None:
    """Exactly one device of each has the attempt, and knows it; no answer is unaccounted for."""
    await drill.sitting.until(
        lambda: all(each.decided for each in contested), drill.allowed(SETTLED_WITHIN_S)
    )
    for each in contested:
        holders, leases, lost = len(each.holders), each.leases, each.unaccounted
        drill.claim(holders == 1, f"{holders} devices of {each.name} hold the attempt")
        drill.claim(leases == 1, f"{leases} devices of {each.name} share a lease")
        drill.claim(not lost, f"{lost} answers of {each.name} vanished")


async def at_once(drill: Drill) -> None:
    """Whoever comes last has it, three times over."""
    async with contests(drill) as contested:
        for _ in range(3):
            await answering(contested, 1.0)
            drill.strike()
            for each in contested:
                each.contest()
            await answering(contested, 1.5)
        await claim_one_winner(drill, contested)
        drill.claim(
            all(each.holders != each.devices[:1] for each in contested),
            "a new device did not get the attempt",
        )
    await drill.recovered()


async def refused(drill: Drill) -> None:
    """The exam allows no change of device: the first one goes on and notices nothing."""
    async with contests(drill) as contested:
        await answering(contested, 0.5)
        drill.strike()
        for each in contested:
            each.contest()
        await answering_until(drill, contested, turned_away, "both new devices were refused")
        await answering(contested, 1.0)
        await claim_one_winner(drill, contested)
        drill.claim(
            all(each.holders == each.devices[:1] for each in contested),
            "a first device lost the attempt",
        )
    await drill.recovered()


def turned_away(contested: Contested) -> bool:
    """Whether both new devices were told that no change of device is allowed."""
    reasons = [device.session.reason for device in contested.devices[1:]]
    return reasons == [Code.TAKEOVER_REFUSED] * 2


async def approved(drill: Drill) -> None:
    """An examiner has to approve: two wait, one process is killed, two examiners say yes at once.

    Until then the first device goes on; then one of the two has it, and the other waits on.
    """
    async with contests(drill) as contested:
        await answering(contested, 0.5)
        for each in contested:
            each.contest()
        await answering_until(drill, contested, both_wait, "both new devices were told to wait")
        drill.claim(
            all(each.holders == each.devices[:1] for each in contested),
            "somebody had the attempt before an examiner said so",
        )
        drill.strike()
        await drill.house.servers[1].kill()
        await answering(contested, 0.5)
        await drill.house.servers[1].start()
        await both_approve(drill, [each.attempt for each in contested])
        await answering_until(drill, contested, passed_on, "an approved device had the attempt")
        await answering(contested, 1.0)
        await claim_one_winner(drill, contested)
    await drill.recovered()


def both_wait(contested: Contested) -> bool:
    """Whether both new devices have been told to wait."""
    return all(d.session.troubles[Code.TAKEOVER_PENDING] for d in contested.devices[1:])


def passed_on(contested: Contested) -> bool:
    """Whether a new device has the attempt, and the first one knows."""
    return len(contested.holders) == 1 and not contested.devices[0].live


async def both_approve(drill: Drill, attempts: list[str]) -> None:
    """Two examiners, one at each process, approve everybody who waits, at the same moment."""
    house = drill.house
    token = sign(house.place.secret, "examiner-1", Role.EXAMINER, house.exam)
    async with contextlib.AsyncExitStack() as stack:
        lines = []
        for station in house.servers:
            line = Line(station.direct, NAMESPACE_MONITOR, lambda name, body: None)
            stack.callback(line.close)
            await line.open(token, Client(f"examiner-{station.name}", "drill", "1"))
            lines.append(line)
        asked = {"exam": house.exam, "attempts": attempts, "reason": "he came to my desk"}
        replies = await asyncio.gather(
            *(
                line.call("approve_takeover", {"id": secrets.token_hex(16), **asked})
                for line in lines
            )
        )
    done = {attempt for reply in replies for attempt in reply.get("done", [])}
    missed = sorted(set(attempts) - done)
    drill.claim(not missed, f"nobody could approve for {named(missed)}: {replies}")


RACE = Shape(servers=2, spare=8)
ROWS = (
    Row(
        "take-overs at once",
        "two new devices at the same moment on two processes, three times",
        at_once,
        RACE,
        expected=Expected(refuses=True),
        short=True,
    ),
    Row(
        "take-overs refused",
        "two new devices at the same moment, where none is allowed",
        refused,
        Shape(servers=2, spare=8, terms={"takeover": "refuse"}),
    ),
    Row(
        "take-overs on approval",
        "two wait, one process is killed, two examiners approve at once",
        approved,
        Shape(servers=2, spare=8, terms={"takeover": "on_approval"}),
        expected=Expected(refuses=True, within_s=30.0),
        short=True,
    ),
)
