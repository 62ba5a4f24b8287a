"""Accounts and revocations in Postgres. Called by `access.service` alone.

Every function raises Unavailable when Postgres cannot be asked.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from examsync.access.account import Account
from examsync.access.revocation import Revocation
from examsync.errors import Unavailable
from examsync.infra.postgres import Pool, load_queries

ACCOUNTS_MAX = 10_000
"""A listing is for people; more than this nobody reads."""


AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""Postgres cannot be asked just now. Anything else it says against a statement is a defect."""


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except AWAY as error:
        raise Unavailable(f"{type(error).__name__}: {error}") from error


def _sql(name: str) -> str:
    return load_queries(Path(__file__).with_name("queries.sql"))[name]


def _account(row: asyncpg.Record | dict[str, Any]) -> Account:
    return msgspec.convert(dict(row), Account)


async def insert_account(pool: Pool, account: Account, password_hash: str) -> bool:
    """False when the id or the login is taken."""
    who = (account.id, account.login, account.role, account.name)
    scope = (account.exams, account.halls)
    with _asking():
        row = await pool.fetchrow(_sql("insert_account"), *who, password_hash, *scope)
    return row is not None


async def fetch_account(pool: Pool, account_id: str) -> Account | None:
    """The account with this id."""
    with _asking():
        row = await pool.fetchrow(_sql("fetch_account"), account_id)
    return None if row is None else _account(row)


async def fetch_accounts(pool: Pool) -> list[Account]:
    """The first ACCOUNTS_MAX accounts by login."""
    with _asking():
        return [_account(row) for row in await pool.fetch(_sql("fetch_accounts"), ACCOUNTS_MAX)]


async def fetch_by_login(pool: Pool, login: str) -> tuple[Account, str] | None:
    """The account that signs in with this login, and its password hash."""
    with _asking():
        row = await pool.fetchrow(_sql("fetch_by_login"), login)
    if row is None:
        return None
    fields = dict(row)
    password_hash: str = fields.pop("password_hash")
    return _account(fields), password_hash


async def rehash_password(pool: Pool, account_id: str, old: str, new: str) -> None:
    """Replace a hash by one of the same password, unless it is no longer the one that was read."""
    with _asking():
        await pool.execute(_sql("rehash_password"), account_id, old, new)


async def change_password(pool: Pool, account_id: str, new: str, cut: Revocation) -> bool:
    """Set a hash and revoke, together. False when there is no such account."""
    return await _change(pool, cut, "change_password", account_id, new)


async def change_disabled(pool: Pool, account_id: str, disabled: bool, cut: Revocation) -> bool:
    """Shut out or let in, and revoke, together. False when there is no such account."""
    return await _change(pool, cut, "change_disabled", account_id, disabled)


async def change_scope(pool: Pool, account: Account, cut: Revocation) -> bool:
    """Set role, exams and halls and revoke, together. False when there is no such account."""
    scope = (account.role, account.exams, account.halls)
    return await _change(pool, cut, "change_scope", account.id, *scope)


async def _change(pool: Pool, cut: Revocation, query: str, *args: object) -> bool:
    """A change and the end of the tokens issued before it: both or neither."""
    with _asking():
        async with pool.acquire() as connection, connection.transaction():
            if await connection.fetchrow(_sql(query), *args) is None:
                return False
            await _revoke(connection, cut)
            return True


async def revoke(pool: Pool, cut: Revocation, now: int) -> None:
    """Write a revocation, and drop those that have nothing left to refuse at `now`."""
    with _asking():
        async with pool.acquire() as connection, connection.transaction():
            await _revoke(connection, cut)
            await connection.execute(_sql("forget_revocations"), now)


async def _revoke(connection: Any, cut: Revocation) -> None:
    await connection.execute(_sql("revoke"), cut.kind, cut.key, cut.valid_after, cut.forget_after)


async def fetch_revocations(
    pool: Pool, since: datetime | None
) -> tuple[list[Revocation], datetime | None]:
    """What changed since a time (all for None), and the time to ask from next."""
    with _asking():
        rows = await pool.fetch(_sql("fetch_revocations"), since)
    if not rows:
        return [], since
    return [msgspec.convert(dict(row), Revocation) for row in rows], rows[-1]["changed_at"]
