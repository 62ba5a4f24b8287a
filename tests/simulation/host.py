"""The machine Redis runs on: freezes, restarts, failovers, two primaries.

What was sent may be executed although its sender is dead or has given up.
"""

import random
from collections import ChainMap, deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.simulation.loop import VirtualLoop
from tests.simulation.memory_feeds import SCRIPTS, waits
from tests.simulation.memory_redis import MemoryRedis, Value
from tests.simulation.memory_scripts import LIBRARY
from tests.simulation.points import TWICE, UNDONE
from tests.simulation.strikes import Strikes

if TYPE_CHECKING:
    from tests.simulation.connection import Connection

LATENCY_S = 0.0005
WAITED = "waited"
"""Of commands that have waited for news already, and are carried out now whatever there is."""
UNDONE_S = 0.3
"""How long a machine is away that comes back as it was before a command."""


class Trouble:
    """How bad the way between a process and a machine is, as probabilities per exchange."""

    def __init__(self) -> None:
        self.lose_request = 0.0
        self.lose_reply = 0.0
        self.delay = 0.0
        self.split = 0.0


class RedisHost:
    """One address. Behind it a server that may be down, frozen, or another than before."""

    def __init__(
        self,
        loop: VirtualLoop,
        dice: random.Random,
        seen: Callable[[str], None],
        *,
        harsh_ids: bool = False,
    ) -> None:
        self.loop = loop
        self.dice = dice
        self.seen = seen
        self.trouble = Trouble()
        self.up = True
        self.frozen = False
        self.skew_ms = 0
        """How far this machine's clock is off."""
        self.harsh_ids = harsh_ids
        self.strikes: Strikes | None = None
        self.data_lost = False
        """Whether anything that was acknowledged has been lost, ever."""
        self.runs = 0
        self.waiting: deque[tuple[Connection, list[Any], str, int]] = deque()
        self.connections: dict[Connection, None] = {}
        self.former: dict[MemoryRedis, None] = {}
        """Servers that were replaced and do not know it yet."""
        self.server = self._server({})

    def _server(self, data: dict[str, Value]) -> MemoryRedis:
        self.runs += 1
        server = MemoryRedis(f"{self.runs:040x}", self.now, ChainMap(LIBRARY, SCRIPTS))
        server.data = data
        if self.harsh_ids:
            server.id_clock = lambda: 0
        return server

    def now(self) -> int:
        """This machine's clock."""
        return self.loop.now_ms() + self.skew_ms

    # --- what can happen to it --------------------------------------------------------------------

    def restart(self, seconds: float, data: dict[str, Value] | None = None) -> None:
        """Away for a while; comes back as another run, with the data it had or with `data`."""
        kept = self.server.snapshot() if data is None else data
        self.data_lost |= data is not None
        self.up = False
        self.frozen = False
        self.waiting.clear()
        for connection in [each for each in self.connections if each.server is self.server]:
            connection.cut()
        self.loop.call_later(seconds, self._back, kept)

    def _back(self, data: dict[str, Value]) -> None:
        self.up = True
        self.server = self._server(data)

    def flush_all(self) -> None:
        """Emptied while it runs."""
        self.data_lost = True
        self.server.flush_all()

    def split(self, seconds: float, data: dict[str, Value]) -> None:
        """Two primaries: new connections find the new one; the old one lives on for a while."""
        self.data_lost = True
        self.former[self.server] = None
        self.loop.call_later(seconds, self.end, self.server)
        self.server = self._server(data)

    def end(self, server: MemoryRedis) -> None:
        """A former server is gone for good."""
        self.former.pop(server, None)
        for connection in [each for each in self.connections if each.server is server]:
            connection.cut()

    def hang_up_muted(self) -> None:
        """Connections on which no reply comes any more are gone now: else who loads a feed would
        wait for one for seconds after everything else has healed."""
        for connection in [each for each in self.connections if each.mute]:
            connection.cut()

    def freeze(self, seconds: float) -> None:
        """Take nothing in and answer nothing; then do all that has come meanwhile."""
        if not self.frozen:
            self.frozen = True
            self.loop.call_later(seconds, self.thaw)

    def thaw(self) -> None:
        """Go on."""
        self.frozen = False
        waiting, self.waiting = self.waiting, deque()
        for connection, commands, fault, at in waiting:
            self.arrived(connection, commands, fault, at)

    # --- what it does -----------------------------------------------------------------------------

    def arrived(
        self, connection: "Connection", commands: list[Any], fault: str = "", at: int = 0
    ) -> None:
        """Commands have come in. A pipeline is not atomic: others may come between.

        With TWICE all of them are carried out twice; with UNDONE the machine comes back, once it
        has replied, as it was before the one `at`.
        """
        server = connection.server
        if server is None or not (server in self.former or (self.up and server is self.server)):
            return
        if self.frozen and server is self.server:
            self.waiting.append((connection, commands, fault, at))
            return
        wait_s = waits(commands[0]) if not fault else 0.0
        if wait_s and not server.execute(commands[0]):
            self.loop.call_later(wait_s, self.arrived, connection, commands, WAITED)
            return
        cut = len(commands)
        whole = fault or commands[0][0] == "MULTI"
        if cut > 1 and not whole and self.dice.random() < self.trouble.split:
            self.seen("pipeline split")
            cut = self.dice.randrange(1, cut)
            later = 0.01 * self.dice.random()
            self.loop.call_later(later, self.arrived, connection, commands[cut:])
        execute = server.execute
        if fault == TWICE:
            for command in commands:
                execute(command)
        replies = [execute(command) for command in commands[: at if fault == UNDONE else cut]]
        if fault == UNDONE:
            before = server.snapshot()
            replies += [execute(command) for command in commands[at:]]
            self.loop.call_later(3 * LATENCY_S, self._undo, server, before)
        server.queued = None
        connection.replied(replies)

    def _undo(self, server: MemoryRedis, before: dict[str, Value]) -> None:
        if self.up and server is self.server:
            self.restart(UNDONE_S, before)
