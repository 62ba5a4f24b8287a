"""The outbox over HTTP, where WebSockets are blocked: `POST /attempts/{attempt}/sync`."""

from typing import Annotated

from msgspec import Meta, Struct

from protocol.from_client import (
    Acknowledge,
    Answer,
    Client,
    Join,
    RaiseHand,
    Start,
    Submit,
    Violation,
)
from protocol.from_server import AnswerAck, CommandAck, Joined, Refused, StartedAck

SYNC_EVENTS_MAX = 200
"""Of one request; what is left in the outbox follows with the next."""


class SyncEvent(Struct, frozen=True, omit_defaults=True):
    """One event of `/exam`, with the payload it would have on the socket: exactly one of these."""

    start: Start | None = None
    answer: Answer | None = None
    violation: Violation | None = None
    submit: Submit | None = None
    raise_hand: RaiseHand | None = None
    acknowledge: Acknowledge | None = None


class SyncAck(Struct, frozen=True, omit_defaults=True):
    """The ack of one event, as it would come over the socket: exactly one of these."""

    started: StartedAck | None = None
    answer: AnswerAck | None = None
    command: CommandAck | None = None
    refused: Refused | None = None


class Sync(Struct, frozen=True, omit_defaults=True):
    """The body: who asks, the join that would be sent first, and the events in their order.

    A `join` is repeated with every request, with the lease it was granted and an id of its own or
    the same: a seat that is still this instance's is kept.
    """

    client: Client
    join: Join
    events: Annotated[list[SyncEvent], Meta(max_length=SYNC_EVENTS_MAX)] = []


class Synced(Struct, frozen=True, omit_defaults=True):
    """What became of it: of the join `joined` or `refused`, and an ack per event, in order.

    `acks` is empty where the join was refused and leaves no seat. A join that was refused for the
    lease leaves one, as on the socket: what was acked before is taken with its receipt.
    """

    joined: Joined | None = None
    refused: Refused | None = None
    acks: list[SyncAck] = []


REQUESTS: dict[str, type] = {"sync": Sync}
RESPONSES: dict[str, type] = {"synced": Synced}
