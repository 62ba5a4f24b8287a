"""The clock: Redis TIME as an offset to this process's monotonic clock; never runs backwards."""

import time
from typing import Protocol


class Clock(Protocol):
    """Hands out the server's time; services are given one, pure code is given its readings."""

    def now(self) -> int:
        """Milliseconds since 1970 UTC, as Redis tells it."""
        ...


class RedisClock:
    """Redis TIME, held as an offset between two readings of it.

    A reading that would turn the clock back is absorbed: time stands still until it is caught up,
    so no deadline that has been announced as passed comes back.
    """

    def __init__(self) -> None:
        self._offset_ms = time.time() * 1000 - time.monotonic() * 1000
        self._last = 0

    @staticmethod
    def monotonic_s() -> float:
        """This process's own clock, in seconds, as `set` wants it."""
        return time.monotonic()

    def set(self, redis_ms: float, *, asked: float, answered: float) -> None:
        """Take a reading of Redis TIME; `asked` and `answered` are `time.monotonic()` values.

        The reading is assumed to lie in the middle of the round trip (Cristian's algorithm).
        """
        self._offset_ms = redis_ms - (asked + answered) * 500

    def now(self) -> int:
        """Milliseconds since 1970 UTC; never less than the last answer."""
        reading = int(time.monotonic() * 1000 + self._offset_ms)
        if reading > self._last:  # noqa: PLR1730  # `max` takes twice as long
            self._last = reading
        return self._last
