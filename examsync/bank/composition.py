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


def compose(
    paper_id: str, title: str, entries: Sequence[Entry], chosen: Choices, instructions: str = ""
) -> Paper:
    """The paper of these entries: items q1, q2, ... in their order, by sections s1, s2, ...

    Sections come in the order in which their names first appear. Raises ExamError BAD_REQUEST if
    there are no entries or too many, or if a default is no number of marks.
    """
    if not 0 < len(entries) <= ITEMS_MAX:
        raise ExamError(Code.BAD_REQUEST, f"a paper has 1 to {ITEMS_MAX} questions; set a limit")
    earns, costs = _exact(chosen.marks), _exact(chosen.negative_marks.removeprefix("-"))
    by_section: dict[str, list[Entry]] = {}
    for entry in entries:
        by_section.setdefault(entry.section or TITLE_OF_THE_REST, []).append(entry)
    sections, count = list[Section](), 0
    for number, (name, own) in enumerate(by_section.items(), start=1):
        items = [
            Item(
                id=f"q{count + n}",
                question=entry.question,
                marks=entry.marks or earns,
                negative_marks=entry.negative_marks or costs,
                scheme=chosen.scheme,
            )
            for n, entry in enumerate(own, start=1)
        ]
        count += len(items)
        sections.append(Section(f"s{number}", name, items, chosen.shuffle_items))
    return Paper(paper_id, title, sections, instructions)


def _exact(text: str) -> str:
    try:
        return marks.exact(marks.parse(text))
    except ValueError as error:
        raise ExamError(Code.BAD_REQUEST, str(error)) from error
