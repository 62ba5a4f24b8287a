"""From send to ack, once each; whatever is no proper ok is a failure, with its reason."""

from typing import Any

import pytest

from loadtest.client.actions import Send
from loadtest.swarm.rows import Measure
from loadtest.swarm.stopwatch import (
    CONNECTION_LOST,
    NO_ACK,
    NOT_AN_ACK,
    Stopwatch,
    of_exam,
    of_monitor,
)

OK = {"ok": True, "seq": 1, "rev": [1, 5], "saved_at": 9, "receipt": "r"}
REFUSED = {"ok": False, "problem": {"code": "too_late", "title": "Too late.", "retry": False}}
TEN_S = 10.0


def sent(*events: str, body: Any = None) -> Stopwatch:
    watch = Stopwatch(of_exam)
    for ticket, event in enumerate(events, 1):
        watch.sent(Send(ticket, event, body or {}), 100.0)
    return watch


def test_an_ok_takes_as_long_as_from_its_send_to_its_ack() -> None:
    measure = sent("answer").replied(1, OK, 100.25, size=77)
    assert measure == Measure("WSC", "answer", 250.0, "", 77)


def test_an_ack_that_says_no_is_a_failure_by_its_code() -> None:
    measure = sent("answer").replied(1, REFUSED, 100.1)
    assert measure is not None
    assert measure.error == "too_late"


@pytest.mark.parametrize("reply", [None, [], {}, {"ok": True}, {"ok": False}, "ok", {"ok": "yes"}])
def test_what_says_neither_is_no_ack(reply: Any) -> None:
    measure = sent("answer").replied(1, reply, 100.1)
    assert measure is not None
    assert measure.error == NOT_AN_ACK


def test_an_event_is_over_once() -> None:
    watch = sent("answer")
    assert watch.replied(1, OK, 100.1) is not None
    assert watch.replied(1, OK, 100.2) is None
    assert watch.overdue(200.0) == []


def test_no_ack_in_time_is_a_failure_and_a_late_one_changes_nothing() -> None:
    watch = sent("answer", "violation")
    watch.replied(2, {"ok": True, "rev": [1, 6], "receipt": "r"}, 100.2)
    assert watch.overdue(100.0 + TEN_S - 0.1) == []
    assert watch.overdue(100.0 + TEN_S) == [Measure("WSC", "answer", error=NO_ACK)]
    assert watch.replied(1, OK, 111.0) is None


def test_a_lost_connection_fails_what_was_under_way() -> None:
    watch = sent("answer", "heartbeat")
    assert {m.name for m in watch.lost()} == {"answer", "heartbeat"}
    assert all(m.error == CONNECTION_LOST for m in sent("answer").lost())
    assert watch.lost() == []


def test_what_we_cut_ourselves_is_no_failure() -> None:
    watch = sent("answer", "answer")
    assert watch.cut() == 2
    assert watch.overdue(999.0) == []


def test_a_join_after_the_first_is_a_resume() -> None:
    watch = Stopwatch(of_exam)
    watch.sent(Send(1, "join", {}), 1.0)
    watch.sent(Send(2, "join", {}), 1.0, resumes=True)
    names = [m.name for m in watch.lost()]
    assert names == ["join", "resume"]


def test_a_list_of_answers_has_a_row_of_its_own_and_one_refused_entry_fails_it() -> None:
    fine = {"ok": True, "results": [OK, {**OK, "seq": 2}]}
    bad = {"ok": True, "results": [OK, {"ok": False, "seq": 2, **REFUSED}]}
    two = [{"seq": 1}, {"seq": 2}]
    first, second = sent("answer", body=two), sent("answer", body=two)
    assert first.replied(1, fine, 100.5) == Measure("WSC", "answers", 500.0)
    failed = second.replied(1, bad, 100.5)
    assert failed is not None
    assert (failed.name, failed.error) == ("answers", "too_late")


def test_a_list_with_too_few_results_is_no_ack() -> None:
    measure = sent("answer", body=[{"seq": 1}, {"seq": 2}]).replied(
        1, {"ok": True, "results": [OK]}, 101.0
    )
    assert measure is not None
    assert measure.error == NOT_AN_ACK


def test_examiners_acks_are_judged_too() -> None:
    watched = {"ok": True, "exam": "e", "title": "E", "version": "1", "snapshot": False,
               "server_time": 5}  # fmt: skip
    assert of_monitor("watch", watched) == ""
    assert of_monitor("watch", REFUSED) == "too_late"
    assert of_monitor("watch", {"ok": True}) == NOT_AN_ACK
    assert of_monitor("watch", {**watched, "ok": None}) == NOT_AN_ACK
    assert of_monitor("no_such_event", watched) == NOT_AN_ACK
