"""A device measures what its session does: acks by event, connections, and all that fails."""

import threading
from collections.abc import Callable
from random import Random
from typing import Any

import msgspec
import pytest

from loadtest.client.session import State
from loadtest.swarm.device import Device, Place
from loadtest.swarm.rows import Measure, Rows
from protocol.paper import Item, Option, Order, Paper, Section
from protocol.to_candidate import Joined, StartedAck, Times
from protocol.types import AttemptState, ItemKind
from tests.unit.loadtest.swarm.far_end import Answer, FarEnd, far_end

WITHIN_S = 10.0
ITEM = Item("q1", ItemKind.SINGLE_CHOICE, "Which?", "4", options=[Option("a", "A")])
PAPER = Paper("p", "P", [Section("s", "S", [ITEM])])
ORDER = Order(["q1"], {"q1": ["a"]})
TIMES = Times(server_time=5_000, opens_at=0)
SEAT = Joined(
    "att", "e", "E", AttemptState.NOT_STARTED, (1, 1), (1, 0), "L1", 0, TIMES, 60.0, {}, []
)  # fmt: skip
JOINED = msgspec.to_builtins(SEAT)
STARTED = msgspec.to_builtins(StartedAck((1, 2), "r", 1, 9_000_000, PAPER, ORDER))
REFUSED = {"ok": False, "problem": {"code": "storage_full", "title": "Full.", "retry": True,
                                    "retry_after_ms": 60_000}}  # fmt: skip


def answered(body: Any) -> dict[str, Any]:
    return {"ok": True, "seq": body["seq"], "rev": [1, 3], "saved_at": 1, "receipt": "r"}


ANSWERS: dict[str, Answer] = {"join": JOINED, "start": STARTED, "answer": answered}


class Told:
    """The rows of one device, and a way to wait for them."""

    def __init__(self) -> None:
        self.rows = Rows()
        self._news = threading.Condition()

    def __call__(self, measure: Measure) -> None:
        with self._news:
            self.rows.add(measure)
            self._news.notify_all()

    def until(self, row: str) -> dict[str, int]:
        """Wait for a row; its failures."""
        with self._news:
            seen = self._news.wait_for(lambda: row in self.rows.rows, WITHIN_S)
        assert seen, self.rows.rows.keys()
        return self.rows.get(row).failures


def device(end: FarEnd) -> tuple[Device, Told]:
    told = Told()
    made = Device(Place(end.url, "e", told), "token", "i-1", Random(1))
    made.open()
    return made, told


def sitting(end: FarEnd) -> tuple[Device, Told]:
    made, told = device(end)
    assert made.until(lambda: made.session.state is State.LIVE, WITHIN_S)
    made.act(made.candidate.start)
    assert made.until(lambda: bool(made.session.view.items()), WITHIN_S)
    return made, told


def with_device(answers: dict[str, Answer], act: Callable[[Device, Told, FarEnd], None]) -> Rows:
    with far_end(answers) as end:
        made, told = sitting(end)
        try:
            act(made, told, end)
        finally:
            made.end()
        return told.rows


def answer(made: Device) -> None:
    made.act(made.candidate.answer, "q1", "a")


def test_connect_join_start_and_answer_are_rows_of_their_own() -> None:
    def act(made: Device, told: Told, end: FarEnd) -> None:
        answer(made)
        assert made.until(lambda: made.session.outbox.pending() == 0, WITHIN_S)

    rows = with_device(ANSWERS, act)
    assert {name: row.timed.count for name, row in rows.rows.items()} == {
        "WS connect": 1, "WSC join": 1, "WSC start": 1, "WSC answer": 1,
    }  # fmt: skip
    assert rows.failed == 0


def test_an_ack_that_says_no_is_a_failure_of_its_event() -> None:
    def act(made: Device, told: Told, end: FarEnd) -> None:
        answer(made)
        assert told.until("WSC answer") == {"storage_full": 1}

    with_device({**ANSWERS, "answer": REFUSED}, act)


def test_an_empty_ack_is_a_failure_too() -> None:
    def act(made: Device, told: Told, end: FarEnd) -> None:
        answer(made)
        assert told.until("WSC answer") == {"not_an_ack": 1}

    with_device({**ANSWERS, "answer": {}}, act)


