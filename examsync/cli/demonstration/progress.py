"""How far the demo's own exam is, asked of Postgres for the status line.

The server's counters would tell of the exams of earlier demos too, which it sweeps as well.
"""

import asyncio

from msgspec import Struct

from examsync.attempts.records import PostgresRecords
from examsync.errors import Unavailable
from examsync.infra.postgres import AWAY, Pool, connect_pool
from protocol.types import AttemptState

WITHIN_S = 1.0
"""The status line is drawn every half second, and waits for nobody longer."""


class Progress(Struct, frozen=True):
    """Attempts that have ended, and the facts of all of them; all as committed in Postgres."""

    facts: int = 0
    handed_in: int = 0
    swept: int = 0


async def progress(records: PostgresRecords, exam: str) -> Progress:
    """How far an exam is. Raises Unavailable."""
    rows = await records.fetch("progress_of_exam", exam)
    ended = {row["state"]: row["attempts"] for row in rows}
    return Progress(
        sum(int(row["facts"]) for row in rows),
        ended.get(AttemptState.SUBMITTED, 0),
        ended.get(AttemptState.EXPIRED, 0) + ended.get(AttemptState.ABSENT, 0),
    )


class Follower:
    """Asks again and again over one connection, for a caller that knows no asyncio."""

    def __init__(self, database_url: str, exam: str) -> None:
        self._runner = asyncio.Runner()
        self._url = database_url
        self._exam = exam
        self._pool: Pool | None = None
        self._last = Progress()

    def look(self) -> Progress:
        """How far it is; what was last known while Postgres does not say."""
        try:
            self._last = self._runner.run(self._asked())
        except (Unavailable, *AWAY):
            pass
        return self._last

    async def _asked(self) -> Progress:
        if self._pool is None:
            self._pool = await connect_pool(
                self._url,
                connections_max=1,
                acquire_timeout_s=WITHIN_S,
                command_timeout_s=WITHIN_S,
                name="examsync demo",
            )
        return await progress(PostgresRecords(self._pool, b""), self._exam)

    def close(self) -> None:
        """Hang up."""
        if self._pool is not None:
            self._pool.terminate()
        self._runner.close()
