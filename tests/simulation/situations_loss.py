"""Hard spots of data that is lost, and of lives that follow each other (see `situations`)."""

from tests.simulation.loop import EPOCH_MS
from tests.simulation.points import CRASH_BEFORE, HELD, LATE_BEFORE, LOST_BEFORE
from tests.simulation.scene import Scene
from tests.simulation.timeline import HEALED_S


def submitted_after_loss(scene: Scene) -> None:
    """Redis loses what was acked, and the candidate hands in before anybody has noticed."""
    of, at = scene.attempt(), scene.dice.uniform(6, 18)
    who = scene.device(of)
    for before in (2.0, 1.2, 0.7, 0.5):
        scene.add(at - before, "device", "answer", who)
    what = scene.dice.choice(["redis_flushall", "redis_rollback", "redis_failover"])
    scene.add(at - 0.3, "fault", what, 0, 1.5)
    scene.add(at + scene.dice.uniform(-0.25, 0.3), "device", "submit", who)


def flushed_by_nobody(scene: Scene) -> None:
    """Who flushed an attempt's last fact dies before saying that it is durable."""
    at = scene.dice.uniform(15, HEALED_S - 2)
    for of in range(len(scene.devices)):
        scene.add(at, "one", "submit_for", of)
    scene.strike("redis finish.lua", CRASH_BEFORE, at + 0.02)


def finished_in_another_life(scene: Scene) -> None:
    """A flusher stands still before it takes entries out of the log; Redis loses all meanwhile, and
    entries of the same ids come, which nobody else flushes for a while."""
    scene.calm = True
    at = min(scene.starts.values()) + scene.dice.uniform(0.2, 1)
    scene.strike("redis finish.lua", HELD, at)
    wiped = at + scene.dice.uniform(0.7, 1.5)
    scene.add(wiped, "fault", "redis_flushall")
    for who in range(3):
        scene.add(wiped + 0.1, "fault", "background_pause", who, 4.5)
    for number in range(8):
        for of in range(len(scene.devices)):
            scene.answers(of, wiped + 1 + 0.3 * number)


def two_primaries(scene: Scene) -> None:
    """For a long time, and the old one begins a life of its own; devices reach now this, now that
    one."""
    at = scene.dice.uniform(5, 10)
    scene.calm = scene.dice.random() < 0.7
    scene.add(at, "fault", "redis_split", 0, 4.5)
    for number in range(2):
        what = scene.dice.choice(["worker_crash", "background_crash"])
        scene.add(at + 0.1 + number, "fault", what, number, 0.2)
        if scene.dice.random() < 0.5:
            scene.strike("postgres latest", CRASH_BEFORE, at)
    scene.add(at + scene.dice.uniform(0.5, 8), "fault", "redis_former_emptied")
    for who in range(sum(scene.devices)):
        for _ in range(4):
            later = at + scene.dice.uniform(0.3, 9.5)
            scene.add(later, "device", "offline", who)
            scene.add(later + 1, "device", "answer", who)
    if scene.dice.random() < 0.5:
        scene.strike("postgres claim", CRASH_BEFORE, at + scene.dice.uniform(1, 9))


def retired_and_back(scene: Scene) -> None:
    """An attempt that had left Redis is reopened, ended and gone again; then a command that was to
    bring it back the first time comes through, from a network that had held it up."""
    of = scene.attempt()
    at = max(scene.begun(of), 1.0) + scene.dice.uniform(0.3, 1)
    scene.calm = True
    scene.add(at, "one", "submit_for", of)
    back = at + 11
    late_s = scene.dice.uniform(11, 13)
    scene.strike("redis create.lua", LATE_BEFORE, back - 0.02, late_s)
    scene.add(back, "one", "reopen", of)
    scene.add(back + 0.01, "one", "message", of)
    scene.add(back + 0.3, "one", "terminate", of)
    for later in (0.3, 0.6, 1.0, 1.5):
        scene.add(back + late_s + later, "one", "message", of)


def lost_while_answering(scene: Scene) -> None:
    """Redis loses all while answers are under way on a bad line: their device gets a new lease."""
    of, at = scene.attempt(), scene.dice.uniform(5, 15)
    scene.add(at - 1, "fault", "network_noise", 0, 2)
    for number in range(14):
        scene.answers(of, at - 1 + 0.2 * number)
    what = scene.dice.choice(["redis_flushall", "redis_wipe", "redis_rollback"])
    scene.add(at, "fault", what, 0, scene.dice.uniform(0.5, 3))


def overtaken_and_lost(scene: Scene) -> None:
    """Of two answers the older one is refused and the newer one saved, since Redis stood still in
    between; then it loses both, and the lease they were given under, before anything is flushed."""
    who = scene.device(scene.attempt())
    at = max(scene.starts[who], (scene.terms.opens_at - EPOCH_MS) / 1_000) + 0.6
    scene.calm = True
    for which in range(3):
        scene.add(max(scene.opens[who] - 0.1, 0), "fault", "background_pause", which, 4)
    scene.add(at - 0.01, "fault", "redis_freeze", 0, 1.36)
    for later in (0.0, 0.02, 1.2, 1.22, 1.24):
        scene.add(at + later, "device", "answer", who)
    scene.add(at + 1.45, "fault", "redis_flushall")


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


def ended_after_loss(scene: Scene) -> None:
    """Redis loses all that a device was acked, and the lease too; when it is back an order has
    ended the attempt, so nobody is given a lease. What was answered meanwhile is newer."""
    of = scene.attempt()
    who = scene.device(of)
    at = max(scene.begun(of), (scene.terms.opens_at - EPOCH_MS) / 1_000) + 1
    scene.calm = True
    for which in range(3):
        scene.add(max(scene.opens[who] - 0.1, 0), "fault", "background_pause", which, 4)
    for later in (0.0, 0.2, 0.4):
        scene.add(at + later, "device", "answer", who)
    scene.add(at + 0.6, "fault", "redis_wipe", 0, 4)
    scene.add(at + 0.7, "all", scene.dice.choice(["terminate", "submit_for"]))
    for later in (0.8, 1.0, 1.2, 1.4):
        scene.add(at + later, "device", "answer", who)


def cleaned_by_the_other(scene: Scene) -> None:
    """Of two primaries the old one goes on with all who write. Who cleans reads from it, and has
    heard of the later life; who flushes its log stands still and comes back."""
    at = max(*scene.starts.values(), 5) + scene.dice.uniform(0, 1)
    scene.calm = True
    scene.add(at, "fault", "redis_split", 0, 4.5)
    for which in (1, 2):
        scene.add(at + 0.1, "fault", "background_pause", which, scene.dice.uniform(2.5, 3.5))
    scene.strike("redis XREADGROUP log", LOST_BEFORE, at + 0.15)
    for number in range(24):
        for of in range(len(scene.devices)):
            scene.answers(of, at + 0.3 * number)
