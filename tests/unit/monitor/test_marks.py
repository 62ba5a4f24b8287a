"""Marks are told in time, once, with the last word; and nothing marked is lost on the way."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from examsync.monitor import marks as module
from examsync.monitor.marks import Marks, Pace
from tests.unit.monitor.scene import (
    EXAM,
    NOW,
    attempt,
    connection_of,
    hand_of,
    row_of,
    signal_of,
)


def test_after_a_quiet_time_a_row_is_told_at_once() -> None:
    marks = Marks()
    marks.row(attempt(), NOW)
    assert marks.due(NOW) == [EXAM]
    assert marks.next_at() == NOW


def test_the_next_one_waits_for_its_period() -> None:
    marks = Marks(Pace(250, 50))
    marks.row(attempt(), NOW)
    marks.take(EXAM, NOW)
    marks.row(attempt(n=8), NOW + 10)
    assert marks.due(NOW + 249) == []
    assert marks.next_at() == NOW + 250
    assert marks.due(NOW + 250) == [EXAM]


def test_of_many_changes_of_a_row_the_last_is_told_and_an_older_one_is_not() -> None:
    marks = Marks()
    for n in (7, 9, 8):
        marks.row(attempt(n=n), NOW)
    told = marks.take(EXAM, NOW)
    assert [each.n for each in told.rows.values()] == [9]
    assert told.at == NOW


def test_of_standing_pieces_the_newest_is_told() -> None:
    marks = Marks()
    for reports in (2, 3, 1):
        marks.piece(EXAM, connection_of(reports=reports), NOW)
    assert list(marks.take(EXAM, NOW).pieces.values()) == [connection_of(reports=3)]


def test_every_event_is_told_in_order_and_sooner_than_rows() -> None:
    marks = Marks(Pace(250, 50))
    marks.row(attempt(), NOW)
    marks.piece(EXAM, signal_of(id_="v1"), NOW)
    marks.take(EXAM, NOW)
    marks.row(attempt(n=8), NOW + 1)
    marks.piece(EXAM, hand_of(), NOW + 2)
    marks.piece(EXAM, signal_of(id_="v2"), NOW + 3)
    assert marks.next_at() == NOW + 50
    told = marks.take(EXAM, NOW + 50)
    assert told.events == (hand_of(), signal_of(id_="v2"))
    assert told.rows == {}
    assert marks.next_at() == NOW + 250


def test_nothing_is_told_twice() -> None:
    marks = Marks()
    marks.row(attempt(), NOW)
    marks.piece(EXAM, signal_of(), NOW)
    marks.take(EXAM, NOW)
    told = marks.take(EXAM, NOW + 10_000)
    assert (told.rows, told.pieces, told.events) == ({}, {}, ())
    assert marks.next_at() is None


def test_exams_have_a_pace_of_their_own() -> None:
    marks = Marks()
    other = attempt("a2")
    other = structs.replace(other, seat=structs.replace(other.seat, exam="exam2"))
    marks.row(attempt(), NOW)
    marks.take(EXAM, NOW)
    marks.row(attempt(n=8), NOW + 1)
    marks.row(other, NOW + 1)
    assert marks.due(NOW + 1) == ["exam2"]


def test_exams_that_nobody_watches_are_asked_about_seldom_and_all_at_the_same_time() -> None:
    marks = Marks(Pace(250, 50, 1_000))
    for number, name in enumerate(("exam1", "exam2")):
        marks.piece(name, row_of(), NOW + 30 * number)
        marks.take(name, NOW + 30 * number)
        marks.watched(name, there=False)
        marks.piece(name, row_of(), NOW + 30 * number + 1)
    assert marks.due(NOW + 999) == []
    assert marks.next_at() == NOW + 1_000
    assert marks.due(NOW + 1_000) == ["exam1", "exam2"]


def test_what_happens_is_asked_about_at_once_though_nobody_watched() -> None:
    marks = Marks(Pace(250, 50, 1_000))
    marks.row(attempt(), NOW)
    marks.take(EXAM, NOW)
    marks.watched(EXAM, there=False)
    marks.piece(EXAM, signal_of(), NOW + 60)
    assert marks.next_at() == NOW + 60


def test_once_somebody_watches_rows_are_told_at_their_pace_again() -> None:
    marks = Marks(Pace(250, 50, 1_000))
    marks.row(attempt(), NOW)
    marks.take(EXAM, NOW)
    marks.watched(EXAM, there=False)
    marks.row(attempt(n=8), NOW + 1)
    marks.sooner = False
    marks.watched(EXAM, there=True)
    assert marks.sooner
    assert marks.next_at() == NOW + 250


def test_what_could_not_be_told_waits_again_behind_nothing_newer() -> None:
    marks = Marks()
    marks.row(attempt(n=7), NOW)
    marks.row(attempt("a2", n=3), NOW)
    marks.piece(EXAM, signal_of(id_="v1"), NOW)
    told = marks.take(EXAM, NOW)
    marks.row(attempt(n=9), NOW + 5)
    marks.piece(EXAM, signal_of(id_="v2"), NOW + 5)
    marks.put_back(EXAM, told, NOW + 6)
    again = marks.take(EXAM, NOW + 1_000)
    assert {each.id: each.n for each in again.rows.values()} == {"a1": 9, "a2": 3}
    assert again.events == (signal_of(id_="v1"), signal_of(id_="v2"))


def test_events_that_nobody_can_be_told_are_bounded_and_counted() -> None:
    marks = Marks()
    for number in range(module.EVENTS_MAX + 5):
        marks.piece(EXAM, signal_of(id_=f"v{number}"), NOW)
    told = marks.take(EXAM, NOW)
    assert len(told.events) == module.EVENTS_MAX
    assert told.events[0] == signal_of(id_="v5")
    assert marks.dropped == 5


def test_exams_that_are_long_over_are_forgotten_unless_something_is_left_to_tell() -> None:
    marks = Marks()
    marks.row(attempt(), NOW)
    marks.forget(NOW + 1_000)
    assert marks.due(NOW) == [EXAM]
    marks.take(EXAM, NOW)
    marks.forget(NOW)
    marks.row(attempt(n=8), NOW + 1)
    assert marks.next_at() == NOW + 250
    marks.take(EXAM, NOW + 250)
    marks.forget(NOW + 251)
    marks.row(attempt(n=9), NOW + 252)
    assert marks.next_at() == NOW + 252  # nothing of it was remembered, so it is told at once


@given(st.lists(st.tuples(st.sampled_from(["a1", "a2", "a3"]), st.integers(1, 9), st.booleans())))
def test_whatever_fails_on_the_way_the_newest_of_each_is_told_in_the_end(
    steps: list[tuple[str, int, bool]],
) -> None:
    marks, now, newest = Marks(), NOW, dict[str, int]()
    told: dict[str, int] = {}
    for name, n, works in steps:
        now += 300
        marks.row(attempt(name, n=n), now)
        marks.piece(EXAM, row_of(f"p-{name}", n), now)
        newest[name] = max(newest.get(name, 0), n)
        taken = marks.take(EXAM, now)
        if works:
            told |= {each.id: max(told.get(each.id, 0), each.n) for each in taken.rows.values()}
        else:
            marks.put_back(EXAM, taken, now)
    last = marks.take(EXAM, now + 300)
    told |= {each.id: max(told.get(each.id, 0), each.n) for each in last.rows.values()}
    assert told == newest
