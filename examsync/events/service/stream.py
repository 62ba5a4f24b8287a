"""The stream of events: published in an order that readers can rely on, read, forgotten.

A reader keeps the number of the last event it has seen and asks for what comes after. Numbers from
a sequence would betray it: a transaction that took 7 may commit after one that took 8, so whoever
has read 8 never sees 7. Here whatever happens is first written beside what it tells of, in the
same transaction and in no order (`event_outbox`; closes are on the attempts' own rows). One
publisher at a time, whoever holds the row of `event_count`, then gives numbers; the row is free
again only when they are committed. So numbers become visible in their order, without gaps, and
whoever has read up to one has missed nothing below it.
"""

from collections.abc import Callable, Collection

from msgspec import Struct, structs

from examsync.errors import ExamError
from examsync.events import store
from examsync.events.event import Event, Happened, closings, readable
from examsync.infra import metrics
from examsync.infra.postgres import Pool, asking, transaction
from protocol.problems import Code

BATCH_MAX = 200
"""Closes, and told events, that one transaction publishes."""
FORGET_MAX = 5_000
LATEST = "latest"
NUMBER_DIGITS_MAX = 18


class CursorTooOld(ExamError):
    """What comes after this cursor was forgotten in part; `oldest` is where the stream begins."""

    def __init__(self, oldest: str) -> None:
        detail = f"events after this cursor are not kept any more; go on with after={oldest}"
        super().__init__(Code.NOT_FOUND, detail, data={"oldest": [oldest]})


class Heard(Struct, frozen=True):
    """Events in their order, and the cursor to go on from."""

    events: list[Event]
    next: str


class Stream:
    """The stream. `keep_ms`: how long an event can be read."""

    def __init__(self, pool: Pool, now: Callable[[], int], keep_ms: int) -> None:
        self._pool = pool
        self._now = now
        self._keep_ms = keep_ms

    async def publish(self) -> int:
        """Make events of all that has happened; how many. Several may: one at a time does.

        Raises Unavailable.
        """
        count = 0
        while (published := await self._publish_some()) > 0:
            count += published
        return count

    async def _publish_some(self) -> int:
        async with transaction(self._pool) as connection:
            last = await store.lock_count(connection)
            if last is None:
                return 0
            closed = await store.lock_closings(connection, BATCH_MAX)
            happened = [event for one in closed for event in closings(*one)]
            happened += await store.take_told(connection, BATCH_MAX)
            happened = [structs.replace(one, data=readable(one.data)) for one in happened]
            await store.mark_told(connection, [one.attempt for one, _ in closed])
            if happened:
                await store.insert_events(connection, last, happened)
                await store.send_on(connection, last, last + len(happened), self._now())
        _count(happened)
        return len(happened)

    async def read(
        self,
        after: str | None,
        limit: int,
        *,
        types: Collection[str] | None = None,
        exams: Collection[str] | None = None,
        halls: Collection[str] | None = None,
    ) -> Heard:
        """The events after a cursor: "latest" is the end, None the beginning of what is kept.

        `types`, `exams`, `halls`: only of these, None: of any. Raises ExamError BAD_REQUEST for
        what is no cursor of this stream, CursorTooOld; Unavailable.
        """
        number = _number(after)
        with asking():  # one statement: a transaction would be three round trips
            part = await store.fetch_part(
                self._pool, number or 0, limit, types=types, exams=exams, halls=halls
            )
        if after == LATEST:
            return Heard([], str(part.last))
        if number is not None and number < part.forgotten:
            raise CursorTooOld(str(part.forgotten))
        if number is not None and number > part.last:
            raise ExamError(Code.BAD_REQUEST, f"after={number} is beyond the end of this stream")
        full = len(part.events) == limit
        return Heard(part.events, str(part.events[-1].number if full else part.last))

    async def forget(self) -> int:
        """Forget events (and what was delivered of them) that are too old; how many.

        Raises Unavailable.
        """
        before, count = self._now() - self._keep_ms, 0
        while True:
            async with transaction(self._pool) as connection:
                gone = await store.forget_events(connection, before, FORGET_MAX)
            count += gone
            if gone < FORGET_MAX:
                return count


def _number(after: str | None) -> int | None:
    """The number a cursor stands for. Raises ExamError BAD_REQUEST."""
    if after is None or after == LATEST:
        return None
    if not after.isascii() or not after.isdigit() or len(after) > NUMBER_DIGITS_MAX:
        raise ExamError(Code.BAD_REQUEST, "after= takes the `next` of the answer before, or latest")
    return int(after)


def _count(happened: list[Happened]) -> None:
    for one in happened:
        metrics.EVENTS_PUBLISHED.labels(one.type.value).inc()
