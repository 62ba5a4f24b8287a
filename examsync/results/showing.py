"""Results that are shown, in Postgres: released, withdrawn, listed. Called by `results.service`."""

from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec

from examsync.infra.postgres import Connection, load_queries
from examsync.results.result import Result
from examsync.results.row import Shown
from examsync.results.store import structs_of
from protocol.http_results import ReleaseNote, ResultRow, Reveal
from protocol.types import Grading

Named = Collection[str] | None
"""Attempts by id; None: all of the exam."""


def _sql(name: str) -> str:
    return load_queries(Path(__file__).with_name("showing.sql"))[name]


def _list(attempts: Named) -> list[str] | None:
    return None if attempts is None else list(attempts)


async def release(
    connection: Connection, exam: str, reveal: Reveal, *, by: str, at: int, attempts: Named
) -> list[str]:
    """Show graded results to candidates; the attempts for which that is new."""
    asked = (exam, at, reveal.value, by, _list(attempts))
    return [row["attempt"] for row in await connection.fetch(_sql("release"), *asked)]


async def withdraw(connection: Connection, exam: str, *, at: int, attempts: Named) -> list[str]:
    """Show them no longer; the attempts for which that is new."""
    rows = await connection.fetch(_sql("withdraw"), exam, at, _list(attempts))
    return [row["attempt"] for row in rows]


async def insert_release(
    connection: Connection,
    exam: str,
    reveal: Reveal | None,
    attempts: Collection[str],
    *,
    reason: str,
    by: str,
    at: int,
) -> None:
    """Write down a release, or (`reveal` None) a withdrawal."""
    kind = "withdrawn" if reveal is None else "released"
    columns = (exam, kind, reveal, list(attempts), reason, at, by)
    await connection.execute(_sql("insert_release"), *columns)


async def fetch_releases(connection: Connection, exam: str, limit: int) -> list[ReleaseNote]:
    """Every release and withdrawal of an exam, the newest first."""
    return structs_of(await connection.fetch(_sql("fetch_releases"), exam, limit), ReleaseNote)


async def fetch_strangers(
    connection: Connection, exam: str, attempts: Collection[str]
) -> list[str]:
    """Those that are no attempts of this exam."""
    rows = await connection.fetch(_sql("fetch_strangers"), exam, list(attempts))
    return [row["named"] for row in rows]


async def count_gradings(
    connection: Connection, exam: str, attempts: Named
) -> Mapping[Grading, int]:
    """How many attempts of an exam are how far."""
    rows = await connection.fetch(_sql("count_gradings"), exam, _list(attempts))
    return {Grading(row["grading"]): row["attempts"] for row in rows}


async def fetch_shown(connection: Connection, attempt: str) -> Shown | None:
    """The released result that a candidate may see."""
    row = await connection.fetchrow(_sql("fetch_shown"), attempt)
    if row is None:
        return None
    result = msgspec.convert(dict(row), Result)
    return Shown(result, row["exam"], row["paper"], row["ruling"])


async def fetch_rows(connection: Connection, exam: str) -> list[ResultRow]:
    """Every attempt of an exam with its latest result, the best first."""
    return structs_of(await connection.fetch(_sql("fetch_rows"), exam), ResultRow)
