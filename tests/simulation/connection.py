"""Connections to the machine Redis runs on: requests and replies get lost, come late, or twice.

They have the few methods of redis-py's connections that `infra.redis.Line` calls, so the real Line
runs on them; and a transport that the real `infra.redis_pipe.Pipe` takes over (`transport`).
"""

import asyncio
from collections import deque
from typing import Any

from redis.exceptions import ResponseError

from tests.simulation.host import LATENCY_S, RedisHost
from tests.simulation.memory_redis import MemoryRedis
from tests.simulation.points import (
    CRASH_AFTER,
    CRASH_BEFORE,
    HELD,
    LATE_AFTER,
    LATE_BEFORE,
    LOST_AFTER,
    LOST_BEFORE,
)
from tests.simulation.process import Process
from tests.simulation.transport import Transport, spoken

REFUSE_S = 0.001
NOWHERE = "redis://127.0.0.1:1"
"""No connection is ever made to it: lines are plugged into this world's machine."""


class Connection:
    """What redis-py calls a connection, to the machine behind an address."""

    def __init__(self, process: Process, host: RedisHost, timeout_s: float) -> None:
        self.process = process
        self.host = host
        self.timeout_s = timeout_s
        self.server: MemoryRedis | None = None
        self.is_connected = False
        self._replies: deque[Any] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self.mute = False
        self._writer: Writer | None = Writer(self)
        self._reader: object = None
        self.protocol: asyncio.Protocol | None = None
        """Who has taken the transport over: is told, and asks for nothing."""

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

    async def send_packed_command(self, commands: list[Any], check_health: bool = True) -> None:
        """On its way: lost, late or in time."""
        await self.process.gate()
        if not self.is_connected:
            raise ConnectionError("the connection was lost")
        hit = self._hit(commands)
        if hit is not None and hit[1] == HELD:
            self._hold()
            await self.process.gate()
            if not self.is_connected:
                raise ConnectionError("the connection was lost")
        elif hit is not None:
            self._struck(commands, *hit)
            return
        self._leave(commands)

    def send(self, commands: list[Any]) -> None:
        """The same, from whoever has taken the transport over and waits for nothing."""
        hit = self._hit(commands)
        if hit is not None and hit[1] == HELD:
            self._hold()
            self.process.later(0, self._leave, commands)
        elif hit is not None:
            self._struck(commands, *hit)
        else:
            self._leave(commands)

    def _hit(self, commands: list[Any]) -> tuple[int, str] | None:
        """Which of these commands is struck, and by what."""
        strikes = self.host.strikes
        return strikes.on_redis(commands) if strikes is not None else None

    def _leave(self, commands: list[Any]) -> None:
        """No strike has fallen; the way may be bad all the same."""
        host, trouble = self.host, self.host.trouble
        if not self.is_connected:
            return
        if host.dice.random() < trouble.lose_request:
            host.seen("redis request lost")
            self._break()
            return
        late = LATENCY_S
        if host.dice.random() < trouble.delay:
            host.seen("redis request late")
            late += 4 * host.dice.random() ** 3
        host.loop.call_later(late, host.arrived, self, commands)

    def _hold(self) -> None:
        """The process stands still, not so long that its call would have timed out meanwhile."""
        assert self.host.strikes is not None
        seconds = self.timeout_s * self.host.dice.uniform(0.3, 0.9)
        self.host.strikes.hold(self.process, seconds)

    def _struck(self, commands: list[Any], at: int, fault: str) -> None:
        """A fault falls at one of these commands; what is before it in the pipeline is done."""
        loop, strikes = self.host.loop, self.host.strikes
        assert strikes is not None
        if fault == CRASH_BEFORE:
            self._under_way(commands[:at])
            strikes.crash(self.process)
        elif fault == CRASH_AFTER:
            self._under_way(commands[: at + 1])
            loop.call_later(1.5 * LATENCY_S, strikes.crash, self.process)
        elif fault in (LOST_BEFORE, LOST_AFTER):
            self.mute = True
            self._under_way(commands[: at + (fault == LOST_AFTER)])
            loop.call_later(2 * LATENCY_S, self.cut)
        elif fault == LATE_BEFORE:
            self._under_way(commands[:at])
            late = strikes.late_s or self.timeout_s + 2 * self.host.dice.random()
            loop.call_later(late, self.host.arrived, self, commands[at:])
        elif fault == LATE_AFTER:
            self.mute = True
            self._under_way(commands)
        else:
            loop.call_later(LATENCY_S, self.host.arrived, self, commands, fault, at)

    def _under_way(self, commands: list[Any]) -> None:
        if commands:
            self.host.loop.call_later(LATENCY_S, self.host.arrived, self, commands)

    def _break(self) -> None:
        """The connection is gone: noticed at once, or only when the time runs out."""
        if self.host.dice.random() < 0.5:
            self.mute = True
        else:
            self.host.loop.call_later(LATENCY_S, self.cut)

    def replied(self, replies: list[Any]) -> None:
        """The server has answered."""
        if self.host.dice.random() < self.host.trouble.lose_reply:
            self.host.seen("redis reply lost")
            self._break()
        elif not self.mute:
            self.host.loop.call_later(LATENCY_S, self._deliver, replies)

    def _deliver(self, replies: list[Any]) -> None:
        if self.protocol is None:
            self._replies.extend(replies)
            self._wake()
        else:
            self.process.later(0, self._told, b"".join(map(spoken, replies)))

    def _told(self, said: bytes) -> None:
        if self.protocol is not None and self.is_connected:
            self.protocol.data_received(said)

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
        if self.protocol is not None:
            self.process.later(0, self._ended)

    def _ended(self) -> None:
        protocol, self.protocol = self.protocol, None
        if protocol is not None:
            protocol.connection_lost(None)

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)


class Writer:
    """What redis-py writes to: all that a pipe wants of it is the transport."""

    def __init__(self, connection: Connection) -> None:
        self.transport = Transport(connection)


class _Pool:
    """In the place of redis-py's pool, which Line only asks how to connect."""

    def __init__(self, process: Process, host: RedisHost, timeout_s: float) -> None:
        self.connection_class = lambda: Connection(process, host, timeout_s)
        self.connection_kwargs: dict[str, Any] = {}


def plug(line: Any, process: Process, host: RedisHost) -> None:
    """Let a real Line connect to this host instead of to its URL, which takes commands unpacked."""
    line._packed = list
    line._pool = _Pool(process, host, line._timeout_s)
