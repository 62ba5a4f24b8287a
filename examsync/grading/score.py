"""A paper and one candidate's responses to a score, exactly (pure). Called by `results`."""

from collections.abc import Mapping
from fractions import Fraction

from msgspec import Struct

from examsync.bank import marks
from examsync.bank.paper import Item, Paper, Section
from examsync.grading.grade import Mark, mark_of
from examsync.grading.ruling import Ruling, grade_under, maximum_under
from protocol.http_results import Outcome, Rule
from protocol.paper import Response


class ItemScore(Struct, frozen=True):
    """The mark of one item. `by_hand`: a person gave it."""

    item: str
    section: str
    outcome: Outcome
    marks: Fraction
    maximum: Fraction
    by_hand: bool = False


class Part(Struct, frozen=True):
    """Marks and counts of some items: of a section, or of the whole paper."""

    total: Fraction
    maximum: Fraction
    counts: dict[Outcome, int]
    """How many items had each outcome; every outcome is there."""


class Score(Struct, frozen=True):
    """What one candidate's responses are worth. `sections` are by id, in the paper's order."""

    whole: Part
    sections: dict[str, Part]
    items: list[ItemScore]

    @property
    def needs_manual(self) -> bool:
        """Does any item wait for a person?"""
        return self.whole.counts[Outcome.MANUAL] > 0


def score(
    paper: Paper,
    responses: Mapping[str, Response],
    *,
    given: Mapping[str, Fraction] | None = None,
    rulings: Mapping[str, Ruling] | None = None,
) -> Score:
    """The score of these responses (by item id; a missing one is unanswered).

    `rulings` are what was decided about items. `given` are marks that people gave, by item: they
    stand for what the machine would give, also by a corrected key, but not above marks for all.
    Raises ValueError for an item that the paper does not have, or for given marks outside of what
    the item can bring.
    """
    given, rulings = given or {}, rulings or {}
    known = {item.id for item in paper.items()}
    for name in (*responses, *given, *rulings):
        if name not in known:
            raise ValueError(f"the paper {paper.id} has no item {name!r}")
    items = [
        _item_score(section, item, responses.get(item.id), given.get(item.id), rulings.get(item.id))
        for section in paper.sections
        for item in section.items
    ]
    sections = {
        section.id: _part([one for one in items if one.section == section.id])
        for section in paper.sections
    }
    return Score(_part(items), sections, items)


def _item_score(
    section: Section,
    item: Item,
    response: Response,
    given: Fraction | None,
    ruling: Ruling | None,
) -> ItemScore:
    by_hand = given is not None and (ruling is None or ruling.rule is Rule.KEY)
    if given is not None and by_hand:
        mark = check_given(item, given)
    else:
        mark = grade_under(ruling, item, response)
    maximum = maximum_under(ruling, item)
    return ItemScore(item.id, section.id, mark.outcome, mark.marks, maximum, by_hand)


def check_given(item: Item, given: Fraction) -> Mark:
    """The mark that given marks make. Raises ValueError if the item cannot bring so many."""
    lowest, highest = -marks.read(item.negative_marks), marks.read(item.marks)
    if not lowest <= given <= highest:
        bounds = f"{marks.exact(lowest)} to {marks.exact(highest)}"
        raise ValueError(f"{item.id} brings {bounds} marks, not {marks.exact(given)}")
    return mark_of(item, given)


def _part(items: list[ItemScore]) -> Part:
    counts = dict.fromkeys(Outcome, 0)
    for item in items:
        counts[item.outcome] += 1
    total = marks.total(item.marks for item in items)
    return Part(total, marks.total(item.maximum for item in items), counts)
