"""What is kept of a score, and what of it a candidate sees."""

from fractions import Fraction

import msgspec
import pytest

from examsync.bank.paper import Item, Paper, Section
from examsync.grading.ruling import Ruling
from examsync.grading.score import score
from examsync.results.result import (
    Hand,
    Marks,
    Result,
    compute,
    fingerprint,
    for_candidate,
    kept,
    with_rulings,
    without_guidance,
)
from protocol.http_results import Outcome, Reveal, Rule
from tests import papers

PAPER = papers.paper()
RESPONSES = papers.right_responses() | {"q6": "An essay."}
MARKS = compute(PAPER, RESPONSES, {}, {})


def result(reveal: Reveal | None) -> Result:
    at = None if reveal is None else 5
    return Result("a1", 1, 1, MARKS, 4, "machine", released_at=at, reveal=reveal)


def test_marks_are_exact_texts_and_name_what_waits() -> None:
    assert (MARKS.whole.total, MARKS.whole.maximum) == ("22", "27")
    assert MARKS.whole.counts == {
        "correct": 5,
        "partial": 0,
        "incorrect": 0,
        "unanswered": 0,
        "manual": 1,
        "dropped": 0,
    }
    assert MARKS.waiting == ["q6"]
    assert [(name, part.total) for name, part in MARKS.sections.items()] == [
        ("s1", "12"),
        ("s2", "10"),
    ]


def test_thirds_survive_storage() -> None:
    third = Paper("p", "P", [Section("s", "S", [Item("q1", papers.true_false(), "2", "2/3")])])
    stored = kept(score(third, {"q1": False}))
    assert stored.whole.total == "-2/3"
    assert msgspec.json.decode(msgspec.json.encode(stored), type=Marks) == stored


def test_marks_by_hand_stand_for_the_response_they_were_given_for_and_no_other() -> None:
    hand = Hand("3.5", fingerprint("An essay."))
    marked = compute(PAPER, RESPONSES, {"q6": hand}, {})
    assert marked.whole.total == "25.5"
    assert marked.waiting == []
    assert marked.items[-1].by_hand
    another = compute(PAPER, RESPONSES | {"q6": "Another essay."}, {"q6": hand}, {})
    assert another.waiting == ["q6"]
    cleared = compute(PAPER, RESPONSES | {"q6": None}, {"q6": hand}, {})
    assert cleared.items[-1].outcome is Outcome.UNANSWERED


def test_rulings_are_heeded() -> None:
    assert compute(PAPER, {}, {}, {"q1": Ruling(Rule.FULL_TO_ALL)}).whole.total == "4"


@pytest.mark.parametrize(
    ("one", "other"), [("1", 1), (1, True), (0, False), ([], None), ("", None), (["a", "b"], "a,b")]
)
def test_responses_of_other_types_have_other_fingerprints(one: object, other: object) -> None:
    assert fingerprint(one) != fingerprint(other)  # type: ignore[arg-type]


def test_nothing_is_shown_before_release() -> None:
    assert for_candidate(None, PAPER) is None
    assert for_candidate(result(None), PAPER) is None


def test_totals_alone_are_shown_if_no_more_is_revealed() -> None:
    shown = for_candidate(result(Reveal.TOTAL), PAPER)
    assert shown is not None
    assert (shown.whole.total, shown.released_at, set(shown.sections)) == ("22", 5, {"s1", "s2"})
    assert shown.items is None
    assert shown.paper is None
    said = msgspec.json.encode(shown).decode()
    for secret in ("q1", "Delhi", "mercury", "3.14", '"answer"', "machine"):
        assert secret not in said


def test_candidates_read_decimals() -> None:
    third = Paper("p", "P", [Section("s", "S", [Item("q1", papers.true_false(), "2", "2/3")])])
    marks = compute(third, {"q1": False}, {}, {})
    made = Result("a1", 1, 1, marks, 4, "machine", released_at=5, reveal=Reveal.OUTCOMES)
    shown = for_candidate(made, third)
    assert shown is not None
    assert shown.items is not None
    totals = {shown.whole.total, shown.sections["s"].total, shown.items[0].marks}
    assert totals == {"-0.6667"}


def test_outcomes_are_shown_without_keys() -> None:
    shown = for_candidate(result(Reveal.OUTCOMES), PAPER)
    assert shown is not None
    assert shown.items == MARKS.items
    said = msgspec.json.encode(shown).decode()
    for secret in ("Delhi", "mercury", "3.14", "answers", "guidance", "machine"):
        assert secret not in said


def test_keys_are_shown_last_and_what_is_for_markers_never() -> None:
    shown = for_candidate(result(Reveal.KEYS), PAPER)
    assert shown is not None
    said = msgspec.json.encode(shown).decode()
    assert "mercury" in said
    assert "It has been since 1911." in said
    assert "Evaporation" not in said
    assert "machine" not in said


def test_the_keys_shown_are_those_that_were_graded_by() -> None:
    corrected = papers.single(right=3)
    rulings = {"q1": Ruling(Rule.KEY, corrected), "q2": Ruling(Rule.FULL_TO_ALL)}
    ruled = with_rulings(PAPER, rulings)
    assert [item.question for item in ruled.items()][:2] == [corrected, papers.multiple()]
    assert score(ruled, RESPONSES).whole.total == score(PAPER, RESPONSES).whole.total - 5
    assert with_rulings(PAPER, {}) == PAPER


def test_a_paper_without_guidance_is_the_same_otherwise() -> None:
    stripped = without_guidance(PAPER)
    assert score(stripped, RESPONSES).whole.total == Fraction(22)
    assert msgspec.json.encode(PAPER).decode().count("Evaporation") == 1
