"""The connections of this process's candidates, in memory (pure).

The edge writes here with every frame; that costs a dictionary look-up. What examiners hear of it
is decided by the sweep, once a second: it looks at links of which something was written that
matters, and at those whose silence has come to its next step; at nobody else.
"""

import heapq
import itertools
from collections import Counter
from collections.abc import Iterator

from examsync.monitor.piece import Piece, connection_piece
from examsync.monitor.roster import (
    Link,
    Thresholds,
    differs,
    heard,
    level_of,
    next_step_at,
    outdone,
    report,
)
from protocol.types import Presence as Level


class Presence:
    """Who is connected here. `process` is this process's id, as others know it."""

    def __init__(self, process: str, thresholds: Thresholds | None = None) -> None:
        self.process = process
        self._thresholds = Thresholds() if thresholds is None else thresholds
        self._links: dict[str, Link] = {}
        self._exams: Counter[str] = Counter()
        self._restless: dict[Link, None] = {}
        """Something was written of them since they were looked at."""
        self._steps: list[tuple[int, int, Link]] = []
        """A heap: when the silence of a link comes to its next step, as known when that was
        written down. A link's own `step_at` says which of its entries counts."""
        self._hung = 0

    def connected(
        self, attempt: str, exam: str, opened_at: int, hall: str = "", leased_at: int = 0
    ) -> None:
        """The candidate of `attempt` has joined on a connection made at `opened_at` (ms), with a
        lease of `leased_at`.

        Call it when the join has succeeded: a device that was refused must not hide the one that
        writes. Of two connections that counts which came later, or took over later: a device may
        have waited for that on a connection that is older than the other one's.
        """
        new, link = Link(attempt, exam, hall, opened_at, leased_at), self._links.get(attempt)
        if link is None:
            self._hold(new)
        elif (link.opened_at, link.came_at) == (opened_at, new.came_at):  # it joined again
            link.closed, link.closed_at = False, None
            self._restless[link] = None
        elif link.closed or link.came_at <= new.came_at:
            new.stamp_ms = max(new.came_at, link.stamp_ms + 1)
            self._drop(link)
            self._hold(new)

    def seen(
        self,
        attempt: str,
        now: int,
        *,
        pending: int | None = None,
        rtt_ms: int | None = None,
        visible: bool | None = None,
    ) -> None:
        """A frame came. None says nothing new; unknown attempts are passed over."""
        link = self._links.get(attempt)
        if link is None:
            return
        if now <= link.seen_at and pending is None and rtt_ms is None and visible is None:
            return  # noted before
        if pending is not None:
            link.pending = pending
        if rtt_ms is not None:
            link.rtt_ms = rtt_ms
        if visible is not None:
            link.visible = visible
        heard(link, now)
        if differs(link, Level.LIVE):
            self._restless[link] = None

    def gone(self, attempt: str, opened_at: int | None = None) -> None:
        """The connection was closed: that one if `opened_at` is given, and no later one."""
        link = self._links.get(attempt)
        if link is not None and opened_at in (None, link.opened_at):
            link.closed = True
            self._restless[link] = None

    def exams(self) -> list[str]:
        """The exams that somebody here sits."""
        return list(self._exams)

    def links(self) -> list[Link]:
        """All links."""
        return list(self._links.values())

    def due(self, now: int, most: int) -> list[Link]:
        """So many links at most that a sweep has to look at now; once it has done so they are not
        among them, until something is written of them or their silence comes to a step."""
        steps, restless = self._steps, self._restless
        while steps and steps[0][0] <= now and len(restless) < most:
            at, number, link = steps[0]
            live_until = link.seen_at + self._thresholds.late_ms
            if link.step_at == at and live_until > now and not link.closed:
                # It was heard of meanwhile, and noted as restless then if that had to be told.
                link.step_at = live_until
                heapq.heapreplace(steps, (live_until, number, link))
                continue
            heapq.heappop(steps)
            if link.step_at == at:
                link.step_at = None
                restless[link] = None
        return list(itertools.islice(restless, most))

    def sweep(self, links: list[Link], now: int) -> Iterator[tuple[str, Piece]]:
        """What is to be told of these links now: (exam, piece). Links that ended are forgotten."""
        for link in links:
            if self._links.get(link.attempt) is link:
                yield from self._look(link, now)
            self._restless.pop(link, None)  # only now: what fails half way is looked at again

    def _look(self, link: Link, now: int) -> Iterator[tuple[str, Piece]]:
        if link.closed and link.closed_at is None:
            link.closed_at = now
        if link.superseded_at is None:
            told = report(link, now, self._thresholds, self.process)
            if told is not None:
                yield link.exam, connection_piece(told, link.hall)
        if link.closed and level_of(link, now, self._thresholds) is Level.AWAY:
            self._drop(link)
        else:
            self._wait(link, now)

    def refeed(self, exam: str | None = None) -> None:
        """Everything about this exam (or all of them) has to be told anew."""
        for link in self._links.values():
            if exam is None or link.exam == exam:
                link.told = None
                self._restless[link] = None

    def outdone(self, attempt: str, standing: tuple[int, int], now: int) -> None:
        """The feed holds a report on this attempt that is not older than ours."""
        link = self._links.get(attempt)
        if link is not None:
            outdone(link, standing, now)
            self._restless[link] = None

    def _hold(self, link: Link) -> None:
        self._links[link.attempt] = link
        self._exams[link.exam] += 1
        self._restless[link] = None

    def _drop(self, link: Link) -> None:
        del self._links[link.attempt]
        self._exams[link.exam] -= 1
        if not self._exams[link.exam]:
            del self._exams[link.exam]

    def _wait(self, link: Link, now: int) -> None:
        """See to it that the link is looked at when its silence comes to the next step. An entry
        that is earlier will do: by then it may have been heard of, and waits anew."""
        at = next_step_at(link, now, self._thresholds)
        if at is None or (link.step_at is not None and link.step_at <= at):
            return
        link.step_at = at
        self._hung += 1
        heapq.heappush(self._steps, (at, self._hung, link))
