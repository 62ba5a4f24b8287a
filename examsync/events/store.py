"""The stream of events in Postgres. Called by `events.service` alone."""

import functools
from collections.abc import Collection, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from examsync.events.event import CLOSING_KINDS, Closing, Event, Happened
from examsync.infra.postgres import Connection, Reader, load_queries
from protocol.facts import Fact
from protocol.http_events import EventData, EventType

_fact = msgspec.json.Decoder(Fact).decode


class Part(Struct, frozen=True):
    """Events, up to which number the stream goes, and up to which it is forgotten."""

    events: list[Event]
    last: int
    forgotten: int


@functools.cache
def _sql(name: str) -> str:
    return load_queries(Path(__file__).with_name("queries.sql"))[name]


async def lock_count(connection: Connection) -> int | None:
    """The last number that was given; None while another one publishes."""
    last: int | None = await connection.fetchval(_sql("lock_count"))
    return last


async def take_told(connection: Connection, limit: int) -> list[Happened]:
    """What others wrote into the outbox, taken out of it."""
    return [
        Happened(
            EventType(row["type"]),
            row["hall"],
            row["at"],
            EventData(row["exam"], row["attempt"], row["candidate"], **row["data"]),
        )
        for row in await connection.fetch(_sql("take_told"), limit)
    ]


async def lock_closings(connection: Connection, limit: int) -> list[tuple[Closing, list[Fact]]]:
    """Attempts with closes that are no events yet, locked, and the facts that closed them."""
    rows = await connection.fetch(_sql("lock_closings"), limit)
    found = [msgspec.convert(dict(row), Closing) for row in rows]
    facts: dict[str, list[Fact]] = {one.attempt: [] for one in found}
    kinds = list(CLOSING_KINDS)
    for row in await connection.fetch(_sql("fetch_closing_facts"), list(facts), kinds):
        fact = _fact(row["fact"])
        facts[fact.attempt].append(fact)
    return [(one, facts[one.attempt]) for one in found]


async def mark_told(connection: Connection, attempts: Collection[str]) -> None:
    """Their closes are events now."""
    await connection.execute(_sql("mark_told"), list(attempts))


async def insert_events(connection: Connection, after: int, happened: Sequence[Happened]) -> None:
    """Give numbers from `after` on; only who holds the count may."""
    await connection.execute(
        _sql("insert_events"),
        list(range(after + 1, after + 1 + len(happened))),
        [one.type.value for one in happened],
        [one.data.exam for one in happened],
        [one.data.attempt for one in happened],
        [one.hall for one in happened],
        [one.at for one in happened],
        [msgspec.json.encode(one.data).decode() for one in happened],
    )
    await connection.execute(_sql("count_on"), after + len(happened))


async def send_on(connection: Connection, after: int, last: int, at: int) -> None:
    """Let these events be delivered to the webhooks that want them."""
    await connection.execute(_sql("send_on"), after, last, at)


async def fetch_part(
    connection: Reader,
    after: int,
    limit: int,
    *,
    types: Collection[str] | None,
    exams: Collection[str] | None,
    halls: Collection[str] | None,
) -> Part:
    """Events after a number; None: whatever their type, exam, hall."""
    filters = [None if names is None else list(names) for names in (types, exams, halls)]
    rows = await connection.fetch(_sql("fetch_events"), after, *filters, limit)
    events = [
        Event(row["number"], row["id"], row["type"], row["at"], _data(row["data"]))
        for row in rows
        if row["number"] is not None
    ]
    return Part(events, rows[0]["last"], rows[0]["forgotten"])


def _data(value: object) -> EventData:
    return msgspec.convert(value, EventData)


async def forget_events(connection: Connection, before: int, limit: int) -> int:
    """Forget the oldest ones of before a time (ms), at most so many; how many."""
    return int(await connection.fetchval(_sql("forget_events"), before, limit))
