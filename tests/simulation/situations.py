"""Hard spots: events and faults that belong together, since by chance they would meet once in a
million runs (pure). `plan` lays one over a run; each names the guard that it is there for.
"""

import random
from collections.abc import Callable

from msgspec import Struct, structs

from examsync.exams.exam import Terms
from protocol.types import LatePolicy, TakeoverPolicy
from tests.simulation.loop import EPOCH_MS
from tests.simulation.points import (
    CRASH_AFTER,
    CRASH_BEFORE,
    HELD,
    LATE_AFTER,
    LATE_BEFORE,
    LOST_BEFORE,
)
from tests.simulation.strikes import Strike
from tests.simulation.timeline import HEALED_S, Event


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

    def strike(self, point: str, fault: str, after: float) -> None:
        """The first command of its kind after that time is struck."""
        self.strikes.append(Strike(point, fault, max(after, 0.0), 1))

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

    def accept_until(self, attempt: int) -> float:
        """When answers to this attempt cease to count, if nothing moves that (s)."""
        start = max(self.begun(attempt) + 0.06, (self.terms.opens_at - EPOCH_MS) / 1_000)
        own = start + self.terms.duration_ms / 1_000
        ends = min(self.terms.window_end, self.terms.closes_at) - EPOCH_MS
        return min(own, ends / 1_000) + self.terms.grace_ms / 1_000


def submitted_after_loss(scene: Scene) -> None:
    """Redis loses what was acked, and the candidate hands in before anybody has noticed."""
    of, at = scene.attempt(), scene.dice.uniform(6, 18)
    who = scene.device(of)
    for before in (2.0, 1.2, 0.7, 0.5):
        scene.add(at - before, "device", "answer", who)
    what = scene.dice.choice(["redis_flushall", "redis_rollback", "redis_failover"])
    scene.add(at - 0.3, "fault", what, 0, 1.5)
    scene.add(at + scene.dice.uniform(-0.25, 0.3), "device", "submit", who)


def ahead_at_the_end(scene: Scene) -> None:
    """Redis' clock jumps ahead over the end of an attempt: who sweeps notices it before those at
    whose doors answers are still in time."""
    of = scene.attempt()
    at = scene.accept_until(of)
    if at > HEALED_S - 1:
        return
    scene.calm = True
    scene.add(at - 2.5, "fault", "redis_clock", FORWARD, scene.dice.uniform(4, 6))
    for number in range(12):
        scene.answers(of, at - 2.2 + 0.15 * number)
    for number in range(5):
        scene.strike("news FactTold", LOST_BEFORE, at - 2.4 + 0.3 * number)


FORWARD = 1
"""Which way a clock jumps."""


def away_at_the_end(scene: Scene) -> None:
    """Redis stands still when time is up: the last answers came in time."""
    of = scene.attempt()
    at = scene.accept_until(of)
    if at > HEALED_S - 1:
        return
    away = scene.dice.uniform(0.15, 0.3)
    what = scene.dice.choice(["redis_restart", "redis_freeze", "redis_noise"])
    scene.add(at - away, "fault", what, 0, away + scene.dice.uniform(1.0, 1.2))
    for _ in range(6):
        scene.answers(of, at - scene.dice.uniform(0.01, away))


def extended_at_the_end(scene: Scene) -> None:
    """Everybody gets more time in the last moment, and not every process hears of it."""
    of = scene.attempt()
    at = scene.accept_until(of)
    scene.calm = True
    before = scene.dice.uniform(0.2, 1.5)
    scene.add(at - before, "all", "extend")
    scene.strike("news ExamTold", LOST_BEFORE, at - before - 0.001)
    for late in (0.1, 0.2, 0.4, 0.8, 1.4, 2.0):
        scene.answers(of, at + late)
    for nth in range(scene.devices[of]):
        scene.add(at + 0.3, "device", "offline", scene.device(of, nth))


