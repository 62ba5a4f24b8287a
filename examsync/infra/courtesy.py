"""Giving way: whoever works in the background rests while others wait for his processor (knows no
exam). The flusher asks: beside it Redis and the server save answers that somebody waits for.

A lower priority would not do: it does not reach the database that works for us, and between
sessions or control groups it counts for nothing.
"""

from collections.abc import Callable
from pathlib import Path

WAITED_MIN = 0.15
"""Of the time we wanted a processor, as much as is usual on a machine with room."""
REST_S_MAX = 0.25
STAT = Path("/proc/self/schedstat")
"""Nanoseconds that our main thread ran, and that it was ready to and waited (Linux'
Documentation/scheduler/sched-stats.rst)."""


class Courtesy:
    """How long to rest after a stretch of work. `read`: nanoseconds run and waited so far; None
    where that cannot be known, and there are no rests."""

    def __init__(self, read: Callable[[], tuple[int, int] | None]) -> None:
        self._read = read
        self._before = read()

    def rest_s(self, worked_s: float) -> float:
        """After a stretch that took so long by the clock. As long again when half of the time we
        wanted our processor others had it, and the more the more they had; then our part of it
        halves at least, and that of the database with it."""
        before, self._before = self._before, self._read()
        if before is None or self._before is None:
            return 0.0
        ran, waited = (now - then for now, then in zip(self._before, before, strict=True))
        share = waited / (ran + waited) if ran + waited else 0.0
        return min(REST_S_MAX, 2 * share * worked_s) if share > WAITED_MIN else 0.0


def scheduled() -> tuple[int, int] | None:
    """What the kernel says of our main thread: nanoseconds that it ran, and waited ready to run."""
    try:
        ran, waited, *_ = STAT.read_text().split()
        return int(ran), int(waited)
    except (OSError, ValueError):
        return None
