"""The front of the house: sockets and HTTP put together, and what the loops and listeners call.

Built by `app`, which hands in the services and hangs up the listeners of `seats`.
"""

from collections.abc import Callable

from msgspec import Struct

from examsync.access.service import Revocations
from examsync.access.token import Keys
from examsync.attempts.service import Attempts
from examsync.clock import Clock
from examsync.edge.acting import Acting
from examsync.edge.sockets import wire
from examsync.edge.sockets.broadcast import Broadcast
from examsync.edge.sockets.candidate import Candidates
from examsync.edge.sockets.door import Door, Entry
from examsync.edge.sockets.doorkeeper import Doorkeeper, cut_revoked
from examsync.edge.sockets.errands import Errands
from examsync.edge.sockets.examiner import Examiners, ReadTimeline
from examsync.edge.sockets.guard import App, Guard
from examsync.edge.sockets.rooms import Rooms
from examsync.edge.sockets.seats import Seats
from examsync.edge.sockets.server import SocketServer
from examsync.edge.sockets.session import Session
from examsync.exams.service import Exams
from examsync.monitor.service import Monitor
from examsync.settings import Limits
from protocol.from_client import NAMESPACE_EXAM, NAMESPACE_MONITOR
from protocol.from_server import Draining


class Services(Struct, frozen=True):
    """What the edge speaks to."""

    attempts: Attempts
    exams: Exams
    monitor: Monitor
    revocations: Revocations
    keys: Keys
    clock: Clock
    read_timeline: ReadTimeline


class Front:
    """Everything between the ASGI server and the services. `app` is what the server runs."""

    def __init__(
        self, services: Services, limits: Limits, origins: tuple[str, ...], http: App
    ) -> None:
        now, revoked = services.clock.now, services.revocations.is_revoked
        attempts, monitor = services.attempts, services.monitor
        self._now, self._revoked, self._leeway_ms = now, revoked, services.keys.leeway_ms
        self.acting = Acting(attempts, services.exams)
        self.errands = Errands()
        self.broadcast = Broadcast(Rooms())
        self.seats = Seats(attempts, self.broadcast, monitor.presence)
        tables: dict[str, dict[str, Entry]] = {}
        self.door = Door(tables, limits, now, revoked, services.keys.leeway_ms)
        keeper = Doorkeeper(services.keys, revoked, now)
        candidates = Candidates(attempts, services.exams, self.seats, monitor.presence, self.door)
        self._examiners = Examiners(
            self.acting, monitor, self.broadcast, self.errands, services.read_timeline
        )
        tables[NAMESPACE_EXAM] = candidates.entries(keeper)
        tables[NAMESPACE_MONITOR] = self._examiners.entries(keeper)
        self.sockets = SocketServer(self.door, keeper, self.broadcast, self._left, limits)
        self.guard = Guard(self.sockets.handle_request, http, now, limits, origins)

    def _left(self, session: Session) -> None:
        self.seats.leave(session)
        self._examiners.leave(session)

    # --- loops ------------------------------------------------------------------------------------

    async def look(self) -> None:
        """Once a second: cut who reads nothing or may watch no more, note who was heard of."""
        self.guard.look()
        self.seats.note_frames()
        expired = self._now() - self._leeway_ms
        for session in list(self.broadcast.sessions.values()):
            if session.namespace == NAMESPACE_MONITOR and session.identity.expires_at <= expired:
                session.wire.cut(wire.POLICY_VIOLATION, "the token has expired")

    def cut_revoked(self) -> None:
        """After revocations were read: end the connections of those they name."""
        cut_revoked(list(self.broadcast.sessions.values()), self._revoked)

    # --- leaving (`drain.Leaving`) ----------------------------------------------------------------

    @property
    def draining(self) -> bool:
        """Whether new connections are refused."""
        return self.guard.draining

    def stop_admitting(self) -> None:
        """/readyz says no; new connections are refused."""
        self.guard.draining = True

    def tell_draining(self, reconnect_in_ms: Callable[[], int]) -> None:
        """Tell every client, each its own time."""
        for session in list(self.broadcast.sessions.values()):
            self.broadcast.tell(session, "draining", Draining(reconnect_in_ms()))

    def stop_taking(self) -> None:
        """Events are answered `draining`, to be sent again elsewhere."""
        self.door.closed = True

    def connections(self) -> int:
        """How many are left."""
        return len(self.guard.wires)

    def unsent_bytes(self) -> int:
        """What has not been taken by the network yet."""
        return sum(line.unsent_bytes for line in self.guard.wires)

    def cut_all(self) -> None:
        """Close what is left; clients reconnect by themselves."""
        self.guard.cut_all("the server is restarting")
