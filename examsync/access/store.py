"""Accounts and revocations in Postgres. Called by `access.service` alone.

Every function raises Unavailable when Postgres cannot be asked.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from examsync.access.account import Account, Wanted, reaches_further
from examsync.access.revocation import Revocation
from examsync.access.token import Identity
from examsync.errors import ExamError, Unavailable
from examsync.infra.postgres import Pool, load_queries
from protocol.problems import Code

ACCOUNTS_MAX = 10_000
"""A listing is for people; more than this nobody reads."""


AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection whose server ended it between two statements
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""Postgres cannot be asked just now. Anything else it says against a statement is a defect."""

Cut = Callable[[], Revocation]
"""Makes a revocation when it is about to be written: no token is given meanwhile that it misses."""


@contextmanager
def asking() -> Iterator[None]:
    """Turns whatever says that Postgres is away into Unavailable."""
    try:
        yield
    except AWAY as error:
        raise Unavailable(f"{type(error).__name__}: {error}") from error


def nobody() -> ExamError:
    """What is said when an account is not there."""
    return ExamError(Code.NOT_FOUND, "There is no account with this id.")


def _sql(name: str) -> str:
    return load_queries(Path(__file__).with_name("queries.sql"))[name]


def _account(row: asyncpg.Record | dict[str, Any]) -> Account:
    return msgspec.convert(dict(row), Account)


# --- accounts -------------------------------------------------------------------------------------


async def insert_account(pool: Pool, account: Account, password_hash: str) -> bool:
    """False when the id or the login is taken."""
    who = (account.id, account.login, account.role, account.name)
    scope = (account.exams, account.halls, account.created_at)
    with asking():
        row = await pool.fetchrow(_sql("insert_account"), *who, password_hash, *scope)
    return row is not None


async def fetch_account(pool: Pool, account_id: str) -> Account | None:
    """The account with this id."""
    with asking():
        row = await pool.fetchrow(_sql("fetch_account"), account_id)
    return None if row is None else _account(row)


async def fetch_accounts(pool: Pool) -> list[Account]:
    """The first ACCOUNTS_MAX accounts by login."""
    with asking():
        return [_account(row) for row in await pool.fetch(_sql("fetch_accounts"), ACCOUNTS_MAX)]


async def page_of_accounts(
    pool: Pool, wanted: Wanted, limit: int, after: tuple[str, str] | None
) -> tuple[list[Account], int]:
    """At most `limit` wanted accounts behind (sort value, id), and how many are wanted in all."""
    which = (wanted.role, wanted.text, wanted.disabled)
    behind = after or (None, None)
    page = _sql("accounts_down" if wanted.down else "accounts_up")
    with asking():
        total: int = await pool.fetchval(_sql("count_accounts"), *which)
        rows = await pool.fetch(page, *which, wanted.sort, *behind, limit)
    return [_account(row) for row in rows], total


async def fetch_by_login(pool: Pool, login: str) -> tuple[Account, str] | None:
    """The account that signs in with this login, and its password hash."""
    with asking():
        row = await pool.fetchrow(_sql("fetch_by_login"), login)
    if row is None:
        return None
    fields = dict(row)
    password_hash: str = fields.pop("password_hash")
    return _account(fields), password_hash


async def rehash_password(pool: Pool, account_id: str, old: str, new: str) -> None:
    """Replace a hash by one of the same password, unless it is no longer the one that was read."""
    with asking():
        await pool.execute(_sql("rehash_password"), account_id, old, new)


async def change_password(pool: Pool, account_id: str, new: str, cut: Cut) -> bool:
    """Set a hash and revoke, together. False when there is no such account."""
    with asking():
        async with pool.acquire() as connection, connection.transaction():
            if await connection.fetchrow(_sql("change_password"), account_id, new) is None:
                return False
            await _revoke(connection, account_id, cut)
            return True


async def change_account(
    pool: Pool, account_id: str, decide: Callable[[Account, int], Account], cut: Cut
) -> Account:
    """What `decide` makes of an account, given how many other admins there are; and, if tokens
    may say what holds no more, their end. Both or neither.

    Raises ExamError `not_found`, and what `decide` raises.
    """
    with asking():
        async with pool.acquire() as connection, connection.transaction():
            admins = {row["id"] for row in await connection.fetch(_sql("lock_admins"))}
            row = await connection.fetchrow(_sql("lock_account"), account_id)
            if row is None:
                raise nobody()
            before = _account(row)
            after = decide(before, len(admins - {account_id}))
            scope = (after.role, after.exams, after.halls, after.disabled)
            await connection.execute(_sql("change_account"), account_id, after.name, *scope)
            if reaches_further(before, after):
                await _revoke(connection, account_id, cut)
            return after


# --- revocations ----------------------------------------------------------------------------------


async def revoke(pool: Pool, key: str, cut: Cut, now: int) -> None:
    """Write a revocation, and drop those that have nothing left to refuse at `now`."""
    with asking():
        async with pool.acquire() as connection, connection.transaction():
            await _revoke(connection, key, cut)
            await connection.execute(_sql("forget_revocations"), now)


async def _revoke(connection: Any, key: str, cut: Cut) -> None:
    await connection.execute(_sql("alone_with_key"), key)
    await write_revocation(connection, cut())


async def write_revocation(connection: Any, cut: Revocation) -> None:
    """One row, in a transaction of the caller's."""
    await connection.execute(_sql("revoke"), cut.kind, cut.key, cut.valid_after, cut.forget_after)


async def write_ended(connection: Any, sources: list[str], end: int) -> None:
    """Sources that are never to be believed again, in a transaction of the caller's; `end` is
    when the last of their tokens has expired."""
    await connection.execute(_sql("revoke_sources"), sources, end)


async def is_revoked(pool: Pool, identity: Identity) -> bool:
    """Whether a token is refused, by whoever has begun to refuse it before this was asked."""
    with asking():
        async with pool.acquire() as connection, connection.transaction():
            for key in sorted({identity.subject, identity.jti}):
                await connection.execute(_sql("beside_key"), key)
            who = (identity.subject, identity.jti, identity.source, identity.issued_at)
            found: bool = await connection.fetchval(_sql("is_revoked"), *who)
            return found


async def fetch_revocations(
    pool: Pool, since: datetime | None
) -> tuple[list[Revocation], datetime | None]:
    """What changed since a time (all for None), and the time to ask from next."""
    with asking():
        rows = await pool.fetch(_sql("fetch_revocations"), since)
    if not rows:
        return [], since
    return [msgspec.convert(dict(row), Revocation) for row in rows], rows[-1]["changed_at"]
