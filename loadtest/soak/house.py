"""The server under observation, and all that can be seen of it from outside."""

import os
import resource
from pathlib import Path
from typing import Any

import asyncpg
import redis

from loadtest.faults.station import read_figures
from loadtest.office import Office
from loadtest.served import Served
from loadtest.tokens import sign
from protocol.types import Role

PAGE_BYTES = resource.getpagesize()
ATTEMPTS = "examsync:{*}:a:*"
"""The hashes of attempts, as `examsync.infra.keys` names them."""


class House(Served):
    """A server of our own with these settings besides those of every load test."""

    def __init__(self, folder: Path, settings: dict[str, str], cores: frozenset[int]) -> None:
        super().__init__(folder, cores)
        self.redis_url = self.database_url = ""
        self._settings = settings

    def _environment(self, redis_url: str, database_url: str) -> dict[str, str]:
        self.redis_url, self.database_url = redis_url, database_url
        return super()._environment(redis_url, database_url) | self._settings

    def __enter__(self) -> "House":
        """Start all of it. Raises NotServed."""
        super().__enter__()
        return self

    @property
    def pid(self) -> int:
        """The serving process."""
        return self._pid

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rpartition(":")[2])

    def office(self) -> Office:
        """An admin's desk."""
        return Office(self.url, sign(self.secret, "soak", Role.ADMIN))

    def candidate(self, name: str, exam: str) -> str:
        """A candidate's token."""
        return sign(self.secret, name, Role.CANDIDATE, exam)

    def examiner(self, name: str, exam: str) -> str:
        """An examiner's token."""
        return sign(self.secret, name, Role.EXAMINER, exam)

    # --- what can be seen ------------------------------------------------------------------------

    def metrics(self) -> dict[str, float]:
        """Its page of metrics, by name and by name and labels."""
        return read_figures(self.url)

    def descriptors(self) -> int:
        """What it holds open."""
        return len(os.listdir(f"/proc/{self._pid}/fd"))

    def memory_bytes(self) -> int:
        """Its resident memory."""
        return int(Path(f"/proc/{self._pid}/statm").read_text().split()[1]) * PAGE_BYTES

    def redis(self) -> tuple[int, int, int]:
        """Hashes of attempts in Redis, all other keys, and clients; we are none of them."""
        with redis.Redis.from_url(self.redis_url, socket_timeout=10) as client:
            said: Any = client.info("clients")
            keys: Any = client.dbsize()
            attempts = sum(1 for _ in client.scan_iter(ATTEMPTS, count=1_000))
            return attempts, int(keys) - attempts, int(said["connected_clients"]) - 1

    async def sessions(self) -> int:
        """Connections that Postgres has with this database, without ours."""
        line = await asyncpg.connect(self.database_url)
        try:
            return int(
                await line.fetchval(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        finally:
            await line.close()
