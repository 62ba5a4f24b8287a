"""Results, as the rest of the house uses them: one object per process, a door for each task.

Whatever changes an attempt's marks holds the attempt's row, as the flush does: an answer and a
grading of the same attempt are one after the other, and nothing is graded twice.
"""

from collections.abc import Callable

from examsync.infra.postgres import Pool
from examsync.results.service.grading import Failed, Grader
from examsync.results.service.marking import Marking
from examsync.results.service.regrading import Regrading
from examsync.results.service.releasing import Releasing

__all__ = ["Results"]


def _nobody_listens(_attempt: str, _error: Exception) -> None:
    """For those who do not want to hear of attempts that could not be graded."""


class Results:
    """The book of results."""

    def __init__(
        self, pool: Pool, now: Callable[[], int], failed: Failed = _nobody_listens
    ) -> None:
        self.grader = Grader(pool, now, failed)
        self.marking = Marking(self.grader)
        self.regrading = Regrading(self.grader)
        self.releasing = Releasing(self.grader)
