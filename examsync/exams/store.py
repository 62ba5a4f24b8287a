"""Exams in Postgres, and in Redis how many facts each has (so that nobody decides on fewer)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from examsync.errors import Unavailable
from examsync.exams.chain import Written
from examsync.exams.exam import Exam, Terms, apply
from examsync.exams.listing import Listed, Wanted
from examsync.infra import keys
from examsync.infra.postgres import AWAY, Pool, load_queries
from examsync.infra.redis import Line, LineDown
from protocol.facts import ExamFact

_fact = msgspec.json.Decoder(ExamFact).decode


def sql(name: str) -> str:
    """A statement of queries.sql, read when first needed."""
    return load_queries(Path(__file__).with_name("queries.sql"))[name]


class Stored(msgspec.Struct, frozen=True):
    """An exam as Postgres has it: its facts folded in, and its status. `edition` counts how often
    it was changed since it was made; `created_at` is ms since 1970 UTC."""

    exam: Exam
    status: str
    edition: int = 1
    created_by: str = ""
    created_at: int = 0


class ExamStore:
    """Where exams are kept."""

    def __init__(self, pool: Pool, line: Line) -> None:
        self._pool = pool
        self._line = line
        self._raise = Path(__file__).with_name("raise.lua").read_text(encoding="utf-8")

    async def insert(self, exam: Exam, by: str) -> bool:
        """A new exam, as a draft; False if the id is taken. Raises Unavailable."""
        columns = (exam.id, exam.title, exam.paper, exam.terms, by)
        return bool(await self._fetch("insert_exam", *columns))

    async def set_status(self, exam_id: str, status: str, among: list[str]) -> bool:
        """Change the status if it is one of `among`; whether it was. Raises Unavailable."""
        return bool(await self._fetch("set_status", exam_id, status, among))

    async def fetch(self, exam_id: str) -> Stored | None:
        """An exam with all its facts. Raises Unavailable."""
        rows = await self._fetch("fetch_exam", exam_id)
        if not rows:
            return None
        exam = exam_of(rows[0])
        for row in await self._fetch("exam_facts", exam_id, 0):
            exam = apply(exam, _fact(row["fact"]))
        row = rows[0]
        return Stored(exam, exam.status, row["edition"], row["created_by"], row["created_at"])

    async def facts(self, exam_id: str, after: int) -> list[ExamFact]:
        """Facts of an exam after its `after`th. Raises Unavailable."""
        return [_fact(row["fact"]) for row in await self._fetch("exam_facts", exam_id, after)]

    async def listed(self, limit: int) -> list[Stored]:
        """The newest exams, without their facts. Raises Unavailable."""
        rows = await self._fetch("list_exams", limit)
        return [Stored(exam_of(row), row["status"]) for row in rows]

    async def page(self, wanted: Wanted) -> list[Listed]:
        """Exams without their facts, in order, `limit` at most. Raises Unavailable."""
        query = "page_of_exams_down" if wanted.down else "page_of_exams"
        key, id_ = wanted.after or (None, None)
        rows = await self._fetch(query, *_sought(wanted), wanted.sort, key, id_, wanted.limit)
        return [Listed(exam_of(row), row["key"]) for row in rows]

    async def timed(self, exams: Sequence[Exam]) -> list[Exam]:
        """These exams with the grants and pauses that they were listed without, and no more: that
        is for all who ask when they are to come. Raises Unavailable."""
        found = {exam.id: exam for exam in exams}
        for row in await self._fetch("times_of_exams", list(found)):
            fact = _fact(row["fact"])
            found[fact.exam] = apply(found[fact.exam], fact)
        return list(found.values())

    async def count(self, wanted: Wanted) -> int:
        """How many exams the list has in all. Raises Unavailable."""
        return int((await self._fetch("count_exams", *_sought(wanted)))[0]["total"])

    async def change(self, exam: Exam, status: str, edition: int) -> bool:
        """Write another title, paper and terms; False if it was changed or went on to another
        status meanwhile. Raises Unavailable."""
        columns = (exam.id, exam.title, exam.paper, exam.terms, status, edition)
        return bool(await self._fetch("change_exam", *columns))

    async def append(self, fact: ExamFact) -> bool:
        """Write a fact; False if somebody else wrote one of that number. Raises Unavailable."""
        text = msgspec.json.encode(fact).decode()
        try:
            await self._pool.execute(sql("insert_exam_fact"), fact.exam, fact.n, fact.body.id, text)
        except asyncpg.UniqueViolationError:
            return False
        except AWAY as error:
            raise Unavailable(str(error)) from error
        return True

    async def standings(self, exam_ids: list[str]) -> dict[str, tuple[int, str, int]]:
        """How many facts each of these exams has in Postgres, its status, and its edition. Raises
        Unavailable."""
        rows = await self._fetch("latest_exam_facts", exam_ids)
        return {row["exam"]: (row["n"], row["status"], row["edition"]) for row in rows}

    async def n_in_redis(self, exam_id: str) -> int | None:
        """How many facts Redis knows the exam to have; None if it does not know. Raises
        Unavailable."""
        reply = await self._ask("GET", keys.exam_n(exam_id))
        return None if reply is None else int(reply)

    async def raise_n(self, exam_id: str, n: int) -> None:
        """Let Redis know that the exam has `n` facts at least. Raises Unavailable."""
        await self._ask("EVAL", self._raise, 1, keys.exam_n(exam_id), n)

    async def _ask(self, *command: Any) -> Any:
        try:
            (reply,) = await self._line.call(command)
        except LineDown as error:
            raise Unavailable(str(error)) from error
        if isinstance(reply, Exception):
            raise Unavailable(str(reply)) from reply
        return reply

    async def _fetch(self, query: str, *arguments: Any) -> list[Any]:
        try:
            rows: list[Any] = await self._pool.fetch(sql(query), *arguments)
        except AWAY as error:
            raise Unavailable(str(error)) from error
        return rows


async def written(pool: Pool, exam_id: str) -> list[Written]:
    """The facts of an exam as they are kept, for whoever proves them. Raises Unavailable."""
    try:
        rows = await pool.fetch(sql("written_facts"), exam_id)
    except AWAY as error:
        raise Unavailable(str(error)) from error
    return [Written(row["n"], row["id"], row["fact"]) for row in rows]


def exam_of(row: Any) -> Exam:
    """The exam in its row, before its facts."""
    terms = msgspec.convert(row["terms"], Terms)
    return Exam(row["id"], row["title"], row["paper"], terms, status=row["status"])


def _sought(wanted: Wanted) -> tuple[list[str] | None, str | None, str]:
    return wanted.ids, wanted.status, wanted.q
