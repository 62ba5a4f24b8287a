"""An examiner's client takes deltas on the version they build on, and asks again otherwise."""

from typing import Any

import msgspec

from loadtest.bots.feed import Feed
from protocol.examples.examiner import CLOSED_ROW, ROW
from protocol.from_server import Connection, Hand, Hands, Progress, Roster, Row, Signal, Stats
from protocol.from_server import Violations as Signals
from protocol.types import Presence

EXAM = "neet-mock-7"


def told(feed: Feed, name: str, event: Any) -> bool:
    return feed.heard(name, msgspec.to_builtins(event))


def whole() -> Feed:
    feed = Feed(EXAM)
    assert told(feed, "roster", Roster(EXAM, "v1", rows=[ROW, CLOSED_ROW]))
    return feed


def row(**changes: Any) -> Row:
    return msgspec.structs.replace(ROW, **changes)


def test_a_snapshot_in_parts_is_whole_with_the_last() -> None:
    feed = Feed(EXAM)
    told(feed, "roster", Roster(EXAM, "v1", part=1, parts=2, rows=[ROW]))
    versions = [feed.version]
    told(feed, "roster", Roster(EXAM, "v1", part=2, parts=2, rows=[CLOSED_ROW]))
    assert [*versions, feed.version] == [None, "v1"]
    assert (len(feed.rows), feed.seen.snapshots) == (2, 1)


def test_a_missing_part_is_a_gap() -> None:
    feed = Feed(EXAM)
    told(feed, "roster", Roster(EXAM, "v1", part=1, parts=3, rows=[ROW]))
    assert not told(feed, "roster", Roster(EXAM, "v1", part=3, parts=3))
    assert (feed.version, feed.seen.gaps) == (None, 1)


def test_a_delta_on_the_version_held_is_taken() -> None:
    feed = whole()
    assert told(feed, "progress", Progress(EXAM, "v2", "v1", [row(rev=(3, 28), answered=4)]))
    assert (feed.version, feed.rows[ROW.attempt].answered, feed.seen.deltas) == ("v2", 4, 1)


def test_a_delta_on_another_version_is_a_gap_and_changes_nothing() -> None:
    feed = whole()
    assert not told(feed, "progress", Progress(EXAM, "v3", "v2", [row(rev=(3, 28), answered=4)]))
    assert feed.rows[ROW.attempt].answered == ROW.answered
    assert feed.version is None, "until it has watched again, it holds nothing it can trust"


def test_an_older_row_does_not_replace_a_newer() -> None:
    feed = whole()
    told(feed, "progress", Progress(EXAM, "v2", "v1", [row(rev=(3, 26), answered=1)]))
    assert feed.rows[ROW.attempt].answered == ROW.answered


def test_of_two_connections_the_newer_wins() -> None:
    feed = whole()
    new = Connection(ROW.attempt, (9, 1), Presence.LIVE, 9)
    old = Connection(ROW.attempt, (8, 1), Presence.AWAY, 8)
    told(feed, "roster", Roster(EXAM, "v2", "v1", connections=[new]))
    told(feed, "roster", Roster(EXAM, "v3", "v2", connections=[old]))
    assert feed.connections[ROW.attempt] == new


def test_who_is_gone_goes_before_anything_else_is_taken() -> None:
    feed = whole()
    told(feed, "hand", Hands(EXAM, "v2", "v1", [Hand(ROW.attempt, True, 1)]))
    told(feed, "roster", Roster(EXAM, "v3", "v2", gone=[ROW.attempt]))
    assert (feed.rows.get(ROW.attempt), feed.hands) == (None, set())
    older = row(rev=(1, 1), answered=1)
    told(feed, "roster", Roster(EXAM, "v4", "v3", rows=[older], gone=[ROW.attempt]))
    assert feed.rows[ROW.attempt] == older


def test_signals_and_hands_are_counted_and_hands_remembered() -> None:
    feed = whole()
    signal = Signal(ROW.attempt, "v", "paste", 1, 2)
    told(feed, "violation", Signals(EXAM, "v2", "v1", [signal, signal]))
    told(feed, "hand", Hands(EXAM, "v3", "v2", [Hand(ROW.attempt, True, 1)]))
    assert (feed.seen.violations, feed.seen.hands, feed.hands) == (2, 1, {ROW.attempt})
    told(feed, "hand", Hands(EXAM, "v4", "v3", [Hand(ROW.attempt, False, 2)]))
    assert (feed.seen.hands, feed.hands) == (1, set())


def test_deltas_before_the_snapshot_are_left_to_it() -> None:
    feed = Feed(EXAM)
    assert told(feed, "progress", Progress(EXAM, "v3", "v2", [ROW]))
    assert (feed.rows, feed.seen.gaps) == ({}, 0)


def test_figures_are_not_versioned() -> None:
    feed = whole()
    told(feed, "stats", Stats(EXAM, 1, {"in_progress": 2}, {}, 0, 0))
    assert feed.stats is not None
    assert feed.version == "v1"


def test_other_exams_and_unknown_events_are_not_for_it() -> None:
    feed = whole()
    assert told(feed, "progress", Progress("other", "v9", "v8", [ROW]))
    assert feed.heard("sing", {})
    assert feed.heard("progress", "?")
    assert (feed.version, feed.seen.gaps) == ("v1", 0)
