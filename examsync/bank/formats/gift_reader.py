"""One block of GIFT to one entry of a bank, with everything that is wrong with it."""

from collections.abc import Callable
from fractions import Fraction
from typing import TypeVar

import msgspec

from examsync.bank import marks
from examsync.bank.entry import Entry, content_id
from examsync.bank.faults import about_others, faults, section_faults
from examsync.bank.formats import answers, gift_answers
from examsync.bank.formats.gift_answers import Reading
from examsync.bank.formats.gift_blocks import Block
from examsync.bank.formats.gift_numbers import as_stated
from examsync.bank.formats.gift_parts import Parts, parts_of
from examsync.bank.formats.gift_text import Piece, Texts, Unclear
from examsync.bank.formats.keys import Key
from examsync.bank.formats.unclear import CellUnclear
from examsync.bank.question import Question, options_of
from examsync.bank.report import RowProblem, Severity
from protocol.types import ItemKind

_UNNAMED = "-"
"""Stands for the external_id of a question that has none, until the question is known."""
Found = TypeVar("Found")


class BlockReader:
    """Reads one block; what it finds is in `problems`, in the order of finding."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.said = block.said
        self.problems: list[RowProblem] = []
        self.named = bool(self.said.get("id"))
        """Has the author given it an external_id? If not, it gets one made of its content."""
        self.title_unused = False
        self.feedback_moved = False
        self._texts = Texts()

    def read(self) -> Entry | None:
        """The entry, or None if anything is an error, or if this is no question."""
        try:
            question = self._question(parts_of(self.block))
        except Unclear as unclear:
            self._add(unclear.code, unclear.message, at=unclear.at)
            return None
        section = self.said.get("section", "")
        for fault in section_faults(section):
            self._add(fault.code, f"section: {fault.message}")
        earns = self._marks("marks", marks.parse)
        costs = self._marks("negative_marks", marks.parse_penalty)
        wrong = any(problem.severity is Severity.ERROR for problem in self.problems)
        return None if wrong or question is None else Entry(question, section, earns, costs)

    def _add(
        self, code: str, message: str, severity: Severity = Severity.ERROR, *, at: int | None = None
    ) -> None:
        """Keep a finding: about a place in the block, or about all of it."""
        line, column = (self.block.line, "") if at is None else self.block.place(at)
        self.problems.append(RowProblem(line, column, code, message, severity))

    def _question(self, parts: Parts) -> Question | None:
        if parts.answers is None:
            message = "a text without braces is no question; it is left out"
            self._add("description_skipped", message, Severity.WARNING)
            return None
        stem = parts.stem(self._texts)
        short = self.said.get("type") == ItemKind.SHORT_TEXT
        reading = gift_answers.read(parts.answers, self._texts, short=short)
        explanation = self._explanation(parts.general, reading)
        raw = {"kind": reading.kind.value, **self._about(), **self._key(reading)}
        raw |= {"stem": stem, "explanation": explanation}
        question: Question = msgspec.convert(raw, Question)
        question = self._ordered(question)
        self._look_at(question, parts, reading)
        if self.named:
            return question
        return msgspec.structs.replace(question, external_id=content_id(question))

    def _explanation(self, general: Piece | None, reading: Reading) -> str:
        self.feedback_moved = bool(reading.feedback)
        first = self._texts.read(general) if general else ""
        return "\n".join(filter(None, (first, *reading.feedback)))

    def _about(self) -> Key:
        """What every kind has."""
        return {
            "external_id": self.said.get("id") or _UNNAMED,
            "topic": self.said.get("topic", self.block.category),
            "difficulty": self.said.get("difficulty", "").casefold(),
            "language": self.said.get("language", ""),
            "image": self.said.get("image") or None,
            "tags": [tag for tag in self.block.tags if tag],
        }

    def _key(self, reading: Reading) -> Key:
        """The key, with what only a comment can say of it."""
        stated = self.said.get("answer", "")
        if reading.kind is ItemKind.LONG_TEXT:
            return {"guidance": stated}
        if reading.kind is ItemKind.SHORT_TEXT:
            return reading.key | {"case_sensitive": self._truth("case_sensitive") is True}
        if reading.kind is ItemKind.NUMERICAL and stated:
            meant = as_stated(reading.numbers, stated)
            if meant is not None:
                return {"answers": meant}
            message = f"[answer:{stated}] is not what the braces say; the braces are right"
            self._add("answer_differs", message, Severity.WARNING)
        return reading.key

    def _ordered(self, question: Question) -> Question:
        """Options may be shuffled unless a comment says no, or says nothing and they forbid it."""
        options = options_of(question)
        if not options:
            return question
        shuffle = self._truth("shuffle")
        forbids = next((option.text for option in options if about_others(option.text)), None)
        if shuffle is None and forbids is not None:
            message = f"the options keep their order, as {forbids!r} speaks of others"
            self._add("order_kept", message, Severity.INFO)
            shuffle = False
        return msgspec.structs.replace(question, shuffle=shuffle is not False)

    def _look_at(self, question: Question, parts: Parts, reading: Reading) -> None:
        """All that is wrong or doubtful with a question that could be read."""
        said = self.said.get("id", "")
        self.title_unused = parts.title.strip() not in ("", said)
        for doubt in reading.doubts:
            self._add(doubt.code, doubt.message, Severity.WARNING, at=doubt.at)
        for fault in faults(question):
            self._add(fault.code, f"{fault.field}: {fault.message}", fault.severity)
        if self._texts.lost:
            names = ", ".join(f"<{name}>" for name in sorted(self._texts.lost))
            message = f"texts are plain, so {names} are lost; look at it"
            self._add("markup_lost", message, Severity.WARNING)
        if self.block.gap:
            message = "a blank line within braces ends a question elsewhere; remove it"
            problem = RowProblem(self.block.gap, "", "blank_line", message, Severity.WARNING)
            self.problems.append(problem)

    def _marks(self, name: str, parse: Callable[[str], Fraction]) -> str | None:
        try:
            return marks.exact(parse(self.said[name])) if self.said.get(name) else None
        except ValueError as error:
            self._add("marks_unclear", f"[{name}:...]: {error}")
            return None

    def _truth(self, name: str) -> bool | None:
        """What a comment says with yes or no; None if it says nothing."""
        try:
            return answers.truth(self.said[name]) if self.said.get(name) else None
        except CellUnclear as unclear:
            self._add(unclear.code, f"[{name}:...]: {unclear.message}")
            return None
