"""API keys in Postgres, as hashes. Called by `access.service.api_keys` alone.

Every function raises Unavailable when Postgres cannot be asked.
"""

from pathlib import Path
from typing import Any

import msgspec

from examsync.access.key import ApiKey
from examsync.access.revocation import Revocation
from examsync.access.store import asking, write_revocation
from examsync.infra.postgres import Pool, load_queries


def _sql(name: str) -> str:
    return load_queries(Path(__file__).with_name("codes.sql"))[name]


def _key(row: Any) -> tuple[str, ApiKey]:
    fields = dict(row)
    hash_: str = fields.pop("hash")
    return hash_, msgspec.convert(fields, ApiKey)


async def insert(pool: Pool, key: ApiKey, hash_: str, keys_max: int) -> bool:
    """False when there are `keys_max` keys already."""
    scope = (key.name, key.role, key.exams, key.halls)
    made = (key.created_by, key.created_at, key.expires_at)
    with asking():
        row = await pool.fetchrow(_sql("insert_key"), key.id, hash_, *scope, *made, keys_max)
    return row is not None


async def fetch_all(pool: Pool) -> dict[str, ApiKey]:
    """Every key by its hash, the newest first."""
    with asking():
        return dict(_key(row) for row in await pool.fetch(_sql("fetch_keys")))


async def fetch(pool: Pool, hash_: str) -> ApiKey | None:
    """The key of this hash."""
    with asking():
        row = await pool.fetchrow(_sql("fetch_key"), hash_)
    return None if row is None else _key(row)[1]


async def delete(pool: Pool, key_id: str, cut: Revocation) -> bool:
    """Forget a key, and end the connections it opened. False when there is none."""
    with asking():
        async with pool.acquire() as connection, connection.transaction():
            if await connection.fetchrow(_sql("delete_key"), key_id) is None:
                return False
            await write_revocation(connection, cut)
            return True


async def note_used(pool: Pool, used: dict[str, int]) -> None:
    """When keys were used (ms), by id."""
    with asking():
        await pool.execute(_sql("note_keys_used"), list(used), list(used.values()))
