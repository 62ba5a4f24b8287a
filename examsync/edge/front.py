"""The front of the house: sockets and HTTP put together, and what the loops and listeners call.

Built by `app`, which hands in the services and hangs up the listeners of `seats`.
"""

from collections.abc import Callable, Collection, Mapping

from msgspec import Struct, structs

from examsync.access.service import Access, Revocations
from examsync.attempts.service import Attempts
from examsync.clock import Clock
from examsync.edge.acting import Acting
from examsync.edge.api import (
    access,
    acts,
    banks,
    candidate,
    events,
    exams,
    health,
    marking,
    papers,
    regrading,
    results,
    roster,
    sync,
    timeline,
    webhooks,
)
from examsync.edge.api.acts import Acts
from examsync.edge.api.banks import Banks
from examsync.edge.api.bearer import Bearer
from examsync.edge.api.candidate import OwnDesk
from examsync.edge.api.entry import Entry
from examsync.edge.api.events import EventDesk
from examsync.edge.api.exams import ExamDesk
from examsync.edge.api.health import Check, Health
from examsync.edge.api.marking import MarkingDesk
from examsync.edge.api.office import Office
from examsync.edge.api.papers import Papers
from examsync.edge.api.regrading import RegradingDesk
from examsync.edge.api.results import ResultsDesk
from examsync.edge.api.roster import RosterDesk
from examsync.edge.api.routes import api
from examsync.edge.api.signing import Reread
from examsync.edge.api.sync import ONLY_SOCKETS, SyncDesk, Visits
from examsync.edge.api.timeline import TimelineDesk
from examsync.edge.api.webhooks import WebhookDesk
from examsync.edge.lane.lanes import Lanes
from examsync.edge.slices import in_slices
from examsync.edge.sockets import line
from examsync.edge.sockets.broadcast import Broadcast
from examsync.edge.sockets.candidate import Candidates, Seating
from examsync.edge.sockets.door import Door
from examsync.edge.sockets.doorkeeper import Doorkeeper, cut_revoked
from examsync.edge.sockets.errands import Errands
from examsync.edge.sockets.examiner import Examiners, ReadTimeline
from examsync.edge.sockets.guard import Guard
from examsync.edge.sockets.rates import Rates
from examsync.edge.sockets.rooms import Rooms
from examsync.edge.sockets.seats import Seats
from examsync.edge.sockets.server import SocketServer
from examsync.edge.sockets.session import Session
from examsync.events.service import Events
from examsync.infra import garbage, metrics
from examsync.infra.postgres import Pool
from examsync.monitor.service import Monitor
from examsync.settings import Limits, Server
from protocol.from_client import NAMESPACE_EXAM, NAMESPACE_MONITOR
from protocol.from_server import Draining

TIDY_EVERY_MS = 600_000
"""What only a full collection of cycles finds is little: see `infra.garbage`."""


class Services(Struct, frozen=True):
    """What the edge speaks to. `checks` are those of /readyz, in the order they are shown."""

    attempts: Attempts
    monitor: Monitor
    access: Access
    revocations: Revocations
    reread: Reread
    office: Office
    clock: Clock
    pool: Pool
    read_timeline: ReadTimeline
    checks: Mapping[str, Check]
    events: Events


