"""Events, as the rest of the house uses them: one object per process, a door for each task."""

from collections.abc import Callable, Collection

from examsync.events import deliveries
from examsync.events.service.sending import Sending
from examsync.events.service.stream import Stream
from examsync.events.service.webhooks import Webhooks
from examsync.infra.outward import Outward
from examsync.infra.postgres import Pool, transaction

__all__ = ["Events"]


class Events:
    """The stream, the book of webhooks, and the couriers.

    `key`: what the secrets of webhooks are made of. `keep_ms`: how long events are kept.
    `trusted`: hosts that may be called over plain HTTP and at any address.
    """

    def __init__(
        self,
        pool: Pool,
        now: Callable[[], int],
        key: bytes,
        *,
        keep_ms: int,
        trusted: Collection[str] = (),
    ) -> None:
        self._pool = pool
        self._now = now
        self._keep_ms = keep_ms
        self.outward = Outward(trusted)
        self.stream = Stream(pool, now, keep_ms)
        self.webhooks = Webhooks(pool, now, key, self.outward.refusal)
        self.sending = Sending(pool, now, key, self.outward)

    async def forget(self) -> None:
        """Forget what is too old: events, what was delivered of them, tests. Raises Unavailable."""
        await self.stream.forget()
        async with transaction(self._pool) as connection:
            await deliveries.forget_tests(connection, self._now() - self._keep_ms)

    async def close(self) -> None:
        """Let couriers come back, and hang up."""
        await self.sending.close()
