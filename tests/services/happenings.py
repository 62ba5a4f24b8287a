"""Events on a real Postgres: attempts that get there by facts, and a clock moved by hand."""

import time
from typing import Any

from examsync.events.event import Event
from examsync.events.service import Events
from examsync.infra.postgres import Pool
from protocol.http_events import EventType
from tests.services.sittings import Sitting

KEY = b"the tests' own key for webhooks."
KEEP_MS = 30 * 86_400_000
ALL_TYPES = [each.value for each in EventType]
CLOSES = [EventType.ATTEMPT_CLOSED]


class HandTime:
    """The machine's clock, ahead as far as a test says."""

    def __init__(self) -> None:
        self.ahead_ms = 0

    def now(self) -> int:
        return time.time_ns() // 1_000_000 + self.ahead_ms


class Happenings:
    """An exam of which programs elsewhere hear; `time` is what its events see."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.sitting = Sitting(pool)
        self.time = HandTime()
        self.events = self.process()
        self._processes = [self.events]

    def process(self) -> Events:
        """The events of another process on the same Postgres. Whoever makes one closes it."""
        trusted = ("127.0.0.1",)
        return Events(self.pool, self.time.now, KEY, keep_ms=KEEP_MS, trusted=trusted)

    async def closed(self, *candidates: str, **changes: Any) -> list[str]:
        """Candidates who have handed in; their attempts. Nothing is published."""
        return [await self.sitting.sat(name, {}, **changes) for name in candidates]

    async def told(self, after: str | None = None, **which: Any) -> list[Event]:
        """The events after a cursor."""
        return (await self.events.stream.read(after, 1_000, **which)).events


def spelt(events: list[Event]) -> list[tuple[str, str, int]]:
    """What happened to whom, and to which close of the attempt."""
    return [(event.type, event.data.candidate, event.data.close) for event in events]
