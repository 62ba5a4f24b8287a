"""A bank as GIFT that Moodle reads, and that `gift.parse` reads back as it was."""

import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from examsync.bank import marks
from examsync.bank.entry import Entry
from examsync.bank.faults import about_others
from examsync.bank.formats import gift_numbers
from examsync.bank.formats.csv_writing import answer_cell, written_marks
from examsync.bank.formats.gift_blocks import bracketed
from examsync.bank.formats.gift_text import FORMAT, escape
from examsync.bank.question import (
    Closed,
    LongText,
    MultipleChoice,
    Numerical,
    Question,
    ShortText,
    SingleChoice,
    TrueFalse,
    kind_of,
    right_options,
)
from protocol.types import ItemKind

_ROOT = "$CATEGORY: $course$/top"
_WEIGHT_PLACES = 5
"""So Moodle writes the parts of 100 % that it accepts: 33.33333."""
_LIKE_A_WEIGHT = re.compile(r"%-?[\d.]+%", re.ASCII)


def write(entries: Sequence[Entry]) -> bytes:
    """Each question with its comment; topics are categories. Texts are said to be plain."""
    lines, category = list[str](), ""
    for entry in entries:
        topic = entry.question.topic
        if topic != category and "\n" not in topic:
            category = topic
            lines += [f"{_ROOT}/{topic}" if topic else _ROOT, ""]
        said = " ".join(_said(entry, category))
        lines += [f"// {said}", *_question(entry.question), ""]
    return "\n".join(lines).encode()


def _said(entry: Entry, category: str) -> Iterator[str]:
    """What GIFT has no words for, in brackets."""
    question = entry.question
    found = {
        "id": question.external_id,
        "marks": written_marks(entry.marks),
        "negative_marks": written_marks(entry.negative_marks),
        "section": entry.section,
        "topic": question.topic if question.topic != category else "",
        "difficulty": question.difficulty,
        "language": question.language,
        "image": question.image or "",
        **_said_of_kind(question),
    }
    yield from (bracketed(name, text) for name, text in found.items() if text)
    yield from (bracketed("tag", tag) for tag in question.tags)


def _said_of_kind(question: Question) -> dict[str, str]:
    if isinstance(question, Closed):
        speaks = any(about_others(option.text) for option in question.options)
        return {"shuffle": ("yes" if speaks else "") if question.shuffle else "no"}
    if isinstance(question, ShortText):
        pairs = all("->" in answer for answer in question.answers)
        return {
            "type": ItemKind.SHORT_TEXT.value if pairs else "",
            "case_sensitive": "yes" if question.case_sensitive else "",
        }
    if isinstance(question, Numerical):
        cell = answer_cell(question)
        body = ";".join(gift_numbers.written(answer) for answer in question.answers)
        return {"answer": cell if cell.replace("±", ":") != body else ""}
    return {"answer": question.guidance} if isinstance(question, LongText) else {}


def _question(question: Question) -> list[str]:
    answers = list(_ANSWERS[kind_of(question)](question))
    more = [f"####{_text(question.explanation)}"] if question.explanation else []
    head = f"::{escape(question.external_id)}::[plain]{escape(question.stem)}{{"
    return [head, *answers, *more, "}"] if answers or more else [f"{head}}}"]


def _text(text: str) -> str:
    """Escaped, and kept from being read as a format or a weight, which have no escape."""
    marked = FORMAT.match(text) or _LIKE_A_WEIGHT.match(text)
    return f"[plain]{escape(text)}" if marked else escape(text)


def _single(question: SingleChoice) -> Iterator[str]:
    for option in question.options:
        yield f"{'=' if option.id == question.answer else '~'}{_text(option.text)}"


def _multiple(question: MultipleChoice) -> Iterator[str]:
    """Right options share 100 %, and a wrong one takes as much: our proportional scheme."""
    right = right_options(question)
    part = marks.rounded(Fraction(100, len(right)), _WEIGHT_PLACES)
    for option in question.options:
        yield f"~%{'' if option.id in right else '-'}{part}%{_text(option.text)}"


def _true_false(question: TrueFalse) -> Iterator[str]:
    yield "TRUE" if question.answer else "FALSE"


def _numerical(question: Numerical) -> Iterator[str]:
    yield "#"
    yield from (f"={gift_numbers.written(answer)}" for answer in question.answers)


def _short_text(question: ShortText) -> Iterator[str]:
    """A star would be Moodle's wildcard."""
    yield from (f"={_text(answer)}".replace("*", "\\*") for answer in question.answers)


def _long_text(_question: LongText) -> Iterator[str]:
    yield from ()


_ANSWERS: dict[ItemKind, Callable[..., Iterator[str]]] = {
    ItemKind.SINGLE_CHOICE: _single,
    ItemKind.MULTIPLE_CHOICE: _multiple,
    ItemKind.TRUE_FALSE: _true_false,
    ItemKind.NUMERICAL: _numerical,
    ItemKind.SHORT_TEXT: _short_text,
    ItemKind.LONG_TEXT: _long_text,
}
