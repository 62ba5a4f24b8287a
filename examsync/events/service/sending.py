"""Sending: what is due goes out, several at a time, a few to each receiver; done by workers.

Any number of processes may send. Whoever takes a delivery has it for LEASE_MS; if he dies, it is
due again after that. So each event arrives at least once, with the same `webhook-id` each time; in
which order is not promised. A slow receiver holds up nobody but itself.
"""

import asyncio
import random
import secrets
from collections import Counter
from collections.abc import Callable

from examsync.events import deliveries
from examsync.events.event import timestamp
from examsync.events.hook import GONE, Due, Tried
from examsync.events.schedule import is_hopeless, next_try
from examsync.events.service.webhooks import found
from examsync.events.signing import generations, headers, secret_of
from examsync.infra import metrics
from examsync.infra.log import logger
from examsync.infra.outward import Outward
from examsync.infra.postgres import Pool, transaction
from protocol.http_events import Delivery

log = logger(__name__)

UNDER_WAY_MAX = 32
"""Requests of one process at a time."""
EACH_MAX = 4
"""Of these, to one receiver: one that has so many is given no more (up to twice as many are under
way where several were taken at once)."""
LEASE_MS = 60_000
"""Longer than a try can take, by far: `outward.TIMEOUT_S`, and the waiting for Postgres."""
STOP_WAIT_S = 5.0
WHY_CHARS_MAX = 300
HEADERS = {
    "content-type": "application/cloudevents+json; charset=utf-8",
    "user-agent": "ExamSync-Webhooks",
}


class Sending:
    """The couriers of one process."""

    def __init__(self, pool: Pool, now: Callable[[], int], key: bytes, outward: Outward) -> None:
        self._pool = pool
        self._now = now
        self._key = key
        self._outward = outward
        self._under_way: Counter[str] = Counter()
        self._couriers: set[asyncio.Task[None]] = set()

    async def turn(self) -> None:
        """Take what is due, and send couriers out; does not wait for them. Raises Unavailable."""
        free = UNDER_WAY_MAX - len(self._couriers)
        for due in await self._take(free) if free > 0 else []:
            courier = asyncio.create_task(self._carry(due), name=f"webhook {due.webhook}")
            self._couriers.add(courier)
            courier.add_done_callback(self._back)

    async def drained(self) -> None:
        """Wait until all couriers are back."""
        while self._couriers:
            await asyncio.wait(self._couriers)

    async def close(self) -> None:
        """Let those who are out come back, for a while; what they could not do is due later."""
        if self._couriers:
            _, late = await asyncio.wait(self._couriers, timeout=STOP_WAIT_S)
            for courier in late:
                courier.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._outward.close()

    async def test(self, webhook: str) -> Delivery:
        """Send something that tells of nothing, now and once, active or not.

        Raises ExamError NOT_FOUND; Unavailable.
        """
        id_, now = f"dl_{secrets.token_hex(16)}", self._now()
        async with transaction(self._pool) as connection:
            hook = await found(connection, webhook)
            await deliveries.insert_test(connection, id_, webhook, until=now + LEASE_MS, at=now)
        keys = (hook.generation, hook.previous_until)
        await self._deliver(Due(id_, webhook, hook.url, 1, now, *keys))
        async with transaction(self._pool) as connection:
            sent = await deliveries.fetch_delivery(connection, id_)
        return sent or Delivery(id_, id_, "webhook.test", "failed", 1, now, error="removed")

    # --- one courier ------------------------------------------------------------------------------

    async def _carry(self, due: Due) -> None:
        """Deliver this, and then whatever else is due, as long as something is."""
        following: Due | None = due
        while following is not None:
            try:
                await self._deliver(following)
            finally:
                self._under_way[following.webhook] -= 1
            taken = await self._take(1)
            following = taken[0] if taken else None

    async def _deliver(self, due: Due) -> None:
        body, now = due.body(), self._now()
        signing = generations(due.generation, due.previous_until, now)
        keys = [secret_of(self._key, due.webhook, generation) for generation in signing]
        signed = headers(due.message, body, keys, now)
        answer = await self._outward.post(due.url, body, HEADERS | signed)
        metrics.WEBHOOK_SECONDS.observe(answer.took_ms / 1_000)
        tried = Tried(now, answer.took_ms, answer.status, answer.text, answer.error)
        await self._settle(due, tried)

    async def _settle(self, due: Due, tried: Tried) -> None:
        """Write down what became of it, and what that says of the receiver."""
        now = self._now()
        again = None
        if not (tried.well or due.is_test or tried.status == GONE):
            again = next_try(due.tries, due.created_at, now, random.random())
        state = "delivered" if tried.well else "failed" if again is None else "waiting"
        async with transaction(self._pool) as connection:
            if not await deliveries.settle(connection, due, tried, state, again):
                return  # another one has it by now: whatever he finds out will count
            if tried.well:
                await deliveries.note_success(connection, due.webhook, now)
            elif not due.is_test:
                since = await deliveries.note_failure(connection, due.webhook, now)
                why = _hopeless(tried, since if again is None else None, now)
                if why:
                    await deliveries.stop_webhook(connection, due.webhook, why)
                    log.warning("a webhook is stopped", webhook=due.webhook, why=why)
        metrics.WEBHOOK_DELIVERIES.labels("retried" if state == "waiting" else state).inc()

    async def _take(self, limit: int) -> list[Due]:
        """Deliveries that are this process's for a while, counted as under way."""
        busy = [webhook for webhook, count in self._under_way.items() if count >= EACH_MAX]
        now = self._now()
        async with transaction(self._pool) as connection:
            taken = await deliveries.lease(
                connection, now, now + LEASE_MS, limit, each=EACH_MAX, busy=busy
            )
        self._under_way.update(due.webhook for due in taken)
        self._under_way = +self._under_way  # forget those with none
        return taken

    def _back(self, courier: asyncio.Task[None]) -> None:
        """What a courier could not settle is due again when his lease has run out."""
        self._couriers.discard(courier)
        if not courier.cancelled() and (error := courier.exception()) is not None:
            log.warning("a courier came back with nothing", error=repr(error))


def _hopeless(tried: Tried, failing_since: int | None, now: int) -> str:
    """Why a webhook is stopped after this; "" if it is not. `failing_since` None: not given up."""
    if tried.status == GONE:
        return "the receiver answered 410 Gone: it wants no more"
    if not is_hopeless(failing_since, now):
        return ""
    since = timestamp(failing_since or now)
    return f"nothing could be delivered since {since}; the last try: {tried.why}"[:WHY_CHARS_MAX]
