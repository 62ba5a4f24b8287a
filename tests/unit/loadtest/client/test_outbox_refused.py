"""The outbox when no ack comes, when the server refuses, and when the lease changes."""

from loadtest.client import sending
from loadtest.client.entry import Phase
from tests.unit.loadtest.client.boxes import acked_answer, box, send, values, versions

# --- no ack, and refusals


def test_without_an_ack_it_goes_again_after_its_wait_under_the_same_version() -> None:
    outbox = box()
    entry = outbox.answer("q1", "a")
    (stamp,) = send(outbox)
    outbox.unanswered(stamp, 800)
    assert sending.due(outbox.entries, 799) == []
    assert sending.due(outbox.entries, 800) == [entry]
    assert entry.version == ("L1", 1)


def test_without_an_ack_an_overtaken_answer_is_not_sent_again() -> None:
    outbox = box()
    outbox.answer("q1", "a")
    (stamp,) = send(outbox)
    outbox.answer("q1", "b")
    outbox.unanswered(stamp, 0)
    assert values(outbox) == ["b"]


def test_an_overtaken_answer_stays_forgotten_when_the_newer_is_durable_and_gone() -> None:
    """Else a new lease would re-stamp the old value as the newest of all."""
    outbox = box()
    old = outbox.answer("q1", "old")
    send(outbox)
    acked_answer(outbox, "q1", "new", (1, 2))
    outbox.durable((1, 2))
    assert outbox.entries == [old]
    outbox.relet("L2", 0)
    assert outbox.entries == []


def test_a_replay_without_an_ack_goes_again_even_if_overtaken() -> None:
    outbox = box()
    acked_answer(outbox, "q1", "a", (1, 4))
    outbox.learn_epoch(2, 0)
    (stamp,) = send(outbox)
    outbox.answer("q1", "b")
    outbox.unanswered(stamp, 0)
    assert values(outbox) == ["a", "b"]


def test_a_final_refusal_moves_it_to_the_list_that_is_shown() -> None:
    outbox = box()
    outbox.answer("q1", "a")
    (stamp,) = send(outbox)
    outbox.refuse(stamp, "too_late", "12 s after the deadline")
    assert outbox.entries == []
    (refusal,) = outbox.refused
    assert (refusal.body["response"], refusal.code, refusal.seq) == ("a", "too_late", 1)
    assert not refusal.was_acked
    assert outbox.holds() == {}, "a submit that names it could never be granted"


def test_a_refusal_that_comes_after_the_ack_is_ignored() -> None:
    outbox = box()
    entry = outbox.answer("q1", "a")
    (first,) = send(outbox)
    outbox.unanswered(first, 0)
    (second,) = send(outbox)
    outbox.acked(first, (1, 4), "r")
    outbox.refuse(second, "attempt_closed", "")
    assert (outbox.entries, outbox.refused) == ([entry], [])


def test_a_refused_replay_is_shown_as_what_had_been_acked() -> None:
    outbox = box()
    acked_answer(outbox, "q1", "a", (1, 4))
    outbox.learn_epoch(2, 0)
    (stamp,) = send(outbox)
    outbox.refuse(stamp, "unknown_item", "")
    assert outbox.refused[0].was_acked


def test_a_seq_that_was_used_up_is_replaced() -> None:
    outbox = box()
    outbox.answer("q1", "a")
    (stamp,) = send(outbox)
    outbox.restamp(stamp, 30)
    assert versions(outbox) == [("L1", 2)]
    assert outbox.entries[0].phase is Phase.WAITING


def test_a_receipt_that_is_not_believed_is_left_out_the_next_time() -> None:
    outbox = box()
    entry = acked_answer(outbox, "q1", "a", (1, 4))
    outbox.learn_epoch(2, 0)
    (stamp,) = send(outbox)
    outbox.restamp(stamp, 0)
    assert "receipt" not in entry.payload()
    assert entry.version == ("L1", 2)


def test_an_overtaken_answer_is_not_restamped_into_the_newest() -> None:
    outbox = box()
    outbox.answer("q1", "a")
    (stamp,) = send(outbox)
    outbox.answer("q1", "b")
    outbox.restamp(stamp, 0)
    assert values(outbox) == ["b"]


def test_a_disconnect_makes_everything_in_flight_unknown_and_due_again() -> None:
    outbox = box()
    outbox.answer("q1", "a")
    outbox.command("raise_hand", {"id": "h"})
    acked_answer(outbox, "q2", "b", (1, 1))
    send(outbox)
    outbox.disconnected()
    assert [e.event for e in sending.due(outbox.entries, 0)] == ["answer", "raise_hand"]


def test_answers_the_server_lacks_are_sent_again_with_their_receipts() -> None:
    outbox = box()
    acked_answer(outbox, "q1", "a", (1, 4))
    acked_answer(outbox, "q2", "b", (1, 5))
    outbox.missing(["q2", "q9"])
    (entry,) = sending.due(outbox.entries, 0)
    assert entry.payload()["receipt"] == "r-b"


def test_hurrying_forgets_the_waits() -> None:
    outbox = box()
    outbox.answer("q1", "a")
    (stamp,) = send(outbox)
    outbox.unanswered(stamp, 15_000)
    outbox.hurry()
    assert len(sending.due(outbox.entries, 0)) == 1


# --- leases


def test_a_new_lease_restamps_what_no_server_has_acked_in_order_above_all_seen() -> None:
    outbox = box()
    acked_answer(outbox, "q0", "z", (1, 1))
    outbox.answer("q1", "a")
    send(outbox)
    outbox.answer("q2", "b")
    assert outbox.relet("L2", 40)
    assert versions(outbox) == [("L1", 1), ("L2", 41), ("L2", 42)]
    assert [e.phase for e in outbox.entries] == [Phase.ACKED, Phase.WAITING, Phase.WAITING]


def test_acks_of_the_old_version_are_ignored_after_that() -> None:
    outbox = box()
    outbox.answer("q1", "a")
    (stamp,) = send(outbox)
    outbox.relet("L2", 0)
    assert outbox.acked(stamp, (1, 4), "r") is None
    assert not outbox.entries[0].saved


def test_of_two_unacked_answers_to_an_item_only_the_newer_is_restamped() -> None:
    outbox = box()
    outbox.answer("q1", "a")
    send(outbox)
    outbox.answer("q1", "b")
    outbox.relet("L2", 0)
    assert values(outbox) == ["b"]
    assert outbox.entries[0].lease == "L2"


def test_a_lease_below_its_own_is_ignored() -> None:
    outbox = box("L2")
    outbox.answer("q1", "a")
    assert not outbox.relet("L1", 90)
    assert (outbox.lease, versions(outbox)) == ("L2", [("L2", 1)])


def test_the_same_lease_again_only_lifts_the_seq() -> None:
    outbox = box()
    outbox.answer("q1", "a")
    assert outbox.relet("L1", 7)
    outbox.answer("q2", "b")
    assert versions(outbox) == [("L1", 1), ("L1", 8)]