class Front:
    """Everything between the ASGI server and the services. `app` is what the server runs."""

    def __init__(
        self, services: Services, limits: Limits, server: Server, metrics_token: str
    ) -> None:
        self._services = services
        self._limits = limits
        self._now, self._revoked = services.clock.now, services.revocations.is_revoked
        self._keeper = Doorkeeper(services.access.identities, self._revoked, self._now)
        self._tidied_at = self._now()
        self._acting = Acting(services.attempts, services.office.exams)
        self._errands = Errands()
        self.broadcast = Broadcast(Rooms())
        self.seats = Seats(services.attempts, self.broadcast, services.monitor.presence)
        self._examiners = Examiners(
            self._acting, services.monitor, self.broadcast, self._errands, services.read_timeline
        )
        self._rates = Rates(limits)
        self.door = self._door(self.seats)
        self._visited = self._door(Visits(), without=ONLY_SOCKETS)
        self.sockets = SocketServer(self.door, self._keeper, self.broadcast, self._left, limits)
        http = api(self._table(metrics_token), server.origins)
        self.lanes = Lanes(self.sockets, limits, self._now)
        self.guard = Guard(
            self.sockets.handle_request, http, self._now, limits, server.origins, lanes=self.lanes
        )

    def _door(self, seating: Seating, *, without: Collection[str] = ()) -> Door:
        """The door, with candidates sitting there; `without` these events of theirs."""
        services, rates = self._services, self._rates
        candidates = Candidates(
            services.attempts, services.office.exams, seating, services.monitor.presence, rates
        )
        sitting = candidates.entries(self._keeper)
        tables = {
            NAMESPACE_EXAM: {name: sitting[name] for name in sitting if name not in without},
            NAMESPACE_MONITOR: self._examiners.entries(self._keeper),
        }
        return Door(tables, rates, self._now, self._revoked, services.access.ring.leeway_ms)

    def _table(self, metrics_token: str) -> list[Entry]:
        """Every route, by desk."""
        services, bearer = self._services, Bearer(self._keeper, self._now)
        bytes_max, office = self._limits.body_bytes_max, services.office
        table = [
            *health.entries(Health(services.checks, lambda: self.draining, metrics_token)),
            *access.entries(services.access, bearer, services.reread),
            *banks.entries(Banks(services.pool, bearer)),
            *papers.entries(Papers(services.pool, bearer, bytes_max)),
            *exams.entries(ExamDesk(office, bearer, bytes_max)),
            *roster.entries(RosterDesk(office, bearer, bytes_max)),
            *candidate.entries(OwnDesk(office, bearer, self._now)),
            *sync.entries(SyncDesk(self._visited, bearer, self._limits)),
            *results.entries(ResultsDesk(office, bearer, bytes_max)),
            *marking.entries(MarkingDesk(office.results, bearer, bytes_max)),
            *regrading.entries(RegradingDesk(office.results, bearer, bytes_max)),
            *events.entries(EventDesk(services.events, bearer)),
            *webhooks.entries(WebhookDesk(services.events, bearer, bytes_max)),
            *acts.entries(Acts(self._acting, bearer, services.clock)),
            *timeline.entries(TimelineDesk(self._acting, bearer, services.read_timeline)),
        ]
        return [structs.replace(each, handler=bearer.ready(each.handler)) for each in table]

    def _left(self, session: Session) -> None:
        self.seats.leave(session)
        self._examiners.leave(session)

    # --- loops ------------------------------------------------------------------------------------

    async def finished(self) -> None:
        """Wait until everything that was begun has its outcome and its ack."""
        await self._errands.drained()
        await self._services.attempts.drained()

    async def look(self) -> None:
        """Once a second: cut who reads nothing or may watch no more, note who was heard of."""
        await self.guard.look()
        self.lanes.wheel.turn(self._now())
        await self.seats.note_frames()
        self._tidy()
        for kind, count in self.held().items():
            metrics.HELD.labels(kind).set(count)
        expired = self._now() - self._services.access.ring.leeway_ms
        for session in list(self.broadcast.sessions.values()):
            if session.namespace == NAMESPACE_MONITOR and session.identity.expires_at <= expired:
                session.wire.cut(line.POLICY_VIOLATION, "the token has expired")

    def held(self) -> dict[str, int]:
        """What is in memory for those who are here, counted.

        `wires`, `engine` (python-engineio's), `namespaces`: connections at three heights.
        `attempts` stay for a minute after their connections, `links` until examiners know that
        nobody is there, `subjects` (whose rates are remembered) until others take their place.
        """
        sockets, rooms = self.sockets, self.broadcast.rooms.rooms.values()
        return {
            "wires": len(self.guard.wires),
            "engine": len(sockets.eio.sockets),
            "namespaces": len(self.broadcast.sessions),
            "rooms": sum(len(each) for each in rooms),
            "watches": self._examiners.watches(),
            "errands": self._errands.under_way(),
            "attempts": len(self._services.attempts.desks),
            "links": len(self._services.monitor.presence.links()),
            "subjects": self._rates.subjects(),
        }

    def _tidy(self) -> None:
        """Look through all of memory, now and then, when nobody is here who would have to wait."""
        now = self._now()
        if not self.guard.wires and now - self._tidied_at > TIDY_EVERY_MS:
            self._tidied_at = now
            garbage.collect()

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

    async def tell_draining(self, reconnect_in_ms: Callable[[], int]) -> None:
        """Tell every client, each its own time."""
        tell = self.broadcast.tell
        await in_slices(
            self.broadcast.sessions.values(),
            lambda session: tell(session, "draining", Draining(reconnect_in_ms())),
        )

    def stop_taking(self) -> None:
        """Events are answered `draining`, to be sent again elsewhere."""
        self.door.closed = self._visited.closed = True

    def connections(self) -> int:
        """How many are left."""
        return len(self.guard.wires)

    def unsent_bytes(self) -> int:
        """What has not been taken by the network yet."""
        return sum(each.unsent_bytes for each in self.guard.wires)

    async def cut_all(self) -> None:
        """Close what is left; clients reconnect by themselves."""
        await self.guard.cut_all("the server is restarting")
