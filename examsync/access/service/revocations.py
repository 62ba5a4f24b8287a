"""This process's copy of what is revoked; a loop of `app` refreshes it."""

from datetime import datetime

from examsync.access import store
from examsync.access.revocation import Revocation, Revoked
from examsync.access.token import Identity
from examsync.clock import Clock
from examsync.infra.postgres import Pool


class Revocations:
    """This process's copy of what is revoked; a loop refreshes it every two seconds or faster."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._revoked = Revoked()
        self._since: datetime | None = None

    async def refresh(self, pool: Pool) -> list[Revocation]:
        """Read what is new; gives back what now refuses more, so that doors can cut connections.

        Call it once before the first door opens. Raises Unavailable while Postgres is away; what
        was known stays in force then.
        """
        rows, self._since = await store.fetch_revocations(pool, self._since)
        self._revoked.forget(self._clock.now())
        return self._revoked.add(rows)

    def is_revoked(self, identity: Identity) -> bool:
        """Whether the token behind `identity` is no longer believed. Memory only."""
        return self._revoked.covers(identity)
