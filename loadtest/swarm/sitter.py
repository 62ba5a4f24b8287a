"""One candidate of the load test: sits where the script says, does what is due, counts the slip.

Acts are planned in time and never wait for acks, so a slow server does not slow the crowd down.
"""

import heapq
from collections.abc import Callable
from random import Random

from loadtest.bots.responding import respond
from loadtest.client.candidate import NotWritable
from loadtest.client.outbox import OutboxFull
from loadtest.client.session import State
from loadtest.report import Seated, tell
from loadtest.swarm.device import Device
from loadtest.swarm.rows import GENERATOR, OURS, Measure
from loadtest.swarm.shapes import SIGNALS_PER_ANSWER, Script, think_s
from protocol.paper import Response

LOOK_S = 1.0
"""Waiting for a join or a start is looked at so often, so that whoever stops us is heard."""
IDLE_S = 3_600.0
CHANGE, CLEAR, FLAG = 0.18, 0.03, 0.08
"""Of a hundred acts: so many change an earlier answer, clear one, or set a flag."""

ANSWER, CUT, SUBMIT = "answer", "cut", "submit"


class Sitter:
    """`began_ms`: the server's time when the run began."""

    def __init__(
        self, name: str, device: Device, part: Script, dice: Random, *, began_ms: float
    ) -> None:
        self.name = name
        self.device = device
        self.started = False
        self._script = part
        self._dice = dice
        self._began_ms = began_ms
        self._plan: list[tuple[float, str, float]] = []
        self._answers: dict[str, Response] = {}
        self._closed = False

    def arrive(self) -> None:
        """Take a seat."""
        self.device.open()

    def now_s(self) -> float:
        """Seconds of the run, by the server's clock."""
        return (self.device.place.server_ms() - self._began_ms) / 1_000

    def wait_s(self) -> float:
        """How long until there is something to do."""
        if not self.started:
            return 0.0
        return max(self._plan[0][0] - self.now_s(), 0.0) if self._plan else IDLE_S

    def act(self) -> None:
        """Do what is due: start, or the next thing of the plan, however late it is."""
        if not self.started:
            self._start()
        elif self._plan and self._plan[0][0] <= self.now_s():
            at_s, what, away_s = heapq.heappop(self._plan)
            slip_ms = (self.now_s() - at_s) * 1_000
            self.device.place.tell(Measure(GENERATOR, "slip", slip_ms))
            self._perform(what, at_s, away_s)

    def leave(self, within_s: float) -> Seated:
        """Wait until everything is acked, hang up, and say what came of it."""
        session = self.device.session
        self.device.until(lambda: session.outbox.pending() == 0, within_s)
        self.device.end()
        return self._told()

    # --- acts

    def _start(self) -> None:
        """Join; when it is time, start; then the plan begins."""
        session, view = self.device.session, self.device.session.view
        joined = self.device.until(lambda: session.state in (State.LIVE, State.CLOSED), LOOK_S)
        if session.state is State.CLOSED:
            self._shut_out()
        elif joined and view.started_at is None:
            wait_s = self._script.start_s - self.now_s()
            if wait_s > 0:
                self.device.until(lambda: session.state is State.CLOSED, min(wait_s, LOOK_S))
                return
            self.device.act(self.device.candidate.start)
            self.device.until(lambda: bool(view.items()), LOOK_S)
        if view.items() and not self.started:
            self.started = True
            self._make_plan()

    def _make_plan(self) -> None:
        now_s, part = self.now_s(), self._script
        self._plan = [(at, CUT, away_s) for at, away_s in part.cuts_s if at > now_s]
        self._plan.append((max(part.submit_s, now_s), SUBMIT, 0))
        self._plan.append((now_s + think_s(part, self._dice), ANSWER, 0))
        heapq.heapify(self._plan)

    def _perform(self, what: str, at_s: float, away_s: float) -> None:
        if self.device.session.state is State.CLOSED:
            self._shut_out()
        elif what == CUT:
            self.device.cut(away_s)
        elif what == SUBMIT:
            self._plan.clear()
            self._try(lambda: self.device.act(self.device.candidate.submit))
        elif at_s <= self._script.answers_until_s:
            heapq.heappush(self._plan, (at_s + think_s(self._script, self._dice), ANSWER, 0))
            self._try(self._answer)

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except (NotWritable, OutboxFull) as refusal:
            self._fail(type(refusal).__name__)

    def _answer(self) -> None:
        """Something to some item; now and then a signal; and whatever notices there are."""
        device, dice = self.device, self._dice
        items = device.session.view.items()
        empty = [item for item in items if self._answers.get(item.id) is None]
        item = dice.choice(items) if not empty or dice.random() < CHANGE else empty[0]
        response = respond(item, self._answers.get(item.id), dice)
        if dice.random() < CLEAR:
            response = None
        flag, spent_ms = dice.random() < FLAG, int(self._script.think_s * 1_000)
        self._answers[item.id] = response
        device.act(device.candidate.answer, item.id, response, flag=flag, spent_ms=spent_ms)
        if dice.random() < SIGNALS_PER_ANSWER:
            device.act(device.candidate.violation, "tab_hidden")
        for notice in device.take_notices():
            device.act(device.candidate.acknowledge, notice)

    def _shut_out(self) -> None:
        """Closed, and not because we handed in: nothing of the plan can be done any more."""
        self.started = True
        self._plan.clear()
        self._fail(f"closed: {self.device.session.reason}")

    def _fail(self, why: str) -> None:
        if not self._closed:
            self._closed = True
            self.device.place.tell(Measure(OURS, "candidate", error=why))

    def _told(self) -> Seated:
        session = self.device.session
        seated = Seated(self.name, session.view.attempt, session.state, session.reason)
        seated.pending = session.outbox.pending()
        seated.not_durable = len(session.outbox.entries)
        seated.dials = self.device.dials
        seated.refused = list(session.outbox.refused)
        seated.troubles = dict(session.troubles)
        seated.resumed = max(session.view.joins - 1, 0)
        tell(seated, [session.ledger])
        return seated
