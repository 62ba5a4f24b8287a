"""A row made of what was kept is the row that is right, whatever happened; and little is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from examsync.attempts.attempt import Attempt, apply
from examsync.exams.exam import Exam
from examsync.monitor import progress
from examsync.monitor import rows as module
from examsync.monitor.rows import Rows
from protocol.facts import AnswerSaved, Body, Extended, Fact, HandRaised, Paused, Resumed, Submitted
from tests.unit.monitor.scene import NOW, attempt, exam

TOTAL = 9


def answered(number: int) -> AnswerSaved:
    """One of a few answers; some clear, flag or come late."""
    response = None if number % 3 == 0 else "x"
    late, flag = number % 5 == 0, number % 2 == 0
    return AnswerSaved(f"i{number % 4}", "1-a", number, "d", response, NOW + number, late, flag)


def after(before: Attempt, body: Body) -> Attempt:
    """One more fact."""
    fact = Fact(before.id, before.epoch, before.n + 1, "", NOW, "test", body)
    return apply(before, fact)


def changed(one: Attempt, seen: Exam, number: int) -> tuple[Attempt, Exam]:
    """What may happen to an attempt, or to its exam; answers are the most frequent."""
    id_ = f"id{number}"
    bodies: dict[int, Body] = {
        20: HandRaised(id_, True, "?"),
        21: Extended(id_, 60_000, "lamp"),
        22: Paused(id_, NOW + number, "drill"),
        23: Resumed(id_, NOW + number, "go on"),
        24: Submitted(id_, NOW + number),
    }
    match number:
        case 25:
            return one, structs.replace(seen, granted_ms=seen.granted_ms + 1_000)
        case 26:
            return structs.replace(one, durable=one.rev), seen
        case 27:
            return structs.replace(one, seat=structs.replace(one.seat, hall="C")), seen
        case 22 if one.core.paused_since is not None:
            return one, seen
        case 23 if one.core.paused_since is None:
            return one, seen
    return after(one, bodies.get(number, answered(number))), seen


@given(st.lists(st.integers(0, 27)), st.integers(1, 12))
def test_a_kept_row_is_as_one_made_anew(numbers: list[int], pause: int) -> None:
    rows, one, seen = Rows(), attempt(), exam()
    for turn, number in enumerate(numbers):
        one, seen = changed(one, seen, number)
        total = TOTAL + (number == 19)
        assert rows.row(one, seen, total) == progress.row(one, seen, total)
        if turn % pause == 0:
            rows.forget(NOW + turn * module.KEPT_MS)


def test_what_an_answer_leaves_alone_is_not_worked_out_again() -> None:
    rows, seen = Rows(), exam()
    one = attempt()
    first = rows.row(one, seen, TOTAL)
    second = rows.row(after(one, answered(1)), seen, TOTAL)
    assert second.can is first.can
    assert second.answered == first.answered + 1


def test_who_is_not_told_of_for_long_is_forgotten() -> None:
    rows, seen = Rows(), exam()
    rows.row(attempt("a1"), seen, TOTAL)
    rows.forget(NOW)
    rows.row(attempt("a2"), seen, TOTAL)
    rows.forget(NOW + module.KEPT_MS - 1)
    assert len(rows) == 2
    rows.forget(NOW + module.KEPT_MS)
    assert len(rows) == 1
    rows.forget(NOW + 2 * module.KEPT_MS)
    assert len(rows) == 0


def test_no_more_is_kept_than_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS_KEPT_MAX", 3)
    rows, seen = Rows(), exam()
    for number in range(10):
        rows.row(attempt(f"a{number}"), seen, TOTAL)
    assert len(rows) <= 3
