"""Figures by row (pure): how often, how long, which failures. Workers' figures are merged exactly.

A row is `KIND name`. Percentiles are of what went well; what failed is counted by its reason.
"""

import math

from msgspec import Struct, field

CONNECTION = "WS"
"""Connections: `connect`, `reconnect`, `back` (cut to joined again), `lost`."""
CALL = "WSC"
"""An event, from its send to its ack."""
HEARD = "WSR"
"""An event from the server: counted, there is nothing to time."""
FAN_OUT = "FAN"
"""A change, from the server's own time of it to the one who is told."""
GENERATOR = "GEN"
"""`slip`: how much later than planned a user acted, for want of CPU here."""
OURS = "ERR"
"""What went wrong in the load test itself, or left a candidate sitting."""

GROWTH = 1.01
LEAST_MS = 0.01
REASONS_MAX = 40
"""Different reasons of failure that a row keeps apart; further ones count as `other`."""


class Measure(Struct, frozen=True):
    """One thing that happened. `ms` is None where there is no time; `error` is a reason, or ""."""

    kind: str
    name: str
    ms: float | None = None
    error: str = ""
    size: int = 0


class Histogram(Struct):
    """Durations in buckets that grow by 1 %: every percentile is at most so much too high."""

    buckets: dict[int, int] = {}
    count: int = 0
    max_ms: float = 0.0

    def add(self, ms: float) -> None:
        """One more."""
        bucket = bucket_of(ms)
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1
        self.count += 1
        self.max_ms = max(self.max_ms, ms)

    def merge(self, other: "Histogram") -> None:
        """Those of another too."""
        for bucket, times in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + times
        self.count += other.count
        self.max_ms = max(self.max_ms, other.max_ms)

    def percentile(self, per_cent: float) -> float | None:
        """By nearest rank, the upper edge of its bucket: never flattering. None without any."""
        rank = max(math.ceil(self.count * per_cent / 100), 1)
        for bucket in sorted(self.buckets):
            rank -= self.buckets[bucket]
            if rank <= 0:
                return min(LEAST_MS * GROWTH**bucket, self.max_ms)
        return None


def bucket_of(ms: float) -> int:
    """The number of the bucket of a duration."""
    if ms <= LEAST_MS:
        return 0
    return math.ceil(math.log(ms / LEAST_MS) / math.log(GROWTH))


class Row(Struct):
    """One line of the table."""

    timed: Histogram = field(default_factory=Histogram)
    untimed: int = 0
    failures: dict[str, int] = {}
    size: int = 0

    @property
    def failed(self) -> int:
        """How many failed."""
        return sum(self.failures.values())

    @property
    def count(self) -> int:
        """How many there were, failed ones too."""
        return self.timed.count + self.untimed + self.failed

    def fail(self, reason: str, times: int = 1) -> None:
        """Count a failure."""
        known = reason in self.failures or len(self.failures) < REASONS_MAX
        key = reason if known else "other"
        self.failures[key] = self.failures.get(key, 0) + times


class Rows(Struct):
    """All rows, by `KIND name`."""

    rows: dict[str, Row] = {}

    def add(self, measure: Measure) -> None:
        """One more measure."""
        row = self.rows.setdefault(f"{measure.kind} {measure.name}", Row())
        row.size += measure.size
        if measure.error:
            row.fail(measure.error)
        elif measure.ms is None:
            row.untimed += 1
        else:
            row.timed.add(measure.ms)

    def merge(self, other: "Rows") -> None:
        """Those of another process too."""
        for name, theirs in other.rows.items():
            row = self.rows.setdefault(name, Row())
            row.timed.merge(theirs.timed)
            row.untimed += theirs.untimed
            row.size += theirs.size
            for reason, times in theirs.failures.items():
                row.fail(reason, times)

    def get(self, name: str) -> Row:
        """A row; an empty one if nothing of it was measured."""
        return self.rows.get(name, Row())

    @property
    def failed(self) -> int:
        """All failures of all rows."""
        return sum(row.failed for row in self.rows.values())
