"""Hard spots of what examiners see (see `situations`): nothing that happens later puts it right."""

from tests.simulation.points import LOST_BEFORE
from tests.simulation.scene import Scene

TELLINGS = 12
"""More than a row is told by all who have to do with a close: who confirms, flushes, grades it."""
LONG_MS = 45_000
"""An exam that goes on long after candidates have become silent."""


def extended_while_quiet(scene: Scene) -> None:
    """Everybody gets more time, and then no candidate does anything that would tell his row."""
    scene.calm = True
    scene.add(1.0, "watch", "watch")
    scene.add(scene.dice.uniform(27, 28), "all", "extend")


def closed_untold(scene: Scene) -> None:
    """Attempts are closed while nobody can tell the feed, whoever tries."""
    scene.calm = True
    scene.add(1.0, "watch", "watch")
    at = scene.dice.uniform(8, 18)
    for of in range(len(scene.devices)):
        scene.add(at, "one", "submit_for", of)
        scene.add(at, "one", "terminate", of)
    for nth in range(TELLINGS):
        scene.strike("redis monitor feed.lua", LOST_BEFORE, at + 0.001 * nth)
