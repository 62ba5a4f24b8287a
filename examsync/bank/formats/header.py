"""Which column is which: the headings people type, in any order and language of spreadsheets."""

import difflib
import re
import unicodedata

from msgspec import Struct

from examsync.bank.formats.formula import bare
from examsync.bank.report import RowProblem, Severity

COLUMNS = (
    "type",
    "question",
    "answer",
    "marks",
    "negative_marks",
    "section",
    "topic",
    "difficulty",
    "explanation",
    "image",
    "language",
    "external_id",
    "tags",
    "shuffle",
    "case_sensitive",
)
_ALSO_CALLED = {
    "type": "question_type kind item_type",
    "question": "stem text question_text question_title title prompt statement",
    "answer": "answers correct correct_answer correct_answers correct_option correct_options key"
    " answer_key right_answer solution_key",
    "marks": "mark points point score positive_marks max_marks",
    "negative_marks": "negative_mark negative penalty minus minus_marks negative_points",
    "section": "part section_name subject",
    "topic": "category chapter unit subtopic",
    "difficulty": "level difficulty_level",
    "explanation": "feedback solution rationale general_feedback",
    "image": "picture image_url figure",
    "language": "lang locale",
    "external_id": "id question_id ref reference code qid",
    "tags": "tag labels keywords",
    "shuffle": "shuffle_options shuffle_answers",
    "case_sensitive": "match_case",
}
_NAMED = {also: name for name, others in _ALSO_CALLED.items() for also in (name, *others.split())}
_OPTION = re.compile(r"(?:option|choice|opt|alternative|answer)_?([a-z]|\d{1,2})|([a-h])")
_NEEDED = ("question", "answer")
COLUMNS_MAX = 200
"""Ours are 41; spreadsheets add some of their own, but not thousands."""


class Header(Struct, frozen=True):
    """Where each known column stands; options by their letter ("a" to "z")."""

    at: dict[str, int]
    options: dict[str, int]
    spelled: dict[str, str]
    """How the file spells a column, to speak of it as the author does."""
    width: int

    def cell(self, cells: list[str], column: str) -> str:
        """The text of a cell; empty if the row ends before it or has no such column."""
        place = self.at.get(column, -1)
        return _text(cells[place]) if 0 <= place < len(cells) else ""

    def option_cells(self, cells: list[str]) -> dict[str, str]:
        """The options that this row fills in, by letter."""
        found = {letter: _text(cells[at]) for letter, at in self.options.items() if at < len(cells)}
        return {letter: text for letter, text in found.items() if text}


def _text(cell: str) -> str:
    """Trimmed, with one kind of line end, without the apostrophe of an export."""
    return bare(cell.strip().replace("\r\n", "\n").replace("\r", "\n")).strip()


def read(cells: list[str], line: int) -> tuple[Header, list[RowProblem]]:
    """The header and its problems: an error if a column that is needed is missing."""
    at, options, spelled = dict[str, int](), dict[str, int](), dict[str, str]()
    problems = list[RowProblem]()
    if len(cells) > COLUMNS_MAX:
        message = f"{len(cells)} columns; the limit is {COLUMNS_MAX}"
        return Header({}, {}, {}, 0), [RowProblem(line, "", "columns_too_many", message)]
    for place, heading in enumerate(cells):
        name = column_of(heading)
        if not heading.strip():
            continue
        if name is None:
            problems.append(_unknown(heading, line))
        elif name in spelled:
            problems.append(_twice(heading, spelled[name], line))
        else:
            spelled[name] = heading.strip()
            (options if _is_option(name) else at)[name.removeprefix("option_")] = place
    ordered = dict(sorted(options.items()))
    problems += [_missing(name, cells, line) for name in _NEEDED if name not in at]
    return Header(at, ordered, spelled, len(cells)), problems


def column_of(heading: str) -> str | None:
    """Our name for a heading, "option_c" for options, None if it is none of ours."""
    folded = unicodedata.normalize("NFKC", heading).strip().casefold()
    name = re.sub(r"[^a-z0-9]+", "_", folded).strip("_")
    if name in _NAMED:
        return _NAMED[name]
    option = _OPTION.fullmatch(name)
    if not option:
        return None
    mark = option[1] or option[2]
    if not mark.isdecimal():
        return f"option_{mark}"
    return f"option_{chr(ord('a') + int(mark) - 1)}" if 1 <= int(mark) <= 26 else None


def _is_option(name: str) -> bool:
    return name.startswith("option_")


def _unknown(heading: str, line: int) -> RowProblem:
    name = heading.strip()
    close = difflib.get_close_matches(name.casefold(), [*_NAMED, "option_a", "option_b"], 1)
    meant = f"; did you mean {column_of(close[0])}?" if close else ""
    message = f"no column of ours is called {name!r}; it is left out{meant}"
    return RowProblem(line, name, "column_unknown", message, Severity.WARNING)


def _twice(heading: str, first: str, line: int) -> RowProblem:
    message = f"the columns {first!r} and {heading.strip()!r} mean the same; keep one"
    return RowProblem(line, heading.strip(), "column_twice", message)


def _missing(name: str, cells: list[str], line: int) -> RowProblem:
    unknown = {cell.strip().casefold(): cell.strip() for cell in cells if not column_of(cell)}
    close = difflib.get_close_matches(name, unknown, 1)
    perhaps = f" (is it {unknown[close[0]]!r}?)" if close else ""
    message = f"there is no column {name!r}{perhaps}; the first line must name the columns"
    return RowProblem(line, name, "column_missing", message)
