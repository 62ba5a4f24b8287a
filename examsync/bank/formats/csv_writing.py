"""A bank as CSV: every field of every kind, in cells that `csv.parse` reads back as they were."""

import csv
import io
from collections.abc import Sequence
from fractions import Fraction

from examsync.bank import marks, number
from examsync.bank.entry import Entry
from examsync.bank.faults import OPTIONS_MAX
from examsync.bank.formats.formula import guarded
from examsync.bank.formats.header import COLUMNS
from examsync.bank.formats.options import Options
from examsync.bank.formats.separated import joined
from examsync.bank.formats.unclear import CellUnclear
from examsync.bank.question import (
    Between,
    Closed,
    LongText,
    MultipleChoice,
    Near,
    Numerical,
    Question,
    ShortText,
    TrueFalse,
    kind_of,
    options_of,
    right_options,
)

LETTERS = "abcdefghijklmnopqrstuvwxyz"
_OPTIONS_AT_LEAST = 4
"""Columns for options, so that a question with more than the others can be added by hand."""


def write(entries: Sequence[Entry]) -> bytes:
    """A line per question, for Excel (UTF-8 with its mark); each cell in quotes and `guarded`."""
    most = max((len(options_of(entry.question)) for entry in entries), default=0)
    options = [f"option_{letter}" for letter in LETTERS[: max(most, _OPTIONS_AT_LEAST)]]
    columns = [*COLUMNS[:2], *options, *COLUMNS[2:]]
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    for entry in entries:
        cells = _cells(entry)
        writer.writerow([guarded(cells.get(column, "")) for column in columns])
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def _cells(entry: Entry) -> dict[str, str]:
    """The cells by heading; one that is not there is empty."""
    question = entry.question
    about = ("topic", "difficulty", "explanation", "language", "external_id")
    cells: dict[str, str] = {name: getattr(question, name) for name in about}
    letters = zip(LETTERS, options_of(question), strict=False)
    cells |= {f"option_{letter}": option.text for letter, option in letters}
    exactly = isinstance(question, ShortText) and question.case_sensitive
    return cells | {
        "type": kind_of(question).value,
        "question": question.stem,
        "answer": answer_cell(question),
        "marks": written_marks(entry.marks),
        "negative_marks": written_marks(entry.negative_marks),
        "section": entry.section,
        "image": question.image or "",
        "tags": joined(question.tags, ";,"),
        "shuffle": ("yes" if question.shuffle else "no") if isinstance(question, Closed) else "",
        "case_sensitive": "yes" if exactly else "",
    }


def written_marks(stored: str | None) -> str:
    """Marks as `marks.parse` takes them: 1/128 has too many places for it, so it stays 1/128."""
    if stored is None:
        return ""
    try:
        marks.parse(stored)
    except ValueError:
        exact = marks.read(stored)
        return f"{exact.numerator}/{exact.denominator}"
    return stored


def answer_cell(question: Question) -> str:
    """The key as the answer cell says it; of an essay, what its marker is told."""
    if isinstance(question, Closed):
        return _letters(question)
    if isinstance(question, LongText):
        return question.guidance
    return joined(accepted(question), ";")


def accepted(question: Question) -> list[str]:
    """Each right answer as a cell says it, but for choices and essays: those have none here."""
    if isinstance(question, TrueFalse):
        return ["true" if question.answer else "false"]
    if isinstance(question, Numerical):
        return [_number(answer) for answer in question.answers]
    return list(question.answers) if isinstance(question, ShortText) else []


def _letters(question: Closed) -> str:
    """The letters of the right options, in so many brackets that no option's text is like them."""
    texts = {letter: option.text for letter, option in zip(LETTERS, question.options, strict=False)}
    right = right_options(question)
    ids = zip(texts, question.options, strict=False)
    letters = [letter for letter, option in ids if option.id in right]
    many = isinstance(question, MultipleChoice)
    for depth in range(OPTIONS_MAX + 1):
        cell = ";".join("(" * depth + letter.upper() + ")" * depth for letter in letters)
        try:
            if Options(texts).named_by(cell, many=many) == letters:
                return cell
        except CellUnclear:
            continue
    raise AssertionError("more spellings than options, and each is an option")


def _number(answer: Near | Between) -> str:
    if isinstance(answer, Between):
        dots = " .. " if answer.low.endswith(".") or answer.high.startswith(".") else ".."
        return answer.low + dots + answer.high
    tolerance = f"±{answer.tolerance}" if answer.tolerance != "0" else ""
    relative = number.parse(answer.relative) or Fraction(0)
    return answer.value + tolerance + (f"±{marks.exact(relative * 100)}%" if relative else "")
