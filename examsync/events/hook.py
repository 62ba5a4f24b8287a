"""A webhook, a delivery that is due, and what became of a try (pure)."""

import msgspec
from msgspec import Struct

from examsync.events.event import Event, cloud_event, trial
from protocol.http_events import EventData

GONE = 410
"""HTTP 410: the receiver says that it will never want this again."""

Place = tuple[int, str]
"""Of a delivery in the list: when it was made, its id."""


class Hook(Struct, frozen=True):
    """Where events are sent. `waiting`: deliveries that are still to be made. Times in ms."""

    id: str
    url: str
    types: list[str]
    exams: list[str]
    active: bool
    stopped: str
    generation: int
    previous_until: int
    delivered_at: int | None
    failing_since: int | None
    created_at: int
    created_by: str
    waiting: int = 0


class Due(Struct, frozen=True):
    """A delivery that somebody has taken to send it: `tries` counts this one.

    Without a `number` it is a test.
    """

    id: str
    webhook: str
    url: str
    tries: int
    created_at: int
    generation: int
    previous_until: int
    number: int | None = None
    event: str | None = None
    type: str | None = None
    at: int | None = None
    data: EventData | None = None

    @property
    def is_test(self) -> bool:
        """Whether it tells of nothing."""
        return self.number is None

    @property
    def message(self) -> str:
        """What the receiver knows it by: the same at every try, and in the stream."""
        return self.event or self.id

    def body(self) -> bytes:
        """The CloudEvent as JSON; the same bytes at every try."""
        if self.number is None or self.data is None or self.at is None:
            return msgspec.json.encode(trial(self.id, self.webhook, self.created_at))
        event = Event(self.number, self.message, self.type or "", self.at, self.data)
        return msgspec.json.encode(cloud_event(event))


class Tried(Struct, frozen=True):
    """What became of a try. `status` None: nobody answered, and `error` says why."""

    at: int
    took_ms: int
    status: int | None
    answer: str
    error: str

    @property
    def well(self) -> bool:
        """Whether the receiver has it: any 2xx."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def why(self) -> str:
        """Why it does not have it."""
        return self.error or f"HTTP {self.status}"
