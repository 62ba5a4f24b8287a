"""One response against one item: the mark it earns, exactly (pure). Called by `grading.score`."""

from collections.abc import Callable
from fractions import Fraction

from msgspec import Struct

from examsync.bank import marks, number
from examsync.bank.folding import fold
from examsync.bank.paper import Item
from examsync.bank.question import (
    Between,
    LongText,
    MultipleChoice,
    Near,
    Numerical,
    Question,
    ShortText,
    SingleChoice,
    TrueFalse,
    right_options,
)
from examsync.grading.schemes import SCHEMES, Share
from protocol.http_results import Outcome
from protocol.paper import Response

NOTHING, ALL = Fraction(0), Fraction(1)


class Mark(Struct, frozen=True):
    """The outcome and the marks it brings, which are below zero where a wrong answer costs."""

    outcome: Outcome
    marks: Fraction


def grade(item: Item, response: Response) -> Mark:
    """The mark of a response to an item, whatever the response is.

    None, an empty list and blank text are unanswered and cost nothing. A response of a shape that
    does not fit the item cannot have been stored (`bank.response`); here it is merely wrong.
    """
    if blank(response):
        return Mark(Outcome.UNANSWERED, NOTHING)
    if isinstance(item.question, LongText):
        return Mark(Outcome.MANUAL, NOTHING)
    share = _JUDGES[type(item.question)](item.question, response, SCHEMES[item.scheme])
    return mark_of(item, share * marks.read(item.marks)) if share else wrong(item)


def blank(response: Response) -> bool:
    """Is there nothing in it that could be right or wrong?"""
    if isinstance(response, str):
        return not response.strip()
    return response is None or response == []


def wrong(item: Item) -> Mark:
    """What a wrong answer brings."""
    return Mark(Outcome.INCORRECT, -marks.read(item.negative_marks))


def mark_of(item: Item, earned: Fraction) -> Mark:
    """The mark with this many marks of the item's: all are correct, none or fewer incorrect."""
    full = marks.read(item.marks)
    if earned >= full:
        return Mark(Outcome.CORRECT, earned)
    return Mark(Outcome.PARTIAL if earned > 0 else Outcome.INCORRECT, earned)


def _choice(question: Question, response: Response, share: Share) -> Fraction:
    assert isinstance(question, SingleChoice | MultipleChoice)
    if isinstance(question, SingleChoice):
        return ALL if response == question.answer else NOTHING
    if not isinstance(response, list):
        return NOTHING
    return share(right_options(question), frozenset(response), len(question.options))


def _true_false(question: Question, response: Response, _share: Share) -> Fraction:
    assert isinstance(question, TrueFalse)
    return ALL if response is question.answer else NOTHING


def _numerical(question: Question, response: Response, _share: Share) -> Fraction:
    assert isinstance(question, Numerical)
    if isinstance(response, bool) or not isinstance(response, str | int | float):
        return NOTHING
    value = number.parse(response)
    if value is None:
        return NOTHING
    return ALL if any(within(value, answer) for answer in question.answers) else NOTHING


def within(value: Fraction, answer: Near | Between) -> bool:
    """Is a number as near to an answer as that allows? Bounds are included. Exact throughout.

    A tolerance and a relative one together: the wider counts, as in Python's `math.isclose`.
    """
    if isinstance(answer, Between):
        return _exact(answer.low) <= value <= _exact(answer.high)
    middle = _exact(answer.value)
    widest = max(_exact(answer.tolerance), _exact(answer.relative) * abs(middle))
    return abs(value - middle) <= widest


def _exact(text: str) -> Fraction:
    value = number.parse(text)
    assert value is not None, f"{text!r} passed `bank.faults` and is no number"
    return value


def _short_text(question: Question, response: Response, _share: Share) -> Fraction:
    assert isinstance(question, ShortText)
    if not isinstance(response, str):
        return NOTHING
    case = question.case_sensitive
    accepted = {fold(answer, case_sensitive=case) for answer in question.answers}
    return ALL if fold(response, case_sensitive=case) in accepted else NOTHING


_JUDGES: dict[type, Callable[[Question, Response, Share], Fraction]] = {
    SingleChoice: _choice,
    MultipleChoice: _choice,
    TrueFalse: _true_false,
    Numerical: _numerical,
    ShortText: _short_text,
}
