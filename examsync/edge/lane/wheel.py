"""When each connection is pinged: one wheel for all of them, turned by the clock (no task each).

Turned every second or so by the front; what it carries is spread evenly, whenever it came.
"""

from typing import Protocol

SPOKE_MS = 1_000


class Pinged(Protocol):
    """What hangs on the wheel. `spoke` is the wheel's own note; -1 when it does not hang there."""

    spoke: int
    opened_at: int

    def ping(self) -> None:
        """Its turn has come."""
        ...


class Wheel:
    """Reaches everybody once in `period_ms`, the first time after half of it at the earliest."""

    def __init__(self, period_ms: int) -> None:
        self._spokes: list[set[Pinged]] = [set() for _ in range(period_ms // SPOKE_MS)]
        self._young_ms = period_ms // 2
        self._next = 0
        self._turned_at: int | None = None

    def __len__(self) -> int:
        """How many hang on it."""
        return sum(map(len, self._spokes))

    def add(self, one: Pinged) -> None:
        """Hang it on the next spoke."""
        one.spoke = self._next
        self._spokes[self._next].add(one)
        self._next = (self._next + 1) % len(self._spokes)

    def discard(self, one: Pinged) -> None:
        """Take it off, if it hangs there."""
        if one.spoke >= 0:
            self._spokes[one.spoke].discard(one)
            one.spoke = -1

    def turn(self, now: int) -> None:
        """Ping whose turn has come since the last call; `now` in ms."""
        at = now // SPOKE_MS
        before = at - 1 if self._turned_at is None else self._turned_at
        self._turned_at = max(at, before)
        first = max(before + 1, at + 1 - len(self._spokes))  # who stood still pings all, but once
        for turn in range(first, at + 1):
            for one in list(self._spokes[turn % len(self._spokes)]):
                if now - one.opened_at >= self._young_ms:
                    one.ping()
