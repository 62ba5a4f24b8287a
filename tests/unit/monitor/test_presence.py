"""Frames write numbers; the sweep says what became of them, once."""

import msgspec

from examsync.monitor.presence import Presence
from examsync.monitor.roster import GONE_AFTER_MS, HEARD_ON_MS
from protocol.from_server import Connection
from protocol.types import Presence as Level
from tests.unit.monitor.scene import EXAM, NOW


def presence() -> Presence:
    return Presence("web-1")


def swept(of: Presence, now: int) -> list[Connection]:
    return [
        msgspec.json.decode(piece.body, type=Connection) for _, piece in of.sweep(of.links(), now)
    ]


def test_who_connects_is_told_once() -> None:
    here = presence()
    here.connected("a1", EXAM, NOW, "B")
    ((exam, piece),) = here.sweep(here.links(), NOW + 500)
    assert (exam, piece.attempt, piece.hall) == (EXAM, "a1", "B")
    assert swept(here, NOW + 900) == []


def test_a_frame_keeps_somebody_live_and_says_how_it_goes() -> None:
    here = presence()
    here.connected("a1", EXAM, NOW)
    here.seen("a1", NOW + 12_000, pending=3, rtt_ms=500, visible=False)
    (told,) = swept(here, NOW + 20_000)
    assert (told.level, told.pending, told.rtt_ms, told.visible) == (Level.LIVE, 3, 500, False)


def test_a_frame_that_says_nothing_of_it_leaves_what_is_known() -> None:
    here = presence()
    here.connected("a1", EXAM, NOW)
    here.seen("a1", NOW + 1, pending=3, rtt_ms=500, visible=True)
    swept(here, NOW + 2)
    here.seen("a1", NOW + 3)
    assert swept(here, NOW + 4) == []


def test_a_frame_of_somebody_unknown_is_passed_over() -> None:
    here = presence()
    here.seen("a9", NOW)
    here.gone("a9")
    here.outdone("a9", (NOW, 1), NOW)
    assert here.links() == []


def test_silence_is_told_step_by_step() -> None:
    here = presence()
    here.connected("a1", EXAM, NOW)
    levels = [c.level for s in range(60) for c in swept(here, NOW + s * 1_000)]
    assert levels == [Level.LIVE, Level.LATE, Level.SILENT, Level.AWAY]


def test_who_is_gone_is_told_away_and_forgotten() -> None:
    here = presence()
    here.connected("a1", EXAM, NOW)
    swept(here, NOW)
    here.gone("a1", NOW)
    assert swept(here, NOW + 100) == []
    (told,) = swept(here, NOW + 100 + GONE_AFTER_MS)
    assert told.level is Level.AWAY
    assert here.links() == []
    assert here.exams() == []


def test_who_comes_back_in_time_was_never_away() -> None:
    here = presence()
    here.connected("a1", EXAM, NOW)
    swept(here, NOW)
    here.gone("a1", NOW)
    swept(here, NOW + 100)
    here.connected("a1", EXAM, NOW + 2_000)
    levels = [c.level for s in range(2, 10) for c in swept(here, NOW + s * 1_000)]
    assert levels == [Level.LIVE]


def test_the_end_of_an_old_connection_does_not_end_the_new_one() -> None:
    here = presence()
    here.connected("a1", EXAM, NOW)
    here.connected("a1", EXAM, NOW + 1_000)
    here.gone("a1", NOW)
    here.seen("a1", NOW + 20_000)
    (told,) = swept(here, NOW + 20_000)
    assert told.level is Level.LIVE
    assert told.stamp[0] == NOW + 1_000


def test_an_old_connection_does_not_come_before_a_new_one() -> None:
    here = presence()
    here.connected("a1", EXAM, NOW + 1_000)
    here.connected("a1", EXAM, NOW)
    (told,) = swept(here, NOW + 1_000)
    assert told.stamp[0] == NOW + 1_000


def test_a_second_join_on_the_same_connection_counts_on() -> None:
    here = presence()
    here.connected("a1", EXAM, NOW)
    swept(here, NOW)
    here.gone("a1")
    swept(here, NOW + 1)
    here.connected("a1", EXAM, NOW)
    here.seen("a1", NOW + GONE_AFTER_MS)
    assert swept(here, NOW + 2 * GONE_AFTER_MS) == []


def test_everything_is_told_anew_when_the_feed_began_anew() -> None:
    here = presence()
    here.connected("a1", EXAM, NOW)
    here.connected("a2", "exam2", NOW)
    assert len(swept(here, NOW)) == 2
    here.refeed(EXAM)
    assert [told.attempt for told in swept(here, NOW + 1)] == ["a1"]
    here.refeed()
    assert len(swept(here, NOW + 2)) == 2


def test_a_link_that_another_connection_superseded_is_silent() -> None:
    here = presence()
    here.connected("a1", EXAM, NOW)
    swept(here, NOW)
    here.outdone("a1", (NOW + 5, 1), NOW)
    assert swept(here, NOW + 60_000) == []
    here.gone("a1")
    swept(here, NOW + 61_000)
    swept(here, NOW + 70_000)
    assert here.links() == []


def test_who_takes_over_on_an_older_connection_is_the_one_who_is_there() -> None:
    """He waited for it while the other one came back on a new connection."""
    here = presence()
    here.connected("a1", EXAM, NOW + 2_000, leased_at=NOW)
    swept(here, NOW + 2_000)
    here.connected("a1", EXAM, NOW + 1_000, leased_at=NOW + 9_000)
    (told,) = swept(here, NOW + 9_000)
    assert (told.level, told.stamp) == (Level.LIVE, (NOW + 9_000, 1))
    here.gone("a1", NOW + 2_000)
    here.seen("a1", NOW + 30_000)
    assert swept(here, NOW + 30_000) == []
    here.gone("a1", NOW + 1_000)
    swept(here, NOW + 30_001)
    assert [c.level for c in swept(here, NOW + 40_000)] == [Level.AWAY]


def test_a_link_that_is_heard_of_for_longer_was_not_superseded_but_a_clock_was_wrong() -> None:
    here = presence()
    here.connected("a1", EXAM, NOW)
    swept(here, NOW)
    here.outdone("a1", (NOW + 60_000, 4), NOW + 1_000)
    here.seen("a1", NOW + 1_000 + HEARD_ON_MS - 1)
    assert swept(here, NOW + 10_000) == []
    here.seen("a1", NOW + 11_000)
    (told,) = swept(here, NOW + 11_000)
    assert (told.level, told.stamp) == (Level.LIVE, (NOW + 60_000, 5))


def test_who_comes_back_to_a_link_whose_stamp_was_raised_is_told() -> None:
    here = presence()
    here.connected("a1", EXAM, NOW)
    here.outdone("a1", (NOW + 60_000, 4), NOW)
    here.gone("a1", NOW)
    here.connected("a1", EXAM, NOW + 2_000)
    (told,) = swept(here, NOW + 3_000)
    assert (told.level, told.stamp) == (Level.LIVE, (NOW + 60_001, 1))


def test_a_link_that_was_replaced_during_a_sweep_is_not_told() -> None:
    here = presence()
    here.connected("a1", EXAM, NOW)
    before = here.links()
    here.connected("a1", EXAM, NOW + 1)
    assert list(here.sweep(before, NOW + 2)) == []


def test_the_exams_that_are_sat_here_are_known() -> None:
    here = presence()
    for name, exam in (("a1", EXAM), ("a2", EXAM), ("a3", "exam2")):
        here.connected(name, exam, NOW)
    assert sorted(here.exams()) == [EXAM, "exam2"]
