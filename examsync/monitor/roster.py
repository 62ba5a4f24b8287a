"""Who is there: levels of presence, and what of a connection is worth telling (pure).

Frames only write numbers into a `Link`; the sweep looks at it when they matter, and decides.
"""

from bisect import bisect_right
from collections.abc import Sequence

from msgspec import Struct, structs

from protocol.from_server import Connection
from protocol.types import Presence

GONE_AFTER_MS = 5_000
"""A closed socket counts as away after this: a client that comes back does so within seconds, and
a row that flashes with every change of mobile cell teaches examiners to ignore it."""

HEARD_ON_MS = 5_000
"""Frames that come for so long after a later connection was heard of are not what was still under
way when it took over."""

PENDING_STEPS = (1, 10)
"""Unacked answers: none, some, many. Between steps a change is not told, or each heartbeat of
each candidate would be a delta."""
RTT_STEPS_MS = (150, 400, 1_000)
"""Round trips: good, felt, bad, hardly usable."""


class Thresholds(Struct, frozen=True):
    """After how long a silence a connection is late, silent, away."""

    late_ms: int = 15_000
    silent_ms: int = 25_000
    away_ms: int = 40_000


class Link:
    """One candidate's connection to this process: numbers that frames write, and what was told.

    `opened_at` says which connection it is, `came_at` which of several of this process counts: the
    later, or what took over later. Among all processes it is `stamp_ms` that decides.
    """

    __slots__ = (
        "attempt",
        "came_at",
        "closed",
        "closed_at",
        "exam",
        "hall",
        "opened_at",
        "pending",
        "reports",
        "rtt_ms",
        "seen_at",
        "since",
        "stamp_ms",
        "step_at",
        "superseded_at",
        "told",
        "visible",
    )

    def __init__(
        self, attempt: str, exam: str, hall: str, opened_at: int, leased_at: int = 0
    ) -> None:
        self.attempt = attempt
        self.exam = exam
        self.hall = hall
        self.opened_at = opened_at
        self.came_at = max(opened_at, leased_at)
        self.stamp_ms = self.seen_at = self.since = self.came_at
        self.reports = 0
        self.pending = 0
        self.rtt_ms: int | None = None
        self.visible: bool | None = None
        self.closed = False
        self.closed_at: int | None = None
        self.superseded_at: int | None = None
        self.step_at: int | None = None
        """When it is looked at at the latest; `presence` keeps it."""
        self.told: Connection | None = None


def level(seen_at: int, now: int, thresholds: Thresholds) -> Presence:
    """How present somebody is whose last frame came at `seen_at`."""
    silence_ms = now - seen_at
    if silence_ms >= thresholds.away_ms:
        return Presence.AWAY
    if silence_ms >= thresholds.silent_ms:
        return Presence.SILENT
    if silence_ms >= thresholds.late_ms:
        return Presence.LATE
    return Presence.LIVE


def level_of(link: Link, now: int, thresholds: Thresholds) -> Presence:
    """The same for a link, whose socket may have been closed."""
    if link.closed_at is not None and now - link.closed_at >= GONE_AFTER_MS:
        return Presence.AWAY
    return level(link.seen_at, now, thresholds)


def next_step_at(link: Link, now: int, thresholds: Thresholds) -> int | None:
    """When the level of a link will be another one if nothing is heard of it; None: never."""
    gone_at = None if link.closed_at is None else link.closed_at + GONE_AFTER_MS
    for silence_ms in (thresholds.late_ms, thresholds.silent_ms, thresholds.away_ms):
        at = link.seen_at + silence_ms
        if at > now:
            return at if gone_at is None or not now < gone_at < at else gone_at
    return gone_at if gone_at is not None and gone_at > now else None


def report(link: Link, now: int, thresholds: Thresholds, process: str) -> Connection | None:
    """What examiners should hear about this link now; None if nothing of weight changed.

    A report that is returned has been noted as told: its stamp is the link's newest.
    """
    present, told = level_of(link, now, thresholds), link.told
    if not differs(link, present):
        return None
    if told is None or told.level is not present:
        link.since = _since(link, present, now)
    link.reports += 1
    link.told = Connection(
        attempt=link.attempt,
        stamp=(link.stamp_ms, link.reports),
        level=present,
        since=link.since,
        pending=link.pending,
        rtt_ms=link.rtt_ms,
        visible=link.visible,
        process=process,
    )
    return link.told


def differs(link: Link, present: Presence) -> bool:
    """Whether what was told of a link that is as present as this is no longer right. Figures are
    compared by their steps; most often they are the same."""
    told = link.told
    if told is None or told.level is not present or told.visible is not link.visible:
        return True
    pending, rtt_ms = link.pending, link.rtt_ms
    if told.pending != pending and step(told.pending, PENDING_STEPS) != step(
        pending, PENDING_STEPS
    ):
        return True
    return told.rtt_ms != rtt_ms and rtt_step(told.rtt_ms) != rtt_step(rtt_ms)


def _since(link: Link, present: Presence, now: int) -> int:
    """Since when: a silence began with the last frame, presence with the look that noticed it."""
    if present is not Presence.LIVE:
        return link.seen_at
    return link.opened_at if link.told is None else now


def step(value: int, steps: Sequence[int]) -> int:
    """How many of the rising `steps` a value has reached."""
    return bisect_right(steps, value)


def rtt_step(rtt_ms: int | None) -> int:
    """The step of a round trip; -1 when it is not known."""
    return -1 if rtt_ms is None else step(rtt_ms, RTT_STEPS_MS)


def outdone(link: Link, standing: tuple[int, int], now: int) -> None:
    """The feed refused a report, for `standing` is not older.

    If that is this very connection, somebody took this process for dead: the link reports again,
    above it. If it is a later connection, this one is no longer the candidate's, until it is heard
    of for longer (`heard`).
    """
    stamp_ms, reports = standing
    if stamp_ms > link.stamp_ms:
        link.stamp_ms, link.reports = stamp_ms, reports
        link.superseded_at = now
    elif stamp_ms == link.stamp_ms and reports >= link.reports:
        link.reports = reports
        link.told = None


def heard(link: Link, at: int) -> None:
    """A frame came at `at`. Only who writes is heard of: if that goes on where another connection
    was taken for the later one, it is a clock that was wrong, and the link reports above it."""
    link.seen_at = max(link.seen_at, at)
    if link.superseded_at is not None and at >= link.superseded_at + HEARD_ON_MS:
        link.superseded_at = None
        link.told = None


def taken_for_away(connection: Connection, now: int) -> Connection:
    """What is told of a connection whose process died: one report later, away."""
    stamp_ms, reports = connection.stamp
    return structs.replace(
        connection, stamp=(stamp_ms, reports + 1), level=Presence.AWAY, since=now
    )
