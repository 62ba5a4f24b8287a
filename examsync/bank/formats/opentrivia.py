"""OpenTriviaQA's text files: `#Q` and a stem, `^` and the right answer, `A` to `Z` and the options.

A stem may go on over several lines, and so may an answer. The files have no ids; a question with
the options True and False becomes a true_false.
"""

import re
from collections.abc import Iterator

from msgspec import Struct, field

from examsync.bank.entry import Entry
from examsync.bank.folding import fold
from examsync.bank.formats.collecting import Collected, too_large
from examsync.bank.formats.decoding import decode
from examsync.bank.formats.parsed import Parsed
from examsync.bank.formats.plain_choice import entry_of
from examsync.bank.formats.resembling import resembling
from examsync.bank.report import RowProblem, Severity

_MARKED = re.compile(r"(#Q|\^|[A-Z])(?:[ \t]+(.*)|$)")


class _Raw(Struct):
    """The texts of a question; a text is a list of lines."""

    line: int
    stem: list[str]
    right: list[str] | None = None
    options: list[tuple[int, list[str]]] = field(default_factory=list)
    """With the line on which each begins."""


def parse(data: bytes) -> Parsed:
    """Everything such a file holds, and all that is wrong. Never raises for bad content."""
    refusal = too_large(data)
    if refusal is not None:
        return refusal
    text, problems = decode(data)
    unread = bool(problems) and not text
    collected = Collected(problems)
    for raw in _questions(re.split(r"\r\n|\r|\n", text), problems):
        if not collected.count(raw.line):
            break
        entry = _entry(raw, problems)
        if entry is not None:
            collected.take(raw.line, entry, named=False)
    if collected.rows_read == 0 and not unread:
        message = "there is no line that begins with #Q"
        problems.append(RowProblem(0, "", "file_empty", message))
        problems += resembling(text, "opentrivia")
    return collected.parsed()


def _questions(lines: list[str], problems: list[RowProblem]) -> Iterator[_Raw]:
    raw: _Raw | None = None
    stray = list[int]()
    for number, line in enumerate(lines, start=1):
        begins, rest = _mark(line.strip(), raw)
        if begins == "#Q":
            if raw is not None:
                yield raw
            raw = _Raw(number, [rest])
        elif raw is not None:
            _go_on(raw, begins, rest, number)
        elif rest:
            stray.append(number)
    if stray:
        message = f"{len(stray)} lines of text before the first #Q; they are left out"
        problems.append(RowProblem(stray[0], "", "text_stray", message, Severity.WARNING))
    if raw is not None:
        yield raw


def _mark(line: str, raw: _Raw | None) -> tuple[str, str]:
    """What a line begins, and its text. "A man ..." begins an option only after a right answer."""
    marked = _MARKED.fullmatch(line)
    if marked is None:
        return "", line
    begins, rest = marked.groups(default="")
    expected = raw is not None and raw.right is not None
    if begins == "#Q" or (begins == "^" and not expected):
        return begins, rest
    if expected and raw is not None and begins == chr(ord("A") + len(raw.options)):
        return begins, rest
    return "", line


def _go_on(raw: _Raw, begins: str, text: str, number: int) -> None:
    if begins == "^":
        raw.right = [text]
    elif begins:
        raw.options.append((number, [text]))
    elif raw.options:
        raw.options[-1][1].append(text)
    else:
        (raw.stem if raw.right is None else raw.right).append(text)


def _entry(raw: _Raw, problems: list[RowProblem]) -> Entry | None:
    if raw.right is None:
        message = "no right answer; add a line that begins with ^"
        problems.append(RowProblem(raw.line, "", "answer_empty", message))
        return None
    options = _options(raw, problems)
    right = [text for text in options if text == _text(raw.right)] or [
        text for text in options if fold(text) == fold(_text(raw.right))
    ]
    if not right:
        message = f"the answer {_text(raw.right)[:80]!r} is none of the options; repeat it as one"
        problems.append(RowProblem(raw.line, "", "answer_unknown", message))
        return None
    return entry_of(raw.line, _text(raw.stem), options, options.index(right[0]), problems)


def _options(raw: _Raw, problems: list[RowProblem]) -> list[str]:
    """The texts of the options, each once."""
    texts = list[str]()
    for line, lines in raw.options:
        text = _text(lines)
        code = "option_duplicate" if text in texts else "" if text else "option_empty"
        if code:
            message = f"the option {text!r} is {'there twice' if text else 'empty'}; it is left out"
            problems.append(RowProblem(line, "", code, message, Severity.WARNING))
        else:
            texts.append(text)
    return texts


def _text(lines: list[str]) -> str:
    return "\n".join(filter(None, (line.strip() for line in lines)))
