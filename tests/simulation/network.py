"""Connections between devices and workers: in order, with latency; they break, hang and lag.

What was in flight when a connection broke may still arrive: a request can be decided long after
its client has given it up and sent it again elsewhere.
"""

import random
from collections.abc import Callable
from typing import Any, Protocol

from tests.simulation.loop import VirtualLoop
from tests.simulation.points import (
    CRASH_AFTER,
    CRASH_BEFORE,
    LATE_AFTER,
    LATE_BEFORE,
    LOST_AFTER,
    LOST_BEFORE,
    TWICE,
)
from tests.simulation.process import Process
from tests.simulation.strikes import Strikes

LATENCY_S = 0.02
LATE_S = 11.0
"""Longer than a client waits for an ack."""
NOTICED_LATE_S = 3.0


class Client(Protocol):
    """The device's end."""

    def crash(self, *, forget: bool = False, seconds: float = 0.0) -> None: ...
    def opened(self, link: "Link") -> None: ...
    def lost(self, link: "Link") -> None: ...
    def received(self, link: "Link", message: tuple[Any, ...]) -> None: ...


class Server(Protocol):
    """The worker's end."""

    process: Process

    def received(self, link: "Link", message: tuple[Any, ...]) -> None: ...
    def closed(self, link: "Link") -> None: ...


class Network:
    """Makes connections, and spoils them."""

    def __init__(self, loop: VirtualLoop, dice: random.Random, seen: Callable[[str], None]) -> None:
        self.loop = loop
        self.dice = dice
        self.seen = seen
        self.lag = 0.0
        """How often a message is held up for seconds."""
        self.twice = 0.0
        """How often a message comes twice: no WebSocket does that, but nothing relies on it."""
        self.drop = 0.0
        """How often a connection breaks when something is sent."""
        self.strikes: Strikes | None = None
        self.links: dict[Link, None] = {}
        self._sent = 0
        self._arrived: dict[Client, int] = {}

    def dial(self, client: Client, instance: str, server: Server | None) -> None:
        """Connect a client; it hears `opened` or `lost`."""
        link = Link(self, client, instance, server)
        delay = LATENCY_S * (1 + self.dice.random())
        self.loop.call_later(delay, link.open)

    def number(self) -> int:
        """The place of a message in the order of sending."""
        self._sent += 1
        return self._sent

    def arrived(self, client: Client, number: int) -> None:
        """Count what comes after something that its client sent later, on another connection."""
        if number < self._arrived.get(client, 0):
            self.seen("overtaken by another connection")
        self._arrived[client] = max(number, self._arrived.get(client, 0))

    def broken(self, server: Server) -> None:
        """A worker is gone: some clients notice at once, some only when nothing comes."""
        for link in [link for link in self.links if link.server is server]:
            link.server_open = False
            self.links.pop(link, None)
            late = 0.0 if self.dice.random() < 0.7 else NOTICED_LATE_S * self.dice.random()
            self.loop.call_later(late, link.lose)


class Link:
    """One connection. Each end has its own idea of whether it stands."""

    def __init__(
        self, network: Network, client: Client, instance: str, server: Server | None
    ) -> None:
        self.network = network
        self.client = client
        self.instance = instance
        self.server = server
        self.client_open = self.server_open = False
        self._up_at = self._down_at = 0.0
        self._marked: dict[int, str] = {}
        """Tickets whose ack something will befall."""

    def open(self) -> None:
        """The handshake has come through, or failed."""
        server = self.server
        if server is None or not server.process.alive or server.process.paused:
            self.client.lost(self)
            return
        self.client_open = self.server_open = True
        self.network.links[self] = None
        self.client.opened(self)

    def up(self, message: tuple[Any, ...]) -> None:
        """From the client to the server."""
        if not self.client_open or self.server is None:
            return
        fault = self._fault(f"candidate {message[1]}")
        if fault == CRASH_BEFORE:
            self.client.crash(seconds=3 * self.network.dice.random())
            return
        if fault == LOST_BEFORE:
            self.cut()
            return
        if fault in (CRASH_AFTER, LOST_AFTER, LATE_AFTER):
            self._marked[message[0]] = fault
        self._send_up(message, fault)
        self._spoil()

    def _send_up(self, message: tuple[Any, ...], fault: str | None) -> None:
        assert self.server is not None
        now, dice = self.network.loop.time(), self.network.dice
        late = LATE_S if fault == LATE_BEFORE else 0.0
        self._up_at = max(self._up_at, now + late + self._latency())
        number = self.network.number()
        self.server.process.later(self._up_at - now, self._arrive, message, number)
        if fault == TWICE or dice.random() < self.network.twice:
            self.network.seen("message twice")
            again = self._up_at - now + 3 * dice.random() ** 2
            self.server.process.later(again, self._arrive, message, number)

    def _fault(self, point: str) -> str | None:
        strikes = self.network.strikes
        return strikes.at(point) if strikes is not None else None

    def _arrive(self, message: tuple[Any, ...], number: int) -> None:
        if self.server_open and self.server is not None:
            self.network.arrived(self.client, number)
            self.server.received(self, message)

    def down(self, message: tuple[Any, ...]) -> None:
        """From the server to the client."""
        if not self.server_open:
            return
        kind, what, _ = message
        event = kind == "event"
        fault = self._fault(f"event {what}") if event else self._marked.pop(what, None)
        if fault == CRASH_AFTER:
            self.client.crash(seconds=3 * self.network.dice.random())
        elif fault in (LOST_BEFORE, LOST_AFTER):
            self.cut()
        else:
            self._send_down(message, fault)
            self._spoil()

    def _send_down(self, message: tuple[Any, ...], fault: str | None) -> None:
        loop = self.network.loop
        late = LATE_S if fault in (LATE_BEFORE, LATE_AFTER) else 0.0
        self._down_at = max(self._down_at, loop.time() + late + self._latency())
        for _ in range(2 if fault == TWICE else 1):
            loop.call_at(self._down_at, self._deliver, message)

    def _deliver(self, message: tuple[Any, ...]) -> None:
        if self.client_open:
            self.client.received(self, message)

    def _latency(self) -> float:
        network = self.network
        seconds = LATENCY_S * (0.2 + network.dice.random())
        if network.dice.random() < network.lag:
            network.seen("message held up")
            seconds += 6 * network.dice.random() ** 2
        return seconds

    def _spoil(self) -> None:
        if self.network.dice.random() < self.network.drop:
            self.network.seen("connection broken")
            self.cut()

    def cut(self) -> None:
        """The connection breaks; the server notices later, and takes what still comes in."""
        self.lose()
        late = NOTICED_LATE_S * self.network.dice.random()
        self.network.loop.call_later(late, self.end)

    def lose(self) -> None:
        """The client notices."""
        if self.client_open:
            self.client_open = False
            self.client.lost(self)

    def hang_up(self) -> None:
        """The client closes."""
        self.client_open = False
        self.network.loop.call_later(self._latency(), self.end)

    def end(self) -> None:
        """The server notices."""
        self.network.links.pop(self, None)
        if self.server_open and self.server is not None:
            self.server_open = False
            self.server.process.later(0, self.server.closed, self)
