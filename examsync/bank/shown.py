"""Questions and papers with their keys, as the HTTP API shows them to authors (pure)."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

import msgspec

from examsync.bank import marks
from examsync.bank.formats.csv_writing import accepted
from examsync.bank.paper import Item, Paper, Section
from examsync.bank.question import (
    Closed,
    LongText,
    Question,
    ShortText,
    kind_of,
    options_of,
    right_options,
)
from examsync.bank.report import Report
from protocol import http_bank as wire
from protocol.http_papers import KeyedItem, KeyedSection


def question(authored: Question) -> wire.KeyedQuestion:
    """A question with its key."""
    right = right_options(authored) if isinstance(authored, Closed) else frozenset[str]()
    options = options_of(authored)
    return wire.KeyedQuestion(
        external_id=authored.external_id,
        kind=kind_of(authored),
        stem=authored.stem,
        options=[wire.KeyedOption(each.id, each.text, each.id in right) for each in options],
        answers=accepted(authored),
        guidance=authored.guidance if isinstance(authored, LongText) else "",
        case_sensitive=isinstance(authored, ShortText) and authored.case_sensitive,
        shuffle=isinstance(authored, Closed) and authored.shuffle,
        topic=authored.topic,
        difficulty=authored.difficulty,
        explanation=authored.explanation,
        language=authored.language,
        image=authored.image,
        tags=list(authored.tags),
    )


def import_report(report: Report) -> wire.ImportReport:
    """What an import found and did."""
    return msgspec.convert(report, wire.ImportReport, from_attributes=True)


def sections(paper: Paper) -> list[KeyedSection]:
    """The sections of a paper with their items."""
    return [_section(section) for section in paper.sections]


def _section(section: Section) -> KeyedSection:
    return KeyedSection(
        section.id,
        section.title,
        section.shuffle,
        maximum_of(section.items),
        [_item(item) for item in section.items],
    )


def _item(item: Item) -> KeyedItem:
    asked = question(item.question)
    return KeyedItem(item.id, item.marks, item.negative_marks, item.scheme, asked)


def maximum_of(items: Iterable[Item]) -> str:
    """What all items earn together, exactly."""
    return marks.exact(marks.total(marks.read(item.marks) for item in items))


def maximum(counted: Mapping[str, int]) -> str:
    """The same of items counted by their marks."""
    return marks.exact(sum((marks.read(text) * n for text, n in counted.items()), Fraction(0)))
