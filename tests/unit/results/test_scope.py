"""How far a word about results goes."""

import pytest

from examsync.errors import ExamError
from examsync.results.scope import EVERYTHING, Scope
from protocol.problems import Code

EAST = frozenset({"east"})


@pytest.mark.parametrize(
    ("scope", "exam", "hall", "within"),
    [
        (EVERYTHING, "any", "", True),
        (Scope("exam-1"), "exam-1", "west", True),
        (Scope("exam-1"), "exam-2", "west", False),
        (Scope("exam-1", EAST), "exam-1", "east", True),
        (Scope("exam-1", EAST), "exam-1", "west", False),
        (Scope("exam-1", EAST), "exam-1", "", False),
    ],
)
def test_a_scope_is_an_exam_and_its_halls(scope: Scope, exam: str, hall: str, within: bool) -> None:
    assert scope.holds(exam, hall) is within
    if within:
        scope.check("a-1", exam, hall)
        return
    with pytest.raises(ExamError) as caught:
        scope.check("a-1", exam, hall)
    assert caught.value.code is Code.NOT_FOUND
