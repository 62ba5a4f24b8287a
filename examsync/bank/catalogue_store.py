"""Pages of banks, questions and papers from Postgres. Called by `bank.catalogue` alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

from examsync.bank.entry import Entry
from examsync.bank.store import Connection
from examsync.infra.postgres import load_queries

SECTIONS_SHOWN_MAX = 100
T = TypeVar("T")


class Window(Struct, frozen=True):
    """Which page: `sort` is a name, with `-` before it the other way round; `after` is the place
    (key and id) of the last row before it, None for the first page."""

    sort: str
    limit: int
    after: tuple[str, str] | None = None


class Page(Struct, Generic[T], frozen=True):
    """Some rows, the place of the last one if others follow, and how many there are in all."""

    rows: list[T]
    next: tuple[str, str] | None
    total: int


class QuestionsWanted(Struct, frozen=True):
    """Which questions of a bank; None and "" are any."""

    kind: str | None = None
    section: str | None = None
    topic: str | None = None
    difficulty: str | None = None
    q: str = ""


class BankRow(Struct, frozen=True):
    """A bank, with its questions counted by kind and by section."""

    bank: str
    questions: int
    changed_at: int
    kinds: dict[str, int]
    sections: dict[str, int]


class QuestionRow(Struct, frozen=True):
    """A question in its newest version."""

    version: int
    entry: Entry
    changed_at: int
    stored_by: str


class PaperRow(Struct, frozen=True):
    """A paper; `marks` counts its items by what each earns."""

    id: str
    title: str
    bank: str
    created_at: int
    marks: dict[str, int]


class Authorship(Struct, frozen=True):
    """Whose a paper is."""

    bank: str
    created_by: str
    created_at: int


async def page_of_banks(connection: Connection, window: Window, q: str) -> Page[BankRow]:
    """Banks with `q` in their ids."""
    rows = await _fetch(connection, "page_of_banks", window, q, SECTIONS_SHOWN_MAX)
    return _page(rows, window, BankRow)


async def page_of_questions(
    connection: Connection, bank: str, window: Window, wanted: QuestionsWanted
) -> Page[QuestionRow]:
    """Questions of a bank; none if there is no such bank."""
    said = (wanted.kind, wanted.section, wanted.topic, wanted.difficulty, wanted.q)
    rows = await _fetch(connection, "page_of_questions", window, bank, *said)
    return _page(rows, window, QuestionRow)


async def page_of_papers(
    connection: Connection, window: Window, bank: str | None, q: str
) -> Page[PaperRow]:
    """Papers with `q` in id or title."""
    return _page(await _fetch(connection, "page_of_papers", window, bank, q), window, PaperRow)


async def is_there(connection: Connection, bank: str) -> bool:
    """Is there a bank of this id?"""
    return await connection.fetchval(_sql("fetch_bank"), bank) is not None


async def fetch_authorship(connection: Connection, paper_id: str) -> Authorship | None:
    """Who made a paper, when, of which bank."""
    row = await connection.fetchrow(_sql("fetch_authorship"), paper_id)
    return None if row is None else msgspec.convert(dict(row), Authorship)


async def _fetch(connection: Connection, name: str, window: Window, *more: Any) -> Sequence[Any]:
    """One row more than the window's, which tells whether others follow."""
    sql = turned(_sql(name), down=window.sort.startswith("-"))
    key, id_ = window.after or (None, None)
    sort = window.sort.removeprefix("-")
    rows: Sequence[Any] = await connection.fetch(sql, key, id_, window.limit + 1, sort, *more)
    return rows


def turned(sql: str, *, down: bool) -> str:
    """A statement of `catalogue.sql` in this direction."""
    return sql.replace(" ASC", " DESC").replace("id) > (", "id) < (") if down else sql


def _page(rows: Sequence[Any], window: Window, kind: type[T]) -> Page[T]:
    shown = rows[: window.limit]
    place = (shown[-1]["key"], shown[-1]["id"]) if len(rows) > len(shown) else None
    total = rows[0]["total"] if rows else 0
    return Page([msgspec.convert(dict(row), kind) for row in shown], place, total)


def _sql(name: str) -> str:
    return load_queries(Path(__file__).with_name("catalogue.sql"))[name]
