"""The locust shell of a client's session: does what it asks for, and takes the time of it all."""

import logging
import threading
import time
from collections.abc import Callable
from random import Random
from typing import Any

from loadtest.client import wire
from loadtest.client.actions import Action, Dial, HangUp, Send
from loadtest.client.candidate import Candidate
from loadtest.client.outbox import Outbox
from loadtest.client.session import Session, State
from loadtest.client.view import decode
from loadtest.swarm.fanout import Skew, of_notice
from loadtest.swarm.line import Line
from loadtest.swarm.rows import CONNECTION, HEARD, OURS, Measure
from loadtest.swarm.stopwatch import Stopwatch, of_exam
from protocol.from_client import NAMESPACE_EXAM, Auth, Client
from protocol.from_server import EVENTS_FROM_SERVER, HeartbeatAck, Joined, Notice

log = logging.getLogger(__name__)

EVENTS = EVENTS_FROM_SERVER[NAMESPACE_EXAM]
WAKE_MAX_S = 5.0
AWAY_LOOK_S = 0.05
"""How exactly the time is kept for which a network is away."""
ACKS_WITH_TIME: dict[str, type] = {"join": Joined, "heartbeat": HeartbeatAck}


class Place:
    """Where everybody is, what is measured, and the one clock of this process (ms since 1970)."""

    def __init__(self, url: str, exam: str, tell: Callable[[Measure], None]) -> None:
        self.url, self.exam, self.tell = url, exam, tell
        self.skew = Skew()
        self._zero_ms = time.time() * 1_000 - time.perf_counter() * 1_000

    def now_ms(self) -> float:
        """This machine's clock at the start, steady from there on."""
        return self._zero_ms + time.perf_counter() * 1_000

    def server_ms(self) -> float:
        """The server's clock, as far as we know it."""
        return self.skew.server_ms(self.now_ms())


