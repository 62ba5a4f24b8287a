"""Anchors: who keeps them elsewhere finds what a chain alone cannot show."""

import pytest
from msgspec import structs

from examsync.audit.anchor import Anchored, BadAnchor, Mark, read, signed
from tests.unit.attempts.evidences import FACTS, WHOLE, stored

KEY = b"of anchors"
HALF, LAST = FACTS[4], FACTS[-1]


def at(time: int, *facts: int) -> bytes:
    """An anchor of the first so many facts."""
    marks = [Mark(WHOLE.attempt, n, FACTS[n - 1].hash) for n in facts]
    return signed(KEY, "exam-1", time, marks)


def test_what_was_signed_is_read() -> None:
    early, late = read(KEY, [at(1, HALF.n), at(2, LAST.n)])
    assert (early.at, early.marks[0].hash, late.marks[0].n) == (1, HALF.hash, LAST.n)


@pytest.mark.parametrize("change", [(b'"at":1', b'"at":2'), (b'"n":5', b'"n":4'), (b"{", b"[")])
def test_a_changed_line_is_refused_by_its_number(change: tuple[bytes, bytes]) -> None:
    with pytest.raises(BadAnchor, match="line 2"):
        read(KEY, [at(3, 1), at(1, HALF.n).replace(*change)])
    with pytest.raises(BadAnchor, match="line 1"):
        read(b"of somebody else", [at(1, 1)])


def anchored() -> Anchored:
    return Anchored(read(KEY, [at(1, HALF.n), at(2, LAST.n)]))


def test_a_chain_that_has_grown_since_is_as_it_was_anchored() -> None:
    assert Anchored(read(KEY, [at(1, HALF.n)])).findings(WHOLE) == []
    assert anchored().findings(WHOLE) == []


def test_a_tail_that_was_cut_off_is_found() -> None:
    cut = structs.replace(WHOLE, facts=WHOLE.facts[:-2], n=WHOLE.n - 2)
    (found,) = anchored().findings(cut)
    assert (found.n, found.what) == (LAST.n, "gone, but it was anchored at 2")


def test_a_chain_that_was_written_anew_with_the_key_is_found() -> None:
    other = structs.replace(stored(HALF), hash="another")
    facts = [other if fact.n == HALF.n else fact for fact in WHOLE.facts]
    (found,) = anchored().findings(structs.replace(WHOLE, facts=facts))
    assert found.n == HALF.n
    assert "written anew" in found.what


def test_a_branch_is_not_what_was_anchored() -> None:
    aside = [structs.replace(fact, branch=True) for fact in WHOLE.facts]
    found = anchored().findings(structs.replace(WHOLE, facts=aside))
    assert [each.n for each in found] == [HALF.n, LAST.n]


def test_an_attempt_that_is_gone_altogether_is_found() -> None:
    marks = anchored()
    assert [each.attempt for each in marks.missing()] == [WHOLE.attempt]
    marks.findings(WHOLE)
    assert marks.missing() == []
