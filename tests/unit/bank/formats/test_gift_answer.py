"""Single answers of a GIFT question."""

from fractions import Fraction

import pytest

from examsync.bank.faults import ANSWERS_MAX
from examsync.bank.formats.gift_answer import Answer, earns_all, percent, split
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


def test_an_answer_is_right_or_wrong_or_refused() -> None:
    assert [earns_all(one, "it") for one in answers("=a ~b =%100%c =%0%d ~%100%e")] == [
        True,
        False,
        True,
        False,
        True,
    ]
    with pytest.raises(Unclear, match="a short text cannot give %75% for") as caught:
        earns_all(answers(" =%75%a")[0], "a short text")
    assert (caught.value.code, caught.value.at) == ("weight_unsupported", 6)
    assert percent(Fraction("-33.33333")) == "%-33.33333%"
