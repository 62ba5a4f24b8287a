"""The way to Postgres: a pool that never waits for ever, and SQL kept in named files.

Called by `app.py` (the pool) and by every `store.py` (its queries).
"""

import asyncio
import functools
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias, cast

import asyncpg
import msgspec
from asyncpg.pool import PoolAcquireContext, PoolConnectionProxy

from examsync.errors import Unavailable

CONNECTIONS_MAX = 10
CONNECT_TIMEOUT_S = 10.0
ACQUIRE_TIMEOUT_S = 5.0
COMMAND_TIMEOUT_S = 10.0
IDLE_CONNECTION_S = 300.0
IDLE_TRANSACTION_S = 5.0
"""A process that stands still, or is gone without a word, within a transaction keeps its locks; a
flusher of the same attempts would wait for ever. Postgres ends such a transaction after this: well
before a statement that waits for its locks is given up."""
STATEMENT_CACHE_MAX = 200  # our named queries, all of them, with room to spare

NAME_LINE = re.compile(r"^-- name: (.*)$", re.MULTILINE)
SQL_NAME = re.compile(r"[a-z][a-z0-9_]*")


AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection whose server ended it between two statements
)
"""What asyncpg raises when the database cannot be asked, or will not say."""

Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
Reader: TypeAlias = "PoolConnectionProxy[asyncpg.Record] | Pool"
"""Whatever a statement that stands alone can be asked of. A pool saves it a transaction, which is
two round trips."""


class QueriesInvalid(Exception):
    """A .sql file breaks the form `-- name:`, a line that describes, then SQL."""


class Session(asyncpg.Connection):
    """A connection of the pool. It is reset when a use of it failed, and else given back as it is.

    asyncpg resets a session after every use (locks, cursors, settings, listeners): as many round
    trips again as a read takes. Our statements leave nothing of that behind, which a test reads
    them all for; what asyncpg does besides, ending an open transaction, stays.
    """

    _ended_well = False

    def end_well(self) -> None:
        """This use has failed in nothing, and is over."""
        self._ended_well = not self.is_in_transaction()

    def get_reset_query(self) -> str:
        """What asyncpg sends before anybody else has this session; "" for nothing."""
        ended_well, self._ended_well = self._ended_well, False
        return "" if ended_well else super().get_reset_query()


class Borrowing(PoolAcquireContext):
    """A session for as long as an `async with` lasts; `timeout` in seconds to get it, and to give
    it back. Waited for without a task of its own, which asyncpg would make for each."""

    __slots__ = ("_within_s",)

    async def __aenter__(self) -> Connection:
        """Raises TimeoutError when none came free in time."""
        self._within_s, self.timeout = self.timeout, None
        async with asyncio.timeout(self._within_s):
            return await super().__aenter__()

    async def __aexit__(self, *exc: object) -> None:
        """Give it back, reset if that is called for."""
        connection, self.connection, self.done = self.connection, None, True
        assert connection is not None
        with suppress(asyncpg.InterfaceError):  # it was ended meanwhile, and is nobody's any more
            if exc[0] is None and not connection.is_closed():
                cast(Session, connection).end_well()  # asyncpg's proxy passes it on
        await self.pool.release(connection, timeout=self._within_s)


class Pool(asyncpg.Pool):
    """asyncpg's pool, but `acquire` (and so `fetch`, `execute`, ...) gives up after a while.

    Raises TimeoutError when no connection came free in time: a full pool must show as refusals,
    not as requests that hang (asyncpg's own default is to wait for ever).
    """

    acquire_timeout_s: float = ACQUIRE_TIMEOUT_S

    def acquire(self, *, timeout: float | None = None) -> Borrowing:
        """A connection, for `async with`; `timeout` in seconds, the pool's own by default."""
        return Borrowing(self, self.acquire_timeout_s if timeout is None else timeout)


async def connect_pool(
    url: str,
    *,
    connections_max: int = CONNECTIONS_MAX,
    acquire_timeout_s: float = ACQUIRE_TIMEOUT_S,
    command_timeout_s: float = COMMAND_TIMEOUT_S,
    idle_transaction_s: float = IDLE_TRANSACTION_S,
    name: str = "examsync",
) -> Pool:
    """Open a pool; the caller closes it. `name` is what `pg_stat_activity` shows.

    Columns of type jsonb and json take anything msgspec encodes (Structs too, and
    `msgspec.Raw` for bytes that are JSON already) and give back plain dicts, lists and values.
    """
    pool = Pool(
        url,
        min_size=1,
        max_size=connections_max,
        max_queries=50_000,
        max_inactive_connection_lifetime=IDLE_CONNECTION_S,
        init=speak_json,
        loop=None,
        connection_class=Session,
        record_class=asyncpg.Record,
        timeout=CONNECT_TIMEOUT_S,
        command_timeout=command_timeout_s,
        statement_cache_size=STATEMENT_CACHE_MAX,
        server_settings={
            "application_name": name,
            "timezone": "UTC",
            "idle_in_transaction_session_timeout": f"{idle_transaction_s * 1_000:.0f}",
        },
    )
    pool.acquire_timeout_s = acquire_timeout_s
    await pool
    return pool


async def speak_json(connection: asyncpg.Connection) -> None:
    """Let json and jsonb be objects instead of text, on a pool's or a single connection."""
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind, schema="pg_catalog", encoder=encoded_json, decoder=msgspec.json.decode
        )


def encoded_json(value: object) -> str:
    """JSON text of a value, as Postgres' text format wants it."""
    return msgspec.json.encode(value).decode()


@functools.cache
def load_queries(path: Path) -> Mapping[str, str]:
    """The statements of a .sql file by name, read once. Raises QueriesInvalid.

    Each begins with `-- name: fetch_open_attempts` and a comment line that says what it does;
    the rest, up to the next name, is the statement.
    """
    queries: dict[str, str] = {}
    before, *parts = NAME_LINE.split(path.read_text(encoding="utf-8"))
    if any(line and not line.startswith("--") for line in before.splitlines()):
        raise QueriesInvalid(f"{path}: SQL before the first '-- name:'.")
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        if not SQL_NAME.fullmatch(name):
            raise QueriesInvalid(f"{path}: {name!r} is no name; use lower_case_words.")
        if name in queries:
            raise QueriesInvalid(f"{path}: two statements are named {name}.")
        queries[name] = statement(body.strip(), f"{path}: {name}")
    return MappingProxyType(queries)


def statement(body: str, where: str) -> str:
    """The SQL under a name, its description left out. Raises QueriesInvalid."""
    description, _, sql = body.partition("\n")
    if not description.startswith("-- "):
        raise QueriesInvalid(f"{where} has no line below its name that says what it does.")
    if not sql.strip():
        raise QueriesInvalid(f"{where} has no SQL.")
    return sql.strip().removesuffix(";")


@contextmanager
def asking() -> Iterator[None]:
    """Around whatever asks Postgres. Raises Unavailable if it cannot be asked."""
    try:
        yield
    except AWAY as error:
        raise Unavailable(str(error)) from error


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """A connection in a transaction. Raises Unavailable if Postgres cannot be asked."""
    with asking():
        async with pool.acquire() as connection, connection.transaction():
            yield connection
