"""A paper as authored: questions placed in sections, with marks and keys (pure).

`public_paper` is what candidates get; it builds other types, which have no field for an answer.
Called by `bank.service`, by `attempts` (order), and by grading.
"""

from msgspec import Struct

from examsync.bank import marks
from examsync.bank.question import Closed, Question, kind_of, options_of
from examsync.bank.shuffle import Draws
from protocol import paper as public
from protocol.http_papers import Scheme

__all__ = ["Item", "Paper", "Scheme", "Section", "order_for", "public_paper"]


class Item(Struct, frozen=True, omit_defaults=True):
    """A question placed in a paper. Marks are exact texts as `bank.marks.exact` writes them."""

    id: str
    question: Question
    marks: str
    negative_marks: str = "0"
    """What a wrong answer costs, at or above zero."""
    scheme: Scheme = Scheme.ALL_OR_NOTHING


class Section(Struct, frozen=True, omit_defaults=True):
    """A named run of items; sections are shown in the order of the paper, always."""

    id: str
    title: str
    items: list[Item]
    shuffle: bool = False
    """May the items be shown in another order?"""


class Paper(Struct, frozen=True, omit_defaults=True):
    """What is sat, with its keys."""

    id: str
    title: str
    sections: list[Section]
    instructions: str = ""

    def items(self) -> list[Item]:
        """All items, in the author's order."""
        return [item for section in self.sections for item in section.items]


def public_paper(paper: Paper) -> public.Paper:
    """The paper as all candidates get it, byte for byte the same.

    Options that are shuffled stand in the order of their ids, which are made of their texts: the
    author's order, in which the right option may well come first, cannot be read from it.
    """
    sections = [_public_section(section) for section in paper.sections]
    return public.Paper(paper.id, paper.title, sections, paper.instructions)


def _public_section(section: Section) -> public.Section:
    return public.Section(section.id, section.title, [_public_item(i) for i in section.items])


def _public_item(item: Item) -> public.Item:
    question = item.question
    return public.Item(
        id=item.id,
        kind=kind_of(question),
        stem=question.stem,
        marks=_decimal(item.marks),
        negative_marks=_decimal(item.negative_marks),
        options=_neutral(question),
        image=question.image,
    )


def _decimal(text: str) -> str:
    """For the wire, where marks are decimals: thirds to four places. Grading takes them exactly."""
    return marks.rounded(marks.read(text), 4) if "/" in text else text


def _neutral(question: Question) -> list[public.Option]:
    options = [public.Option(option.id, option.text) for option in options_of(question)]
    if isinstance(question, Closed) and question.shuffle:
        options.sort(key=lambda option: option.id)
    return options


def order_for(paper: Paper, seed: bytes) -> public.Order:
    """One candidate's order, the same for the same seed in every version of Python.

    `seed` is at least 16 bytes that others cannot guess, one per attempt; ValueError if shorter.
    """
    draws = Draws(seed)
    items: list[str] = []
    for section in paper.sections:
        ids = [item.id for item in section.items]
        items += draws.shuffled(ids) if section.shuffle else ids
    options: dict[str, list[str]] = {}
    for item in paper.items():
        question = item.question
        if isinstance(question, Closed):
            ids = [option.id for option in question.options]
            options[item.id] = draws.shuffled(sorted(ids)) if question.shuffle else ids
    return public.Order(items, options)
