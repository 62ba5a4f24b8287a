"""What an attempt's result is held against: rulings that are there, and facts that were there."""

import msgspec
import pytest
from msgspec import structs

from examsync.attempts.core import Core, core_after
from examsync.audit.archive import Head, Kept
from examsync.audit.check import check, result_findings
from examsync.results.result import compute
from examsync.results.row import Graded, Proof
from protocol.erasure import Erased
from protocol.types import Grading
from tests import papers
from tests.builders import CHAIN_KEY
from tests.unit.attempts.evidences import FACTS, WHOLE

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


ERASED = Erased("e-1", "answers", "old", "submitted", 5, 2, mark=f"2.1={MARKS.whole.total}")


def erased(record: Erased, result: Graded | None) -> list[str]:
    """What is found of an attempt of which this record is what is left."""
    core = core_after(Core(), structs.replace(FACTS[-1], body=record))
    evidence = structs.replace(WHOLE, core=msgspec.json.encode(core).decode())
    one = Kept(Proof("asha", Grading.GRADED, result, {}), evidence)
    return [finding.what for finding in result_findings(Head("exam-1", PAPER, {0: {}}), one)]


def test_of_an_erased_attempt_the_total_is_the_one_that_was_recorded() -> None:
    stands = Graded(2, 1, WHOLE.n, 0, MARKS)
    assert erased(ERASED, stands) == []
    (changed,) = erased(ERASED, structs.replace(stands, revision=2))
    assert f"but {ERASED.mark} was to be left" in changed
    assert "the result is missing" in erased(ERASED, None)[0]


def test_of_an_erased_person_no_result_is_left() -> None:
    person = structs.replace(ERASED, scope="person", mark="")
    assert erased(person, None) == []
    assert "but none was to be left" in erased(person, Graded(2, 1, WHOLE.n, 0, MARKS))[0]
