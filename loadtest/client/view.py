"""What this client knows of its attempt (pure): what a page would show. Never decides a save."""

from typing import Any

import msgspec
from msgspec import Struct

from protocol.from_server import (
    Closed,
    HeartbeatAck,
    Joined,
    Notice,
    PausedEvent,
    ReopenedEvent,
    ResumedEvent,
    StartedAck,
    TimeChanged,
)
from protocol.paper import Item, Order, Paper, Response
from protocol.types import CLOSED_STATES, AttemptState


class View(Struct):
    """The attempt as last heard of. Times are the server's, in ms since 1970 UTC."""

    attempt: str = ""
    title: str = ""
    state: AttemptState = AttemptState.NOT_STARTED
    opens_at: int = 0
    started_at: int | None = None
    deadline: int | None = None
    heartbeat_period_s: float = 10.0
    paper: Paper | None = None
    order: Order | None = None
    responses: dict[str, Response] = {}
    notices: dict[str, Notice] = {}
    joins: int = 0

    @property
    def closed(self) -> bool:
        """Whether the attempt is over."""
        return self.state in CLOSED_STATES

    def items(self) -> list[Item]:
        """The items in this candidate's order; empty before the start."""
        if self.paper is None or self.order is None:
            return []
        items = {item.id: item for section in self.paper.sections for item in section.items}
        return [items[id_] for id_ in self.order.items]

    def joined(self, ack: Joined) -> None:
        """Take the whole view."""
        self.joins += 1
        self.attempt, self.title, self.state = ack.attempt, ack.title, ack.state
        self.opens_at = ack.times.opens_at
        self.started_at = ack.times.started_at or self.started_at
        if self.state is AttemptState.IN_PROGRESS and ack.times.paused_since is not None:
            self.state = AttemptState.PAUSED  # with its exam
        self.deadline = ack.times.deadline
        self.heartbeat_period_s = ack.heartbeat_period_s
        self.paper, self.order = ack.paper or self.paper, ack.order or self.order
        self.responses = {item: held.response for item, held in ack.responses.items()}
        self.notices = {notice.id: notice for notice in ack.notices}

    def started(self, ack: StartedAck) -> None:
        """The clock runs, and the paper is here."""
        if self.state is AttemptState.NOT_STARTED:  # a replay may find it paused, or closed
            self.state = AttemptState.IN_PROGRESS
        self.started_at, self.deadline = ack.started_at, ack.deadline
        self.paper, self.order = ack.paper, ack.order

    def beat(self, ack: HeartbeatAck) -> None:
        """A heartbeat was answered."""
        self.deadline = ack.deadline if ack.deadline is not None else self.deadline

    def heard(self, event: Any) -> None:
        """Take an event from the server; those that say nothing of the view are ignored."""
        match event:
            case TimeChanged():
                self.deadline = event.deadline
            case PausedEvent() if self.started_at is not None:
                self.state = AttemptState.PAUSED
            case ResumedEvent() | ReopenedEvent():
                started = self.started_at is not None
                self.state = AttemptState.IN_PROGRESS if started else AttemptState.NOT_STARTED
                self.deadline = event.deadline
            case Closed():
                self.state = event.state
            case Notice():
                self.notices[event.id] = event


def decode(events: dict[str, type], name: str, body: object) -> Struct | None:
    """An event's Struct, or None for an event or a shape this client does not know (yet)."""
    type_ = events.get(name)
    if type_ is None:
        return None
    try:
        decoded: Struct = msgspec.convert(body, type_)
    except msgspec.ValidationError:
        return None
    return decoded
