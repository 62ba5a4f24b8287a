"""What is refused while Redis is nearly full: first who would begin, then answers. What ends an
attempt is always tried, and so is whatever writes nothing: a repeat of what is saved."""

from examsync.attempts.decision import Decision
from examsync.errors import ExamError
from protocol.facts import AnswerSaved, Started
from protocol.problems import Code

STARTS_UNTIL = 0.85
"""Of Redis' memory: above it no attempt starts, so that those who have started can go on."""
ANSWERS_UNTIL = 0.95
"""Above it no answer is taken, so that submits, acts and closes still can be."""
RETRY_AFTER_MS = 2_000
"""The flush empties what Postgres has; how full Redis is, is asked every second."""


def admitted(decision: Decision, used: float) -> Decision:
    """The decision, if there is room for what it writes. `used`: a share of Redis' memory.

    Raises ExamError STORAGE_FULL, to be tried again.
    """
    if used < STARTS_UNTIL:
        return decision
    match decision.body:
        case Started() if used >= STARTS_UNTIL:
            detail = "the server's memory is nearly full: nobody can start for the moment"
        case AnswerSaved() if used >= ANSWERS_UNTIL:
            detail = "the server's memory is full: keep the answer, and send it again"
        case _:
            return decision
    raise ExamError(Code.STORAGE_FULL, detail, retry_after_ms=RETRY_AFTER_MS)
