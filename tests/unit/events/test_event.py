"""What becomes an event, and how it looks to programs elsewhere."""

import msgspec
import pytest
from msgspec import structs

from examsync.events.event import (
    CLOSING_KINDS,
    Closing,
    Event,
    closings,
    cloud_event,
    readable,
    timestamp,
    trial,
)
from protocol.facts import Absent, Body, Fact
from protocol.http_events import EventData, EventType
from protocol.types import AttemptState
from tests.builders import START, expired, submitted, terminated

CLOSING = Closing("a-1", "exam-1", "east", "asha", 0, 1)


def closed(body: Body, at: int = START) -> Fact:
    return Fact("a-1", 1, 1, "", at, "server", body)


def told(of: Closing, *bodies: Body) -> list[tuple[str, int, str | None]]:
    found = closings(of, [closed(body) for body in bodies])
    return [(one.type.value, one.data.close, one.data.state) for one in found]


def test_handing_in_is_told_as_such_and_as_a_close() -> None:
    assert told(CLOSING, submitted()) == [
        ("attempt.submitted", 1, "submitted"),
        ("attempt.closed", 1, "submitted"),
    ]


@pytest.mark.parametrize(
    ("body", "state"),
    [(expired(), "expired"), (terminated(), "terminated"), (Absent(START), "absent")],
)
def test_any_other_end_is_told_as_a_close(body: Body, state: str) -> None:
    assert told(CLOSING, body) == [("attempt.closed", 1, state)]


def test_a_reopened_attempt_is_told_of_each_of_its_closes_once() -> None:
    twice = structs.replace(CLOSING, closes=2)
    both = told(twice, expired(), submitted())
    assert both == [
        ("attempt.closed", 1, "expired"),
        ("attempt.submitted", 2, "submitted"),
        ("attempt.closed", 2, "submitted"),
    ]
    assert told(structs.replace(twice, told=1), expired(), submitted()) == both[1:]


def test_an_event_carries_whose_and_where_and_when() -> None:
    (one,) = closings(CLOSING, [closed(terminated(START + 7), at=START + 9)])
    assert (one.hall, one.at) == ("east", START + 9)
    data = EventData("exam-1", "a-1", "asha", 1, state=AttemptState.TERMINATED, closed_at=START + 7)
    assert one.data == data


def test_the_kinds_that_close_are_those_that_have_a_time_of_closing() -> None:
    """An erasure tells when the attempt had been closed; it closes nothing."""
    from protocol import facts

    bodies = [kind for kind in vars(facts).values() if isinstance(kind, type)]
    with_time = {
        kind.__struct_config__.tag
        for kind in bodies
        if issubclass(kind, msgspec.Struct) and "closed_at" in kind.__struct_fields__
    }
    assert {*CLOSING_KINDS, "erased"} == with_time


def test_marks_are_decimals_outside() -> None:
    data = EventData("e", "a", "c", 1, total="200/3", maximum="100")
    assert (readable(data).total, readable(data).maximum) == ("66.6667", "100")
    assert readable(EventData("e", "a", "c", 1)) == EventData("e", "a", "c", 1)


def test_the_envelope_is_a_cloud_event() -> None:
    data = EventData("exam-1", "a-1", "asha", 1, revision=2)
    event = Event(7, "evt_1", EventType.RESULTS_WITHDRAWN, START + 5, data)
    assert msgspec.to_builtins(cloud_event(event)) == {
        "specversion": "1.0",
        "id": "evt_1",
        "source": "/exams/exam-1",
        "type": "results.withdrawn",
        "time": timestamp(START + 5),
        "subject": "a-1",
        "datacontenttype": "application/json",
        "data": {
            "exam": "exam-1",
            "attempt": "a-1",
            "candidate": "asha",
            "close": 1,
            "revision": 2,
        },
    }


def test_a_trial_tells_of_nothing() -> None:
    told_of = trial("dl_1", "wh_1", 0)
    assert (told_of.type, told_of.subject, told_of.data) == ("webhook.test", "wh_1", None)
    assert told_of.time == "1970-01-01T00:00:00.000Z"
