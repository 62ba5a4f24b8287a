"""What a result can be computed from anew, in Postgres (for the audit). Nothing is written."""

from pathlib import Path
from typing import Any

import msgspec

from examsync.grading.ruling import Ruling
from examsync.infra.postgres import Connection, load_queries
from examsync.results.row import Graded, Proof
from examsync.results.store import fetch_hands, fetch_rulings
from protocol.types import Grading


def _sql(name: str) -> str:
    return load_queries(Path(__file__).with_name("proving.sql"))[name]


async def fetch_heeded(connection: Connection, exam: str) -> dict[int, dict[str, Ruling]]:
    """By each number that a result heeds, what had been decided of the exam's items by then."""
    numbers = [row["ruling"] for row in await connection.fetch(_sql("ruling_numbers"), exam)]
    return {
        number: (await fetch_rulings(connection, exam, up_to=number)).by_item
        for number in sorted(numbers)
    }


async def fetch_proof(connection: Connection, attempt: str) -> Proof | None:
    """Of an attempt; None if there is none (any more)."""
    row = await connection.fetchrow(_sql("latest_result"), attempt)
    if row is None:
        return None
    hands = await fetch_hands(connection, [attempt])
    return Proof(row["candidate"], Grading(row["grading"]), _graded(row), hands[attempt])


def _graded(row: Any) -> Graded | None:
    if row["marks"] is None:
        return None
    names = ("close", "revision", "n", "ruling", "marks")
    return msgspec.convert({name: row[name] for name in names}, Graded)
