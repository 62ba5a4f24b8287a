"""Hard spots of time, of orders and of devices that change places (see `situations`)."""

from tests.simulation.points import CRASH_AFTER, LATE_AFTER, LOST_AFTER, LOST_BEFORE
from tests.simulation.scene import FORWARD, GONE, Scene
from tests.simulation.timeline import HEALED_S


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
    """An order is in Postgres; who carried it there dies before anybody is told, or is never told
    so himself, and nobody asks again."""
    at = scene.dice.uniform(5, 12)
    scene.calm = True
    scene.add(at, "all", "terminate", GONE)
    fault = scene.dice.choice([CRASH_AFTER, LOST_AFTER])
    scene.strike("postgres insert_exam_fact", fault, at - 0.01)


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
