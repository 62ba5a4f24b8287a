"""An exam in Postgres with attempts that got there as all do: by facts, through the real flush."""

from collections.abc import Mapping
from typing import Any

from examsync.attempts.attempt import Attempt, apply
from examsync.attempts.flush import place
from examsync.attempts.ports import Batch, Entry
from examsync.attempts.records import PostgresRecords
from examsync.bank import store as bank
from examsync.bank.entry import Entry as Asked
from examsync.bank.entry import digest
from examsync.bank.intake import Change
from examsync.infra.postgres import Pool
from examsync.results.service import Results
from protocol.facts import Body
from protocol.paper import Response
from tests import papers
from tests.builders import (
    CHAIN_KEY,
    START,
    T0,
    attempt,
    fact,
    granted,
    life,
    saved,
    started,
    submitted,
    terms,
)

ESSAY = "Warm air rises and cools."
BANK = "tests"


async def put_paper(pool: Pool, *, version: int = 1) -> None:
    """The paper of `tests.papers`, with its questions, into Postgres."""
    paper = papers.paper()
    entries = [Asked(question) for question in papers.every_kind()]
    changes = [Change(version, digest(entry), entry) for entry in entries]
    async with pool.acquire() as connection, connection.transaction():
        await bank.lock_bank(connection, BANK, "asha")
        await bank.insert_changes(connection, BANK, changes, "asha")
        found = await bank.fetch_entries(connection, BANK, 100)
        numbers = {one.entry.question.external_id: one.number for one in found}
        await bank.insert_paper(connection, paper, BANK, numbers, "asha")


async def put_version(pool: Pool, question: Any, version: int = 2) -> None:
    """A corrected question into the bank."""
    entry = Asked(question)
    async with pool.acquire() as connection, connection.transaction():
        changes = [Change(version, digest(entry), entry)]
        await bank.insert_changes(connection, BANK, changes, "asha")


class Sitting:
    """One exam, "exam-1", on that paper; `results` grades it, at a time that stands still."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.failures: list[tuple[str, Exception]] = []
        self.results = Results(pool, lambda: T0, lambda *told: self.failures.append(told))
        self._records = PostgresRecords(pool, CHAIN_KEY)
        self._attempts: dict[str, Attempt] = {}

    async def open(self) -> "Sitting":
        """Paper and exam into Postgres."""
        await put_paper(self.pool)
        columns = ("exam-1", "An exam", "paper-1", terms(), "asha")
        await self.pool.execute(
            "INSERT INTO exams (id, title, paper, terms, created_by) VALUES ($1, $2, $3, $4, $5)",
            *columns,
        )
        return self

    async def seat(self, candidate: str, **changes: Any) -> str:
        """A registered attempt; its id."""
        made = attempt(candidate=candidate, **changes)
        await self._records.register([made.seat])
        self._attempts[made.id] = made
        return made.id

    async def tell(self, attempt_id: str, *bodies: Body) -> None:
        """Let the flush write these facts."""
        now, entries = self._attempts[attempt_id], []
        for body in bodies:
            told = fact(now, body)
            entries.append(Entry(f"{now.n}-0", told))
            now = apply(now, told)
        self._attempts[attempt_id] = now
        writing = await self._records.begin([attempt_id])
        await writing.commit(place(writing.rows, Batch(life(), entries)))

    async def sat(
        self, candidate: str, responses: Mapping[str, Response] | None = None, **changes: Any
    ) -> str:
        """A submitted attempt with these responses (all right ones by default); its id."""
        said = papers.right_responses() if responses is None else responses
        answers = [saved(item, n, said[item]) for n, item in enumerate(said, start=1)]
        id_ = await self.seat(candidate, **changes)
        await self.tell(id_, granted(), started(), *answers, submitted(START + 60_000))
        return id_

    async def grading(self, attempt_id: str) -> str:
        """How far the attempt's marks are, as its row says."""
        state: str = await self.pool.fetchval(
            "SELECT grading FROM attempts WHERE id = $1", attempt_id
        )
        return state

    async def news(self) -> list[tuple[str, str, int, int]]:
        """What is in the outbox: kind, attempt, close, revision."""
        rows = await self.pool.fetch("SELECT * FROM outbox ORDER BY number")
        return [(r["kind"], r["attempt"], r["close"], r["revision"]) for r in rows]
