"""The users of one process: what they were dealt, and what they have to tell in the end.

One process has one crew, as it has one locust; `deal` comes from whoever prepared the exam.
"""

import threading
import time
from collections.abc import Callable
from random import Random

from msgspec import Struct, field

from loadtest.report import Seated
from loadtest.swarm.device import Device, Place
from loadtest.swarm.rows import OURS, Measure, Rows
from loadtest.swarm.shapes import Schedule, script
from loadtest.swarm.sitter import Sitter
from loadtest.swarm.watcher import Watcher

LEAVE_WITHIN_S = 15.0
"""How long a user who goes home waits for acks; longer than a client waits for one."""


class Seat(Struct, frozen=True):
    """A candidate, and the token that opens the exam."""

    candidate: str
    token: str


class Deal(Struct, frozen=True):
    """What one process needs to begin. `began_ms`: the server's time when the run began."""

    run: str
    url: str
    exam: str
    examiner_token: str
    seats: list[Seat]
    schedule: Schedule
    began_ms: float


class Handed(Struct):
    """What one process hands in: everybody's record of acks, and what was measured."""

    run: str
    people: list[Seated] = []
    rows: Rows = field(default_factory=Rows)
    gaps: int = 0
    cuts: int = 0
    under_way_when_cut: int = 0
    clock_offset_ms: float = 0.0
    clock_error_ms: float = 0.0
    generator_short_of_cpu: bool = False


class Crew:
    """Seats are taken one by one; measures come from any thread."""

    def __init__(self) -> None:
        self.deal: Deal | None = None
        self.why_not = ""
        """Why nobody can be seated, if so."""
        self.listeners: list[Callable[[Measure], None]] = []
        self._lock = threading.Lock()
        self._place: Place | None = None
        self._taken = 0
        self._examiners = 0
        self._handed = Handed("")
        self._rows = Rows()
        self._watchers: list[Watcher] = []

    def open(self, deal: Deal) -> None:
        """A run begins."""
        with self._lock:
            self.deal, self.why_not = deal, ""
            self._place = Place(deal.url, deal.exam, self.tell)
            self._taken = self._examiners = 0
            self._handed, self._rows = Handed(deal.run), Rows()
            self._watchers = []

    def close(self, why: str) -> None:
        """There is no run, for this reason."""
        with self._lock:
            self.deal, self.why_not = None, why

    def tell(self, measure: Measure) -> None:
        """Something was measured."""
        with self._lock:
            self._rows.add(measure)
        for listener in self.listeners:
            listener(measure)

    def measured(self) -> Rows:
        """All figures until now."""
        found = Rows()
        with self._lock:
            found.merge(self._rows)
        return found

    def elapsed_s(self) -> float:
        """Since the run began, by this machine's clock; 0 before."""
        place, deal = self._place, self.deal
        return (place.server_ms() - deal.began_ms) / 1_000 if place and deal else 0.0

    def seat(self) -> Sitter | None:
        """The next candidate; None (and counted) if there is no seat left."""
        with self._lock:
            deal, place, number = self.deal, self._place, self._taken
            self._taken += 1
        if deal is None or place is None:
            return None
        if number >= len(deal.seats):
            self.tell(Measure(OURS, "candidate", error="no_seat_left: raise --candidates"))
            return None
        seat = deal.seats[number]
        dice = Random(f"{deal.schedule.seed} {seat.candidate}")
        device = Device(place, seat.token, f"{seat.candidate}-{dice.getrandbits(32):08x}", dice)
        part = script(deal.schedule, dice)
        return Sitter(seat.candidate, device, part, dice, began_ms=deal.began_ms)

    def examiner(self) -> Watcher | None:
        """The next examiner."""
        with self._lock:
            deal, place = self.deal, self._place
            self._examiners += 1
            name = f"examiner-{self._examiners}-{time.time_ns():x}"
        if deal is None or place is None:
            return None
        watcher = Watcher(place, deal.examiner_token, name, Random(f"{deal.schedule.seed} {name}"))
        self._watchers.append(watcher)
        return watcher

    def left(self, sitter: Sitter) -> None:
        """A candidate goes home."""
        seated = sitter.leave(LEAVE_WITHIN_S)
        with self._lock:
            self._handed.people.append(seated)
            self._handed.cuts += sitter.device.cuts
            self._handed.under_way_when_cut += sitter.device.under_way_when_cut

    def hand_in(self, *, short_of_cpu: bool) -> Handed:
        """Everything, when all have gone home."""
        handed, place = self._handed, self._place
        handed.rows = self.measured()
        handed.gaps = sum(watcher.feed.seen.gaps for watcher in self._watchers)
        handed.generator_short_of_cpu = short_of_cpu
        if place is not None:
            handed.clock_offset_ms = place.skew.offset_ms
            handed.clock_error_ms = place.skew.error_ms
        return handed
