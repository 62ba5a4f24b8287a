"""A process that is thousands of candidates: connected, joined, started, beating.
`python -m loadtest.soak.crowd` reads a plan, then orders, on its input, one JSON line each, and
answers each order with a line. It is killed to see what happens when a school's line fails.
"""

import asyncio
import random
import sys
import time
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from loadtest.client.backoff import delay_ms
from loadtest.descriptors import widen
from loadtest.soak.raw import RawLine, dial

HEARTBEAT_S = 10.0
SLOTS = 100
"""Heartbeats are spread over so many turns of a period."""
LOOK_S = 0.05


class Plan(Struct, frozen=True):
    """Where to connect, to which exam, with whose tokens, from which address of ours."""

    url: str
    exam: str
    tokens: list[str]
    source: str = ""


class Order(Struct, frozen=True):
    """Connect everybody, `at_once` dials under way at most, and report within so many seconds."""

    at_once: int
    within_s: float


class Arrived(Struct, frozen=True):
    """How it went: who stands, how long it took, and how often somebody was sent away before.

    `join_ms`: from a connection's handshake to the ack of its join (p50, p99, most).
    """

    joined: int
    of: int
    seconds: float
    sent_away: int
    dropped: int
    faults: int
    join_ms: tuple[float, float, float]


class Member:
    """One candidate, who comes back whenever the line is lost, as real clients do."""

    def __init__(self, crowd: "Crowd", number: int, token: str) -> None:
        self.ready = False
        self._crowd = crowd
        self._token = token
        self._number = number
        self._line: RawLine | None = None
        self._tries = 0
        self._began = 0.0

    async def come(self) -> None:
        """Dial."""
        crowd = self._crowd
        self._line = RawLine(self, crowd.netloc)
        async with crowd.gate:
            await dial(self._line, crowd.host, crowd.port, crowd.plan.source)

    def opened(self) -> None:
        """Engine.IO will greet."""
        self._began = time.perf_counter()

    def text(self, text: str) -> None:
        """What the server says."""
        kind = text[:2]
        if text[:1] == "2":
            self._say("3")
        elif text[:1] == "0":
            client = {"instance": f"crowd-{self._number}"}
            self._say("40/exam," + _json({"token": self._token, "client": client}))
        elif kind == "40":
            self._event(1, "join", {"id": f"j-{self._number}", "exam": self._crowd.plan.exam})
        elif text.startswith("43/exam,1["):
            self._joined(text)
        elif text.startswith("43/exam,2["):
            self._started(text)
        elif kind == "44":
            self._crowd.faults += 1

    def lost(self, status: int) -> None:
        """Come back after a wait that grows, with jitter."""
        crowd = self._crowd
        crowd.sent_away += status in (429, 503)
        crowd.dropped += self.ready
        self.ready = False
        self._tries += 1
        wait_s = delay_ms(self._tries, random.random()) / 1_000
        asyncio.get_running_loop().call_later(wait_s, crowd.comes, self)

    def beat(self) -> None:
        """A heartbeat, if it has joined."""
        if self.ready:
            self._event(3, "heartbeat", {"pending": 0})

    def _joined(self, text: str) -> None:
        if '"ok":true' not in text:
            self._again(text, "join", {"id": f"j-{self._number}", "exam": self._crowd.plan.exam}, 1)
            return
        self._crowd.join_s.append(time.perf_counter() - self._began)
        self._event(2, "start", {"id": f"s-{self._number}"})

    def _started(self, text: str) -> None:
        if '"ok":true' not in text:
            self._again(text, "start", {"id": f"s-{self._number}"}, 2)
            return
        self.ready = True
        self._tries = 0

    def _again(self, text: str, event: str, body: object, number: int) -> None:
        """Asked to wait: half a second later, once more."""
        self._crowd.faults += '"retry":true' not in text
        asyncio.get_running_loop().call_later(0.5, self._event, number, event, body)

    def _event(self, number: int, event: str, body: object) -> None:
        self._say(f"42/exam,{number}{_json([event, body])}")

    def _say(self, text: str) -> None:
        if self._line is not None:
            self._line.send(text)


class Crowd:
    """All of them."""

    def __init__(self, plan: Plan) -> None:
        parts = urlsplit(plan.url)
        self.host, self.port, self.netloc = parts.hostname or "", parts.port or 80, parts.netloc
        self.plan = plan
        self.gate = asyncio.Semaphore(1)
        self.sent_away = self.dropped = self.faults = 0
        self.join_s: list[float] = []
        self._members = [Member(self, n, token) for n, token in enumerate(plan.tokens)]
        self._coming: set[asyncio.Task[None]] = set()

    def comes(self, member: Member) -> None:
        """Let one dial."""
        task = asyncio.get_running_loop().create_task(member.come())
        self._coming.add(task)
        task.add_done_callback(self._coming.discard)

    async def connect(self, order: Order) -> Arrived:
        """Everybody comes; how it went."""
        began = time.perf_counter()
        self.gate = asyncio.Semaphore(order.at_once)
        for member in self._members:
            self.comes(member)
        ends = began + order.within_s
        while time.perf_counter() < ends and not self._all_ready():  # noqa: ASYNC110  # thousands
            await asyncio.sleep(LOOK_S)
        return self._arrived(time.perf_counter() - began)

    async def beat(self) -> None:
        """Heartbeats, evenly spread, until cancelled."""
        turn = 0
        while True:
            for member in self._members[turn % SLOTS :: SLOTS]:
                member.beat()
            turn += 1
            await asyncio.sleep(HEARTBEAT_S / SLOTS)

    def _all_ready(self) -> bool:
        return all(member.ready for member in self._members)

    def _arrived(self, seconds: float) -> Arrived:
        joined = sum(member.ready for member in self._members)
        waits = sorted(self.join_s) or [0.0]
        spread = (waits[len(waits) // 2], waits[len(waits) * 99 // 100], waits[-1])
        return Arrived(
            joined,
            len(self._members),
            round(seconds, 2),
            self.sent_away,
            self.dropped,
            self.faults,
            (ms(spread[0]), ms(spread[1]), ms(spread[2])),
        )


def ms(seconds: float) -> float:
    """Milliseconds, one digit."""
    return round(seconds * 1_000, 1)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


async def run(plan: Plan) -> None:
    """Orders, until the input ends."""
    crowd = Crowd(plan)
    beating = asyncio.create_task(crowd.beat())
    try:
        while line := await asyncio.to_thread(sys.stdin.buffer.readline):
            order = msgspec.json.decode(line, type=Order)
            said = await crowd.connect(order)
            sys.stdout.buffer.write(msgspec.json.encode(said) + b"\n")
            sys.stdout.flush()
    finally:
        beating.cancel()


def main() -> int:
    """Until killed, or until its input ends."""
    widen()
    plan = msgspec.json.decode(sys.stdin.buffer.readline(), type=Plan)
    asyncio.run(run(plan))
    return 0


if __name__ == "__main__":
    sys.exit(main())
