"""Delays are by the server's own times, on its clock; a snapshot is no news."""

from loadtest.swarm.fanout import SAMPLES_MAX, Delays, Skew, of_notice
from loadtest.swarm.rows import Measure
from protocol.from_server import (
    Hand,
    Hands,
    Notice,
    Progress,
    Roster,
    Row,
    Signal,
    Stats,
    Violations,
)
from protocol.types import AttemptState


def row(saved_at: int | None, attempt: str = "a1") -> Row:
    return Row(attempt, "asha", "Asha", (1, 5), AttemptState.IN_PROGRESS, 1, 9, saved_at=saved_at)


def progress(*rows: Row) -> Progress:
    return Progress("e", "2", "1", list(rows))


def ms(measures: list[Measure]) -> list[float | None]:
    return [measure.ms for measure in measures]


def test_progress_is_timed_from_the_save() -> None:
    assert Delays().heard(progress(row(1_000)), 1_250.0) == [Measure("FAN", "progress", 250.0)]


def test_the_same_save_is_timed_once_whatever_else_changes_in_its_row() -> None:
    delays = Delays()
    delays.heard(progress(row(1_000)), 1_250.0)
    assert delays.heard(progress(row(1_000)), 5_000.0) == []
    assert ms(delays.heard(progress(row(6_000)), 6_100.0)) == [100.0]


def test_a_row_without_a_saved_answer_says_nothing() -> None:
    assert Delays().heard(progress(row(None)), 1.0) == []


def test_a_snapshot_says_where_we_are_and_is_not_timed() -> None:
    delays = Delays()
    assert delays.heard(Roster("e", "1", rows=[row(1_000)]), 900_000.0) == []
    assert delays.heard(progress(row(1_000)), 900_001.0) == []
    assert ms(delays.heard(Roster("e", "2", "1", rows=[row(2_000)]), 2_010.0)) == [10.0]


def test_signals_hands_and_notices_have_times_of_their_own() -> None:
    delays = Delays()
    signals = Violations("e", "2", "1", [Signal("a1", "v1", "copy", 1_000, 0)])
    hands = Hands("e", "3", "2", [Hand("a1", raised=True, at=1_000)])
    assert delays.heard(signals, 1_040.0) == [Measure("FAN", "violation", 40.0)]
    assert delays.heard(hands, 1_030.0) == [Measure("FAN", "hand", 30.0)]
    assert of_notice(Notice("n", "hello", 1_000), 1_005.0) == Measure("FAN", "notice", 5.0)


def test_figures_are_no_change_of_anybody() -> None:
    assert Delays().heard(Stats("e", 1, {}, {}, 0, 0), 50.0) == []


def test_a_delay_below_nothing_is_nothing() -> None:
    assert ms(Delays().heard(progress(row(1_000)), 999.2)) == [0.0]


def skew(*trips: tuple[int, float, float]) -> Skew:
    made = Skew()
    for trip in trips:
        made.heard(*trip)
    return made


def test_the_quickest_round_trip_knows_the_offset_best() -> None:
    found = skew((5_000, 1_000.0, 1_400.0), (5_010, 1_000.0, 1_004.0), (9_000, 1_000.0, 1_090.0))
    assert found.offset_ms == 5_010 - 1_002
    assert found.error_ms == 2.0
    assert found.server_ms(1_000.0) == 5_008.0


def test_before_any_round_trip_the_clocks_are_taken_to_be_one() -> None:
    assert (skew().offset_ms, skew().server_ms(7.0)) == (0.0, 7.0)


def test_a_time_heard_before_it_was_asked_for_is_ignored() -> None:
    assert skew((5_000, 10.0, 9.0)).offset_ms == 0.0


def test_old_round_trips_are_forgotten() -> None:
    found = skew((100, 0.0, 1.0))
    for _ in range(SAMPLES_MAX):
        found.heard(200, 0.0, 10.0)
    assert found.offset_ms == 195.0
