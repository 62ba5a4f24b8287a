"""One examiner of the load test: watches the exam, times what comes, and acts now and then."""

import logging
import threading
import time
from random import Random
from typing import Any

import msgspec

from loadtest.bots.feed import Feed, decoded
from loadtest.client import wire
from loadtest.client.actions import Send
from loadtest.client.backoff import delay_ms
from loadtest.swarm.device import Place
from loadtest.swarm.fanout import Delays
from loadtest.swarm.line import Line
from loadtest.swarm.rows import CONNECTION, HEARD, OURS, Measure
from loadtest.swarm.stopwatch import Stopwatch, of_monitor
from protocol.from_client import NAMESPACE_MONITOR, Auth, Client
from protocol.from_server import EVENTS_TO_EXAMINER, Watched
from protocol.types import AttemptState

log = logging.getLogger(__name__)

ACT_EVERY_S = 4.0
LOOK_S = 0.5
SPOKEN_TO_MAX = 3
TIMELINE_FACTS = 100


class Watcher:
    """Measured rows have the prefix `examiner` where candidates have a row of the same name."""

    def __init__(self, place: Place, token: str, instance: str, dice: Random) -> None:
        self.feed = Feed(place.exam)
        self._place = place
        self._auth = Auth(token, Client(instance, "examsync-loadtest", "1"))
        self._dice = dice
        self._lock = threading.RLock()
        self._delays = Delays()
        self._watch = Stopwatch(of_monitor)
        self._asked: dict[int, float] = {}
        self._line: Line | None = None
        self._ready = False
        self._tries = 0
        self._number = 0
        self._dialled_s = 0.0
        self._dial_at_s = 0.0
        self._act_at_s = time.perf_counter() + dice.uniform(1, ACT_EVERY_S)

    def wait_s(self) -> float:
        """How long until there is something to do."""
        return LOOK_S

    def act(self) -> None:
        """Connect if need be, give up what was not answered, and act when it is time."""
        now_s = time.perf_counter()
        with self._lock:
            self._tell(self._watch.overdue(now_s))
            if self._line is None and now_s >= self._dial_at_s:
                self._dial()
            elif self._ready and now_s >= self._act_at_s:
                self._act_at_s = now_s + self._dice.expovariate(1 / ACT_EVERY_S)
                self._do_something()

    def leave(self) -> None:
        """Hang up for good."""
        with self._lock:
            self._dial_at_s = float("inf")
            if self._line is not None:
                self._line.close()
            self._line, self._ready = None, False
            self._watch.cut()

    def _dial(self) -> None:
        self._tries += 1
        self._dialled_s = time.perf_counter()
        self._line = Line(self._place.url, NAMESPACE_MONITOR, lambda: self._auth, self)
        self._line.open()

    def _do_something(self) -> None:
        """A word to some who sit, or a look at the timeline of one."""
        rows = self.feed.rows.values()
        sitting = [row.attempt for row in rows if row.state is AttemptState.IN_PROGRESS]
        if not sitting:
            return
        chosen = self._dice.sample(sitting, min(len(sitting), SPOKEN_TO_MAX))
        if self._dice.random() < 0.5:
            body = {"id": f"{self._dice.getrandbits(128):032x}", "exam": self._place.exam}
            text = "Please keep your desk clear."
            self._send("message", {**body, "attempts": chosen, "text": text})
        else:
            self._send("timeline", {"attempt": chosen[0], "limit": TIMELINE_FACTS})

    def _ask(self) -> None:
        """From the version that is held: the gap is replayed, or a snapshot comes."""
        self._send("watch", {"exam": self._place.exam, "version": self.feed.version})
        self._asked[self._number] = self._place.now_ms()

    def _send(self, event: str, body: Any) -> None:
        if self._line is None:
            return
        self._number += 1
        self._watch.sent(Send(self._number, event, body), time.perf_counter())
        self._line.send(event, body, self._number)

    # --- what the line tells

    def connected(self, line: Line) -> None:
        """The namespace is open: watch."""
        with self._lock:
            if line is self._line:
                took_ms = (time.perf_counter() - self._dialled_s) * 1_000
                self._tell([Measure(CONNECTION, "examiner connect", took_ms)])
                self._ready, self._tries = True, 0
                self._ask()

    def refused(self, line: Line, data: Any) -> None:
        """The namespace was refused."""
        code = data.get("code", "refused") if isinstance(data, dict) else "refused"
        self._away(line, "examiner connect", str(code))

    def lost(self, line: Line, why: str) -> None:
        """The connection is gone, or could not be made."""
        self._away(line, "lost" if self._ready else "examiner connect", why)

    def _away(self, line: Line, name: str, why: str) -> None:
        with self._lock:
            if line is not self._line:
                return
            self._line, self._ready = None, False
            self._tell([Measure(CONNECTION, name, error=why), *self._watch.lost()])
            self._asked.clear()
            wait_ms = delay_ms(self._tries, self._dice.random())
            self._dial_at_s = time.perf_counter() + wait_ms / 1_000

    def event(self, line: Line, event: wire.Event, size: int) -> None:
        """Something of the feed: counted, timed, and taken; after a gap, asked for again."""
        server_ms = self._place.server_ms()
        with self._lock:
            if line is not self._line:
                return
            said = decoded(event.name, event.body)
            known = event.name in EVENTS_TO_EXAMINER
            reason = "" if said is not None else "unreadable" if known else "unknown_event"
            name = f"examiner {event.name}" if known else "?"
            self._tell([Measure(HEARD, name, None, reason, size)])
            if said is not None:
                self._tell(self._delays.heard(said, server_ms))
                if not self.feed.take(said):
                    self._ask()

    def ack(self, line: Line, ack: wire.Ack, size: int) -> None:
        """A reply."""
        now_s, now_ms = time.perf_counter(), self._place.now_ms()
        with self._lock:
            if line is not self._line:
                return
            measure = self._watch.replied(ack.id, ack.body, now_s, size)
            self._tell([measure] if measure else [])
            sent_ms = self._asked.pop(ack.id, None)
            if sent_ms is not None and measure is not None and not measure.error:
                said = msgspec.convert(ack.body, Watched)
                self._place.skew.heard(said.server_time, sent_ms, now_ms)

    def failed(self, line: Line, error: Exception) -> None:
        """Something of ours has raised while it took what the server sent."""
        log.error("a handler of the load test failed", exc_info=error)
        self._tell([Measure(OURS, "handler", error=f"{type(error).__name__}: {error}")])

    def _tell(self, measures: list[Measure]) -> None:
        for measure in measures:
            self._place.tell(measure)
