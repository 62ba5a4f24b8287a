"""The connections of this process's candidates, in memory (pure).

The edge writes here with every frame; that costs a dictionary look-up. What examiners hear of it
is decided by the sweep, which goes through all links once a second.
"""

from collections.abc import Iterator

from examsync.monitor.piece import Piece, connection_piece
from examsync.monitor.roster import Link, Thresholds, heard, level_of, outdone, report
from protocol.types import Presence as Level


class Presence:
    """Who is connected here. `process` is this process's id, as others know it."""

    def __init__(self, process: str, thresholds: Thresholds | None = None) -> None:
        self.process = process
        self._thresholds = Thresholds() if thresholds is None else thresholds
        self._links: dict[str, Link] = {}

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
            self._links[attempt] = new
        elif (link.opened_at, link.came_at) == (opened_at, new.came_at):  # it joined again
            link.closed, link.closed_at = False, None
        elif link.closed or link.came_at <= new.came_at:
            new.stamp_ms = max(new.came_at, link.stamp_ms + 1)
            self._links[attempt] = new

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
        heard(link, now)
        if pending is not None:
            link.pending = pending
        if rtt_ms is not None:
            link.rtt_ms = rtt_ms
        if visible is not None:
            link.visible = visible

    def gone(self, attempt: str, opened_at: int | None = None) -> None:
        """The connection was closed: that one if `opened_at` is given, and no later one."""
        link = self._links.get(attempt)
        if link is not None and opened_at in (None, link.opened_at):
            link.closed = True

    def exams(self) -> list[str]:
        """The exams that somebody here sits."""
        return list({link.exam: None for link in self._links.values()})

    def links(self) -> list[Link]:
        """All links, for a sweep that takes them in slices."""
        return list(self._links.values())

    def sweep(self, links: list[Link], now: int) -> Iterator[tuple[str, Piece]]:
        """What is to be told of these links now: (exam, piece). Links that ended are forgotten."""
        for link in links:
            if self._links.get(link.attempt) is not link:
                continue
            if link.closed and link.closed_at is None:
                link.closed_at = now
            if link.superseded_at is None:
                told = report(link, now, self._thresholds, self.process)
                if told is not None:
                    yield link.exam, connection_piece(told, link.hall)
            if link.closed and level_of(link, now, self._thresholds) is Level.AWAY:
                del self._links[link.attempt]

    def refeed(self, exam: str | None = None) -> None:
        """Everything about this exam (or all of them) has to be told anew."""
        for link in self._links.values():
            if exam is None or link.exam == exam:
                link.told = None

    def outdone(self, attempt: str, standing: tuple[int, int], now: int) -> None:
        """The feed holds a report on this attempt that is not older than ours."""
        link = self._links.get(attempt)
        if link is not None:
            outdone(link, standing, now)
