"""A paper out of a bank's entries (pure): sections by their names, marks by row or by default."""

from collections.abc import Sequence

from msgspec import Struct

from examsync.bank import marks
from examsync.bank.entry import Entry
from examsync.bank.paper import Item, Paper, Scheme, Section
from examsync.errors import ExamError
from protocol.problems import Code

ITEMS_MAX = 1_000
TITLE_OF_THE_REST = "Questions"
"""The section of questions whose author named none."""


class Choices(Struct, frozen=True):
    """What the author of a paper decides for all its items; rows with own marks keep them."""

    marks: str = "1"
    negative_marks: str = "0"
    scheme: Scheme = Scheme.ALL_OR_NOTHING
    shuffle_items: bool = True


class Part(Struct, frozen=True):
    """A section to be: its questions, and what its author decides for all of them. What is None is
    decided by each row, or else by `Choices`."""

    title: str
    entries: Sequence[Entry]
    marks: str | None = None
    negative_marks: str | None = None
    scheme: Scheme | None = None
    shuffle_items: bool | None = None


def suggested(entries: Sequence[Entry]) -> list[Part]:
    """Sections as the rows name them, in the order in which their names first appear."""
    by_section: dict[str, list[Entry]] = {}
    for entry in entries:
        by_section.setdefault(entry.section or TITLE_OF_THE_REST, []).append(entry)
    return [Part(name, own) for name, own in by_section.items()]


def compose(
    paper_id: str, title: str, parts: Sequence[Part], chosen: Choices, instructions: str = ""
) -> Paper:
    """The paper of these parts: sections s1, s2, ... with the items q1, q2, ... in their order.

    Raises ExamError BAD_REQUEST if there are no questions or too many, or if something that was
    decided is no number of marks.
    """
    count = sum(len(part.entries) for part in parts)
    if not 0 < count <= ITEMS_MAX:
        detail = f"a paper has 1 to {ITEMS_MAX} questions, these are {count}; set a limit"
        raise ExamError(Code.BAD_REQUEST, detail)
    sections, placed = list[Section](), 0
    for number, part in enumerate(parts, start=1):
        items = _items(part, chosen, placed + 1)
        placed += len(items)
        shuffle = chosen.shuffle_items if part.shuffle_items is None else part.shuffle_items
        sections.append(Section(f"s{number}", part.title, items, shuffle))
    return Paper(paper_id, title, sections, instructions)


def _items(part: Part, chosen: Choices, first: int) -> list[Item]:
    """The items of a part; the first is called `q` and that number."""
    earns = None if part.marks is None else _written(part.marks)
    costs = None if part.negative_marks is None else _written(part.negative_marks, penalty=True)
    earns_usually = _written(chosen.marks)
    costs_usually = _written(chosen.negative_marks, penalty=True)
    return [
        Item(
            id=f"q{number}",
            question=entry.question,
            marks=earns or entry.marks or earns_usually,
            negative_marks=costs or entry.negative_marks or costs_usually,
            scheme=part.scheme or chosen.scheme,
        )
        for number, entry in enumerate(part.entries, start=first)
    ]


def _written(text: str, *, penalty: bool = False) -> str:
    """Marks as items have them."""
    try:
        return marks.exact(marks.parse_penalty(text) if penalty else marks.parse(text))
    except ValueError as error:
        raise ExamError(Code.BAD_REQUEST, str(error)) from error
