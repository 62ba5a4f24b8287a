"""A lane's connection as python-engineio knows it: the stand-in for its own socket object.

It has what `engineio.AsyncServer` and `socketio.AsyncServer` ask of one (`tests/edge/lane/
test_relied_on.py` keeps the list); queue, pings, polling and upgrades of the stock one are gone.
"""

from typing import TYPE_CHECKING, Any

from engineio import exceptions, packet

if TYPE_CHECKING:
    from examsync.edge.lane.lane import Lane

CLOSED_BY_US = 1000


class Peer:
    """A connection with an Engine.IO session: `sid` is the session's."""

    __slots__ = ("_session", "closed", "closing", "lane", "server", "sid")

    connected = True
    upgraded = True
    upgrading = False
    last_ping = None
    """No ping waits here for its pong: the wheel pings, and the lane cuts who has gone silent."""

    def __init__(self, server: Any, sid: str, lane: "Lane") -> None:
        self.server = server
        self.sid = sid
        self.lane = lane
        self.closing = self.closed = False
        self._session: dict[str, Any] | None = None

    @property
    def session(self) -> dict[str, Any]:
        """python-engineio's user session; made when first asked for."""
        if self._session is None:
            self._session = {}
        return self._session

    @session.setter
    def session(self, session: dict[str, Any]) -> None:
        self._session = session

    async def send(self, pkt: Any) -> None:
        """Send a packet. Raises SocketIsClosedError."""
        if await self.check_ping_timeout():
            self.lane.push(pkt.encode().encode())

    async def check_ping_timeout(self) -> bool:
        """Whether it is still there: always, as the lane looks itself. Raises as `send`."""
        if self.closed:
            raise exceptions.SocketIsClosedError
        return True

    async def close(self, wait: bool = True, abort: bool = False, reason: Any = None) -> None:
        """End the session, then the connection; `abort` without a last packet."""
        del wait  # what is queued is written before the connection closes, or not at all
        if self.closed or self.closing:
            return
        self.closing = True
        why = reason or self.server.reason.SERVER_DISCONNECT
        await self.server._trigger_event("disconnect", self.sid, why, run_async=False)
        if not abort:
            await self.send(packet.Packet(packet.CLOSE))
        self.closed = True
        self.lane.cut(CLOSED_BY_US, str(why))