def test_a_handler_that_raises_is_a_failure_and_the_device_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def act(made: Device, told: Told, end: FarEnd) -> None:
        def fail(*_: Any) -> None:
            raise ValueError("a defect")

        monkeypatch.setattr(made.session, "heard", fail)
        end.say("closed", {"attempt": "att", "rev": [1, 4], "state": "submitted", "closed_at": 1})
        assert told.until("ERR handler") == {"ValueError: a defect": 1}
        answer(made)
        assert told.until("WSC answer") == {}

    with_device(ANSWERS, act)


def test_events_are_counted_without_a_time_and_unknown_ones_fail() -> None:
    def act(made: Device, told: Told, end: FarEnd) -> None:
        granted = {"deadline": 9, "reason": "", "time_ms": 8, "start_until": 9}
        end.say("time_changed", {"attempt": "att", "rev": [1, 4], **granted})
        assert told.until("WSR time_changed") == {}
        end.say("surprise", {})
        assert told.until("WSR ?") == {"unknown_event": 1}
        end.say("notice", {"id": 5})
        assert told.until("WSR notice") == {"unreadable": 1}

    rows = with_device(ANSWERS, act)
    assert rows.get("WSR time_changed").timed.count == 0


def test_a_notice_is_timed_on_the_servers_clock_and_taken_once() -> None:
    def act(made: Device, told: Told, end: FarEnd) -> None:
        end.say("notice", {"id": "n1", "text": "hello", "at": 5_000})
        assert told.until("FAN notice") == {}
        assert made.take_notices() == ["n1"]
        assert made.take_notices() == []

    rows = with_device(ANSWERS, act)
    # SEAT says that it is 5,000 ms since 1970 over there
    assert rows.get("FAN notice").timed.max_ms < 3_600_000


def test_a_lost_connection_is_a_failure_and_so_is_what_was_under_way() -> None:
    def act(made: Device, told: Told, end: FarEnd) -> None:
        answer(made)
        end.connections[-1].close()
        told.until("WS lost")
        assert told.until("WSC answer") == {"connection_lost": 1}
        told.until("WSC resume")

    rows = with_device({**ANSWERS, "answer": None}, act)
    assert rows.get("WS lost").failed == 1
    assert rows.get("WS reconnect").timed.count == 1


def test_a_cut_of_our_own_is_no_failure_and_what_is_answered_meanwhile_goes_as_one_list() -> None:
    def several(body: Any) -> Any:
        if isinstance(body, list):
            return {"ok": True, "results": [answered(each) for each in body]}
        return answered(body)

    def act(made: Device, told: Told, end: FarEnd) -> None:
        made.cut(0.3)
        answer(made)
        made.act(made.candidate.answer, "q2", "b")
        assert made.until(lambda: made.session.outbox.pending() == 0, WITHIN_S)

    rows = with_device({**ANSWERS, "answer": several}, act)
    assert rows.failed == 0
    assert rows.get("WS back").timed.count == 1
    assert rows.get("WSC resume").timed.count == 1
    assert rows.get("WSC answers").timed.count == 1
    assert rows.get("WSC answer").count == 0


def test_a_refused_connection_is_a_failure_by_its_code() -> None:
    refusal = {"code": "unauthorized", "title": "No.", "retry": False}
    with far_end(refusal=refusal) as end:
        made, told = device(end)
        assert told.until("WS connect") == {"unauthorized": 1}
        assert made.until(lambda: made.session.state is State.CLOSED, WITHIN_S)
        made.end()


def test_a_closed_session_that_cannot_come_back_has_not_lost_a_connection_twice() -> None:
    def act(made: Device, told: Told, end: FarEnd) -> None:
        closed = {"attempt": "att", "rev": [1, 4], "state": "submitted", "closed_at": 1}
        answer(made)
        assert told.until("WSC answer") == {}
        end.say("closed", closed)
        told.until("WSR closed")
        end.accepts = False
        end.connections[-1].close()
        assert list(told.until("WS reconnect")) != []

    rows = with_device(ANSWERS, act)
    assert rows.get("WS lost").failed == 1
