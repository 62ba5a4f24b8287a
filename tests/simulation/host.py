"""The machine Redis runs on, and connections to it: latency, loss, freezes, restarts, failovers.

Connections have the few methods of redis-py's that `infra.redis.Line` calls, so the real Line
runs on them. What was sent may be executed although its sender is dead or has given up.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from typing import Any

from redis.exceptions import ResponseError

from tests.simulation.loop import VirtualLoop
from tests.simulation.memory_redis import MemoryRedis, Value
from tests.simulation.memory_scripts import LIBRARY
from tests.simulation.process import Process

LATENCY_S = 0.0005
REFUSE_S = 0.001


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
        self.harsh_ids = harsh_ids
        self.runs = 0
        self.waiting: deque[tuple[Connection, list[Any]]] = deque()
        self.connections: dict[Connection, None] = {}
        self.former: dict[MemoryRedis, None] = {}
        """Servers that were replaced and do not know it yet."""
        self.server = self._server({})

    def _server(self, data: dict[str, Value]) -> MemoryRedis:
        self.runs += 1
        server = MemoryRedis(f"{self.runs:040x}", self.now, LIBRARY)
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
        self.up = False
        self.frozen = False
        self.waiting.clear()
        for connection in [each for each in self.connections if each.server is self.server]:
            connection.cut()
        self.loop.call_later(seconds, self._back, kept)

    def _back(self, data: dict[str, Value]) -> None:
        self.up = True
        self.server = self._server(data)

    def split(self, seconds: float, data: dict[str, Value]) -> None:
        """Two primaries: new connections find the new one; the old one lives on for a while."""
        self.former[self.server] = None
        self.loop.call_later(seconds, self.end, self.server)
        self.server = self._server(data)

    def end(self, server: MemoryRedis) -> None:
        """A former server is gone for good."""
        self.former.pop(server, None)
        for connection in [each for each in self.connections if each.server is server]:
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
        for connection, commands in waiting:
            self.arrived(connection, commands)

    # --- what it does -----------------------------------------------------------------------------

    def arrived(self, connection: "Connection", commands: list[Any]) -> None:
        """Commands have come in. A pipeline is not atomic: others may come between."""
        server = connection.server
        if server is None or not (server in self.former or (self.up and server is self.server)):
            return
        if self.frozen and server is self.server:
            self.waiting.append((connection, commands))
            return
        cut = len(commands)
        if cut > 1 and self.dice.random() < self.trouble.split:
            self.seen("pipeline split")
            cut = self.dice.randrange(1, cut)
            later = 0.01 * self.dice.random()
            self.loop.call_later(later, self.arrived, connection, commands[cut:])
        execute = server.execute
        connection.replied([execute(command) for command in commands[:cut]])


class Connection:
    """What redis-py calls a connection, to the machine behind an address."""

    def __init__(self, process: Process, host: RedisHost) -> None:
        self.process = process
        self.host = host
        self.server: MemoryRedis | None = None
        self.is_connected = False
        self._replies: deque[Any] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._mute = False

    async def connect(self) -> None:
        """Raises ConnectionError when nobody listens."""
        await self.process.gate()
        await asyncio.sleep(LATENCY_S)
        if not self.host.up:
            await asyncio.sleep(REFUSE_S)
            raise ConnectionError("connection refused")
        self.server = self.host.server
        self.host.connections[self] = None
        self.is_connected = True

    def pack_commands(self, commands: Any) -> list[Any]:
        """Nothing to encode."""
        return list(commands)

    async def send_packed_command(self, commands: list[Any], check_health: bool = True) -> None:
        """On its way: lost, late or in time."""
        await self.process.gate()
        if not self.is_connected:
            raise ConnectionError("the connection was lost")
        host, trouble = self.host, self.host.trouble
        if host.dice.random() < trouble.lose_request:
            host.seen("redis request lost")
            self._break()
            return
        late = LATENCY_S
        if host.dice.random() < trouble.delay:
            host.seen("redis request late")
            late += 4 * host.dice.random() ** 3
        host.loop.call_later(late, host.arrived, self, commands)

    def _break(self) -> None:
        """The connection is gone: noticed at once, or only when the time runs out."""
        if self.host.dice.random() < 0.5:
            self._mute = True
        else:
            self.host.loop.call_later(LATENCY_S, self.cut)

    def replied(self, replies: list[Any]) -> None:
        """The server has answered."""
        if self.host.dice.random() < self.host.trouble.lose_reply:
            self.host.seen("redis reply lost")
            self._break()
        elif not self._mute:
            self.host.loop.call_later(LATENCY_S, self._deliver, replies)

    def _deliver(self, replies: list[Any]) -> None:
        self._replies.extend(replies)
        self._wake()

    async def read_response(self) -> Any:
        """The next reply. Raises ResponseError for an error, ConnectionError at the end."""
        await self.process.gate()
        while not self._replies:
            if not self.is_connected:
                raise ConnectionError("the connection was lost")
            self._waiter = self.host.loop.create_future()
            await self._waiter
            await self.process.gate()
        reply = self._replies.popleft()
        if isinstance(reply, ResponseError):
            raise reply
        return reply

    async def disconnect(self, nowait: bool = False) -> None:
        """Hang up; what was sent is on its way all the same."""
        self.cut()

    def cut(self) -> None:
        """The connection is gone."""
        self.is_connected = False
        self.host.connections.pop(self, None)
        self._wake()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)


class _Pool:
    """In the place of redis-py's pool, which Line only asks how to connect."""

    def __init__(self, process: Process, host: RedisHost) -> None:
        self.connection_class = lambda: Connection(process, host)
        self.connection_kwargs: dict[str, Any] = {}


def plug(line: Any, process: Process, host: RedisHost) -> None:
    """Let a real Line connect to this host instead of to its URL."""
    line._pool = _Pool(process, host)
