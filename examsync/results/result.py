"""A result as it is kept, and what of it a candidate is shown, when (pure). Called by the service.

Marks are exact texts here ("41.5", "2/3"); `bank.marks.rounded` makes them fit for people.
"""

from collections.abc import Callable, Mapping
from hashlib import blake2b

import msgspec
from msgspec import Struct, structs

from examsync.bank import marks
from examsync.bank.paper import Item, Paper
from examsync.bank.question import LongText
from examsync.grading.ruling import Ruling, with_key
from examsync.grading.score import Part, Score, score
from protocol.http_results import ItemMark, Outcome, PartMarks, Reveal, Rule
from protocol.paper import Response


class Marks(Struct, frozen=True):
    """All marks of one attempt: the whole, the sections by id, the items in the paper's order."""

    whole: PartMarks
    sections: dict[str, PartMarks]
    items: list[ItemMark]

    @property
    def waiting(self) -> list[str]:
        """The items that wait for a person."""
        return [mark.item for mark in self.items if mark.outcome is Outcome.MANUAL]


class Hand(Struct, frozen=True):
    """Marks that a person gave, and the fingerprint of the response they were given for."""

    marks: str
    fingerprint: str


class Result(Struct, frozen=True, omit_defaults=True):
    """One revision of the result of one close. `released_at`: since when the candidate sees it."""

    attempt: str
    close: int
    revision: int
    marks: Marks
    made_at: int
    made_by: str
    reason: str = ""
    released_at: int | None = None
    released_by: str | None = None
    reveal: Reveal | None = None


class CandidateResult(Struct, frozen=True, omit_defaults=True):
    """What a candidate sees; marks are decimals of up to four places.

    `items` and `paper` (with its keys) are there if they are revealed.
    """

    attempt: str
    released_at: int
    whole: PartMarks
    sections: dict[str, PartMarks]
    items: list[ItemMark] | None = None
    paper: Paper | None = None


def fingerprint(response: Response) -> str:
    """What ties marks given by hand to the response that was read: another response, no marks."""
    return blake2b(msgspec.json.encode(response), digest_size=16).hexdigest()


def compute(
    paper: Paper,
    responses: Mapping[str, Response],
    hands: Mapping[str, Hand],
    rulings: Mapping[str, Ruling],
) -> Marks:
    """The marks of all that stands: responses, marks by hand that still fit them, rulings."""
    given = {
        item: marks.read(hand.marks)
        for item, hand in hands.items()
        if hand.fingerprint == fingerprint(responses.get(item))
    }
    return kept(score(paper, responses, given=given, rulings=rulings))


def kept(computed: Score) -> Marks:
    """A score in the form in which it is stored."""
    items = [
        ItemMark(
            item=one.item,
            outcome=one.outcome,
            marks=marks.exact(one.marks),
            maximum=marks.exact(one.maximum),
            by_hand=one.by_hand,
        )
        for one in computed.items
    ]
    sections = {name: _part(part) for name, part in computed.sections.items()}
    return Marks(_part(computed.whole), sections, items)


def _part(part: Part) -> PartMarks:
    counts = {outcome.value: count for outcome, count in part.counts.items()}
    return PartMarks(marks.exact(part.total), marks.exact(part.maximum), counts)


def for_candidate(result: Result | None, paper: Paper) -> CandidateResult | None:
    """What the candidate is shown of a result; None before its release."""
    if result is None or result.released_at is None or result.reveal is None:
        return None
    own = result.marks
    items = None if result.reveal is Reveal.TOTAL else [_readable_item(mark) for mark in own.items]
    return CandidateResult(
        attempt=result.attempt,
        released_at=result.released_at,
        whole=_readable(own.whole),
        sections={name: _readable(part) for name, part in own.sections.items()},
        items=items,
        paper=without_guidance(paper) if result.reveal is Reveal.KEYS else None,
    )


def _readable(part: PartMarks) -> PartMarks:
    return PartMarks(_rounded(part.total), _rounded(part.maximum), part.counts)


def _readable_item(mark: ItemMark) -> ItemMark:
    return structs.replace(mark, marks=_rounded(mark.marks), maximum=_rounded(mark.maximum))


def _rounded(exact: str) -> str:
    """Four places: a candidate's client may take a decimal for a number, "200/3" not."""
    return marks.rounded(marks.read(exact), 4)


def with_rulings(paper: Paper, rulings: Mapping[str, Ruling]) -> Paper:
    """The paper with the keys that were corrected after the exam."""
    return _each(paper, lambda item: _ruled(item, rulings.get(item.id)))


def _ruled(item: Item, ruling: Ruling | None) -> Item:
    if ruling is None or ruling.rule is not Rule.KEY:
        return item
    return with_key(item, ruling.question)


def without_guidance(paper: Paper) -> Paper:
    """The paper with its keys, but without what was written for markers alone."""
    return _each(paper, _without_guidance)


def _without_guidance(item: Item) -> Item:
    if not isinstance(item.question, LongText):
        return item
    return structs.replace(item, question=structs.replace(item.question, guidance=""))


def _each(paper: Paper, change: Callable[[Item], Item]) -> Paper:
    """The paper with every item changed."""
    sections = [
        structs.replace(section, items=[change(item) for item in section.items])
        for section in paper.sections
    ]
    return structs.replace(paper, sections=sections)
