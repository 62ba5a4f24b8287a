"""What may change in an exam and until when."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from examsync.errors import ExamError
from examsync.exams.change import FROZEN, PUBLISHED, changed, check_terms, moved
from examsync.exams.exam import Terms
from protocol.http_exams import ChangeExam
from protocol.problems import Code
from protocol.types import LatePolicy, TakeoverPolicy
from tests.builders import exam

OTHER: dict[str, Any] = {
    "title": "Another",
    "paper": "paper-2",
    "opens_at": 1_000,
    "window_end": 1_800_003_000_000,
    "closes_at": 2_000_000_000_000,
    "duration_ms": 60_000,
    "grace_ms": 1,
    "late_policy": LatePolicy.ACCEPT,
    "takeover": TakeoverPolicy.REFUSE,
    "heartbeat_period_s": 2.0,
}
"""For each field something else than in `exam()`."""


def test_every_field_is_named_in_the_law() -> None:
    fields = set(ChangeExam.__struct_fields__)
    assert fields == set(OTHER) == {"title", *PUBLISHED} == set(FROZEN["archived"])
    assert fields == {"title", "paper", *Terms.__struct_fields__}
    assert set(FROZEN) == {"draft", "published", "archived"}


@pytest.mark.parametrize("field", OTHER)
def test_a_draft_changes_in_each_field(field: str) -> None:
    before = exam(status="draft")
    after = changed(before, ChangeExam(**{field: OTHER[field]}))
    of = after if field in ("title", "paper") else after.terms
    assert getattr(of, field) == OTHER[field]
    assert changed(after, ChangeExam()) == after


@pytest.mark.parametrize("field", PUBLISHED)
def test_what_candidates_rely_on_is_frozen_with_a_reason(field: str) -> None:
    with pytest.raises(ExamError) as refused:
        changed(exam(), ChangeExam(**{field: OTHER[field]}))
    problem = refused.value.problem
    assert problem.code is Code.FROZEN
    assert problem.detail == f"the exam is published: {field}: {PUBLISHED[field]}"
    assert problem.data == {"frozen": [field]}


def test_what_stays_the_same_is_no_change() -> None:
    before = exam()
    same = ChangeExam(duration_ms=before.terms.duration_ms, paper=before.paper)
    assert changed(before, same) == before
    assert changed(before, ChangeExam("New")).title == "New"


def test_an_archived_exam_changes_in_nothing() -> None:
    with pytest.raises(ExamError) as refused:
        changed(exam(status="archived"), ChangeExam("New"))
    assert refused.value.code is Code.FROZEN


def test_a_draft_does_not_become_what_cannot_be() -> None:
    with pytest.raises(ExamError) as refused:
        changed(exam(status="draft"), ChangeExam(duration_ms=1))
    assert refused.value.code is Code.BAD_REQUEST


@given(st.integers(0, 2**41))
def test_terms_move_as_a_whole(opens_at: int) -> None:
    terms = exam().terms
    there = moved(terms, opens_at)
    check_terms(there)
    assert there.window_end - there.opens_at == terms.window_end - terms.opens_at
    assert there.closes_at - there.window_end == terms.closes_at - terms.window_end
    assert moved(there, terms.opens_at) == terms
    assert structs.replace(there, opens_at=0, window_end=0, closes_at=0) == structs.replace(
        terms, opens_at=0, window_end=0, closes_at=0
    )
