"""Replies find their entries; a bad one in a list does not spoil the others."""

from typing import Any

from loadtest.client import exchange as exchange_module
from loadtest.client import sending
from loadtest.client.actions import Send
from loadtest.client.entry import Phase
from loadtest.client.exchange import Exchange
from loadtest.client.ledger import Ledger
from loadtest.client.outbox import Outbox
from loadtest.client.replies import Trouble, Verdict
from protocol.problems import Code
from tests.unit.loadtest.client.tiny_server import refused


def made(*items: str) -> Exchange:
    outbox = Outbox()
    outbox.relet("L1", 0)
    for item in items:
        outbox.answer(item, f"to {item}")
    return Exchange(outbox, Ledger(), lambda: 0.5)


def ok(seq: int, rev: tuple[int, int] = (1, 5), **more: Any) -> dict[str, Any]:
    return {"ok": True, "seq": seq, "rev": rev, "saved_at": 1, "receipt": f"r{seq}", **more}


def only(sends: list[Send]) -> Send:
    (send,) = sends
    return send


def test_one_answer_goes_by_itself_and_several_in_a_list() -> None:
    assert only(made("q1").flush(0)).body["item"] == "q1"
    assert [body["seq"] for body in only(made("q1", "q2").flush(0)).body] == [1, 2]


def test_each_result_of_a_list_goes_to_its_own_entry() -> None:
    exchange = made("q1", "q2", "q3")
    send = only(exchange.flush(0))
    results = [ok(1), {"seq": 2, **refused(Code.BAD_RESPONSE)}, {"ok": True}]
    exchange.replied(send.ticket, {"ok": True, "results": results}, 0)
    assert [e.phase for e in exchange.outbox.entries] == [Phase.ACKED, Phase.WAITING]
    assert [r.body["item"] for r in exchange.outbox.refused] == ["q2"]
    assert [line.item for line in exchange.ledger.answers] == ["q1"]


def test_a_list_that_is_refused_for_good_goes_again_one_by_one() -> None:
    exchange = made("q1", "q2")
    send = only(exchange.flush(0))
    exchange.replied(send.ticket, refused(Code.BAD_REQUEST), 0)
    assert exchange.outbox.refused == []
    assert [send.body["item"] for send in exchange.flush(60_000)] == ["q1", "q2"]


def test_an_answer_refused_by_itself_is_refused() -> None:
    exchange = made("q1")
    exchange.replied(only(exchange.flush(0)).ticket, refused(Code.BAD_REQUEST), 0)
    assert exchange.outbox.refused[0].code == "bad_request"


def test_what_the_server_cannot_take_now_goes_again_after_the_wait_it_asked_for() -> None:
    exchange = made("q1")
    ticket = only(exchange.flush(0)).ticket
    exchange.replied(ticket, refused(Code.STORAGE_FULL, retry_after_ms=5_000), 100)
    assert exchange.next_at(100) == 100 + 5_000 + 150
    assert exchange.flush(5_249) == []
    assert only(exchange.flush(5_250)).body["seq"] == 1


def test_a_ticket_is_good_for_one_reply() -> None:
    exchange = made("q1")
    ticket = only(exchange.flush(0)).ticket
    exchange.replied(ticket, ok(1), 0)
    assert exchange.replied(ticket, refused(Code.TOO_LATE), 0) == []
    assert exchange.outbox.refused == []


def test_an_ack_in_time_after_a_timeout_still_counts() -> None:
    exchange = made("q1")
    ticket = only(exchange.flush(0)).ticket
    exchange.flush(sending.ACK_TIMEOUT_MS)
    exchange.replied(ticket, ok(1), sending.ACK_TIMEOUT_MS + 1)
    assert exchange.outbox.entries[0].phase is Phase.ACKED
    assert exchange.flush(60_000) == []


def test_a_refusal_of_a_version_that_is_gone_says_nothing() -> None:
    """In flight under the old lease, refused by a server that had granted us a newer one."""
    exchange = made("q1")
    ticket = only(exchange.flush(0)).ticket
    exchange.outbox.relet("L2", 0)
    assert exchange.replied(ticket, refused(Code.LEASE_LOST), 0) == []


def test_a_problem_with_a_send_that_was_acked_by_another_try_says_nothing() -> None:
    exchange = made("q1")
    first = only(exchange.flush(0)).ticket
    second = only(exchange.flush(60_000) or exchange.flush(120_000)).ticket
    exchange.replied(first, ok(1), 120_000)
    assert exchange.replied(second, refused(Code.SEQ_REUSED), 120_000) == []
    entry = exchange.outbox.entries[0]
    assert (entry.phase, entry.version) == (Phase.ACKED, ("L1", 1))


def test_after_a_disconnect_no_reply_of_that_connection_is_taken() -> None:
    exchange = made("q1")
    ticket = only(exchange.flush(0)).ticket
    exchange.disconnected()
    assert exchange.replied(ticket, ok(1), 0) == []
    assert exchange.outbox.entries[0].phase is Phase.WAITING


