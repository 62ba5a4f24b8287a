"""A client's life (pure): idle, connecting, syncing, live, offline, closed.

It is told what happens and when, and returns what to do: dial, hang up, send. Whoever owns it
(connection.py; a test) does that, and calls `tick` at `next_at`. README.md has the rules.
"""

from collections import Counter
from collections.abc import Callable
from enum import StrEnum

from loadtest.client.actions import Action, Dial, HangUp, Send
from loadtest.client.backoff import delay_ms
from loadtest.client.clock import ServerClock
from loadtest.client.entry import JOIN, SUBMIT
from loadtest.client.exchange import EPOCH_JITTER_MS, Exchange, Outcome
from loadtest.client.joining import OLDEST, join, name_epoch
from loadtest.client.ledger import Ledger
from loadtest.client.outbox import Outbox
from loadtest.client.replies import Trouble, Verdict
from loadtest.client.view import View, decode
from protocol import from_server
from protocol.problems import Code
from protocol.types import CLOSED_STATES, AttemptState

_EVENTS = from_server.EVENTS_FROM_SERVER["/exam"]
DIAL_TIMEOUT_MS = 20_000
"""A dial nobody has reported on for so long is given up."""
_LOOKS_ON = (Code.LEASE_LOST, Code.TAKEOVER_PENDING, Code.TAKEOVER_REFUSED)
"""Refused a lease, but not the connection: what was acked here before is still looked after."""


class State(StrEnum):
    """Where the client is; `closed` comes with a reason."""

    IDLE = "idle"
    CONNECTING = "connecting"
    SYNCING = "syncing"
    """Connected; the join is not acked. Nothing else is sent."""
    LIVE = "live"
    OFFLINE = "offline"
    CLOSED = "closed"
    """The candidate can do no more. What is not durable is still looked after."""


