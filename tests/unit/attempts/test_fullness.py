"""What is still taken while Redis fills up."""

import pytest

from examsync.attempts import fullness
from examsync.attempts.decision import Decision
from examsync.errors import ExamError
from protocol.facts import AnswerSaved, Body, Started, Submitted
from protocol.problems import Code

START = Started("s-1", 1, 0)
ANSWER = AnswerSaved("q1", "l", 1, "d", "a", 1)
SUBMIT = Submitted("s-2", 1)


@pytest.mark.parametrize(
    ("body", "used", "taken"),
    [
        (START, 0.84, True),
        (START, 0.85, False),
        (ANSWER, 0.94, True),
        (ANSWER, 0.95, False),
        (ANSWER, 1.2, False),
        (SUBMIT, 1.0, True),
        (None, 1.0, True),
    ],
)
def test_starts_are_refused_first_then_answers_and_ends_never(
    body: Body | None, used: float, taken: bool
) -> None:
    decision = Decision("any", "", body=body)
    if taken:
        assert fullness.admitted(decision, used) is decision
        return
    with pytest.raises(ExamError) as refused:
        fullness.admitted(decision, used)
    assert refused.value.code is Code.STORAGE_FULL
    assert refused.value.problem.retry
    assert refused.value.problem.retry_after_ms == fullness.RETRY_AFTER_MS