def test_a_submit_names_what_is_held_when_it_goes() -> None:
    exchange = made("q1")
    exchange.outbox.command("submit", {"id": "s"})
    exchange.replied(only(exchange.flush(0)).ticket, ok(1), 0)
    assert only(exchange.flush(0)).body == {"id": "s", "holds": {"q1": ("L1", 1)}}


def test_missing_answers_are_sent_again_and_the_submit_after_them() -> None:
    exchange = made("q1")
    exchange.replied(only(exchange.flush(0)).ticket, ok(1), 0)
    exchange.outbox.command("submit", {"id": "s"})
    ticket = only(exchange.flush(0)).ticket
    exchange.replied(ticket, refused(Code.ANSWERS_MISSING, data={"items": ["q1"]}), 0)
    answer = only(exchange.flush(60_000))
    assert (answer.event, answer.body["receipt"]) == ("answer", "r1")
    exchange.replied(answer.ticket, ok(1), 60_000)
    assert only(exchange.flush(60_000)).event == "submit"


def test_a_lost_attempt_is_not_joined_again_and_its_answers_are_shown() -> None:
    exchange = made("q1")
    exchange.lost = True
    ticket = only(exchange.flush(0)).ticket
    (outcome,) = exchange.replied(ticket, refused(Code.NOT_JOINED), 0)
    assert outcome.verdict is Verdict.FINAL
    assert exchange.outbox.refused[0].body["item"] == "q1"


def test_but_what_was_acked_stays_to_be_replayed() -> None:
    exchange = made("q1")
    exchange.replied(only(exchange.flush(0)).ticket, ok(1), 0)
    exchange.lost = True
    exchange.outbox.learn_epoch(2, 0)
    exchange.replied(only(exchange.flush(0)).ticket, refused(Code.NOT_JOINED), 0)
    assert exchange.outbox.entries[0].saved
    assert exchange.outbox.refused == []


def test_heartbeats_are_not_kept_and_their_troubles_are_told() -> None:
    exchange = made()
    ticket = exchange.plain("heartbeat", {}, 7).ticket
    assert exchange.sent_at(ticket) == 7
    (outcome,) = exchange.replied(ticket, refused(Code.NOT_JOINED), 0)
    assert isinstance(outcome.reply, Trouble)
    assert outcome.verdict is Verdict.REJOIN
    assert exchange.replied(exchange.plain("heartbeat", {}, 7).ticket, [], 0) == []
    assert exchange.outbox.entries == []


def test_tickets_whose_ack_never_comes_do_not_pile_up() -> None:
    exchange = made()
    tickets = [
        exchange.plain("heartbeat", {}, n).ticket for n in range(exchange_module.TICKETS_MAX + 5)
    ]
    assert [exchange.sent_at(ticket) is None for ticket in tickets[:6]] == [True] * 5 + [False]


def test_a_client_that_wakes_with_an_acked_start_knows_that_it_has_started() -> None:
    outbox = Outbox()
    entry = outbox.command("start", {"id": "s"})
    assert not Exchange(outbox, Ledger(), lambda: 0).started
    outbox.acked(entry.stamp, (1, 1), "r")
    assert Exchange(Outbox.load(outbox.dump()), Ledger(), lambda: 0).started


def test_a_lease_lost_where_all_is_over_is_asked_about_once_more_before_it_is_final() -> None:
    """The server may have lost the close, and would take it under the lease of a new join."""
    exchange = made("q1")
    exchange.over = True
    verdicts = []
    for now in (0, 60_000):
        (outcome,) = exchange.replied(
            only(exchange.flush(now)).ticket, refused(Code.LEASE_LOST), now
        )
        verdicts.append(outcome.verdict)
    assert verdicts == [Verdict.REJOIN, Verdict.FINAL]
    assert [r.code for r in exchange.outbox.refused] == ["lease_lost"]


def test_a_refusal_for_another_reason_is_no_answer_to_that_question() -> None:
    exchange = made("q1")
    exchange.over = True
    exchange.replied(only(exchange.flush(0)).ticket, refused(Code.UNAVAILABLE), 0)
    send = only(exchange.flush(60_000))
    (outcome,) = exchange.replied(send.ticket, refused(Code.LEASE_LOST), 60_000)
    assert outcome.verdict is Verdict.REJOIN


def test_an_answer_that_no_message_can_hold_is_refused_here_and_the_others_go() -> None:
    exchange = made("q3")
    outbox = exchange.outbox
    outbox.bytes_max = 65_536
    outbox.answer("q1", "आ" * 21_000)  # three bytes each, and the frame around them
    outbox.answer("q2", "आ" * 22_000)
    assert [send.body["item"] for send in exchange.flush(0)] == ["q3", "q1"]
    (refusal,) = outbox.refused
    assert (refusal.code, refusal.body["item"]) == (Code.TOO_LARGE, "q2")
    assert refusal.detail.endswith("bytes, and a message 65536 at most: make it shorter.")


def test_as_long_as_no_server_has_said_what_it_takes_everything_goes() -> None:
    exchange = made()
    exchange.outbox.answer("q1", "x" * 90_000)
    assert only(exchange.flush(0)).body["item"] == "q1"
    assert exchange.outbox.refused == []
