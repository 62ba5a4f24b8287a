"""What new marks make of an attempt."""

from typing import Any

import pytest
from msgspec import structs

from examsync.errors import ExamError
from examsync.results.decision import (
    Standing,
    check_closed,
    check_graded,
    check_markable,
    decide,
)
from examsync.results.result import Marks, compute
from protocol.http_results import Reveal
from protocol.problems import Code
from protocol.types import Grading
from tests import papers

RIGHT = papers.right_responses()
GOOD = compute(papers.paper(), RIGHT, {}, {})
OTHER = compute(papers.paper(), {}, {}, {})
WAITS = compute(papers.paper(), RIGHT | {"q6": "An essay."}, {}, {})


def standing(**changes: Any) -> Standing:
    usual = Standing("a1", "exam-1", "paper-1", 1, 9, Grading.PENDING, 5, 0, complete=False)
    return structs.replace(usual, **changes)


def graded(marks: Marks = GOOD, **changes: Any) -> Standing:
    usual = {"grading": Grading.GRADED, "revision": 1, "complete": True, "marks": marks}
    return standing(**(usual | changes))


def released(marks: Marks = GOOD, **changes: Any) -> Standing:
    seen = {"released_at": 7, "released_by": "eva", "reveal": Reveal.TOTAL}
    return graded(marks, **({"grading": Grading.RELEASED} | seen | changes))


def test_the_first_marks_of_a_close_are_told_as_graded() -> None:
    decided = decide(standing(), GOOD, by="machine", at=8)
    assert (decided.grading, decided.news) == (Grading.GRADED, "graded")
    result = decided.result
    assert (result.close, result.revision, result.marks) == (1, 1, GOOD)
    assert (result.made_by, result.made_at, result.released_at) == ("machine", 8, None)


def test_while_something_waits_it_is_pending_and_nothing_is_told() -> None:
    decided = decide(standing(), WAITS, by="machine", at=8)
    assert (decided.grading, decided.news) == (Grading.PENDING, None)
    completed = decide(standing(revision=1, marks=WAITS), GOOD, by="eva", at=9)
    assert (completed.grading, completed.news) == (Grading.GRADED, "graded")
    assert completed.result.revision == 2


def test_marks_that_follow_complete_ones_are_told_as_regraded() -> None:
    decided = decide(graded(), OTHER, by="eva", at=9, reason="key")
    assert (decided.grading, decided.news) == (Grading.GRADED, "regraded")
    assert (decided.result.revision, decided.result.reason) == (2, "key")


def test_other_marks_than_the_released_ones_wait_for_the_next_release() -> None:
    decided = decide(released(), OTHER, by="eva", at=9)
    assert decided.grading is Grading.GRADED
    assert (decided.result.released_at, decided.result.reveal) == (None, None)


def test_the_same_marks_as_the_released_ones_stay_released() -> None:
    decided = decide(released(), GOOD, by="eva", at=9)
    assert decided.grading is Grading.RELEASED
    result = decided.result
    assert (result.released_at, result.released_by, result.reveal) == (7, "eva", Reveal.TOTAL)
    assert decide(graded(), GOOD, by="eva", at=9).grading is Grading.GRADED


def refusal(check: Any, before: Standing) -> Code | None:
    try:
        check(before)
    except ExamError as error:
        return error.code
    return None


@pytest.mark.parametrize(
    ("grading", "closed_at", "refusals"),
    [
        (Grading.NONE, None, [Code.ATTEMPT_OPEN] * 3),
        (Grading.PENDING, 5, [None, None, Code.CONFLICT]),
        (Grading.GRADED, 5, [None, None, None]),
        (Grading.RELEASED, 5, [None, None, None]),
        (Grading.REGRADE_PROPOSED, 5, [None, Code.CONFLICT, None]),
    ],
)
def test_who_may_do_what_in_which_state(
    grading: Grading, closed_at: int | None, refusals: list[Code | None]
) -> None:
    before = standing(grading=grading, closed_at=closed_at)
    checks = (check_closed, check_markable, check_graded)
    assert [refusal(check, before) for check in checks] == refusals
