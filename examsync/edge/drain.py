"""Leaving without losing anything: what a process does between SIGTERM and closing its sockets.

uvicorn by itself closes all connections at once and forgets handlers that are under way. Here
clients are told first and come back elsewhere, spread over some seconds; new connections are
refused; what has been begun is finished and acknowledged; only then does uvicorn close.
"""

import asyncio
import random
import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import Any, Protocol

import uvicorn

from examsync.edge.accepting import BACKLOG, Acceptor
from examsync.infra import descriptors
from examsync.infra.log import logger
from examsync.settings import Server

log = logger(__name__)

LOOK_S = 0.1
FINISH_S = 5.0
"""How long decisions under way may take: storage answers within a second, or is away."""
FLUSH_S = 2.0
"""How long the last acks are given to leave."""


class Leaving(Protocol):
    """What is drained: the socket side of the edge."""

    def stop_admitting(self) -> None:
        """/readyz says no; new connections are refused."""
        ...

    async def tell_draining(self, reconnect_in_ms: Callable[[], int]) -> None:
        """Tell every client, each its own time."""
        ...

    def stop_taking(self) -> None:
        """Events are answered `draining`, to be sent again elsewhere."""
        ...

    async def finished(self) -> None:
        """Wait until everything that was begun has its outcome and its ack."""
        ...

    def connections(self) -> int:
        """How many are left."""
        ...

    def unsent_bytes(self) -> int:
        """What has not been taken by the network yet."""
        ...

    async def cut_all(self) -> None:
        """Close what is left; clients reconnect by themselves."""
        ...


class DrainingServer(uvicorn.Server):
    """uvicorn, which drains before it shuts down."""

    def __init__(self, config: uvicorn.Config, leaving: Leaving, settings: Server) -> None:
        super().__init__(config)
        self._leaving = leaving
        self._settings = settings

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As always, with room for as many connections as this process may have, and letting a few
        in at a time."""
        log.debug("descriptors", limit=descriptors.take_all())
        await super().startup([])
        place = (self.config.host, self.config.port)
        listening = sockets or [socket.create_server(place, backlog=BACKLOG)]
        ours: list[Any] = [Acceptor(each, self._protocol) for each in listening]
        self.servers = ours

    def _protocol(self) -> asyncio.Protocol:
        """What speaks with a new connection first."""
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM or SIGINT: begin to stop; a second SIGINT hurries.

        uvicorn's own notes the signal and raises it again when it has closed its sockets: that
        would end the process on the spot, its last flush not done.
        """
        self.force_exit = self.force_exit or (self.should_exit and sig == signal.SIGINT)
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain, then as always."""
        try:
            await self._drain()
        except Exception:  # whatever happens, the process must end
            log.exception("draining failed")
        await super().shutdown(sockets)

    async def _drain(self) -> None:
        leaving, settings = self._leaving, self._settings
        jitter_ms = settings.drain_jitter_ms
        log.info("draining", connections=leaving.connections(), jitter_ms=jitter_ms)
        leaving.stop_admitting()
        await leaving.tell_draining(lambda: random.randint(0, jitter_ms))
        await self._until(lambda: not leaving.connections(), self._grace_s())
        leaving.stop_taking()
        await self._until(lambda: not leaving.connections(), settings.drain_s - self._grace_s())
        await self._finish()
        await self._until(lambda: not leaving.unsent_bytes(), FLUSH_S)
        await leaving.cut_all()
        await self._until(lambda: not leaving.connections(), FLUSH_S)
        log.info("drained", connections=leaving.connections())

    async def _finish(self) -> None:
        """Let what was begun end, as far as storage lets it."""
        try:
            async with asyncio.timeout(0 if self.force_exit else FINISH_S):
                await self._leaving.finished()
        except TimeoutError:
            log.warning("left with decisions under way; their senders will ask again")

    def _grace_s(self) -> float:
        """Until here the old process still takes events: who was told last, and a little more."""
        return min(self._settings.drain_s, self._settings.drain_jitter_ms / 1_000 + 1)

    async def _until(self, done: Callable[[], bool], seconds: float) -> None:
        """Wait, but not for longer than this, nor when somebody asked a second time to stop."""
        looks = round(seconds / LOOK_S)
        while looks > 0 and not done() and not self.force_exit:
            await asyncio.sleep(LOOK_S)
            looks -= 1
