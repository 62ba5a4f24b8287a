"""The server's time as this client sees it (pure). For countdowns only: it decides nothing."""

from collections import deque

from msgspec import Struct

SAMPLES_MAX = 8
"""Eight heartbeats: a minute and a half. Long enough to hold one quiet round trip, short enough
to follow a laptop whose own clock drifts or jumps."""


class Sample(Struct, frozen=True):
    """One heartbeat's round trip: how long it took, and what it says of the offset."""

    rtt_ms: int
    offset_ms: float


class ServerClock:
    """Offset from this client's clock to the server's, from the best of the last round trips."""

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque(maxlen=SAMPLES_MAX)

    def heard(self, server_time: int, *, sent_at: int, heard_at: int) -> None:
        """Take a server time; `sent_at` and `heard_at` are this client's times around it.

        The server's reading is taken to lie in the middle (Cristian's algorithm), so it is off
        by at most half the round trip: the shortest round trip knows best.
        """
        rtt_ms = heard_at - sent_at
        if rtt_ms >= 0:
            self._samples.append(Sample(rtt_ms, server_time - (sent_at + heard_at) / 2))

    @property
    def rtt_ms(self) -> int | None:
        """The last round trip, or None before the first."""
        return self._samples[-1].rtt_ms if self._samples else None

    @property
    def offset_ms(self) -> float:
        """What to add to this client's clock; 0 before the first round trip."""
        if not self._samples:
            return 0.0
        return min(self._samples, key=lambda sample: sample.rtt_ms).offset_ms

    def server_now(self, now: int) -> int:
        """The server's time when this client's clock says `now`."""
        return round(now + self.offset_ms)
