"""The table of results: filtered, sorted by marks as they are, never past what one may see."""

from typing import Any

import pytest

from examsync.errors import ExamError
from examsync.results.table import SORTS, Wanted, arranged
from protocol.http_results import PartMarks, ResultRow
from protocol.problems import Code
from protocol.types import AttemptState, Grading


def row(candidate: str, total: str | None = None, **changes: Any) -> ResultRow:
    whole = None if total is None else PartMarks(total, "10", {})
    state, grading = AttemptState.SUBMITTED, Grading.GRADED
    fields: dict[str, Any] = {"name": candidate.title(), "hall": "east", "group": "A"}
    fields |= {"state": state, "grading": grading} | changes
    return ResultRow(f"a-{candidate}", candidate, whole=whole, **fields)


ROWS = [
    row("ravi", "2/3", closed_at=5),
    row("asha", "-1", hall="west", group="B", closed_at=9),
    row("zoya", "10", name="Älva", state=AttemptState.EXPIRED),
    row("mina", None, state=AttemptState.ABSENT, grading=Grading.PENDING),
    row("omar", "2/3", hall=""),
]


def names(**asked: Any) -> str:
    return " ".join(one.candidate for one in arranged(ROWS, Wanted(**asked)))


def test_the_best_come_first_and_the_unmarked_last_either_way() -> None:
    assert names() == "zoya omar ravi asha mina"
    assert names(sort="total") == "asha omar ravi zoya mina"


def test_rows_are_sorted_by_what_is_asked() -> None:
    assert names(sort="-candidate") == "zoya ravi omar mina asha"
    assert names(sort="closed_at") == "ravi asha mina omar zoya"
    assert names(sort="hall") == "omar mina ravi zoya asha"


def test_rows_are_filtered_by_all_that_is_asked() -> None:
    assert names(state=AttemptState.EXPIRED) == "zoya"
    assert names(grading=Grading.PENDING) == "mina"
    assert names(hall="") == "omar"
    assert names(group="B", hall="west") == "asha"
    assert names(group="B", hall="east") == ""
    assert names(text="ÄLV") == "zoya"
    assert names(text="OMA") == "omar"


def test_nobody_sees_past_his_halls() -> None:
    assert names(halls=frozenset({"west"})) == "asha"
    assert names(halls=frozenset({"west"}), hall="east") == ""


def test_an_order_that_does_not_exist_is_refused_by_naming_those_that_do() -> None:
    with pytest.raises(ExamError) as caught:
        names(sort="-beauty")
    assert caught.value.code is Code.BAD_REQUEST
    assert all(name in str(caught.value) for name in SORTS)