def ordered_at_the_start(scene: Scene) -> None:
    """Everybody's attempt is ended just when somebody begins, while Redis is away; or before."""
    at = scene.begun(scene.attempt())
    scene.calm = True
    if scene.dice.random() < 0.3:
        scene.add(at - scene.dice.uniform(0.1, 1.5), "all", "submit_for")
        return
    scene.add(at - 0.1, "fault", scene.dice.choice(["redis_freeze", "redis_restart"]), 0, 0.9)
    scene.add(at + scene.dice.uniform(0.05, 0.5), "all", "submit_for")


def reopened_after_an_order(scene: Scene) -> None:
    """After everybody's end somebody may go on."""
    of, at = scene.attempt(), scene.dice.uniform(5, 12)
    scene.add(at, "all", scene.dice.choice(["terminate", "submit_for"]))
    scene.add(at + scene.dice.uniform(1, 4), "one", "reopen", of)
    for later in (4.5, 5.5, 7.0):
        scene.add(at + later, "device", "answer", scene.device(of))


def ordered_and_gone(scene: Scene) -> None:
    """An order is in Postgres; who gave it dies before anybody is told, and nobody asks again."""
    at = scene.dice.uniform(5, 18)
    scene.add(at, "all", "terminate", GONE)
    scene.strike("postgres insert_exam_fact", CRASH_AFTER, at - 0.01)


GONE = 1
"""An examiner who asks once, and is gone."""


def flushed_by_nobody(scene: Scene) -> None:
    """Who flushed an attempt's last fact dies before saying that it is durable."""
    at = scene.dice.uniform(15, HEALED_S - 2)
    for of in range(len(scene.devices)):
        scene.add(at, "one", "submit_for", of)
    scene.strike("redis finish.lua", CRASH_BEFORE, at + 0.02)


def finished_in_another_life(scene: Scene) -> None:
    """A flusher stands still before it takes entries out of the log; Redis loses all meanwhile, and
    entries of the same ids come, which nobody else flushes for a while."""
    at = scene.dice.uniform(4, 11)
    scene.strike("redis finish.lua", HELD, at)
    wiped = at + scene.dice.uniform(1.5, 3)
    scene.add(wiped, "fault", scene.dice.choice(["redis_wipe", "redis_flushall"]), 0, 0.3)
    for who in range(3):
        scene.add(wiped + 0.4, "fault", "background_pause", who, 3.5)
    for number in range(8):
        for of in range(len(scene.devices)):
            scene.answers(of, wiped + 1 + 0.3 * number)


def joined_and_crashed(scene: Scene) -> None:
    """A device is granted the lease and never hears of it, and another takes over meanwhile."""
    of = scene.pair()
    if of is None:
        return
    first, second = scene.device(of), scene.device(of, 1)
    at = scene.opens[second]
    scene.strike("candidate join", scene.dice.choice([CRASH_AFTER, LATE_AFTER]), at - 0.005)
    for later in (0.2, 0.6, 1.2, 2.0):
        scene.add(at + later, "device", "take_over", first)


def two_primaries(scene: Scene) -> None:
    """For a long time, and the old one begins a life of its own; devices reach now this, now that
    one."""
    at = scene.dice.uniform(5, 10)
    scene.add(at, "fault", "redis_split", 0, 4.5)
    scene.add(at + scene.dice.uniform(0.5, 6), "fault", "redis_former_emptied")
    for who in range(sum(scene.devices)):
        for _ in range(4):
            later = at + scene.dice.uniform(0.3, 9.5)
            scene.add(later, "device", "offline", who)
            scene.add(later + 1, "device", "answer", who)


def clock_back(scene: Scene) -> None:
    """Redis' clock is turned back, and then the attempt changes hands."""
    of = scene.pair()
    if of is None:
        return
    at = scene.opens[scene.device(of, 1)] + scene.dice.uniform(0.5, 3)
    scene.add(at, "fault", "redis_clock", 0, scene.dice.uniform(2, 7))
    for later in (2.1, 2.8, 3.5, 4.2):
        for who in (scene.device(of), scene.device(of, 1)):
            scene.add(at + later, "device", "take_over", who)
            scene.add(at + later + 0.3, "device", "answer", who)


