"""What is decided about an item after the exam: a corrected key, marks for all, dropped (pure)."""

from fractions import Fraction

from msgspec import Struct, structs

from examsync.bank import marks
from examsync.bank.paper import Item
from examsync.bank.question import Question, options_of
from examsync.grading.grade import Mark, blank, grade
from protocol.http_results import Outcome, Rule
from protocol.paper import Response


class Ruling(Struct, frozen=True):
    """A decision about one item; `question` is the corrected one if the rule is KEY."""

    rule: Rule
    question: Question | None = None


def grade_under(ruling: Ruling | None, item: Item, response: Response) -> Mark:
    """The mark of a response under what was decided about its item, if anything was.

    Raises ValueError for a KEY ruling without a question or with one of another kind.
    """
    if ruling is None:
        return grade(item, response)
    if ruling.rule is Rule.KEY:
        return grade(with_key(item, ruling.question), response)
    if ruling.rule is Rule.DROPPED:
        return Mark(Outcome.DROPPED, Fraction(0))
    if ruling.rule is Rule.FULL_TO_ALL or not blank(response):
        return Mark(Outcome.CORRECT, marks.read(item.marks))
    return Mark(Outcome.UNANSWERED, Fraction(0))


def with_key(item: Item, question: Question | None) -> Item:
    """The item with a corrected question. Raises ValueError if that is none or of another kind,
    or has other options than those the candidates chose from."""
    if question is None or type(question) is not type(item.question):
        raise ValueError(f"{item.id} needs a question of its own kind for its key")
    chosen_from = {option.id for option in options_of(item.question)}
    if {option.id for option in options_of(question)} != chosen_from:
        raise ValueError(f"{item.id} had other options than the corrected question has")
    return structs.replace(item, question=question)


def maximum_under(ruling: Ruling | None, item: Item) -> Fraction:
    """What the item can bring."""
    dropped = ruling is not None and ruling.rule is Rule.DROPPED
    return Fraction(0) if dropped else marks.read(item.marks)
