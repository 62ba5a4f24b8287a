"""Who comes during a soak: candidates who sit properly, and what goes wrong with their lines.

Each kind is one coroutine for one visit; `churn` says how many there are at a time. Candidates use
the real client; who misbehaves writes raw frames. What a visit opens it hands to `leaving`, which
is closed whenever and however the visit ends.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from random import Random

from msgspec import Struct

from loadtest.bots.device import Device
from loadtest.bots.responding import respond
from loadtest.client.candidate import NotWritable
from loadtest.client.line import Line, LineLost
from loadtest.client.outbox import OutboxFull
from loadtest.client.session import State
from loadtest.faults.proxy import Proxy
from loadtest.soak.raw import RawLine, dial
from protocol.from_client import NAMESPACE_MONITOR, Client
from protocol.paper import Response

READY_WITHIN_S = 30.0
GARBAGE = (
    "42", "nonsense", "42/exam,1[", "40/exam,[]", "51-/exam,", "4" * 70_000, "42/nowhere,1[\"x\"]",
)  # fmt: skip


class Hall(Struct, frozen=True):
    """Where to go: an exam that is open, a free seat's name and token, an examiner's token."""

    url: str
    exam: str
    name: str
    token: str
    examiner: str


class Place(Struct):
    """What all visits share. `half_open` leads to the server and can forget one side."""

    hall: Callable[[], Hall]
    port: int
    half_open: Proxy
    dice: Random
    did: Counter[str]
    faults: Counter[str]
    leaving: ExitStack = ExitStack()


Visit = Callable[[Place, float], Awaitable[None]]


async def sit(place: Place, hall: Hall, visit_s: float, *, url: str = "") -> Device:
    """Join, start and answer for about so long; the device is still on."""
    dice = place.dice
    device = Device(url or hall.url, hall.exam, hall.token, f"soak-{dice.getrandbits(32):x}", dice)
    place.leaving.callback(device.switch_off, politely=False)
    loop = asyncio.get_running_loop()
    ends = loop.time() + visit_s
    ready = (State.LIVE, State.CLOSED)
    if not await device.connection.until(lambda: device.session.state in ready, READY_WITHIN_S):
        place.faults["not live in time"] += 1
        return device
    if device.session.view.started_at is None and device.live:
        device.act(device.candidate.start)
    given: dict[str, Response] = {}
    while loop.time() < ends and device.session.state is not State.CLOSED:
        await asyncio.sleep(dice.uniform(1.0, 6.0))
        answer(place, device, given)
    return device


def answer(place: Place, device: Device, given: dict[str, Response]) -> None:
    """Answer something, if the paper is here."""
    items = device.session.view.items()
    if not items or not device.session.writable:
        return
    item = place.dice.choice(items)
    given[item.id] = respond(item, given.get(item.id), place.dice)
    try:
        device.act(device.candidate.answer, item.id, given[item.id])
    except (NotWritable, OutboxFull):
        return
    place.did["answers"] += 1


async def proper(place: Place, visit_s: float) -> None:
    """Sit, lose the network for a moment, sit on, submit or not, and say goodbye."""
    device = await sit(place, place.hall(), visit_s / 2)
    device.connection.set_online(False)
    await asyncio.sleep(place.dice.uniform(0.1, 3.0))
    device.connection.set_online(True)
    await asyncio.sleep(visit_s / 2)
    if place.dice.random() < 0.5 and device.session.writable:
        device.act(device.candidate.submit)
        await asyncio.sleep(1.0)
    device.switch_off()


async def crashing(place: Place, visit_s: float) -> None:
    """The browser dies, and comes back with what the disk has; at last it dies for good."""
    device = await sit(place, place.hall(), visit_s / 2)
    device.reload()
    await asyncio.sleep(visit_s / 2)
    device.switch_off(politely=False)


async def taken_over(place: Place, visit_s: float) -> None:
    """A second device takes over from the first, which stays on until both go."""
    hall = place.hall()
    first = await sit(place, hall, visit_s / 2)
    second = await sit(place, hall, visit_s / 2)
    for device in (first, second):
        device.switch_off(politely=place.dice.random() < 0.5)


async def half_open(place: Place, visit_s: float) -> None:
    """The candidate vanishes and the server is told nothing (`vanish`), or the other way round:
    the client has to notice by itself, and comes back."""
    url = f"http://127.0.0.1:{place.half_open.port}"
    device = await sit(place, place.hall(), visit_s, url=url)
    await asyncio.sleep(20.0)  # meanwhile `churn` cuts one side of all that go this way
    device.switch_off(politely=False)


class Stranger:
    """A raw line whose owner says one thing and waits for what comes of it."""

    def __init__(self, says: Callable[[RawLine], None]) -> None:
        self.gone = asyncio.Event()
        self.line: RawLine | None = None
        self._says = says

    def opened(self) -> None:
        """Say it."""
        if self.line is not None:
            self._says(self.line)

    def text(self, text: str) -> None:
        """Whatever."""

    def lost(self, status: int) -> None:
        """As expected."""
        self.gone.set()


async def stranger(place: Place, says: Callable[[RawLine], None], within_s: float) -> None:
    """Connect, speak; the server has to hang up by itself."""
    owner = Stranger(says)
    owner.line = RawLine(owner, f"127.0.0.1:{place.port}")
    place.leaving.callback(owner.line.abort)
    await dial(owner.line, "127.0.0.1", place.port)
    try:
        await asyncio.wait_for(owner.gone.wait(), within_s)
    except TimeoutError:
        place.faults["a stranger was not cut"] += 1


async def malformed(place: Place, visit_s: float) -> None:
    """A frame that no client of ours sends."""
    del visit_s
    frame = place.dice.choice(GARBAGE)
    await stranger(place, lambda line: line.send(frame), 25.0)


async def mute(place: Place, visit_s: float) -> None:
    """A WebSocket that joins no namespace."""
    del visit_s
    await stranger(place, lambda line: None, 25.0)


async def speechless(place: Place, visit_s: float) -> None:
    """A TCP connection on which nothing is asked, or half a request."""
    del visit_s
    reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
    place.leaving.callback(writer.close)
    if place.dice.random() < 0.5:
        writer.write(b"GET /livez HTTP/1.1\r\nhost: ")
    try:
        await asyncio.wait_for(reader.read(), 25.0)
    except TimeoutError:
        place.faults["a silent connection was not closed"] += 1
    except OSError:
        return


async def refused(place: Place, visit_s: float) -> None:
    """A token that nobody signed."""
    hall = place.hall()
    line = Line(hall.url, NAMESPACE_MONITOR, lambda name, body: None)
    place.leaving.callback(line.close)
    try:
        await line.open(hall.examiner + "x", Client("soak-bad", "soak", "1"))
        place.faults["a forged token was let in"] += 1
    except (LineLost, TimeoutError):
        pass
    await asyncio.sleep(place.dice.uniform(0, visit_s / 4))


async def watching(place: Place, visit_s: float) -> None:
    """An examiner follows an exam, and goes politely."""
    hall = place.hall()
    line = Line(hall.url, NAMESPACE_MONITOR, lambda name, body: None)
    place.leaving.callback(line.close)
    try:
        await line.open(hall.examiner, Client(f"desk-{place.dice.random()}", "soak", "1"))
        await line.call("watch", {"exam": hall.exam})
        await asyncio.sleep(visit_s)
        if place.dice.random() < 0.5:
            await line.call("unwatch", {"exam": hall.exam})
    except (LineLost, TimeoutError):
        place.did["watchers lost"] += 1


async def slow_watching(place: Place, visit_s: float) -> None:
    """An examiner's machine stops reading, and is gone for good later."""
    hall = place.hall()
    asked = f'42/monitor,1["watch",{{"exam":"{hall.exam}"}}]'
    client = f'{{"token":"{hall.examiner}","client":{{"instance":"slow"}}}}'

    class Slow(Stranger):
        """Reads until it has its snapshot's ack, and nothing after that."""

        def text(self, text: str) -> None:
            """Enter, watch, stop."""
            line = self.line
            if line is None or line.transport is None:
                return
            if text[:1] == "0":
                line.send("40/monitor," + client)
            elif text[:2] == "40":
                line.send(asked)
            elif text[:2] == "43":
                line.transport.pause_reading()

    owner = Slow(lambda line: None)
    owner.line = RawLine(owner, f"127.0.0.1:{place.port}")
    place.leaving.callback(owner.line.abort)
    await dial(owner.line, "127.0.0.1", place.port)
    await asyncio.sleep(visit_s)


KINDS: dict[str, tuple[Visit, float]] = {
    "proper": (proper, 0.50),
    "crashing": (crashing, 0.15),
    "taken over": (taken_over, 0.10),
    "half-open": (half_open, 0.10),
    "malformed": (malformed, 0.02),
    "mute": (mute, 0.03),
    "speechless": (speechless, 0.03),
    "refused": (refused, 0.02),
    "watching": (watching, 0.04),
    "slow watching": (slow_watching, 0.01),
}
"""Each with its share of all connections that are open at a time."""
