"""Banks, questions and papers in Postgres. Called by `bank.service` alone."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy
from msgspec import Struct

from examsync.bank.entry import Entry
from examsync.bank.intake import Change, Held
from examsync.bank.paper import Item, Paper, Scheme, Section
from examsync.infra.postgres import Pool, load_queries

Connection: TypeAlias = "Pool | PoolConnectionProxy[asyncpg.Record]"
"""Whatever runs a statement: a transaction's connection, or the pool for one that stands alone."""


class Numbered(Struct, frozen=True):
    """An entry and the number of its version, which papers point to."""

    number: int
    entry: Entry


def _sql(name: str) -> str:
    return load_queries(Path(__file__).with_name("queries.sql"))[name]


async def lock_bank(connection: Connection, bank: str, by: str) -> None:
    """Make the bank if it is new, and keep other imports out until the transaction ends."""
    await connection.execute(_sql("ensure_bank"), bank, by)
    await connection.execute(_sql("lock_bank"), bank)


async def fetch_held(connection: Connection, bank: str) -> Mapping[str, Held]:
    """The newest version of every question by external_id; nothing for a bank that is not there."""
    rows = await connection.fetch(_sql("fetch_digests"), bank)
    return {row["external_id"]: Held(row["version"], row["digest"]) for row in rows}


async def insert_changes(
    connection: Connection, bank: str, changes: Sequence[Change], by: str
) -> None:
    """Store new versions, numbered in the order given."""
    await connection.execute(
        _sql("insert_questions"),
        bank,
        by,
        [change.entry.question.external_id for change in changes],
        [change.version for change in changes],
        [change.digest for change in changes],
        [change.entry for change in changes],
    )


async def fetch_entries(connection: Connection, bank: str, limit: int) -> list[Numbered]:
    """The first `limit` questions of a bank, each in its newest version."""
    rows = await connection.fetch(_sql("fetch_entries"), bank, limit)
    return [Numbered(row["number"], msgspec.convert(row["entry"], Entry)) for row in rows]


async def insert_paper(
    connection: Connection, paper: Paper, bank: str, numbers: Mapping[str, int], by: str
) -> None:
    """Store a paper; `numbers` gives each question's version by external_id.

    Call it in a transaction. Raises asyncpg.UniqueViolationError if the id is taken.
    """
    head = (paper.id, bank, paper.title, paper.instructions, by)
    await connection.execute(_sql("insert_paper"), *head)
    await connection.execute(
        _sql("insert_sections"),
        paper.id,
        [section.id for section in paper.sections],
        [section.title for section in paper.sections],
        [section.shuffle for section in paper.sections],
    )
    placed = [(section.id, item) for section in paper.sections for item in section.items]
    await connection.execute(
        _sql("insert_items"),
        paper.id,
        [item.id for _, item in placed],
        [section for section, _ in placed],
        [numbers[item.question.external_id] for _, item in placed],
        [item.marks for _, item in placed],
        [item.negative_marks for _, item in placed],
        [item.scheme.value for _, item in placed],
    )


async def fetch_paper(connection: Connection, paper_id: str) -> Paper | None:
    """A paper with its keys."""
    head = await connection.fetchrow(_sql("fetch_paper"), paper_id)
    if head is None:
        return None
    items: dict[str, list[Item]] = {}
    for row in await connection.fetch(_sql("fetch_items"), paper_id):
        items.setdefault(row["section"], []).append(_item(row))
    sections = [
        Section(row["id"], row["title"], items[row["id"]], row["shuffle"])
        for row in await connection.fetch(_sql("fetch_sections"), paper_id)
    ]
    return Paper(head["id"], head["title"], sections, head["instructions"])


async def fetch_instructions(connection: Connection, papers: Sequence[str]) -> dict[str, str]:
    """The instructions of these papers by id; of those that exist."""
    rows = await connection.fetch(_sql("fetch_instructions"), papers)
    return {row["id"]: row["instructions"] for row in rows}


def _item(row: Any) -> Item:
    question = msgspec.convert(row["entry"], Entry).question
    scheme = Scheme(row["scheme"])
    return Item(row["id"], question, row["marks"], row["negative_marks"], scheme)