class Session:
    """One attempt on one client instance.

    `draw` returns random numbers in [0, 1), `make_id` ids that no other client makes.
    """

    def __init__(
        self, exam: str, outbox: Outbox, draw: Callable[[], float], make_id: Callable[[], str]
    ) -> None:
        self.exam = exam
        self.outbox = outbox
        self.ledger = Ledger()
        self.clock = ServerClock()
        self.view = View()
        self.state = State.IDLE
        self.reason = ""
        """Why it is closed, or why a join has to wait: a state, or a problem's code."""
        self.visible = True
        self.troubles: Counter[str] = Counter()
        """How often each problem code came back: for reports."""
        self._exchange = Exchange(outbox, self.ledger, draw)
        self._draw = draw
        self._make_id = make_id
        self._connected = False
        self._barred = False
        self._lost_lease = ""
        self._epoch = 0
        self._dials = 0
        self._dial_at: int | None = None
        self._hang_up_at: int | None = None
        self._beat_at: int | None = None

    @property
    def settled(self) -> bool:
        """Whether nothing is left to look after: all of it is durable, or refused."""
        return self.state is State.CLOSED and not self.outbox.entries

    @property
    def writable(self) -> bool:
        """Whether the candidate can change answers: online or not."""
        started = self.view.started_at is not None
        return started and self.state is not State.CLOSED and self.outbox.find(SUBMIT) is None

    def open(self, now: int) -> list[Action]:
        """Begin."""
        return self._dial(now)

    def connected(self, now: int) -> list[Action]:
        """The namespace is open: join, before anything else."""
        self._connected = True
        self._epoch = self.outbox.epoch
        self._dial_at = None
        if self.state is not State.CLOSED:
            self.state = State.SYNCING
        join(self.outbox, self.exam, self._make_id, now)
        return self.turn(now)

    def disconnected(self, now: int, *, retry_after_ms: int | None = None) -> list[Action]:
        """The connection is gone, or could not be made."""
        self._connected = False
        self._beat_at = self._hang_up_at = None
        self._dial_at = None
        self._exchange.disconnected()
        if self.state is not State.CLOSED:
            self.state = State.OFFLINE
        if not self.settled and not self._barred:
            wait = delay_ms(self._dials, self._draw(), retry_after_ms)
            self._dial_at = now + wait
        return []

    def refused(self, problem: object, now: int) -> list[Action]:
        """The connection was refused (`connect_error`), with this as its data."""
        trouble = decode({"problem": Trouble}, "problem", problem)
        if isinstance(trouble, Trouble):
            self.troubles[trouble.code] += 1
            if not trouble.retry:
                self._barred = True
                self._close(trouble.code)
            return self.disconnected(now, retry_after_ms=trouble.retry_after_ms)
        return self.disconnected(now)

    def online(self, now: int) -> list[Action]:
        """The network is back, says the device: try at once."""
        return self._dial(now) if self._dial_at is not None else []

    def _dial(self, now: int) -> list[Action]:
        self._dials += 1
        self._dial_at = now + DIAL_TIMEOUT_MS
        if self.state is not State.CLOSED:
            self.state = State.CONNECTING
        return [Dial()]

    def tick(self, now: int) -> list[Action]:
        """Some time has passed; call it at `next_at`."""
        if self._hang_up_at is not None and self._hang_up_at <= now:
            self.disconnected(now)
            return [HangUp(), *self._dial(now)]
        if self._dial_at is not None and self._dial_at <= now:
            return self._dial(now)
        return self.turn(now)

    def next_at(self, now: int) -> int | None:
        """When to call `tick` again; None if only news can change anything."""
        times = [self._dial_at, self._hang_up_at, self._beat_at]
        if self._connected:
            times.append(self._exchange.next_at(now))
        return min((at for at in times if at is not None), default=None)

    def turn(self, now: int) -> list[Action]:
        """Whatever can be sent now."""
        if not self._connected:
            return self._dial(now) if self._woken() else []
        if self._exchange.join_overdue(now) or self._exchange.silence.too_long(now):
            return [HangUp(), *self.disconnected(now)]
        self._follow_epoch(now)
        actions: list[Action] = [*self._exchange.flush(now)]
        if self._beat_at is not None and self._beat_at <= now:
            actions.append(self._beat(now))
        if self.state is State.CLOSED and self.settled:
            self._connected, self._beat_at = False, None
            actions.append(HangUp())
        return actions

    def _woken(self) -> bool:
        """Whether there is something to send again on a client that was over and had hung up: a
        notice that is acknowledged after the end, say."""
        over = self.state is State.CLOSED and not self._barred
        return over and self._dial_at is None and bool(self.outbox.entries)

    def _follow_epoch(self, now: int, after_ms: int | None = None) -> None:
        """A new life of the server's data may have lost our lease: join again before the rest."""
        if self.outbox.epoch > self._epoch and not self._exchange.lost:
            self._epoch = self.outbox.epoch
            wait = int(self._draw() * EPOCH_JITTER_MS) if after_ms is None else after_ms
            join(self.outbox, self.exam, self._make_id, now + wait)

    def _beat(self, now: int) -> Send:
        self._beat_at = now + self._beat_in(0.9 + 0.2 * self._draw())
        body = {
            "pending": self.outbox.pending(),
            "rtt_ms": self.clock.rtt_ms,
            "visible": self.visible,
        }
        return self._exchange.plain("heartbeat", body, now)

    def _beat_in(self, periods: float) -> int:
        return int(self.view.heartbeat_period_s * 1_000 * periods)

    def heard(self, event: str, body: object, now: int) -> list[Action]:
        """The server has sent an event."""
        self._exchange.silence.heard()
        said = decode(_EVENTS, event, body)
        self.view.heard(said)
        match said:
            case from_server.Replay():
                self.outbox.learn_epoch(said.epoch, now + said.after_ms)
                self._follow_epoch(now, said.after_ms)
            case from_server.LeaseLost() if said.lease >= self.outbox.lease:
                self._lost(said.lease)
            case from_server.Draining():
                self._hang_up_at = now + said.reconnect_in_ms
            case from_server.Closed():
                self._close(said.state)
            case from_server.ReopenedEvent():
                self._live()
                self.outbox.hurry()
            case from_server.ResumedEvent():
                self.outbox.hurry()
        return self.turn(now)

    def replied(self, ticket: int, reply: object, now: int) -> list[Action]:
        """The ack of a send: any JSON, judged here."""
        sent_at = self._exchange.sent_at(ticket)
        for outcome in self._exchange.replied(ticket, reply, now):
            self._take(outcome, sent_at or now, now)
        return self.turn(now)

    def _take(self, outcome: Outcome, sent_at: int, now: int) -> None:
        match outcome.reply:
            case from_server.Joined() as ack:
                self._joined(ack, now)
            case from_server.StartedAck() as ack:
                self.view.started(ack)
                self._exchange.started = True
            case from_server.HeartbeatAck() as ack:
                self.clock.heard(ack.server_time, sent_at=sent_at, heard_at=now)
                self.view.beat(ack)
                self._hear_durable(ack, now)
            case from_server.CommandAck() if outcome.event == "submit":
                self._close(AttemptState.SUBMITTED)
            case Trouble() as trouble:
                self.troubles[trouble.code] += 1
                self._troubled(outcome, trouble, now)

    def _joined(self, ack: from_server.Joined, now: int) -> None:
        self._dials = 0
        self._epoch = max(self._epoch, ack.rev[0])
        self.view.joined(ack)
        self._exchange.started = self._exchange.started or self.view.started_at is not None
        self._hear_durable(ack, now)
        self._look_on(now)
        if self.view.closed:
            self._close(ack.state)
        elif not self._exchange.lost or ack.lease > self._lost_lease:
            self._live()

    def _look_on(self, now: int) -> None:
        """Heartbeats from now on: they tell what is durable, and of a new epoch."""
        if self._beat_at is None:
            self._beat_at = now + self._beat_in(self._draw())

    def _hear_durable(self, ack: from_server.Joined | from_server.HeartbeatAck, now: int) -> None:
        soon = now + int(self._draw() * EPOCH_JITTER_MS)
        self.outbox.learn_epoch(ack.rev[0], soon)
        self.outbox.durable(ack.durable)
        name_epoch(self.outbox, self.exam, self._make_id, ack.rev, soon)

    def _troubled(self, outcome: Outcome, trouble: Trouble, now: int) -> None:
        if outcome.event == JOIN and trouble.code in _LOOKS_ON:
            self._look_on(now)
        if trouble.code == Code.LEASE_LOST and outcome.event == JOIN:
            self._lost(self.outbox.lease)
        elif outcome.event == JOIN and outcome.verdict is Verdict.FINAL:
            self._close(trouble.code)
        elif outcome.verdict is Verdict.REJOIN and not self._exchange.lost:
            join(self.outbox, self.exam, self._make_id, now + delay_ms(2, self._draw()))
        elif outcome.verdict is Verdict.RECONNECT:
            self._hang_up_at = now + delay_ms(self._dials, self._draw())
        elif outcome.event == JOIN:
            self.reason = trouble.code

    def take_over(self, now: int) -> list[Action]:
        """The candidate wants to go on here, on purpose, although another device has it now."""
        join(self.outbox, self.exam, self._make_id, now, anew=True)
        self.state = State.SYNCING if self._connected else State.OFFLINE
        self.reason = ""
        self._exchange.lost = False
        return self.turn(now) if self._connected else self._dial(now)

    def _close(self, reason: str) -> None:
        self.state, self.reason = State.CLOSED, str(reason)
        self._exchange.over = reason in CLOSED_STATES

    def _lost(self, lease: str) -> None:
        """Another device writes now. This one does not take it back by itself."""
        self.outbox.relet(self.outbox.lease or OLDEST, 0)
        self._lost_lease = max(lease, self.outbox.lease)
        self._exchange.lost = True
        self._close(Code.LEASE_LOST)

    def _live(self) -> None:
        self.state, self.reason = State.LIVE, ""
        self._exchange.lost = False
        self._exchange.over = False
