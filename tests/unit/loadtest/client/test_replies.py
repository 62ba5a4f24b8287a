"""Only an ack that says all it should is an ack."""

from typing import Any

import msgspec
import pytest

from loadtest.client.replies import Trouble, Verdict, counts, read, read_list, verdict
from protocol.examples import examples
from protocol.from_server import ACKS, AnswerAck
from protocol.problems import MEANINGS, Code, problem

OK = {"ok": True, "seq": 4, "rev": [2, 9], "saved_at": 1, "receipt": "r"}
NO = {"ok": False, "problem": msgspec.to_builtins(problem(Code.PAUSED, retry_after_ms=700))}


@pytest.mark.parametrize("event", ACKS["/exam"])
def test_every_example_of_an_ack_is_read(event: str) -> None:
    shown = examples()[f"exam/ack/{event}"]
    assert read(event, msgspec.to_builtins(shown)) == shown


@pytest.mark.parametrize(
    "reply", [None, [], {}, "ok", True, {"ok": 1}, {"ok": True}, {"ok": "true"}, {**OK, "rev": 3}]
)
def test_anything_else_is_no_ack(reply: Any) -> None:
    assert read("answer", reply) is None


def test_a_refusal_without_a_problem_is_no_refusal() -> None:
    assert read("answer", {"ok": False}) is None
    assert read("answer", {"ok": False, "problem": "no"}) is None


def test_a_problem_is_read_with_what_it_says_of_retrying() -> None:
    trouble = read("answer", NO)
    assert trouble == Trouble("paused", True, MEANINGS[Code.PAUSED].title, retry_after_ms=700)


def test_a_code_of_a_later_level_is_read_too() -> None:
    reply = {"ok": False, "problem": {"code": "moon_is_full", "title": "t", "retry": True}}
    trouble = read("answer", reply)
    assert isinstance(trouble, Trouble)
    assert verdict(trouble, "answer", replay=False, started=True) is Verdict.RETRY


def test_a_list_has_one_reply_per_entry_in_order() -> None:
    replies = read_list({"ok": True, "results": [OK, NO, {"ok": True, "seq": 5}]}, 3)
    assert isinstance(replies, list)
    assert isinstance(replies[0], AnswerAck)
    assert isinstance(replies[1], Trouble)
    assert replies[2] is None


@pytest.mark.parametrize(
    "reply", [None, [], {"ok": True}, {"ok": True, "results": [OK]}, {"results": [OK, OK]}]
)
def test_a_list_that_does_not_answer_every_entry_answers_none(reply: Any) -> None:
    assert read_list(reply, 2) is None


def test_a_list_can_be_refused_as_a_whole() -> None:
    assert isinstance(read_list(NO, 2), Trouble)


@pytest.mark.parametrize(("more", "expected"), [
    ({}, True), ({"late": True}, True), ({"counted": False}, False), ({"superseded": True}, False),
])  # fmt: skip
def test_an_answer_stands_unless_it_is_superseded_or_kept_aside(
    more: dict[str, bool], expected: bool
) -> None:
    assert counts(msgspec.convert({**OK, **more}, AnswerAck)) is expected


def judged(code: str, event: str = "answer", **how: bool) -> Verdict:
    retry = MEANINGS[Code(code)].retry
    return verdict(Trouble(code, retry), event, **{"replay": False, "started": True, **how})


@pytest.mark.parametrize("code", [
    "rate_limited", "internal", "unavailable", "storage_full", "draining", "conflict", "paused",
    "exam_not_open",
])  # fmt: skip
def test_what_may_pass_is_tried_again(code: str) -> None:
    assert judged(code) is Verdict.RETRY


@pytest.mark.parametrize("code", [
    "too_late", "attempt_closed", "bad_response", "unknown_item", "too_large", "bad_request",
    "too_many", "id_reused", "exam_over", "forbidden",
])  # fmt: skip
def test_what_will_never_pass_is_final(code: str) -> None:
    assert judged(code) is Verdict.FINAL


def test_a_server_that_does_not_know_us_is_joined_again() -> None:
    assert judged("not_joined") is Verdict.REJOIN
    assert judged("lease_lost") is Verdict.REJOIN, "the join will tell whether it is really lost"
    assert judged("not_started", started=True) is Verdict.REJOIN
    assert judged("not_started", started=False) is Verdict.FINAL


def test_a_join_is_not_answered_with_another_join() -> None:
    assert judged("lease_lost", "join") is Verdict.FINAL
    assert judged("not_joined", "join") is Verdict.RETRY


def test_a_used_seq_or_an_unbelieved_receipt_makes_it_a_new_answer() -> None:
    assert judged("seq_reused") is Verdict.RESTAMP
    assert judged("bad_receipt", replay=True) is Verdict.RESTAMP
    assert judged("bad_receipt", replay=False) is Verdict.FINAL


def test_an_expired_token_needs_a_new_connection() -> None:
    assert judged("token_expired") is Verdict.RECONNECT
