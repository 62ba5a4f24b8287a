"""Hard spots of lives of Redis that follow each other, or go on beside each other (see
`situations`): who wrote in the one, and is heard in the other."""

from tests.simulation.points import HELD, LATE_BEFORE
from tests.simulation.scene import Scene

FORGETS_S = 6.0
"""A device that is away for so long comes back without its outbox."""


def restarted_and_forgotten(scene: Scene) -> None:
    """Redis comes back with all it had; who was acked just before has forgotten it. The attempt is
    asked for before anything of that is flushed."""
    of = scene.attempt()
    at = scene.writes(of) + scene.dice.uniform(0.5, 5)
    scene.calm = True
    for which in range(3):
        scene.add(at - 0.05, "fault", "background_pause", which, 0.9)
    for later in (0.0, 0.1):
        scene.answers(of, at + later)
    scene.add(at + 0.3, "fault", "redis_restart", 0, 0.1)
    scene.forget(of, at + 0.32, FORGETS_S)
    scene.add(at + 0.7, "one", "message", of)


def written_after_a_restart(scene: Scene) -> None:
    """Redis comes back with all it had, and the first who writes has not heard of it: it is another
    life. Who was acked then forgets it, and his attempt is asked for in the new life."""
    of = scene.attempt()
    at = scene.writes(of) + scene.dice.uniform(2, 6)
    scene.calm = True
    for which in range(3):
        scene.add(at, "fault", "background_pause", which, 0.6)
    scene.add(at, "fault", "redis_restart", 0, 0.1)
    scene.answers(of, at + 0.2)
    scene.add(at + 0.26, "one", "message", of)
    scene.forget(of, at + 0.35, FORGETS_S)


def flushed_in_another_life(scene: Scene) -> None:
    """A flusher waits for the row of one attempt, which another holds who stands still, with facts
    of a second one in hand. Redis loses all, and the second is asked for in the new life."""
    if len(scene.devices) == 1:
        return
    at = max(map(scene.writes, range(len(scene.devices)))) + scene.dice.uniform(0.3, 2)
    scene.calm = True
    scene.answers(0, at)
    scene.strike("postgres flush", HELD, at)
    for of in (0, 1):
        scene.answers(of, at + 1)
    scene.add(at + 2.2, "fault", "redis_flushall")
    scene.add(at + 2.3, "one", "message", 1)


def leases_lost(scene: Scene) -> None:
    """An attempt changes hands again and again, and Redis loses all of it. It is ended before the
    devices are back, so they bring what they answered and are given no lease; then it is reopened.
    """
    of = scene.pair()
    if of is None:
        return
    pair = (scene.device(of), scene.device(of, 1))
    at = max(scene.opens[pair[1]], scene.writes(of)) + 0.3
    scene.calm = True
    for which in range(3):
        scene.add(at, "fault", "background_pause", which, 1.4)
    for turn in range(4):
        later = at + 0.2 + 0.45 * turn
        scene.add(later, "device", "take_over", pair[turn % 2])
        scene.add(later + 0.25, "device", "answer", pair[turn % 2])
    scene.add(at + 2.1, "fault", scene.dice.choice(["redis_flushall", "redis_wipe"]), 0, 0.5)
    scene.add(at + 2.2, "one", "terminate", of)
    scene.add(at + 6, "one", "reopen", of)
    for turn in range(8):
        scene.add(at + 6.2 + 0.4 * turn, "device", "answer", pair[turn % 2])


def durable_of_the_other(scene: Scene) -> None:
    """Two primaries, and every flusher reads from the new one. What is durable there is told where
    a write to the old one is under way."""
    of = scene.attempt()
    at = max(map(scene.writes, range(len(scene.devices)))) + scene.dice.uniform(0.3, 2)
    scene.calm = True
    scene.add(at, "fault", "redis_split", 0, 4.5)
    scene.add(at + 0.05, "fault", "worker_crash", 0, 0.05)
    for which in range(3):
        scene.add(at + 0.05, "fault", "background_crash", which, 0.05)
    scene.add(at + 1, "one", "message", of)
    scene.add(at + 1.1, "one", "message", of)
    late = at + 3
    scene.answers(of, late)
    scene.strike("redis save.lua", LATE_BEFORE, late, 0.95)
    for number in range(8):
        scene.add(late + 0.05 + 0.01 * number, "one", "message", of)
    for nth in range(scene.devices[of]):
        scene.add(late + 1.1, "device", "offline", scene.device(of, nth))


def heard_of_the_other(scene: Scene) -> None:
    """Two primaries. The old one loses all and begins a life later than the new one's; devices that
    have heard of it are switched off before they ask for anything there, and come back when it is
    gone."""
    at = max(map(scene.writes, range(len(scene.devices)))) + scene.dice.uniform(0.3, 2)
    scene.calm = True
    heard_s = scene.dice.uniform(0.8, 2)
    gone_s = 1 + heard_s + 0.1
    scene.add(at, "fault", "redis_split", 0, (gone_s - 1) / 2)
    for which in range(3):
        scene.add(at + 0.05, "fault", "background_crash", which, 0.05)
    scene.add(at + 1, "fault", "redis_former_emptied")
    for who in range(sum(scene.devices)):
        scene.add(at + 1 + heard_s, "fault", "device_crash", who, 0.5)


def extended_and_lost(scene: Scene) -> None:
    """An attempt is given more time in the last moment; Redis loses it before it is flushed. Who
    answers brings it back as over, before its examiner says again what he gave; and who sweeps has
    stood still meanwhile, and not heard of the new life."""
    of = scene.attempt()
    at = scene.accept_until(of)
    scene.calm = True
    for which in range(3):
        scene.add(at - 1, "fault", "background_pause", which, 1.1)
    scene.add(at - 0.8, "one", "extend", of)
    scene.add(at + 1.1, "fault", "redis_flushall")
    for later in (0.9, 1.0, 1.1):
        scene.answers(of, at + later)
