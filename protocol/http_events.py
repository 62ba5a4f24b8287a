"""The stream of events for programs elsewhere, and webhooks, which bring the same to them.

An event is a CloudEvent (CloudEvents 1.0, JSON). Merged into `protocol.http`.
"""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from protocol.http_results import Reveal
from protocol.types import AttemptState, Id

EVENTS_MAX = 1_000
DELIVERIES_MAX = 200
URL_CHARS_MAX = 2_000


class EventType(StrEnum):
    """What there is to hear of."""

    ATTEMPT_SUBMITTED = "attempt.submitted"
    """Handed in, by the candidate or for him."""
    ATTEMPT_CLOSED = "attempt.closed"
    """Over, in whatever way: handed in, by time, by an examiner, or never begun."""
    RESULTS_RELEASED = "results.released"
    """The candidate can see this result from now on."""
    RESULTS_WITHDRAWN = "results.withdrawn"
    """And no longer."""


WEBHOOK_TEST = "webhook.test"
"""The type of what `POST /admin/webhooks/{id}/test` sends; it has no data and is not in the
stream."""


class EventData(Struct, frozen=True, omit_defaults=True):
    """What happened to which attempt. `close`: which of its closes, from 1 (reopened, it has more).

    With `attempt.*`: `state`, `closed_at` (ms). With `results.*`: `revision`; with
    `results.released` also `total` and `maximum` (decimals of up to four places) and `reveal`.
    """

    exam: str
    attempt: str
    candidate: str
    close: int
    state: AttemptState | None = None
    closed_at: int | None = None
    revision: int | None = None
    total: str | None = None
    maximum: str | None = None
    reveal: Reveal | None = None


class CloudEvent(Struct, frozen=True, omit_defaults=True):
    """CloudEvents 1.0. `source` is `/exams/{exam}`, `subject` the attempt, `time` RFC 3339 UTC.

    `id` is the same wherever and however often the event is told: forget what you know already.
    """

    specversion: str
    id: str
    source: str
    type: str
    time: str
    subject: str
    datacontenttype: str
    data: EventData | None = None


class EventsAsked(Struct, frozen=True):
    """`GET /events?...`. `after`: a cursor, or `latest`; without it, from the oldest that is kept.

    `types`: names with commas between them; without it, all.
    """

    after: Annotated[str, Meta(max_length=32)] | None = None
    limit: Annotated[int, Meta(ge=1, le=EVENTS_MAX)] = 100
    types: Annotated[str, Meta(max_length=400)] | None = None


class Events(Struct, frozen=True):
    """A part of the stream, in its order; `next` is the cursor to ask with, always."""

    events: list[CloudEvent]
    next: str


# --- webhooks -------------------------------------------------------------------------------------


Types = Annotated[list[EventType], Meta(min_length=1, max_length=16)]
Exams = Annotated[list[Id], Meta(max_length=1_000)]
Url = Annotated[str, Meta(min_length=1, max_length=URL_CHARS_MAX)]


class MakeWebhook(Struct, frozen=True, omit_defaults=True):
    """`POST /admin/webhooks`: send events of these types to this address; no exams: of all."""

    url: Url
    types: Types
    exams: Exams = []
    active: bool = True


class ChangeWebhook(Struct, frozen=True, omit_defaults=True):
    """`PATCH /admin/webhooks/{id}`: what is left out stays. `active` true starts it again."""

    url: Url | None = None
    types: Types | None = None
    exams: Exams | None = None
    active: bool | None = None


class Webhook(Struct, frozen=True, omit_defaults=True):
    """Where events are sent. `stopped`: why the server gave it up; empty if it did not.

    `secret` is there once, when it was made; it and the one before it both sign until
    `previous_until`. `failing_since`: nothing could be delivered since then.
    """

    id: str
    url: str
    types: list[EventType]
    exams: list[str]
    active: bool
    waiting: int
    created_at: int
    created_by: str
    stopped: str = ""
    delivered_at: int | None = None
    failing_since: int | None = None
    previous_until: int | None = None
    secret: str | None = None


class Webhooks(Struct, frozen=True):
    """`GET /admin/webhooks`: all, the oldest first."""

    items: list[Webhook]
    total: int


DeliveryState = Literal["waiting", "delivered", "failed"]


class DeliveriesAsked(Struct, frozen=True):
    """`GET /admin/webhooks/{id}/deliveries?...`."""

    state: DeliveryState | None = None
    limit: Annotated[int, Meta(ge=1, le=DELIVERIES_MAX)] = 50
    after: Annotated[str, Meta(max_length=300)] = ""


class Delivery(Struct, frozen=True, omit_defaults=True):
    """One event on its way to one webhook, and what became of the last try.

    `event`: the event's id, which is also the `webhook-id` header. `status`: of the HTTP response,
    `answer` its first 500 characters; `error`: why there was none. `next_at`: of the next try.
    """

    id: str
    event: str
    type: str
    state: DeliveryState
    tries: int
    created_at: int
    subject: str = ""
    next_at: int | None = None
    tried_at: int | None = None
    took_ms: int | None = None
    status: int | None = None
    answer: str = ""
    error: str = ""


class Deliveries(Struct, frozen=True):
    """The newest first."""

    items: list[Delivery]
    total: int
    next: str | None


REQUESTS: dict[str, type] = {
    "make_webhook": MakeWebhook,
    "change_webhook": ChangeWebhook,
}
RESPONSES: dict[str, type] = {
    "cloud_event": CloudEvent,
    "events": Events,
    "webhook": Webhook,
    "webhooks": Webhooks,
    "delivery": Delivery,
    "deliveries": Deliveries,
}
