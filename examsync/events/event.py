"""An event as it is kept, and as a CloudEvent (pure). Called by the service of this folder."""

from datetime import UTC, datetime

from msgspec import Struct, structs

from examsync.bank import marks
from protocol.facts import Absent, Expired, Fact, Submitted, Terminated
from protocol.http_events import WEBHOOK_TEST, CloudEvent, EventData, EventType
from protocol.types import AttemptState

CLOSED_BY: dict[type[Struct], AttemptState] = {
    Submitted: AttemptState.SUBMITTED,
    Expired: AttemptState.EXPIRED,
    Absent: AttemptState.ABSENT,
    Terminated: AttemptState.TERMINATED,
}
"""The facts that close an attempt, and what it is then."""
CLOSING_KINDS = tuple(kind.__struct_config__.tag for kind in CLOSED_BY)
JSON = "application/json"
VERSION = "1.0"


class Happened(Struct, frozen=True):
    """Something that has no number yet. `hall` is for who may hear of it, `at` when it was, ms."""

    type: EventType
    hall: str
    at: int
    data: EventData


class Event(Struct, frozen=True):
    """An event of the stream: its place in it, its id, and what it says."""

    number: int
    id: str
    type: str
    at: int
    data: EventData


class Closing(Struct, frozen=True):
    """An attempt with closes that are no events yet: those from `told` on, up to `closes`."""

    attempt: str
    exam: str
    hall: str
    candidate: str
    told: int
    closes: int


def closings(of: Closing, facts: list[Fact]) -> list[Happened]:
    """The events of an attempt's closes that were not told; `facts` are its closing facts, all."""
    found = []
    for close, fact in enumerate(facts[: of.closes], start=1):
        if close <= of.told or not isinstance(fact.body, Submitted | Expired | Absent | Terminated):
            continue
        state = CLOSED_BY[type(fact.body)]
        data = EventData(
            of.exam,
            of.attempt,
            of.candidate,
            close,
            state=state,
            closed_at=fact.body.closed_at,
        )
        if state is AttemptState.SUBMITTED:
            found.append(Happened(EventType.ATTEMPT_SUBMITTED, of.hall, fact.at, data))
        found.append(Happened(EventType.ATTEMPT_CLOSED, of.hall, fact.at, data))
    return found


def readable(data: EventData) -> EventData:
    """With marks as decimals of up to four places: who reads events may not know thirds."""
    if data.total is None or data.maximum is None:
        return data
    return structs.replace(data, total=_decimal(data.total), maximum=_decimal(data.maximum))


def _decimal(exact: str) -> str:
    return marks.rounded(marks.read(exact), 4)


def cloud_event(event: Event) -> CloudEvent:
    """The event in the envelope of CloudEvents 1.0, the same every time."""
    data = event.data
    source = f"/exams/{data.exam}"
    return CloudEvent(
        VERSION, event.id, source, event.type, timestamp(event.at), data.attempt, JSON, data
    )


def trial(id_: str, webhook: str, at: int) -> CloudEvent:
    """What a test of a webhook sends: it tells of nothing."""
    return CloudEvent(
        VERSION, id_, f"/webhooks/{webhook}", WEBHOOK_TEST, timestamp(at), webhook, JSON
    )


def timestamp(at: int) -> str:
    """Milliseconds since 1970 as RFC 3339, in UTC."""
    text = datetime.fromtimestamp(at / 1_000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
