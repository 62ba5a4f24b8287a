"""Seeing that a lock is waited for, so that tests of it need no pauses of a guessed length."""

import asyncio

import pytest

from examsync.infra.postgres import Pool


async def until_somebody_waits(pool: Pool) -> None:
    """Return when another connection of this database waits for a lock of ours."""
    blocked = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    for _ in range(1_000):
        if await pool.fetchval(blocked):
            return
        await asyncio.sleep(0.01)
    pytest.fail("nobody waits")
