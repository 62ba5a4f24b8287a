"""What an attempt's result is held against: rulings that are there, and facts that were there."""

import pytest

from examsync.audit.archive import Head, Kept
from examsync.audit.check import check, result_findings
from examsync.results.result import compute
from examsync.results.row import Graded, Proof
from protocol.types import Grading
from tests import papers
from tests.builders import CHAIN_KEY
from tests.unit.attempts.evidences import WHOLE

PAPER = papers.paper()
MARKS = compute(PAPER, {item: held.response for item, held in WHOLE.responses.items()}, {}, {})


def kept(grading: Grading, *, n: int = WHOLE.n, close: int = 2, ruling: int = 0) -> Kept:
    """The attempt of `evidences`, which was closed twice."""
    return Kept(Proof("asha", grading, Graded(close, 1, n, ruling, MARKS), {}), WHOLE)


def found(one: Kept) -> list[str]:
    head = Head("exam-1", PAPER, {0: {}})
    assert check(CHAIN_KEY, head, one).findings == result_findings(head, one)
    return [finding.what for finding in result_findings(head, one)]


@pytest.mark.parametrize("grading", list(Grading))
def test_a_result_of_all_that_stands_is_right_whatever_becomes_of_it(grading: Grading) -> None:
    assert found(kept(grading)) == []


@pytest.mark.parametrize("grading", list(Grading))
def test_a_result_names_rulings_and_facts_that_there_are(grading: Grading) -> None:
    assert found(kept(grading, ruling=7)) == ["result 2.1 heeds ruling 7: there is none"]
    (ahead,) = found(kept(grading, n=WHOLE.n + 1))
    assert ahead == f"result 2.1 is of {WHOLE.n + 1} facts, but there are {WHOLE.n}"


def test_a_result_that_is_not_settled_is_of_facts_that_had_closed_the_attempt() -> None:
    (early,) = found(kept(Grading.PENDING, n=WHOLE.n - 1))
    assert "have not closed the attempt so often" in early
    assert found(kept(Grading.PENDING, n=WHOLE.n - 1, close=1)) == []
