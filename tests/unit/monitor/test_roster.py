"""Levels of presence, and what of a connection is worth telling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.monitor.roster import (
    GONE_AFTER_MS,
    Link,
    Thresholds,
    level,
    outdone,
    report,
    taken_for_away,
)
from protocol.from_server import Connection
from protocol.types import Presence
from tests.unit.monitor.scene import NOW

LEVELS = Thresholds()
ORDER = [Presence.LIVE, Presence.LATE, Presence.SILENT, Presence.AWAY]


def link(**numbers: int) -> Link:
    found = Link("a1", "exam1", "B", NOW)
    for name, number in numbers.items():
        setattr(found, name, number)
    return found


def told(of: Link, now: int = NOW) -> Connection:
    found = report(of, now, LEVELS, "web-1")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("silence_ms", "expected"),
    [
        (0, Presence.LIVE),
        (14_999, Presence.LIVE),
        (15_000, Presence.LATE),
        (24_999, Presence.LATE),
        (25_000, Presence.SILENT),
        (39_999, Presence.SILENT),
        (40_000, Presence.AWAY),
        (-5, Presence.LIVE),
    ],
)
def test_a_level_begins_at_its_threshold(silence_ms: int, expected: Presence) -> None:
    assert level(NOW, NOW + silence_ms, LEVELS) is expected


@given(st.integers(0, 100_000), st.integers(0, 100_000))
def test_a_longer_silence_is_never_a_better_level(one: int, other: int) -> None:
    levels = [ORDER.index(level(NOW, NOW + ms, LEVELS)) for ms in sorted((one, other))]
    assert levels == sorted(levels)


def test_the_first_report_says_live_since_the_connection_was_made() -> None:
    first = told(link(), NOW + 400)
    assert (first.level, first.since) == (Presence.LIVE, NOW)
    assert first.stamp == (NOW, 1)
    assert first.process == "web-1"


def test_heartbeats_that_say_the_same_are_not_told() -> None:
    one = link(rtt_ms=80, pending=0)
    told(one)
    one.seen_at, one.rtt_ms = NOW + 10_000, 95
    assert report(one, NOW + 10_000, LEVELS, "web-1") is None


@pytest.mark.parametrize(
    ("field", "value"), [("pending", 1), ("pending", 12), ("rtt_ms", 500), ("visible", False)]
)
def test_a_change_of_weight_is_told_with_its_value(field: str, value: int) -> None:
    one = link(rtt_ms=80)
    told(one)
    setattr(one, field, value)
    second = told(one, NOW + 1_000)
    assert getattr(second, field) == value
    assert second.stamp == (NOW, 2)
    assert second.since == NOW


def test_more_of_the_same_backlog_is_not_told_but_an_emptied_one_is() -> None:
    one = link(pending=2)
    told(one)
    one.pending = 7
    assert report(one, NOW + 1, LEVELS, "web-1") is None
    one.pending = 0
    assert told(one, NOW + 2).pending == 0


def test_a_silence_is_told_with_its_beginning_and_its_end() -> None:
    one = link(seen_at=NOW + 1_000)
    told(one, NOW + 1_000)
    late = told(one, NOW + 16_000)
    assert (late.level, late.since) == (Presence.LATE, NOW + 1_000)
    one.seen_at = NOW + 17_000
    back = told(one, NOW + 17_300)
    assert (back.level, back.since) == (Presence.LIVE, NOW + 17_300)


def test_who_closed_the_socket_is_away_soon_and_who_is_back_at_once_never_was() -> None:
    one = link(closed_at=NOW)
    assert told(one, NOW + GONE_AFTER_MS - 1).level is Presence.LIVE
    assert told(one, NOW + GONE_AFTER_MS).level is Presence.AWAY


def test_a_link_taken_for_dead_reports_again_above_what_was_said_of_it() -> None:
    one = link()
    alive = told(one)
    dead = taken_for_away(alive, NOW + 4_000)
    assert (dead.level, dead.since, dead.stamp) == (Presence.AWAY, NOW + 4_000, (NOW, 2))
    outdone(one, dead.stamp, NOW + 4_500)
    again = told(one, NOW + 5_000)
    assert again.level is Presence.LIVE
    assert again.stamp > dead.stamp
    assert one.superseded_at is None


def test_a_link_learns_from_a_later_connection_that_it_is_over() -> None:
    one = link()
    told(one)
    outdone(one, (NOW + 1, 1), NOW + 2)
    assert one.superseded_at == NOW + 2


def test_an_older_report_that_was_refused_changes_nothing() -> None:
    one = link()
    told(one)
    one.pending = 3
    told(one, NOW + 1)
    outdone(one, (NOW, 1), NOW + 2)
    assert report(one, NOW + 2, LEVELS, "web-1") is None
