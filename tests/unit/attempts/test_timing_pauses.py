"""Pauses: of the attempt and of the exam, overlapping or not; what holds for any history."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from examsync.attempts import timing
from examsync.attempts.attempt import Attempt
from examsync.exams.exam import Exam, Interval
from protocol.facts import Extended
from tests.builders import (
    DEADLINE,
    GRACE,
    HOUR,
    MINUTE,
    SECOND,
    START,
    T0,
    attempt,
    exam,
    paused,
    resumed,
    running,
    started,
    told,
)

LONG = {"window_end": T0 + 24 * HOUR, "closes_at": T0 + 48 * HOUR}
"""Terms under which neither the window nor the end of the exam caps anything here."""


def at(minute: float) -> int:
    """So many minutes after the start."""
    return START + round(minute * MINUTE)


def halted(of: Attempt, *pauses: tuple[float, float]) -> Attempt:
    """The attempt after pauses, in minutes after the start."""
    for since, until in pauses:
        of = told(of, paused(at(since)), resumed(at(until)))
    return of


@pytest.mark.parametrize(
    ("own", "of_exam", "minutes"),
    [
        ([], [], 0),
        ([(5, 8)], [], 3),
        ([], [(5, 8)], 3),
        pytest.param([(5, 8)], [(5, 8)], 3, id="the same"),
        pytest.param([(5, 8)], [(6, 10)], 5, id="overlapping"),
        pytest.param([(6, 10)], [(5, 8)], 5, id="overlapping the other way"),
        pytest.param([(5, 15)], [(7, 9)], 10, id="nested"),
        pytest.param([(7, 9)], [(5, 15)], 10, id="nested the other way"),
        pytest.param([(5, 8)], [(8, 10)], 5, id="adjacent"),
        pytest.param([(5, 8)], [(9, 10)], 4, id="apart"),
        pytest.param([(5, 6), (7, 8), (9, 10)], [(5.5, 9.5)], 5, id="bridged"),
        pytest.param([(5, 5)], [], 0, id="empty"),
        pytest.param([], [(-10, 3)], 3, id="begun before the start"),
        pytest.param([], [(-10, -3)], 0, id="over before the start"),
        pytest.param([(29, 39)], [], 10, id="just before the deadline"),
        pytest.param([(30, 39)], [], 0, id="at the deadline"),
        pytest.param([(29, 31), (31.5, 33)], [], 3.5, id="in time that an earlier pause gave"),
        pytest.param([(29, 31), (32, 35)], [], 2, id="at the moved deadline"),
    ],
)
def test_paused_time_is_given_back_once(
    own: list[tuple[float, float]], of_exam: list[tuple[float, float]], minutes: float
) -> None:
    sat = exam(**LONG, pauses=tuple((at(a), at(b)) for a, b in of_exam))
    of = halted(told(attempt(), started()), *own)
    assert timing.deadline(of, sat, at(60)) == DEADLINE + minutes * MINUTE


def test_an_open_pause_reaches_to_now() -> None:
    of, sat = told(running(), paused(at(5))), exam(**LONG)
    for minute in (5, 6, 100):
        assert timing.deadline(of, sat, at(minute)) == DEADLINE + (minute - 5) * MINUTE
    assert timing.deadline(of, sat, at(4)) == DEADLINE


def test_both_pauses_open_count_once() -> None:
    of, sat = told(running(), paused(at(5))), exam(**LONG, pauses=((at(7), None),))
    assert timing.deadline(of, sat, at(20)) == DEADLINE + 15 * MINUTE


def test_a_pause_moves_the_window_too() -> None:
    late = told(attempt(), started(T0 + 50 * MINUTE))
    sat = exam(pauses=((T0 + 55 * MINUTE, T0 + 57 * MINUTE),))
    assert timing.deadline(late, sat, T0 + HOUR) == T0 + 62 * MINUTE


def test_a_late_joiner_loses_nothing_to_a_pause_before_the_start() -> None:
    """The window was moved for everybody; the own time begins with the start."""
    sat = exam(pauses=((T0 + MINUTE, T0 + 11 * MINUTE),))
    joiner = told(attempt(), started(T0 + 40 * MINUTE))
    assert timing.deadline(joiner, sat, T0 + HOUR) == T0 + 70 * MINUTE


# --- whatever the history -------------------------------------------------------------------------

moments = st.integers(min_value=START - 10 * MINUTE, max_value=START + 3 * HOUR)
nows = st.integers(min_value=START, max_value=START + 4 * HOUR)
lengths = st.integers(min_value=0, max_value=40 * MINUTE)
grants = st.lists(st.integers(min_value=SECOND, max_value=30 * MINUTE), max_size=3)


@st.composite
def intervals(draw: st.DrawFn, *, may_be_open: bool = True) -> tuple[Interval, ...]:
    """Pauses one after the other, the last one perhaps open."""
    edges = sorted(draw(st.lists(moments, max_size=8, unique=True)))
    pairs: list[Interval] = list(zip(edges[::2], edges[1::2], strict=False))
    if may_be_open and len(edges) % 2:
        pairs.append((edges[-1], None))
    return tuple(pairs)


@st.composite
def attempts(draw: st.DrawFn) -> Attempt:
    """An attempt in progress with pauses of its own after the start, and grants."""
    of = running(
        factor_permille=draw(st.sampled_from([1_000, 1_250, 2_000])),
        extension_ms=draw(st.sampled_from([0, 10 * MINUTE, HOUR])),
    )
    for since, until in draw(intervals()):
        if since >= START:
            of = (
                told(of, paused(since))
                if until is None
                else told(of, paused(since), resumed(until))
            )
    for extra in draw(grants):
        of = told(of, Extended("x", extra, ""))
    return of


@st.composite
def exams(draw: st.DrawFn) -> Exam:
    """An exam with pauses and grants, its window and end near or far."""
    return exam(
        window_end=T0 + draw(st.sampled_from([20 * MINUTE, HOUR, 24 * HOUR])),
        closes_at=T0 + draw(st.sampled_from([HOUR, 2 * HOUR, 48 * HOUR])),
        pauses=draw(intervals()),
        granted_ms=sum(draw(grants)),
    )


@given(attempts(), exams(), nows, st.integers(min_value=1, max_value=HOUR))
def test_a_grant_never_shortens_an_attempt(of: Attempt, sat: Exam, now: int, extra: int) -> None:
    before = timing.deadline(of, sat, now)
    granted = timing.deadline(told(of, Extended("x", extra, "")), sat, now)
    all_granted = timing.deadline(of, exam_with(sat, extra), now)
    assert before is not None
    assert granted is not None
    assert all_granted is not None
    assert before <= granted
    assert all_granted >= before + extra


def exam_with(sat: Exam, extra: int) -> Exam:
    """The exam after a grant of its own."""
    return structs.replace(sat, granted_ms=sat.granted_ms + extra)


@given(intervals(), intervals(), nows)
def test_pauses_are_never_counted_twice(
    own: tuple[Interval, ...], other: tuple[Interval, ...], now: int
) -> None:
    """The union is as long as the set of paused minutes, whoever paused them."""
    union = timing.merged(own + other, now)
    closed = [(a, now if b is None else b) for a, b in own + other]
    edges = sorted({edge for pair in closed for edge in pair})
    length = sum(
        b - a for a, b in pairwise(edges) if any(start <= a and b <= end for start, end in closed)
    )
    assert sum(end - start for start, end in union) == length
    assert all(a[1] < b[0] for a, b in pairwise(union))
    assert timing.merged(other + own, now) == union


@given(attempts(), exams(), nows, st.integers(min_value=0, max_value=HOUR))
def test_a_paused_clock_stands_still(of: Attempt, sat: Exam, now: int, later: int) -> None:
    """What is left stays the same for as long as it is paused, up to the exam's end."""
    now = max(now, *(until or 0 for _, until in of.core.pauses + sat.pauses), 0)
    since = timing.paused_since(of.core, sat)
    ends, then = timing.deadline(of, sat, now), timing.deadline(of, sat, now + later)
    assert ends is not None
    assert then is not None
    if since is None or now < since or since >= ends or then == timing.exam_end(sat):
        return
    assert then - (now + later) == ends - now


