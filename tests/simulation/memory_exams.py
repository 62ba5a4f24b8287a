"""Exams in the simulation: the real service and store, on tables and a Redis in memory."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from examsync.exams.exam import Exam
from examsync.exams.service import Exams, Sitting
from examsync.exams.store import ExamStore, Stored
from examsync.infra.redis import Line
from protocol.facts import ExamFact
from protocol.paper import Item, Option, Order, Paper, Section
from protocol.types import ItemKind
from tests.simulation.memory_postgres import MemoryPostgres
from tests.simulation.process import Process

Rows = list[dict[str, Any]]

OPTIONS = ["a", "b", "c", "d"]


def item(number: int) -> Item:
    """The items of the paper: choices and texts by turns."""
    id_ = f"q{number}"
    if number % 2:
        return Item(id_, ItemKind.SHORT_TEXT, "Say it.", "4")
    options = [Option(each, each) for each in OPTIONS]
    return Item(id_, ItemKind.SINGLE_CHOICE, "Which?", "4", options=options)


PAPER = Paper("paper", "Paper", [Section("s", "All", [item(number) for number in range(4)])])
ITEMS: Mapping[str, Item] = {i.id: i for section in PAPER.sections for i in section.items}
ORDER = Order(list(ITEMS), {})


class MemoryExamStore(ExamStore):
    """ExamStore with its statements done on tables in memory; its Redis side is the real one."""

    def __init__(self, process: Process, postgres: MemoryPostgres, line: Line) -> None:
        super().__init__(None, line)  # type: ignore[arg-type]  # its pool is never asked
        self._process = process
        self._postgres = postgres

    async def append(self, fact: ExamFact) -> bool:
        """Write a fact; False if somebody else wrote one of that number."""
        return await self._postgres.do(
            self._process, "insert_exam_fact", lambda: self._append(fact)
        )

    def _append(self, fact: ExamFact) -> bool:
        facts = self._postgres.exam_facts[fact.exam]
        if len(facts) != fact.n - 1 or any(f.body.id == fact.body.id for f in facts):
            return False
        facts.append(fact)
        return True

    async def _fetch(self, query: str, *arguments: Any) -> Rows:
        statements: dict[str, Callable[..., Rows]] = {
            "fetch_exam": self._exam,
            "exam_facts": self._facts,
            "latest_exam_facts": self._latest,
        }
        return await self._postgres.do(self._process, query, lambda: statements[query](*arguments))

    def _exam(self, exam_id: str) -> Rows:
        exam = self._postgres.exams[exam_id]
        terms = msgspec.to_builtins(exam.terms)
        row = {"id": exam.id, "title": exam.title, "paper": exam.paper, "terms": terms}
        made = {"edition": 1, "created_by": "", "created_at": 0}
        return [{**row, **made, "status": "published"}]

    def _facts(self, exam_id: str, after: int) -> Rows:
        facts = self._postgres.exam_facts[exam_id][after:]
        return [{"fact": msgspec.json.encode(fact)} for fact in facts]

    def _latest(self, exam_ids: list[str]) -> Rows:
        facts = self._postgres.exam_facts
        standing = {"status": "published", "edition": 1}
        return [{"exam": i, "n": len(facts[i]), **standing} for i in exam_ids]


class MemoryExams(Exams):
    """The real service; only the paper comes from here instead of from the bank."""

    async def _learn(self, stored: Stored) -> None:
        if stored.exam.id not in self._sittings:
            self._sittings[stored.exam.id] = sitting(stored.exam)
            return
        await super()._learn(stored)


def sitting(exam: Exam) -> Sitting:
    """The exam with the one paper of this world."""
    authored: Any = None
    return Sitting(exam, "published", 1, authored, PAPER, ITEMS)
