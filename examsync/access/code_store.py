"""Access codes in Postgres, as keyed hashes. Called by `access.service.codes` alone.

Every function raises Unavailable when Postgres cannot be asked.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from examsync.access.code import source_of
from examsync.access.store import asking, write_ended
from examsync.infra.postgres import Pool, load_queries


class Made(Struct, frozen=True):
    """The code of an attempt that counts: its number, and the name of the key it is made with."""

    attempt: str
    nth: int
    key_id: str


class Found(Struct, frozen=True):
    """Whose code it is, which one, and which one counts now."""

    exam: str
    attempt: str
    nth: int
    latest: int


Next = Callable[[dict[str, Made]], list[tuple[str, str, int]]]
"""From the codes that count, (hash, attempt, nth) of those to be made; none when all are there.
Called in a thread: thousands of hashes take a while."""


def _sql(name: str) -> str:
    return load_queries(Path(__file__).with_name("codes.sql"))[name]


async def make(
    pool: Pool,
    exam: str,
    attempts: Sequence[str],
    next_: Next,
    *,
    key_id: str,
    now: int,
    forget_after: int,
) -> dict[str, Made]:
    """The codes that count, after those were made that `next_` asks for; it is asked again after
    a hash was taken already (of 50 bits each, that happens). What replaced codes have signed in
    ends with them for good: no code ever has their number again."""
    with asking():
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(_sql("lock_codes"), exam)
            before = latest = await _latest(connection, attempts)
            while missing := await asyncio.to_thread(next_, latest):
                columns = [list(column) for column in zip(*missing, strict=True)]
                await connection.execute(_sql("insert_codes"), *columns, exam, key_id, now)
                latest = await _latest(connection, attempts)
            replaced = [made for attempt, made in before.items() if latest[attempt] != made]
            ended = [source_of(made.attempt, made.nth) for made in replaced]
            await write_ended(connection, ended, forget_after)
            return latest


async def _latest(connection: Any, attempts: Sequence[str]) -> dict[str, Made]:
    rows = await connection.fetch(_sql("latest_codes"), attempts)
    return {row["attempt"]: Made(**dict(row)) for row in rows}


async def find(pool: Pool, hashes: list[str]) -> Found | None:
    """Whose code has one of these hashes."""
    with asking():
        row: Any = await pool.fetchrow(_sql("find_code"), hashes)
    return None if row is None else Found(**dict(row))


async def latest_of(pool: Pool, attempt: str) -> int:
    """The number of the code of an attempt that counts; 0 when it has none."""
    with asking():
        made = await _latest(pool, [attempt])
    return made[attempt].nth if made else 0
