"""python-engineio for both ways: as its sockets use it (`wire`), and as lanes do (`lane.peer`)."""

import asyncio
from typing import TYPE_CHECKING, Any

import engineio
from engineio import packet

from examsync.edge.lane.peer import Peer
from examsync.edge.sockets import driver
from examsync.edge.sockets.line import LINE
from examsync.edge.sockets.outbox import Outbox

if TYPE_CHECKING:
    from examsync.edge.lane.lane import Lane


class Engine(engineio.AsyncServer):  # type: ignore[misc]  # it ships no types
    """python-engineio without its service task; pings of its own sockets end with their
    connection (by themselves each sleeps its 25 s), and their writers wait on an `Outbox`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, monitor_clients=False)
        engine: Any = self
        ours = {"websocket": driver.Driver, "translate_request": driver.environment}
        engine._async = {**engine._async, **ours}  # a copy: the dict is the module's own
        self._pings: dict[str, asyncio.Task[None]] = {}
        self._opening = self._announced()

    # --- the stock way ----------------------------------------------------------------------------

    def start_background_task(self, target: Any, *args: Any, **kwargs: Any) -> Any:
        """As always; the next ping of a connection is remembered."""
        task = super().start_background_task(target, *args, **kwargs)
        owner = getattr(target, "__self__", None)
        if owner is not None and owner is not self:
            self._pings[owner.sid] = task
        return task

    def create_queue(self, *args: Any, **kwargs: Any) -> Outbox:
        """What a connection's writer waits on."""
        return Outbox()

    def end_ping(self, eio_sid: str) -> None:
        """The connection has ended."""
        task = self._pings.pop(eio_sid, None)
        if task is not None and task is not asyncio.current_task():
            task.cancel()

    # --- lanes ------------------------------------------------------------------------------------

    async def opened(self, lane: "Lane") -> bool:
        """Open a session on a lane, as `_handle_connect` does on a request; False if refused."""
        sid = self.generate_id()
        lane.peer = self.sockets[sid] = Peer(self, sid, lane)
        lane.push(self._opening % sid.encode())
        refused = await self._trigger_event("connect", sid, _environ(lane), run_async=False)
        if refused in (None, True):
            return True
        del self.sockets[sid]
        return False

    def _announced(self) -> bytes:
        """What is said first to everybody, with a place for the sid."""
        announced = {
            "sid": "%b",
            "upgrades": [],
            "pingTimeout": self.ping_timeout * 1_000,
            "pingInterval": self.ping_interval * 1_000,
            "maxPayload": self.max_http_buffer_size,
        }
        opening: str = packet.Packet(packet.OPEN, announced).encode()
        return opening.encode()

    async def heard(self, eio_sid: str, message: str) -> None:
        """A Socket.IO packet that takes time; what it raises has been logged."""
        await self._trigger_event("message", eio_sid, message, run_async=False)

    async def ended(self, peer: Peer) -> None:
        """The connection of a lane is ending: its session is over."""
        await peer.close(wait=False, abort=True, reason=self.reason.TRANSPORT_CLOSE)
        self.sockets.pop(peer.sid, None)


def _environ(lane: "Lane") -> dict[str, Any]:
    """All that our handler of connects looks at."""
    return {"asgi.scope": {LINE: lane}}
