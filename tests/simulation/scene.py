"""A run as a hard spot sees it: who is there, what begins and ends when, what is added (pure)."""

import random
from collections.abc import Callable

from msgspec import Struct

from examsync.exams.exam import Terms
from tests.simulation.loop import EPOCH_MS
from tests.simulation.strikes import Strike
from tests.simulation.timeline import Event

GONE = 1
"""An examiner who asks once, and is gone."""
FORWARD = 1
"""Which way a clock jumps."""


class Scene(Struct):
    """What a situation is laid over, and what it adds."""

    dice: random.Random
    terms: Terms
    devices: list[int]
    opens: list[float]
    """By device, when it is switched on (s)."""
    starts: dict[int, float]
    """By device, when its owner wants to start (s)."""
    events: list[Event] = []
    strikes: list[Strike] = []
    calm: bool = False
    """Whether nothing else goes wrong and no examiner acts, so that times are what they seem."""

    def add(self, at: float, kind: str, what: str, who: int = 0, seconds: float = 0.0) -> None:
        """One more event."""
        self.events.append(Event(at, kind, what, who, seconds))

    def strike(self, point: str, fault: str, after: float, late_s: float = 0.0) -> None:
        """The first command of its kind after that time is struck."""
        self.strikes.append(Strike(point, fault, max(after, 0.0), 1, late_s))

    def device(self, attempt: int, nth: int = 0) -> int:
        """The number of an attempt's device."""
        return sum(self.devices[:attempt]) + nth

    def answers(self, attempt: int, at: float) -> None:
        """Whoever writes an attempt answers then."""
        for nth in range(self.devices[attempt]):
            self.add(at, "device", "answer", self.device(attempt, nth))

    def attempt(self) -> int:
        """Any attempt."""
        return self.dice.randrange(len(self.devices))

    def pair(self) -> int | None:
        """An attempt with two devices, if there is one."""
        found = [at for at, many in enumerate(self.devices) if many > 1]
        return self.dice.choice(found) if found else None

    def begun(self, attempt: int) -> float:
        """When an attempt's first device wants to start."""
        return self.starts[self.device(attempt)]

    def writes(self, attempt: int) -> float:
        """When an attempt's first device is at work."""
        opens = (self.terms.opens_at - EPOCH_MS) / 1_000
        return max(self.begun(attempt), opens) + 0.3

    def forget(self, attempt: int, at: float, seconds: float) -> None:
        """Whoever works at an attempt loses the device, and what was written down on it."""
        for nth in range(self.devices[attempt]):
            self.add(at, "fault", "device_crash", self.device(attempt, nth), seconds)

    def accept_until(self, attempt: int) -> float:
        """When answers to this attempt cease to count, if nothing moves that (s)."""
        start = max(self.begun(attempt) + 0.06, (self.terms.opens_at - EPOCH_MS) / 1_000)
        own = start + self.terms.duration_ms / 1_000
        ends = min(self.terms.window_end, self.terms.closes_at) - EPOCH_MS
        return min(own, ends / 1_000) + self.terms.grace_ms / 1_000


Situation = Callable[[Scene], None]
"""A hard spot: adds to a scene what belongs together."""
