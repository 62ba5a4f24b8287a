"""Single answers of a GIFT question."""

from fractions import Fraction

import pytest

from examsync.bank.faults import ANSWERS_MAX
from examsync.bank.formats.gift_answer import Answer, parts_left_out, percent, split, weight_of
from examsync.bank.formats.gift_text import Piece, Texts, Unclear


def answers(raw: str) -> list[Answer]:
    return split(Piece(raw, 0), Texts())


def test_sign_weight_text_and_feedback_are_told_apart() -> None:
    one, two, three = answers(r" =a\=b#yes ~ %-33.5% c ~%x%")
    assert (one.sign, one.weight, one.text, one.feedback, one.at) == ("=", None, "a=b", "yes", 2)
    assert (two.sign, two.weight, two.text, two.feedback) == ("~", Fraction("-33.5"), "c", "")
    assert (three.weight, three.text) == (None, "%x%")


def test_text_before_the_first_answer_and_too_many_answers_are_refused() -> None:
    for raw, code in [("a =b", "answer_stray"), ("~a" * (ANSWERS_MAX + 1), "too_many")]:
        with pytest.raises(Unclear) as caught:
            answers(raw)
        assert caught.value.code == code
    assert len(answers("~a" * ANSWERS_MAX)) == ANSWERS_MAX


def test_a_weight_is_written_or_said_by_the_sign() -> None:
    found = answers("=a ~b =%100%c =%0%d ~%100%e ~%-50%f")
    assert [weight_of(one) for one in found] == [100, 0, 100, 0, 100, -50]
    with pytest.raises(Unclear, match=r"%100\.5% is more than all") as caught:
        weight_of(answers(" =%100.5%a")[0])
    assert (caught.value.code, caught.value.at) == ("weight_unsupported", 9)
    assert percent(Fraction("-33.33333")) == "%-33.33333%"


def test_parts_are_told_one_by_one() -> None:
    doubts = parts_left_out(answers("=a ~b =%75%c ~%25%d ~%-50%e =%0%f"))
    assert [(doubt.code, doubt.at) for doubt in doubts] == [
        ("part_left_out", 11),
        ("part_left_out", 18),
    ]
    assert "%75% for an answer" in doubts[0].message