def retired_and_back(scene: Scene) -> None:
    """An attempt that had left Redis is reopened, ended and gone again, while somebody is slow to
    bring it back from what it had read before."""
    of, at = scene.attempt(), scene.dice.uniform(4, 6)
    scene.add(at, "one", "submit_for", of)
    back = at + 6.5
    scene.strike("redis create.lua", LATE_BEFORE, back - 0.02)
    scene.add(back, "one", "reopen", of)
    scene.add(back + 0.01, "one", "message", of)
    scene.add(back + 0.3, "one", "terminate", of)
    for later in (4.0, 5.0, 6.0):
        scene.add(back + later, "one", "message", of)


def lost_while_answering(scene: Scene) -> None:
    """Redis loses all while answers are under way on a bad line: their device gets a new lease."""
    of, at = scene.attempt(), scene.dice.uniform(5, 15)
    scene.add(at - 1, "fault", "network_noise", 0, 2)
    for number in range(14):
        scene.answers(of, at - 1 + 0.2 * number)
    what = scene.dice.choice(["redis_flushall", "redis_wipe", "redis_rollback"])
    scene.add(at, "fault", what, 0, scene.dice.uniform(0.5, 3))


def reopened_after_loss(scene: Scene) -> None:
    """A lease is lost with the answers that were given under it; the attempt is ended before its
    device is back, and reopened after."""
    of = scene.pair()
    if of is None:
        return
    first, second = scene.device(of), scene.device(of, 1)
    at = max(scene.opens[second], scene.begun(of)) + 0.2
    scene.add(at + 0.2, "device", "take_over", second)
    for later in (0.5, 0.7, 0.9):
        scene.add(at + later, "device", "answer", second)
    scene.add(at + 1.2, "fault", "device_crash", second, 2.5)
    scene.add(at + 1.3, "fault", "redis_rollback", 0, 1.5)
    scene.add(at + 2.2, "one", scene.dice.choice(["terminate", "submit_for"]), of)
    scene.add(at + 6, "one", "reopen", of)
    for number in range(8):
        scene.add(at + 6.2 + 0.4 * number, "device", "answer", (first, second)[number % 2])


def begun_late(scene: Scene) -> None:
    """Who begins a new life of Redis stands still before setting it; another has begun one later
    meanwhile."""
    at = scene.dice.uniform(4, 14)
    scene.strike("redis begin.lua", HELD, at)
    scene.add(at, "fault", "redis_wipe", 0, 0.3)
    scene.add(at + scene.dice.uniform(0.3, 0.9), "fault", "redis_flushall")


AT_ONCE = {
    joined_and_crashed,
    clock_back,
    reopened_after_loss,
}
"""Where a device takes over without asking anybody."""
SITUATIONS: tuple[Callable[[Scene], None], ...] = (
    submitted_after_loss,
    ahead_at_the_end,
    away_at_the_end,
    extended_at_the_end,
    ordered_at_the_start,
    reopened_after_an_order,
    ordered_and_gone,
    flushed_by_nobody,
    finished_in_another_life,
    joined_and_crashed,
    two_primaries,
    clock_back,
    retired_and_back,
    lost_while_answering,
    reopened_after_loss,
    begun_late,
)


def terms_for(situation: Callable[[Scene], None], terms: Terms) -> Terms:
    """The terms of an exam in which it can arise."""
    if situation in AT_ONCE:
        return structs.replace(terms, takeover=TakeoverPolicy.AT_ONCE)
    if situation in (away_at_the_end, ahead_at_the_end, extended_at_the_end):
        short = min(terms.duration_ms, 14_000)
        policy = LatePolicy.DISCARD if terms.late_policy is LatePolicy.ACCEPT else terms.late_policy
        return structs.replace(terms, duration_ms=short, late_policy=policy)
    return terms
