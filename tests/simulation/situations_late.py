"""Hard spots of what comes late, twice, or out of order (see `situations`)."""

from tests.simulation.points import CRASH_BEFORE, LATE_BEFORE, LOST_BEFORE, TWICE
from tests.simulation.scene import FORWARD, Scene
from tests.simulation.timeline import HEALED_S


def finished_late(scene: Scene) -> None:
    """Of two flushers the one that committed first is the last to say what is durable, and nothing
    comes after it: the attempts are closed."""
    at = max(map(scene.writes, range(len(scene.devices)))) + scene.dice.uniform(0.3, 2)
    scene.calm = True
    for of in range(len(scene.devices)):
        scene.answers(of, at)
        scene.add(at + 1.2, "one", "terminate", of)
    scene.strike("redis finish.lua", LATE_BEFORE, at + 0.02, scene.dice.uniform(3, 4))


def flushed_by_another(scene: Scene) -> None:
    """Who flushes dies with entries in hand; others go on with what comes after them."""
    at = max(map(scene.writes, range(len(scene.devices)))) + scene.dice.uniform(0.3, 4)
    scene.calm = True
    scene.strike("postgres lock", CRASH_BEFORE, at)
    for number in range(12):
        for of in range(len(scene.devices)):
            scene.answers(of, at - 0.05 + 0.25 * number)


def answered_twice(scene: Scene) -> None:
    """Answers come a second time, when newer ones to the same items have been saved."""
    of = scene.attempt()
    at = scene.writes(of) + scene.dice.uniform(0.3, 5)
    for number in range(5):
        scene.strike("candidate answer", TWICE, at + 0.2 * number)
    for number in range(16):
        scene.answers(of, at + 0.2 * number)


def repeated_and_crashed(scene: Scene) -> None:
    """An answer comes again while it is on its way to Redis, which takes long; then all who know
    of it die, and somebody else writes the fact that it would have been."""
    of = scene.attempt()
    at = scene.writes(of) + scene.dice.uniform(0.3, 5)
    scene.calm = True
    scene.strike("candidate answer", TWICE, at - 0.001)
    scene.strike("redis save.lua", LATE_BEFORE, at, 8.0)
    scene.answers(of, at)
    for which in range(3):
        scene.add(at + 0.95, "fault", "worker_crash", which, 0.3)
    scene.add(at + 1.4, "one", "message", of)


def expired_ahead(scene: Scene) -> None:
    """Who sweeps reads a clock that has jumped over the end of an attempt, and no word of it comes
    to the doors; there answers are still in time."""
    of = scene.attempt()
    grace_s = scene.terms.grace_ms / 1_000
    ends = scene.accept_until(of) - grace_s
    if ends > HEALED_S - 1:
        return
    scene.calm = True
    scene.add(ends - 2, "fault", "redis_clock", FORWARD, grace_s + 4)
    for number in range(14):
        scene.answers(of, ends - 1.9 + 0.13 * number)
    for number in range(8):
        scene.strike("news FactTold", LOST_BEFORE, ends - 2 + 0.01 * number)
