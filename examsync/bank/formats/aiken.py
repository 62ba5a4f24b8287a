"""Aiken, Moodle's simplest format: a stem, options `A. ` or `A) ` from A on, `ANSWER: C`.

Source: "Aiken format" of the Moodle documentation. More freely than there, a stem and an option
may go on over several lines, and blank lines may stand anywhere.
"""

import re
from collections.abc import Iterator

from msgspec import Struct, field

from examsync.bank.entry import Entry
from examsync.bank.formats.collecting import Collected, too_large
from examsync.bank.formats.decoding import decode
from examsync.bank.formats.parsed import Parsed
from examsync.bank.formats.plain_choice import entry_of
from examsync.bank.formats.resembling import resembling
from examsync.bank.report import RowProblem

_OPTION = re.compile(r"([A-Z])[.)](?:[ \t]+(.*)|$)")
_ANSWER = re.compile(r"ANSWER: ?([A-Z])\b.*", re.IGNORECASE)


class _Raw(Struct):
    """The texts of a question; a text is a list of lines."""

    line: int
    stem: list[str] = field(default_factory=list)
    options: list[list[str]] = field(default_factory=list)
    answer: tuple[int, str] | None = None
    """The line it stands on, and the letter."""


def parse(data: bytes) -> Parsed:
    """Everything such a file holds, and all that is wrong. Never raises for bad content."""
    refusal = too_large(data)
    if refusal is not None:
        return refusal
    text, problems = decode(data)
    unread = bool(problems) and not text
    collected = Collected(problems)
    for raw in _questions(re.split(r"\r\n|\r|\n", text)):
        if not collected.count(raw.line):
            break
        entry = _entry(raw, problems)
        if entry is not None:
            collected.take(raw.line, entry, named=False)
    if not collected.rows and not unread:
        message = "there is no question with an ANSWER: line in this file"
        problems.append(RowProblem(0, "", "file_empty", message))
        problems += resembling(text, "aiken")
    return collected.parsed()


def _questions(lines: list[str]) -> Iterator[_Raw]:
    """What ends with an ANSWER, or without one where the next question begins."""
    raw, blank = _Raw(0), False
    for number, line in enumerate(map(str.strip, lines), start=1):
        if not line:
            blank = True
            continue
        answer, option = _ANSWER.fullmatch(line), _OPTION.fullmatch(line)
        if raw.options and blank and not answer and not option:
            yield raw
            raw = _Raw(0)
        raw.line = raw.line or number
        blank = False
        if answer:
            raw.answer = (number, answer[1].upper())
            yield raw
            raw = _Raw(0)
        elif option and raw.stem and option[1] == chr(ord("A") + len(raw.options)):
            raw.options.append([option[2] or ""])
        else:
            (raw.options[-1] if raw.options else raw.stem).append(line)
    if raw.line:
        yield raw


def _entry(raw: _Raw, problems: list[RowProblem]) -> Entry | None:
    if raw.answer is None:
        message = "no ANSWER: line ends this question; add one with the letter of the right option"
        problems.append(RowProblem(raw.line, "", "answer_empty", message))
        return None
    line, letter = raw.answer
    right = ord(letter) - ord("A")
    if right >= len(raw.options):
        message = f"ANSWER: {letter} is none of the {len(raw.options)} options"
        problems.append(RowProblem(line, "", "answer_unknown", message))
        return None
    options = [_text(lines) for lines in raw.options]
    if not all(options):
        message = "an option is empty; fill it in, or remove it"
        problems.append(RowProblem(raw.line, "", "option_empty", message))
        return None
    return entry_of(raw.line, _text(raw.stem), options, right, problems)


def _text(lines: list[str]) -> str:
    return "\n".join(filter(None, lines))
