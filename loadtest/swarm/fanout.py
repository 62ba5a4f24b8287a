"""How long changes take to those who are told (pure): by the server's own times, on its clock."""

from collections import deque
from collections.abc import Iterator

from msgspec import Struct

from loadtest.swarm.rows import FAN_OUT, Measure
from protocol.from_server import Hands, Notice, Progress, Roster, Violations

SAMPLES_MAX = 256


class Skew:
    """The server's clock against ours, from the quickest of the last round trips of all clients.

    A server time is taken to lie in the middle of its round trip (Cristian's algorithm), so the
    offset is wrong by half of that trip at most: `error_ms`.
    """

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque(maxlen=SAMPLES_MAX)
        self._best: tuple[float, float] = (0.0, 0.0)

    def heard(self, server_time: int, sent_ms: float, heard_ms: float) -> None:
        """A server time, between two times of ours (ms since 1970)."""
        if heard_ms < sent_ms:
            return
        sample = (heard_ms - sent_ms, server_time - (sent_ms + heard_ms) / 2)
        gone = self._samples[0] if len(self._samples) == SAMPLES_MAX else None
        self._samples.append(sample)
        if gone == self._best or len(self._samples) == 1:
            self._best = min(self._samples)
        else:
            self._best = min(self._best, sample)

    @property
    def offset_ms(self) -> float:
        """What to add to our clock; 0 before the first round trip."""
        return self._best[1]

    @property
    def error_ms(self) -> float:
        """How wrong that can be."""
        return self._best[0] / 2

    def server_ms(self, ours_ms: float) -> float:
        """The server's time when our clock says so."""
        return ours_ms + self.offset_ms


def since(name: str, at: int, server_ms: float) -> Measure:
    """A delay; where the clocks leave it below nothing, it is nothing."""
    return Measure(FAN_OUT, name, max(server_ms - at, 0.0))


class Delays:
    """What one examiner was told, and how late. Rows carry the time of their last answer only:
    of two answers within one delta (250 ms) the later one is measured."""

    def __init__(self) -> None:
        self._saved_at: dict[str, int] = {}

    def heard(self, event: Struct, server_ms: float) -> list[Measure]:
        """The delays of an event of the feed; a snapshot has none, it only says where we are."""
        match event:
            case Roster():
                return list(self._rows(event, server_ms, timed=event.prior is not None))
            case Progress():
                return list(self._rows(event, server_ms, timed=True))
            case Violations():
                return [since("violation", each.at, server_ms) for each in event.violations]
            case Hands():
                return [since("hand", each.at, server_ms) for each in event.hands]
        return []

    def _rows(
        self, event: Roster | Progress, server_ms: float, *, timed: bool
    ) -> Iterator[Measure]:
        for row in event.rows:
            if row.saved_at is None or row.saved_at <= self._saved_at.get(row.attempt, 0):
                continue
            self._saved_at[row.attempt] = row.saved_at
            if timed:
                yield since("progress", row.saved_at, server_ms)


def of_notice(notice: Notice, server_ms: float) -> Measure:
    """An examiner's message, to the candidate."""
    return since("notice", notice.at, server_ms)


class Seen(Struct):
    """What one examiner's feed came to."""

    deltas: int = 0
    snapshots: int = 0
    gaps: int = 0
