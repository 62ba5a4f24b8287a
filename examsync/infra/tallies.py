"""Figures noted for every answer: plain numbers, handed to the metrics once a second and whenever
somebody looks. Each metric has a lock of its own, which costs more than the counting.
"""

import asyncio
from bisect import bisect_left

from examsync.infra import metrics

EVERY_S = 1.0


class Acks:
    """The good acks of one event: how many, and how long they took."""

    def __init__(self, event: str) -> None:
        self._count = metrics.EVENTS.labels(event, "ok")
        self._seconds = metrics.ACK_SECONDS.labels(event)
        self._bounds: list[float] = list(self._seconds._upper_bounds)
        self._by_bound = [0] * len(self._bounds)
        self._sum_s = 0.0
        self._waits = False
        metrics.before_page.append(self.hand_over)

    def took(self, seconds: float) -> None:
        """One more."""
        self._by_bound[bisect_left(self._bounds, seconds)] += 1
        self._sum_s += seconds
        if not self._waits:
            self._hand_over_soon()

    def hand_over(self) -> None:
        """To the metrics, all that has gathered. A histogram has no public way to take many."""
        self._waits = False
        gathered, self._by_bound = self._by_bound, [0] * len(self._bounds)
        sum_s, self._sum_s = self._sum_s, 0.0
        if not any(gathered):
            return
        self._count.inc(sum(gathered))
        self._seconds._sum.inc(sum_s)
        for bucket, count in zip(self._seconds._buckets, gathered, strict=True):
            if count:
                bucket.inc(count)

    def _hand_over_soon(self) -> None:
        self._waits = True
        try:
            asyncio.get_running_loop().call_later(EVERY_S, self.hand_over)
        except RuntimeError:  # no loop runs: nobody would call
            self.hand_over()
