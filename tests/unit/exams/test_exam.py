"""An exam and its own facts: what may be done to it as a whole, and what that makes of it."""

from typing import Any

import pytest

from examsync.errors import ExamError
from examsync.exams.change import check_terms
from examsync.exams.exam import FACTS_PER_EXAM_MAX, Exam, Order, Terms, apply, decide
from protocol.facts import (
    ExamAnnounced,
    ExamBody,
    ExamExtended,
    ExamFact,
    ExamOrdered,
    ExamPaused,
    ExamResumed,
)
from protocol.from_server import Notice
from protocol.problems import Code
from tests.builders import DURATION, MINUTE, START, T0, exam, terms, unique


def after(*bodies: ExamBody, of: Exam | None = None, at: int = START) -> Exam:
    """The exam after these facts, a minute apart."""
    sat = of or exam()
    for body in bodies:
        sat = apply(sat, ExamFact(sat.id, sat.n + 1, at, "examiner:1", body))
        at += MINUTE
    return sat


def refusal(sat: Exam, body: ExamBody) -> Code:
    """The code an act on the exam is refused with."""
    with pytest.raises(ExamError) as refused:
        decide(sat, body)
    return refused.value.code


def ordered(kind: str, extra_ms: int = 0) -> ExamOrdered:
    """An order to every attempt."""
    return ExamOrdered(unique("order"), kind, "alarm", extra_ms)


def pause() -> ExamPaused:
    """All clocks stand."""
    return ExamPaused(unique("pause"), "alarm")


def resume() -> ExamResumed:
    """They run again."""
    return ExamResumed(unique("resume"), "")


def test_grants_add_up() -> None:
    sat = after(ExamExtended("a", 5, ""), ExamExtended("b", 7, ""))
    assert (sat.granted_ms, sat.n) == (12, 2)


def test_pauses_have_a_beginning_and_an_end() -> None:
    assert after(pause()).paused_since == START
    sat = after(pause(), resume(), pause())
    assert sat.pauses == ((START, START + MINUTE), (START + 2 * MINUTE, None))
    assert sat.paused_since == START + 2 * MINUTE
    assert after(pause(), resume()).paused_since is None


def test_announcements_are_kept_for_late_joiners() -> None:
    sat = after(ExamAnnounced("n1", "Question 4 is void."))
    assert sat.notices == (Notice("n1", "Question 4 is void.", START),)


def test_orders_are_kept_in_order() -> None:
    sat = after(pause(), ordered("submit_for"), ordered("reopen", 9))
    assert [(o.n, o.kind, o.at, o.by, o.reason, o.extra_ms) for o in sat.orders] == [
        (2, "submit_for", START + MINUTE, "examiner:1", "alarm", 0),
        (3, "reopen", START + 2 * MINUTE, "examiner:1", "alarm", 9),
    ]
    assert isinstance(sat.orders[0], Order)


def test_an_exam_is_over_when_it_was_ended_and_not_reopened() -> None:
    assert exam().ended_at is None
    assert after(ordered("terminate")).ended_at == START
    assert after(ordered("terminate"), ordered("reopen")).ended_at is None
    again = after(ordered("terminate"), ordered("reopen"), ordered("terminate"))
    assert again.ended_at == START + 2 * MINUTE
    assert after(ordered("submit_for")).ended_at is None
    assert after(ordered("terminate"), ordered("submit_for")).ended_at == START


# --- what may be done ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        ExamExtended("x", 5, ""),
        ExamPaused("x", ""),
        ExamAnnounced("x", "hear"),
        ExamOrdered("x", "terminate", ""),
        ExamOrdered("x", "submit_for", ""),
        ExamOrdered("x", "reopen", ""),
    ],
)
def test_an_act_is_done_once(body: ExamBody) -> None:
    assert decide(exam(), body) == body
    assert decide(after(body), body) is None


def test_clocks_stop_once_and_start_once() -> None:
    assert refusal(after(pause()), pause()) is Code.PAUSED
    assert refusal(exam(), resume()) is Code.NOT_PAUSED
    assert refusal(after(pause(), resume()), resume()) is Code.NOT_PAUSED
    assert decide(after(pause()), resume()) is not None
    assert decide(after(pause(), resume()), pause()) is not None


def test_a_repeat_is_known_though_it_could_not_be_done_now() -> None:
    halt = pause()
    assert decide(after(halt), halt) is None
    assert decide(after(halt, resume()), halt) is None


def test_an_exam_is_ended_once() -> None:
    assert refusal(after(ordered("terminate")), ordered("terminate")) is Code.EXAM_OVER
    led_back = after(ordered("terminate"), ordered("reopen"))
    assert decide(led_back, ordered("terminate")) is not None


def test_an_unknown_order_is_refused() -> None:
    assert refusal(exam(), ordered("shout")) is Code.BAD_REQUEST


def test_so_many_acts_and_no_more() -> None:
    full = exam(n=FACTS_PER_EXAM_MAX)
    assert refusal(full, ordered("terminate")) is Code.TOO_MANY
    assert decide(exam(n=FACTS_PER_EXAM_MAX - 1), ordered("terminate")) is not None


# --- terms --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"window_end": T0 + 1},
        {"closes_at": T0 + 60 * MINUTE},
        {"duration_ms": 1_000},
        {"duration_ms": 7 * 24 * 60 * MINUTE},
        {"grace_ms": 0},
        {"grace_ms": 60_000},
        {"heartbeat_period_s": 1.0},
        {"heartbeat_period_s": 60.0},
    ],
)
def test_possible_terms_are_taken(changes: dict[str, Any]) -> None:
    check_terms(terms(**changes))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"window_end": T0}, "window_end"),
        ({"closes_at": T0 + 60 * MINUTE - 1}, "closes_at"),
        ({"opens_at": T0 + 61 * MINUTE}, "opens_at"),
        ({"duration_ms": 999}, "duration_ms"),
        ({"duration_ms": 7 * 24 * 60 * MINUTE + 1}, "duration_ms"),
        ({"grace_ms": -1}, "grace_ms"),
        ({"grace_ms": 60_001}, "grace_ms"),
        ({"heartbeat_period_s": 0.9}, "heartbeat_period_s"),
        ({"heartbeat_period_s": 60.1}, "heartbeat_period_s"),
        ({"heartbeat_period_s": float("nan")}, "heartbeat_period_s"),
    ],
)
def test_impossible_terms_are_named(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ExamError, match=named) as refused:
        check_terms(terms(**changes))
    assert refused.value.code is Code.BAD_REQUEST


def test_terms_have_the_usual_grace() -> None:
    assert Terms(T0, T0 + 1, T0 + 2, DURATION).grace_ms == 5_000


@pytest.mark.parametrize(
    "other", [ExamPaused("x", "alarm"), ExamOrdered("x", "submit_for", "alarm")]
)
def test_an_id_is_not_used_for_something_else(other: ExamBody) -> None:
    assert refusal(after(ExamOrdered("x", "terminate", "alarm")), other) == Code.ID_REUSED
