"""Figures noted for every answer: plain numbers, handed to the metrics once a second and whenever
somebody looks. Each metric has a lock of its own and, shared between processes, a file to write to,
which costs more than the counting.
"""

import asyncio
from bisect import bisect_left

from examsync.infra import metrics

EVERY_S = 1.0


class Spread:
    """What a histogram is to be told, and with each value one more of a counter if there is one."""

    def __init__(self, histogram: metrics.Spreading, count: metrics.Counting | None = None) -> None:
        self._histogram = histogram
        self._count = count
        self._bounds: list[float] = list(histogram._upper_bounds)
        self._by_bound = [0] * len(self._bounds)
        self._sum = 0.0
        self._waits = False
        metrics.before_page.append(self.hand_over)

    def took(self, value: float) -> None:
        """One more."""
        self._by_bound[bisect_left(self._bounds, value)] += 1
        self._sum += value
        if not self._waits:
            self._waits = soon(self)

    def hand_over(self) -> None:
        """To the metrics, all that has gathered. A histogram has no public way to take many."""
        self._waits = False
        gathered, self._by_bound = self._by_bound, [0] * len(self._bounds)
        total, self._sum = self._sum, 0.0
        if not any(gathered):
            return
        if self._count is not None:
            self._count.inc(sum(gathered))
        self._histogram._sum.inc(total)
        for bucket, count in zip(self._histogram._buckets, gathered, strict=True):
            if count:
                bucket.inc(count)


class Acks(Spread):
    """The good acks of one event: how many, and how long they took (s)."""

    def __init__(self, event: str) -> None:
        super().__init__(metrics.ACK_SECONDS.labels(event), metrics.EVENTS.labels(event, "ok"))


class Count:
    """What a counter is to be told."""

    def __init__(self, counter: metrics.Counting) -> None:
        self._counter = counter
        self._sum = 0
        self._waits = False
        metrics.before_page.append(self.hand_over)

    def add(self, number: int) -> None:
        """So many more."""
        self._sum += number
        if not self._waits:
            self._waits = soon(self)

    def hand_over(self) -> None:
        """To the metric, all that has gathered."""
        self._waits = False
        gathered, self._sum = self._sum, 0
        if gathered:
            self._counter.inc(gathered)


def soon(gathering: Spread | Count) -> bool:
    """Have it handed over in a while; False if it was done at once: no loop runs that would."""
    try:
        asyncio.get_running_loop().call_later(EVERY_S, gathering.hand_over)
    except RuntimeError:
        gathering.hand_over()
        return False
    return True
