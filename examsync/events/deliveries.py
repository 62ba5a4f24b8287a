"""Webhooks and deliveries in Postgres. Called by `events.service` alone."""

import functools
from collections.abc import Collection
from pathlib import Path

import msgspec

from examsync.events.hook import Due, Hook, Place, Tried
from examsync.infra.postgres import Connection, Reader, load_queries
from protocol.http_events import Delivery


@functools.cache
def _sql(name: str) -> str:
    return load_queries(Path(__file__).with_name("deliveries.sql"))[name]


# --- webhooks -------------------------------------------------------------------------------------


async def insert_webhook(connection: Connection, hook: Hook) -> None:
    """Keep a new one."""
    columns = (hook.id, hook.url, hook.types, hook.exams, hook.active)
    await connection.execute(_sql("insert_webhook"), *columns, hook.created_at, hook.created_by)


async def fetch_webhooks(connection: Reader, id_: str | None = None) -> list[Hook]:
    """All, the oldest first; or the one with this id, if there is one."""
    rows = await connection.fetch(_sql("fetch_webhooks"), id_)
    return [msgspec.convert(dict(row), Hook) for row in rows]


async def change_webhook(
    connection: Connection,
    id_: str,
    *,
    url: str | None,
    types: Collection[str] | None,
    exams: Collection[str] | None,
    active: bool | None,
) -> bool:
    """Change what is not None; whether it exists."""
    lists = [None if names is None else list(names) for names in (types, exams)]
    found = await connection.fetchval(_sql("change_webhook"), id_, url, *lists, active)
    return found is not None


async def rotate_webhook(connection: Connection, id_: str, previous_until: int) -> int | None:
    """The next generation of secrets; None if there is no such webhook."""
    found: int | None = await connection.fetchval(_sql("rotate_webhook"), id_, previous_until)
    return found


async def delete_webhook(connection: Connection, id_: str) -> bool:
    """Whether there was one."""
    return await connection.fetchval(_sql("delete_webhook"), id_) is not None


# --- sending --------------------------------------------------------------------------------------


async def insert_test(
    connection: Connection, id_: str, webhook: str, *, until: int, at: int
) -> None:
    """A test, taken until a time by whoever makes it."""
    await connection.execute(_sql("insert_test"), id_, webhook, until, at)


async def lease(
    connection: Connection,
    now: int,
    until: int,
    limit: int,
    *,
    each: int,
    busy: Collection[str],
) -> list[Due]:
    """Take at most `limit` that are due, at most `each` of a webhook, none of the busy ones."""
    rows = await connection.fetch(_sql("lease"), now, until, limit, each, list(busy))
    return [msgspec.convert(dict(row), Due) for row in rows]


async def settle(
    connection: Connection, due: Due, tried: Tried, state: str, next_at: int | None
) -> bool:
    """Note what became of a try; False if another one has taken the delivery meanwhile."""
    outcome = (tried.at, tried.took_ms, tried.status, tried.answer, "" if tried.well else tried.why)
    key = (due.id, due.tries, state, tried.at if next_at is None else next_at)
    return await connection.fetchval(_sql("settle"), *key, *outcome) is not None


async def note_success(connection: Connection, webhook: str, at: int) -> None:
    """It works."""
    await connection.execute(_sql("note_success"), webhook, at)


async def note_failure(connection: Connection, webhook: str, at: int) -> int | None:
    """It does not; since when."""
    since: int | None = await connection.fetchval(_sql("note_failure"), webhook, at)
    return since


async def stop_webhook(connection: Connection, webhook: str, why: str) -> None:
    """Give it up."""
    await connection.execute(_sql("stop_webhook"), webhook, why)


# --- what is asked --------------------------------------------------------------------------------


async def fetch_deliveries(
    connection: Connection, webhook: str, state: str | None, *, after: Place, limit: int
) -> list[Delivery]:
    """Deliveries, the newest first; `state` None: in any state."""
    rows = await connection.fetch(_sql("fetch_deliveries"), webhook, state, *after, limit)
    return [msgspec.convert(dict(row), Delivery) for row in rows]


async def fetch_delivery(connection: Connection, id_: str) -> Delivery | None:
    """One of them."""
    row = await connection.fetchrow(_sql("fetch_delivery"), id_)
    return None if row is None else msgspec.convert(dict(row), Delivery)


async def count_deliveries(connection: Connection, webhook: str, state: str | None) -> int:
    """How many there are."""
    return int(await connection.fetchval(_sql("count_deliveries"), webhook, state))


async def forget_tests(connection: Connection, before: int) -> None:
    """Forget tests of before a time."""
    await connection.execute(_sql("forget_tests"), before)
