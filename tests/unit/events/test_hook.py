"""A delivery says the same at every try, and a try says whether the receiver has it."""

import msgspec
import pytest
from msgspec import structs

from examsync.events.hook import Due, Tried
from protocol.http_events import CloudEvent, EventData

DATA = EventData("exam-1", "a-1", "asha", 1)
DUE = Due("dl_1", "wh_1", "https://x.org", 1, 5, 1, 0, 7, "evt_1", "attempt.closed", 3, DATA)


def test_the_body_is_the_event_whatever_the_try() -> None:
    again = structs.replace(DUE, tries=9, generation=4)
    assert DUE.body() == again.body()
    told = msgspec.json.decode(DUE.body(), type=CloudEvent)
    assert (told.id, told.type, told.data) == ("evt_1", "attempt.closed", DATA)
    assert DUE.message == "evt_1"
    assert not DUE.is_test


def test_a_test_is_known_by_its_own_id() -> None:
    test = Due("dl_1", "wh_1", "https://x.org", 1, 5, 1, 0)
    assert test.is_test
    assert test.message == "dl_1"
    assert msgspec.json.decode(test.body())["type"] == "webhook.test"


@pytest.mark.parametrize(
    ("status", "error", "well", "why"),
    [
        (200, "", True, "HTTP 200"),
        (204, "", True, "HTTP 204"),
        (302, "", False, "HTTP 302"),
        (410, "", False, "HTTP 410"),
        (500, "", False, "HTTP 500"),
        (None, "no answer", False, "no answer"),
    ],
)
def test_only_a_2xx_is_a_delivery(status: int | None, error: str, well: bool, why: str) -> None:
    tried = Tried(1, 2, status, "", error)
    assert (tried.well, tried.why) == (well, why)
