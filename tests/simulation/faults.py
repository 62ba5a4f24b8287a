"""What goes wrong, done to the machines and processes of a world; and how all of it heals."""

from typing import TYPE_CHECKING

from tests.simulation.memory_redis import FULL, READ_ONLY, Value
from tests.simulation.timeline import Event

if TYPE_CHECKING:
    from tests.simulation.world import World


CLOCK_READ_S = 2.0
"""How soon every process has noticed that Redis' clock has jumped."""


class Faults:
    """Does to a world what its plan says."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.clock_moved = False
        self._copies: dict[Event, dict[str, Value]] = {}

    def schedule(self, event: Event) -> None:
        """See to it that a fault comes; some have to be prepared before."""
        loop = self.world.loop
        if event.what in ("redis_rollback", "redis_failover", "redis_split"):
            loop.call_at(max(event.at - event.seconds, 0), self._remember, event)
        loop.call_at(event.at, self._now, event)

    @property
    def data_lost(self) -> bool:
        """Whether Redis has lost anything it had acknowledged."""
        return self.world.redis.data_lost

    def _now(self, event: Event) -> None:
        self.world.seen(event.what)
        getattr(self, event.what)(event)

    def _remember(self, event: Event) -> None:
        self._copies[event] = self.world.redis.server.snapshot()

    # --- Redis ------------------------------------------------------------------------------------

    def redis_restart(self, event: Event) -> None:
        """Away for a while, nothing lost."""
        self.world.redis.restart(event.seconds)

    def redis_rollback(self, event: Event) -> None:
        """Comes back with what it had a while ago: a file that was not synced."""
        self.world.redis.restart(0.2 + 0.2 * event.seconds, self._copies[event])

    def redis_failover(self, event: Event) -> None:
        """A replica that lagged is promoted, at once."""
        self.world.redis.restart(0.05, self._copies[event])

    def redis_split(self, event: Event) -> None:
        """A replica that lagged is promoted, and who spoke to the old primary goes on doing so."""
        self.world.redis.split(1 + 2 * event.seconds, self._copies[event])

    def redis_former_emptied(self, event: Event) -> None:
        """Of two primaries the old one loses all while it runs, and begins a life of its own."""
        for server in self.world.redis.former:
            server.flush_all()

    def redis_wipe(self, event: Event) -> None:
        """Comes back empty."""
        self.world.redis.restart(0.3 * event.seconds, {})

    def redis_flushall(self, event: Event) -> None:
        """Emptied while it runs: same run_id, same connections."""
        self.world.redis.flush_all()

    def redis_freeze(self, event: Event) -> None:
        """Stands still, then does all that has come."""
        self.world.redis.freeze(event.seconds)

    def redis_full(self, event: Event) -> None:
        """Refuses writes."""
        redis = self.world.redis
        server = redis.server
        server.refuses = FULL if event.who % 2 else READ_ONLY
        self.world.loop.call_later(event.seconds, setattr, server, "refuses", None)

    def redis_noise(self, event: Event) -> None:
        """Requests and replies get lost or late for a while."""
        trouble = self.world.redis.trouble
        trouble.lose_request = trouble.lose_reply = 0.06
        trouble.delay, trouble.split = 0.05, 0.3
        self.world.loop.call_later(2 * event.seconds, self._quiet_redis)

    def _quiet_redis(self) -> None:
        trouble = self.world.redis.trouble
        trouble.lose_request = trouble.lose_reply = trouble.delay = trouble.split = 0.0

    def redis_clock(self, event: Event) -> None:
        """Its clock jumps, as after a failover to a machine with another one; processes read it
        every second or so, each at another moment."""
        host = self.world.redis
        self.clock_moved = True
        host.skew_ms += int(1_000 * event.seconds) * (1 if event.who % 2 else -1)
        for node in self.world.nodes():
            late = self.world.dice.uniform(0, CLOCK_READ_S)
            node.process.later(late, node.process.read_clock, host.skew_ms)

    # --- processes --------------------------------------------------------------------------------

    def worker_crash(self, event: Event) -> None:
        """A worker dies and another takes its place."""
        self.world.replace(self.world.workers, event.who % len(self.world.workers), event.seconds)

    def background_crash(self, event: Event) -> None:
        """A flusher dies, wherever it is."""
        slots = self.world.backgrounds
        self.world.replace(slots, event.who % len(slots), event.seconds)

    def worker_pause(self, event: Event) -> None:
        """A worker stands still."""
        self.world.workers[event.who % len(self.world.workers)].process.pause(event.seconds)

    def background_pause(self, event: Event) -> None:
        """A flusher stands still, wherever it is."""
        slots = self.world.backgrounds
        slots[event.who % len(slots)].process.pause(2 * event.seconds)

    # --- Postgres, network, devices ---------------------------------------------------------------

    def postgres_outage(self, event: Event) -> None:
        """Away for a while; what was under way is rolled back."""
        self.world.postgres.crash(2 * event.seconds)

    def postgres_doubt(self, event: Event) -> None:
        """Replies to commits get lost for a while."""
        self.world.postgres.doubt = 0.4
        self.world.loop.call_later(2 * event.seconds, setattr, self.world.postgres, "doubt", 0.0)

    def network_noise(self, event: Event) -> None:
        """Connections break and lag for a while."""
        network = self.world.network
        network.lag, network.drop, network.twice = 0.2, 0.06, 0.1
        self.world.loop.call_later(2 * event.seconds, self._quiet_network)

    def _quiet_network(self) -> None:
        network = self.world.network
        network.lag = network.drop = network.twice = 0.0

    def device_crash(self, event: Event) -> None:
        """A device dies and comes back, with its outbox or, rarely, without."""
        device = self.world.devices[event.who % len(self.world.devices)]
        forget = event.seconds > 5.5
        if not device.running:
            return
        if forget:
            self.world.seen("outbox forgotten")
        device.crash(forget=forget, seconds=event.seconds)

    # --- the end ----------------------------------------------------------------------------------

    def heal(self) -> None:
        """Nothing fails any more; who stands still goes on."""
        self._quiet_redis()
        self._quiet_network()
        self.world.postgres.doubt = 0.0
        self.world.news_lost = 0.0
        self.world.redis.server.refuses = None
        if self.world.redis.frozen:
            self.world.redis.thaw()
        for server in list(self.world.redis.former):
            self.world.redis.end(server)
        self.world.redis.hang_up_muted()
        for node in self.world.nodes():
            node.process.resume()