class Device:
    """One candidate's client. Its session is touched under its lock only."""

    def __init__(self, place: Place, token: str, instance: str, dice: Random) -> None:
        self.place = place
        self._auth = Auth(token, Client(instance, "examsync-loadtest", "1"))
        self._make_id = lambda: f"{dice.getrandbits(128):032x}"
        self.session = Session(place.exam, Outbox(), dice.random, self._make_id)
        self.candidate = Candidate(self.session, self._make_id)
        self.cuts = 0
        self.under_way_when_cut = 0
        self.dials = 0
        self._lock = threading.RLock()
        self._news = threading.Condition(self._lock)
        self._wake = threading.Event()
        self._watch = Stopwatch(of_exam)
        self._asked: dict[int, tuple[str, float]] = {}
        self._line: Line | None = None
        self._dialled_s = 0.0
        self._connected = False
        self._away_since_s: float | None = None
        self._ended = False
        self._noticed: set[str] = set()

    def now(self) -> int:
        """This device's clock."""
        return int(self.place.now_ms())

    def open(self) -> None:
        """Begin."""
        with self._lock:
            self._do(self.session.open(self.now()))
        threading.Thread(target=self._tick, daemon=True).start()

    def act(self, what: Callable[..., list[Action]], *arguments: Any, **more: Any) -> None:
        """Do something that a `Candidate` can do."""
        with self._lock:
            self._do(what(*arguments, self.now(), **more))

    def cut(self, away_s: float = 0.0) -> None:
        """The network goes, without a goodbye, and is back after so long."""
        with self._lock:
            if self._line is None or self._ended:
                return
            self.cuts += 1
            self._drop(politely=False)
            self._away_since_s = time.perf_counter() + away_s
            self._do(self.session.disconnected(self.now()))

    def take_notices(self) -> list[str]:
        """The notices that have come since the last time."""
        with self._lock:
            fresh = [id_ for id_ in self.session.view.notices if id_ not in self._noticed]
            self._noticed.update(fresh)
            return fresh

    def until(self, true: Callable[[], bool], within_s: float) -> bool:
        """Wait for news that makes `true` so; whether it is."""
        with self._news:
            return self._news.wait_for(true, within_s)

    def end(self) -> None:
        """Hang up for good."""
        with self._lock:
            self._ended = True
            self._drop(politely=True)
            self._wake.set()
            self._news.notify_all()

    # --- sending

    def _do(self, actions: list[Action]) -> None:
        """Carry out what the session asked for, in order."""
        if self._ended:
            return
        for action in actions:
            match action:
                case Dial():
                    self._dial()
                case HangUp():
                    self._drop(politely=True)
                case Send():
                    self._send(action)
        if self._away_since_s is not None and self.session.state is State.LIVE:
            self._took(CONNECTION, "back", self._away_since_s)
            self._away_since_s = None
        self._wake.set()
        self._news.notify_all()

    def _dial(self) -> None:
        self._drop(politely=False)
        if self._offline():
            return
        self.dials += 1
        self._dialled_s = time.perf_counter()
        self._connected = False
        self._line = Line(self.place.url, NAMESPACE_EXAM, lambda: self._auth, self)
        self._line.open()

    def _offline(self) -> bool:
        return self._away_since_s is not None and time.perf_counter() < self._away_since_s

    def _send(self, send: Send) -> None:
        if self._line is None:
            return
        now_s = time.perf_counter()
        self._watch.sent(send, now_s, resumes=self.session.view.joins > 0)
        if send.event in ACKS_WITH_TIME:
            self._asked[send.ticket] = (send.event, self.place.now_ms())
        self._line.send(send.event, send.body, send.ticket)

    def _drop(self, *, politely: bool) -> None:
        """End the connection ourselves: what is under way then is no failure of the server."""
        line, self._line = self._line, None
        if line is not None:
            line.close() if politely else line.cut()
        self.under_way_when_cut += self._watch.cut()
        self._asked.clear()

    def _tick(self) -> None:
        """Call the session when it wants to be called; give up what nobody has answered."""
        offline = False
        while not self._ended:
            with self._lock:
                self._wake.clear()
                now = self.now()
                at = self.session.next_at(now)
            wait_s = WAKE_MAX_S if at is None else (at - now) / 1_000
            self._wake.wait(min(max(wait_s, 0), AWAY_LOOK_S if self._offline() else WAKE_MAX_S))
            with self._lock:
                now = self.now()
                self._tell(self._watch.overdue(time.perf_counter()))
                offline, before = self._offline(), offline
                if before and not offline:
                    self._do(self.session.online(now))  # the device says that the network is back
                elif at is not None and at <= now:
                    self._do(self.session.tick(now))

    @property
    def _connecting(self) -> str:
        return "reconnect" if self.dials > 1 else "connect"

    # --- what the line tells

    def connected(self, line: Line) -> None:
        """The namespace is open."""
        with self._lock:
            if line is self._line:
                self._connected = True
                self._took(CONNECTION, self._connecting, self._dialled_s)
                self._do(self.session.connected(self.now()))

    def refused(self, line: Line, data: Any) -> None:
        """The namespace was refused."""
        with self._lock:
            if line is self._line:
                self._line = None
                code = data.get("code", "refused") if isinstance(data, dict) else "refused"
                self._not_connected(str(code))
                self._do(self.session.refused(data, self.now()))

    def lost(self, line: Line, why: str) -> None:
        """The connection is gone, or could not be made."""
        with self._lock:
            if line is not self._line:
                return
            self._line = None
            if not self._connected:  # a closed session dials too, so its state does not tell
                self._not_connected(why)
            else:
                self._tell([Measure(CONNECTION, "lost", error=why), *self._watch.lost()])
                self._away_since_s = time.perf_counter()
            self._do(self.session.disconnected(self.now()))

    def event(self, line: Line, event: wire.Event, size: int) -> None:
        """The server has sent an event."""
        with self._lock:
            if line is not self._line:
                return
            known = event.name in EVENTS
            said = decode(EVENTS, event.name, event.body)
            reason = "" if said is not None else "unreadable" if known else "unknown_event"
            self._tell([Measure(HEARD, event.name if known else "?", None, reason, size)])
            if isinstance(said, Notice):
                self._tell([of_notice(said, self.place.server_ms())])
            self._do(self.session.heard(event.name, event.body, self.now()))

    def ack(self, line: Line, ack: wire.Ack, size: int) -> None:
        """A reply: timed and judged, then handed to the session."""
        now_s, now_ms = time.perf_counter(), self.place.now_ms()
        with self._lock:
            if line is not self._line:
                return
            measure = self._watch.replied(ack.id, ack.body, now_s, size)
            self._tell([measure] if measure else [])
            self._learn_time(ack, now_ms)
            self._do(self.session.replied(ack.id, ack.body, self.now()))

    def failed(self, line: Line, error: Exception) -> None:
        """Something of ours has raised while it took what the server sent."""
        log.error("a handler of the load test failed", exc_info=error)
        self._tell([Measure(OURS, "handler", error=f"{type(error).__name__}: {error}")])

    def _learn_time(self, ack: wire.Ack, heard_ms: float) -> None:
        event, sent_ms = self._asked.pop(ack.id, ("", 0.0))
        said = decode(ACKS_WITH_TIME, event, ack.body) if event else None
        if isinstance(said, Joined):
            self.place.skew.heard(said.times.server_time, sent_ms, heard_ms)
        elif isinstance(said, HeartbeatAck):
            self.place.skew.heard(said.server_time, sent_ms, heard_ms)

    def _not_connected(self, why: str) -> None:
        self._tell([Measure(CONNECTION, self._connecting, error=why)])

    def _took(self, kind: str, name: str, since_s: float) -> None:
        self._tell([Measure(kind, name, (time.perf_counter() - since_s) * 1_000)])

    def _tell(self, measures: list[Measure]) -> None:
        for measure in measures:
            self.place.tell(measure)
