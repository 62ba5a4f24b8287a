"""What all lanes of a process share: who writes in this turn, who is pinged when, whose session
ends; and the way to python-socketio, which keeps namespaces and rooms for both ways.
"""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any, Protocol, cast

from examsync.edge.lane.lane import Lane
from examsync.edge.lane.tick import Tick
from examsync.edge.lane.wheel import Wheel
from examsync.edge.sockets.session import Session
from examsync.edge.turnstile import Turnstile
from examsync.settings import Limits

ENDED_AT_ONCE = 20
"""Sessions that are ended in one turn of the loop: a few milliseconds. When a hall loses its
network, everybody's would end in the same turn."""


class Sockets(Protocol):
    """What stands behind the lanes: `sockets.server.SocketServer`."""

    eio: Any

    def enter_now(self, line: Lane, eio_sid: str, packet: str) -> bool:
        """Let a client into a namespace or refuse it; False if that takes time."""
        ...

    def hear(self, session: Session, ack_id: int | None, body: bytes, arrived: int) -> None:
        """An event of a session."""
        ...


class Lanes:
    """`gone` is called with every lane whose session and transport are gone."""

    def __init__(self, sockets: Sockets, limits: Limits, now: Callable[[], int]) -> None:
        self.limits, self.now = limits, now
        self.gone: Callable[[Lane], None] = _forgotten
        self._engine = engine = sockets.eio
        self.hear = sockets.hear
        self._enter_now = sockets.enter_now
        self.silence_ms = (engine.ping_interval + engine.ping_timeout) * 1_000
        self.tick = Tick()
        self.turnstile = Turnstile()
        self.wheel = Wheel(engine.ping_interval * 1_000)
        self._ending: dict[Lane, None] = {}
        self._reaper: asyncio.Task[None] | None = None

    async def open(self, lane: Lane) -> bool:
        """Open a session for a connection; False if it is not to be."""
        opened: bool = await self._engine.opened(lane)
        return opened

    def start(self, lane: Lane, message: str) -> "asyncio.Task[None]":
        """Have a Socket.IO packet handled: at once, if that takes no time."""
        assert lane.peer is not None
        if self._enter_now(lane, lane.peer.sid, message):
            return DONE
        return asyncio.ensure_future(self._engine.heard(lane.peer.sid, message))

    def end(self, lane: Lane) -> None:
        """End its session soon."""
        self._ending[lane] = None
        if self._reaper is None:
            self._reaper = asyncio.ensure_future(self._reap())

    async def _reap(self) -> None:
        try:
            while self._ending:
                for lane in list(itertools.islice(self._ending, ENDED_AT_ONCE)):
                    del self._ending[lane]
                    await self._finish(lane)
                await asyncio.sleep(0)
        finally:
            self._reaper = None

    async def _finish(self, lane: Lane) -> None:
        if lane.ended:  # it was cut while it was let in, which asks twice
            return
        await self._engine.ended(lane.peer)
        lane.ended, lane.peer = True, None  # either holds the other
        if lane.lost:
            self.gone(lane)


class _Done:
    """Stands for a task that is done: who wants to be called then is called now."""

    def add_done_callback(self, call: Callable[["asyncio.Task[None]"], object]) -> None:
        """Call it."""
        call(DONE)


DONE = cast("asyncio.Task[None]", _Done())


def _forgotten(lane: Lane) -> None:
    del lane
