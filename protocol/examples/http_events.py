"""Examples of events and of bodies about webhooks."""

from typing import Any

from protocol import http_events as h
from protocol.examples.scene import ATTEMPT, CANDIDATE, EXAM, NOW
from protocol.http_results import Reveal
from protocol.types import AttemptState

CLOSED = NOW + 60_000
HOOK = "wh_5f0c9a31d7e24b86"
URL = "https://lms.example.org/hooks/examsync"
TYPES = [h.EventType.ATTEMPT_CLOSED, h.EventType.RESULTS_RELEASED]

ENDED = h.CloudEvent(
    "1.0",
    "evt_0f63c1d2a97b4e58b1c07d4e9a2f6b35",
    f"/exams/{EXAM}",
    h.EventType.ATTEMPT_CLOSED,
    "2026-11-21T08:12:47.430Z",
    ATTEMPT,
    "application/json",
    h.EventData(EXAM, ATTEMPT, CANDIDATE, 1, state=AttemptState.SUBMITTED, closed_at=CLOSED),
)
RELEASED = h.CloudEvent(
    "1.0",
    "evt_b2d94c0e71a84f1f9b3e55d8c6a07f12",
    f"/exams/{EXAM}",
    h.EventType.RESULTS_RELEASED,
    "2026-11-22T08:13:47.430Z",
    ATTEMPT,
    "application/json",
    h.EventData(
        EXAM,
        ATTEMPT,
        CANDIDATE,
        1,
        revision=2,
        total="6.6667",
        maximum="12",
        reveal=Reveal.OUTCOMES,
    ),
)
WEBHOOK = h.Webhook(
    HOOK,
    URL,
    TYPES,
    [EXAM],
    False,
    3,
    NOW,
    "admin:root",
    stopped="nothing could be delivered for a day; the last answer was HTTP 500",
    delivered_at=NOW,
    failing_since=NOW + 5_000,
    previous_until=NOW + 86_400_000,
    secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
)
DELIVERY = h.Delivery(
    "dl_77e1c0b2a94d",
    ENDED.id,
    h.EventType.ATTEMPT_CLOSED,
    "waiting",
    2,
    CLOSED,
    subject=ATTEMPT,
    next_at=CLOSED + 125_000,
    tried_at=CLOSED + 5_000,
    took_ms=84,
    status=500,
    answer="Internal Server Error",
    error="HTTP 500",
)

REQUESTS: dict[str, Any] = {
    "make_webhook": h.MakeWebhook(URL, TYPES, [EXAM], False),
    "change_webhook": h.ChangeWebhook(URL, TYPES, [EXAM], True),
}
RESPONSES: dict[str, Any] = {
    "cloud_event": ENDED,
    "events": h.Events([ENDED, RELEASED], "1042"),
    "webhook": WEBHOOK,
    "webhooks": h.Webhooks([WEBHOOK], 1),
    "delivery": DELIVERY,
    "deliveries": h.Deliveries(
        [DELIVERY], 61, "WyItY3JlYXRlZF9hdCIsIjE3OTUyNDg3Njc0MzAiLCJkbF83N2UxIl0"
    ),
}
