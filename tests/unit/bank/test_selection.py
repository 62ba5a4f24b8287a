"""Sections of a new paper find their questions in the bank."""

from typing import Any

import pytest

from examsync.bank.entry import Entry
from examsync.bank.question import TrueFalse
from examsync.bank.selection import select
from examsync.bank.shuffle import Draws
from examsync.errors import ExamError
from protocol.http_papers import PaperSection, Scheme
from protocol.problems import Code
from protocol.types import ItemKind
from tests import papers

MANY = [
    Entry(TrueFalse(external_id=f"t{n}", stem=f"{n}?", answer=True, topic="odd" if n % 2 else ""))
    for n in range(20)
]
BANK = [Entry(question, "Part I") for question in papers.every_kind()] + MANY


def draws(seed: int = 0) -> Draws:
    return Draws(bytes([seed]) * 16)


def taken(*sections: PaperSection, seed: int = 0) -> list[list[str]]:
    parts = select(BANK, sections, draws(seed))
    assert [part.title for part in parts] == [section.title for section in sections]
    return [[entry.question.external_id for entry in part.entries] for part in parts]


def test_a_section_takes_what_fits_all_it_asks_for() -> None:
    assert taken(PaperSection("A", section="Part I", kind=ItemKind.TRUE_FALSE)) == [["seven"]]
    assert taken(PaperSection("A", topic="odd", count=3)) == [["t1", "t3", "t5"]]
    assert taken(PaperSection("A", topic="", section="", count=2)) == [["t0", "t2"]]
    assert len(taken(PaperSection("A"))[0]) == len(BANK)


def test_difficulty_and_tag_are_looked_at() -> None:
    one = TrueFalse(external_id="x", stem="?", answer=True, difficulty="hard", tags=("a", "b"))
    bank = [*MANY, Entry(one)]
    for section in (PaperSection("A", difficulty="hard"), PaperSection("A", tag="b")):
        (part,) = select(bank, [section], draws())
        assert part.entries == [Entry(one)]


def test_no_question_is_taken_twice() -> None:
    first, second, rest = taken(
        PaperSection("A", kind=ItemKind.TRUE_FALSE, count=2),
        PaperSection("B", kind=ItemKind.TRUE_FALSE, count=3),
        PaperSection("C"),
    )
    assert (first, second) == (["seven", "t0"], ["t1", "t2", "t3"])
    assert sorted(first + second + rest) == sorted(e.question.external_id for e in BANK)


def test_named_questions_come_in_their_order_and_are_kept_for_their_section() -> None:
    assert taken(
        PaperSection("A", topic="odd", count=2), PaperSection("B", questions=["t3", "pi", "t1"])
    ) == [["t5", "t7"], ["t3", "pi", "t1"]]


def test_lots_are_drawn_by_the_seed_and_shown_in_the_banks_order() -> None:
    section = PaperSection("A", topic="odd", count=4, random=True)
    drawn = {tuple(taken(section, seed=seed)[0]) for seed in range(20)}
    assert len(drawn) > 5
    assert all(list(one) == sorted(one, key=lambda name: int(name[1:])) for one in drawn)
    assert {len(one) for one in drawn} == {4}
    assert taken(section, seed=3) == taken(section, seed=3)


def test_what_a_section_decides_goes_with_it() -> None:
    section = PaperSection(
        "A", marks="4", negative_marks="1", scheme=Scheme.PROPORTIONAL, shuffle=False
    )
    (part,) = select(BANK, [section], draws())
    assert (part.marks, part.negative_marks) == ("4", "1")
    assert (part.scheme, part.shuffle_items) == (Scheme.PROPORTIONAL, False)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"questions": ["pi", "x1", "x2"]}, "the bank has no question 'x1', 'x2'$"),
        ({"questions": [f"x{n}" for n in range(8)]}, "'x4' and 3 more"),
        ({"questions": ["pi", "pi"]}, "named twice: 'pi'"),
        ({"questions": ["pi"], "count": 1}, "names its questions; take the rest away"),
        ({"questions": ["pi"], "tag": ""}, "names its questions"),
        ({"kind": ItemKind.NUMERICAL, "count": 2}, "section 'A' wants 2; 1 questions of the bank"),
        ({"topic": "nowhere"}, "wants some; 0 questions"),
    ],
)
def test_sections_that_cannot_be_filled_say_why(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(ExamError, match=words) as caught:
        taken(PaperSection("A", **asked))
    assert caught.value.code is Code.BAD_REQUEST