@given(attempts(), exams(), nows)
def test_the_sweep_never_comes_early(of: Attempt, sat: Exam, now: int) -> None:
    due, until = timing.due_at(of, sat, now), timing.accept_until(of, sat, now)
    assert due is not None
    assert until is not None
    assert due >= until + SECOND
    assert until <= timing.exam_end(sat) + GRACE


@given(attempts(), exams(), nows, st.integers(min_value=0, max_value=HOUR))
def test_what_is_due_later_is_never_earlier_than_said_before(
    of: Attempt, sat: Exam, now: int, later: int
) -> None:
    """Hints may be early, never late: time alone moves them on only."""
    before, after = timing.due_at(of, sat, now), timing.due_at(of, sat, now + later)
    assert before is not None
    assert after is not None
    assert before <= after


@given(st.lists(st.tuples(moments, lengths), max_size=6), moments, st.integers(0, HOUR))
def test_an_end_moves_by_the_pauses_before_it_and_no_further(
    spans: list[tuple[int, int]], ends: int, since_before: int
) -> None:
    """Minute by minute: time goes on only where no pause is."""
    union = timing.merged(tuple((a, a + length) for a, length in spans), START)
    since = ends - since_before
    working = ends - since
    clock = since
    for start, end in union:
        if end <= clock or start >= clock + working:
            continue
        working -= max(0, start - clock)
        clock = max(clock, end)
    assert timing.moved(ends, union, since=since) == clock + working
