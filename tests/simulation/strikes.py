"""Faults that fall at one command: before it, after it, or on its way back (drawn by `plan`).

The machines ask at every command that leaves a process whether this is the one.
"""

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tests.simulation import points
from tests.simulation.process import Process

if TYPE_CHECKING:
    from tests.simulation.world import World

LOST_WHILE_HELD = 0.4
"""How often Redis loses its data while a process stands still before a command."""


class Strike(Struct, frozen=True):
    """A fault at the `nth` command of its kind that leaves after `after` (s). `late_s`: how late
    a late one is; 0 for a little later than anybody waits."""

    point: str
    fault: str
    after: float
    nth: int
    late_s: float = 0.0


class Strikes:
    """The strikes of one world that have not fallen yet."""

    def __init__(self, world: "World", planned: list[Strike], until: float) -> None:
        self.world = world
        self._until = until
        self._left = {strike: strike.nth for strike in planned}
        self._points = {strike.point for strike in planned}
        self.late_s = 0.0
        """How late the last one that has fallen is, if its plan says so."""

    def at(self, point: str) -> str | None:
        """The fault that befalls this command, if any does."""
        self.world.counts[f"passed {point}"] += 1
        if point not in self._points or self.world.loop.time() >= self._until:
            return None
        for strike in self._left:
            if strike.point == point and strike.after <= self.world.loop.time():
                self._left[strike] -= 1
                if self._left[strike] == 0:
                    return self._fallen(strike)
        return None

    def _fallen(self, strike: Strike) -> str:
        del self._left[strike]
        self.late_s = strike.late_s
        self._points = {left.point for left in self._left}
        self.world.seen(f"{strike.point}: {strike.fault}")
        return strike.fault

    def on_redis(self, commands: list[Any]) -> tuple[int, str] | None:
        """Which of these commands to Redis is struck, and by what."""
        for at, command in enumerate(commands):
            fault = self.at(points.redis_point(command))
            if fault is not None:
                return at, fault
        return None

    def hold(self, process: Process, seconds: float) -> None:
        """The process stands still; often Redis loses its data meanwhile, which is when a command
        from an older life would do most harm."""
        world = self.world
        process.pause(seconds)
        if world.dice.random() < LOST_WHILE_HELD:
            lose = world.dice.choice([world.redis.flush_all, self._wipe])
            world.loop.call_later(0.5 * seconds * world.dice.random(), lose)

    def _wipe(self) -> None:
        if self.world.redis.up:
            self.world.redis.restart(0.05, {})

    def crash(self, process: Process) -> None:
        """The process dies here; another takes its place."""
        world = self.world
        for slots in (world.workers, world.backgrounds):
            for which, node in enumerate(slots):
                if node.process is process:
                    world.replace(slots, which, world.dice.uniform(0.1, 2))
