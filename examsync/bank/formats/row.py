"""One record of a CSV file to one entry of a bank, with everything that is wrong with it."""

from collections.abc import Callable
from fractions import Fraction
from typing import TypeVar

import msgspec

from examsync.bank import marks
from examsync.bank.entry import Entry, content_id
from examsync.bank.faults import OPTIONS_MIN, about_others, faults, section_faults
from examsync.bank.formats import answers, kinds
from examsync.bank.formats.header import Header
from examsync.bank.formats.keys import CHOICE_KINDS, Key, key_of
from examsync.bank.formats.options import Notation, Options
from examsync.bank.formats.records import Record
from examsync.bank.formats.separated import separated
from examsync.bank.formats.unclear import CellUnclear
from examsync.bank.question import Question
from examsync.bank.report import RowProblem, Severity
from protocol.types import ItemKind

_COLUMN_OF = {"stem": "question", "options": "option_a", "guidance": "answer"}
"""Where the file has a field of a question under another heading; options begin at `option_a`."""
_KINDS_WITH_OPTIONS = CHOICE_KINDS | {ItemKind.TRUE_FALSE}
Found = TypeVar("Found")
_UNNAMED = "-"
"""Stands for the external_id of a row that has none, until the question is known."""


class RowReader:
    """Reads one record; what it finds is in `problems`, in the order of finding."""

    def __init__(self, header: Header, record: Record, usual: Notation | None) -> None:
        self.header = header
        self.record = record
        self.problems: list[RowProblem] = []
        self.options = Options(header.option_cells(record.cells), usual)
        self.named = bool(self.cell("external_id"))
        """Has the author given it an external_id? If not, it gets one made of its content."""

    def read(self) -> Entry | None:
        """The entry, or None if anything is an error."""
        if self._overflows():
            return None
        question = self._question()
        section = self._section()
        earns = self._marks("marks", marks.parse)
        costs = self._marks("negative_marks", marks.parse_penalty)
        wrong = any(problem.severity is Severity.ERROR for problem in self.problems)
        return None if wrong or question is None else Entry(question, section, earns, costs)

    def cell(self, column: str) -> str:
        """The trimmed text of this row's cell."""
        return self.header.cell(self.record.cells, column)

    def _add(
        self, column: str, code: str, message: str, severity: Severity = Severity.ERROR
    ) -> None:
        """Keep a finding, under the file's own spelling of the column."""
        spelled = self.header.spelled.get(column, column)
        self.problems.append(RowProblem(self.record.line, spelled, code, message, severity))

    def _overflows(self) -> bool:
        """A comma outside of quotes has moved cells: whatever else is said would be nonsense."""
        extra = self.record.cells[self.header.width :]
        if not any(cell.strip() for cell in extra):
            return False
        message = f"{len(extra)} more cells than headings; put text with commas in quotes"
        self._add("", "cells_extra", message)
        return True

    def _section(self) -> str:
        section = self.cell("section")
        for fault in section_faults(section):
            self._add("section", fault.code, fault.message)
        return section

    def _marks(self, column: str, parse: Callable[[str], Fraction]) -> str | None:
        try:
            return marks.exact(parse(self.cell(column))) if self.cell(column) else None
        except ValueError as error:
            self._add(column, "marks_unclear", str(error))
            return None

    def _question(self) -> Question | None:
        kind, shuffle, exactly = self._tried("type", self._kind), self._shuffle(), self._exactly()
        key = None if kind is None else self._key(kind)
        raw: dict[str, object] = {"kind": ItemKind.LONG_TEXT.value, **self._about()}
        if kind is not None and key is not None:
            raw |= {"kind": kind.value, **key}
            raw |= {"shuffle": shuffle} if kind in CHOICE_KINDS else {}
            raw |= {"case_sensitive": exactly} if kind is ItemKind.SHORT_TEXT else {}
        question: Question = msgspec.convert(raw, Question)
        for fault in faults(question):
            column = _COLUMN_OF.get(fault.field, fault.field)
            self._add(column, fault.code, fault.message, fault.severity)
        if self.named:
            return question
        return msgspec.structs.replace(question, external_id=content_id(question))

    def _kind(self) -> ItemKind:
        if self.cell("type"):
            return kinds.named(self.cell("type"))
        return kinds.guessed(self.cell("answer"), self.options)

    def _key(self, kind: ItemKind) -> Key | None:
        if kind in CHOICE_KINDS and len(self.options.texts) < OPTIONS_MIN:
            message = f"{len(self.options.texts)} options; a {kind} has at least {OPTIONS_MIN}"
            self._add("option_a", "options_count", message)
            return None
        if self.options.texts and kind not in _KINDS_WITH_OPTIONS:
            message = f"a {kind} has no options; they are left out"
            self._add("option_a", "options_unused", message, Severity.WARNING)
        key = self._tried("answer", lambda: key_of(kind, self.cell("answer"), self.options))
        for doubt in self.options.doubts:
            self._add("answer", "answer_ambiguous", doubt, Severity.WARNING)
        return key

    def _shuffle(self) -> bool:
        """Yes, unless the row says no, or says nothing and an option is about the others."""
        said = self.cell("shuffle")
        if said:
            return self._tried("shuffle", lambda: answers.truth(said)) is not False
        for letter, text in self.options.texts.items():
            if about_others(text):
                message = f"the options keep their order, as {text!r} speaks of others"
                self._add(f"option_{letter}", "order_kept", message, Severity.INFO)
                return False
        return True

    def _exactly(self) -> bool:
        """Do capitals count? Not unless the row says so."""
        said = self.cell("case_sensitive")
        return bool(said and self._tried("case_sensitive", lambda: answers.truth(said)))

    def _about(self) -> dict[str, object]:
        """What every kind has."""
        return {
            "external_id": self.cell("external_id") or _UNNAMED,
            "stem": self.cell("question"),
            "topic": self.cell("topic"),
            "difficulty": self.cell("difficulty").casefold(),
            "explanation": self.cell("explanation"),
            "language": self.cell("language"),
            "image": self.cell("image") or None,
            "tags": separated(self.cell("tags"), ";,"),
        }

    def _tried(self, column: str, read: Callable[[], Found]) -> Found | None:
        try:
            return read()
        except CellUnclear as unclear:
            self._add(column, unclear.code, unclear.message)
            return None
