"""The outbox forgets nothing before it is durable, and nothing it refuses goes unseen."""

import pytest

from loadtest.client import outbox as outbox_module
from loadtest.client import sending
from loadtest.client.entry import Phase, Stamp
from loadtest.client.outbox import Outbox, OutboxFull
from tests.unit.loadtest.client.boxes import acked_answer, box, send, values, versions

# --- what the candidate does


def test_every_answer_takes_the_next_seq_of_the_lease() -> None:
    outbox = box()
    outbox.answer("q1", "a")
    outbox.answer("q2", "b")
    assert versions(outbox) == [("L1", 1), ("L1", 2)]


def test_the_newest_value_of_an_unsent_answer_wins_and_seq_grows() -> None:
    outbox = box()
    outbox.answer("q1", "a")
    outbox.answer("q2", "b")
    outbox.answer("q1", "c", flag=True)
    assert values(outbox) == ["b", "c"]
    assert versions(outbox) == [("L1", 2), ("L1", 3)]
    assert outbox.entries[1].body["flag"] is True


def test_an_answer_in_flight_is_followed_not_replaced() -> None:
    outbox = box()
    outbox.answer("q1", "a")
    send(outbox)
    outbox.answer("q1", "b")
    outbox.answer("q1", "c")
    assert values(outbox) == ["a", "c"]


def test_an_answer_waiting_for_its_replay_is_followed_not_replaced() -> None:
    """It was promised: until a newer one is acked it must be possible to restore it."""
    outbox = box()
    acked_answer(outbox, "q1", "a", (1, 1))
    outbox.learn_epoch(2, 0)
    outbox.answer("q1", "b")
    assert values(outbox) == ["a", "b"]


def test_a_new_value_inherits_the_wait_of_the_one_it_replaces() -> None:
    """Else a candidate who types on would hammer a server that asked for a pause."""
    outbox = box()
    outbox.answer("q1", "a")
    (stamp,) = send(outbox)
    outbox.unanswered(stamp, 5_000)
    assert outbox.answer("q1", "b").not_before == 5_000


def test_a_full_outbox_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "ENTRIES_MAX", 3)
    outbox = box()
    for item in ("q1", "q2", "q3"):
        outbox.answer(item, "a")
    with pytest.raises(OutboxFull):
        outbox.answer("q4", "a")
    outbox.answer("q1", "b")
    outbox.command("join", {"id": "j"})
    assert len(outbox.entries) == 4, "a value may still change, and a join has to be possible"


def test_the_join_comes_first_whenever_it_was_made() -> None:
    outbox = box()
    outbox.answer("q1", "a")
    outbox.command("join", {"id": "j"})
    assert [entry.event for entry in outbox.entries] == ["join", "answer"]


# --- acks and durability


def test_what_is_acked_stays_until_it_is_durable() -> None:
    outbox = box()
    acked_answer(outbox, "q1", "a", (1, 4))
    outbox.durable((1, 3))
    assert values(outbox) == ["a"]
    outbox.durable((1, 4))
    assert outbox.entries == []


def test_durable_may_be_known_before_the_ack() -> None:
    outbox = box()
    outbox.durable((1, 9))
    acked_answer(outbox, "q1", "a", (1, 4))
    assert outbox.entries == []


def test_durable_in_one_epoch_says_nothing_of_acks_in_another() -> None:
    """DESIGN 6.1: "durable (3, 6)" once dropped an act that was acked as (2, 6)."""
    outbox = box()
    acked_answer(outbox, "q1", "a", (2, 6))
    outbox.durable((3, 6))
    assert values(outbox) == ["a"]


def test_a_new_epoch_sends_everything_acked_again_with_its_receipt_in_order() -> None:
    outbox = box()
    acked_answer(outbox, "q1", "a", (1, 4))
    acked_answer(outbox, "q2", "b", (1, 5))
    assert outbox.learn_epoch(2, 700)
    assert sending.due(outbox.entries, 699) == []
    due = sending.due(outbox.entries, 700)
    assert [(e.payload()["receipt"], e.version) for e in due] == [
        ("r-a", ("L1", 1)),
        ("r-b", ("L1", 2)),
    ]


def test_an_epoch_already_known_is_no_news() -> None:
    outbox = box()
    acked_answer(outbox, "q1", "a", (2, 4))
    assert not outbox.learn_epoch(2, 0)
    assert not outbox.learn_epoch(1, 0)
    assert outbox.entries[0].phase is Phase.ACKED


def test_an_ack_of_an_older_epoch_leaves_the_entry_to_be_replayed() -> None:
    outbox = box()
    entry = outbox.answer("q1", "a")
    send(outbox)
    outbox.learn_epoch(2, 0)
    outbox.acked(entry.stamp, (1, 4), "r", replay_at=300)
    assert (entry.phase, entry.receipt, entry.not_before) == (Phase.WAITING, "r", 300)
    outbox.durable((1, 4))
    assert outbox.entries == [entry]


def test_an_ack_of_a_newer_epoch_tells_of_it() -> None:
    outbox = box()
    first = acked_answer(outbox, "q1", "a", (1, 4))
    second = outbox.answer("q2", "b")
    send(outbox)
    outbox.acked(second.stamp, (2, 4), "r2", replay_at=50)
    assert outbox.epoch == 2
    assert (first.phase, second.phase) == (Phase.WAITING, Phase.ACKED)


def test_a_replay_that_is_acked_in_the_new_epoch_is_at_rest_there() -> None:
    outbox = box()
    entry = acked_answer(outbox, "q1", "a", (1, 4))
    outbox.learn_epoch(2, 0)
    send(outbox)
    outbox.acked(entry.stamp, (2, 5), "r-a")
    assert (entry.phase, entry.rev) == (Phase.ACKED, (2, 5))


def test_an_older_acked_answer_needs_no_replay_once_a_newer_one_counts() -> None:
    outbox = box()
    acked_answer(outbox, "q1", "a", (1, 4))
    acked_answer(outbox, "q1", "b", (1, 5))
    assert values(outbox) == ["b"]


@pytest.mark.parametrize("first_newer", [True, False])
def test_a_newer_one_that_does_not_count_does_not_release_the_older(first_newer: bool) -> None:
    """It was kept aside for being late: replayed alone, it would not bring the older one back."""
    outbox = box()
    old, new = outbox.answer("q1", "a"), None
    send(outbox)
    new = outbox.answer("q1", "b")
    send(outbox)
    acks = [(old, True), (new, False)]
    for entry, counts in reversed(acks) if first_newer else acks:
        outbox.acked(entry.stamp, (1, 4), "r", counts=counts)
    assert values(outbox) == ["a", "b"]
    assert outbox.holds() == {"q1": ("L1", 1)}


def test_an_ack_that_fits_nothing_is_ignored() -> None:
    outbox = box()
    outbox.answer("q1", "a")
    assert outbox.acked(Stamp(99, "L1", 1), (1, 1), "r") is None
    assert outbox.entries[0].phase is Phase.WAITING


# --- what a submit names


def test_it_holds_the_newest_of_every_item_acked_or_not_durable_or_not() -> None:
    outbox = box()
    acked_answer(outbox, "q1", "a", (1, 1))
    acked_answer(outbox, "q2", "b", (1, 2))
    outbox.durable((1, 2))
    outbox.answer("q2", "c")
    assert outbox.holds() == {"q1": ("L1", 1), "q2": ("L1", 3)}


# --- persistence


def test_a_crashed_client_goes_on_where_it_was() -> None:
    outbox = box()
    acked_answer(outbox, "q1", "a", (1, 4))
    outbox.answer("q2", "b")
    send(outbox)
    outbox.command("submit", {"id": "s"})
    outbox.answer("q3", "bad")
    outbox.refuse(outbox.entries[-1].stamp, "bad_response", "")
    again = Outbox.load(outbox.dump())
    assert [(e.event, e.phase) for e in again.entries] == [
        ("answer", Phase.ACKED),
        ("answer", Phase.WAITING),
        ("submit", Phase.WAITING),
    ]
    assert (again.lease, again.epoch, again.rev, again.holds()) == (
        "L1",
        1,
        (1, 4),
        {"q1": ("L1", 1), "q2": ("L1", 2)},
    )
    assert again.refused == outbox.refused
    assert again.answer("q4", "d").version == ("L1", 4)


def test_what_a_crash_must_not_undo_is_counted() -> None:
    outbox = box()
    seen = [outbox.changes]
    entry = outbox.answer("q1", "a")
    seen.append(outbox.changes)
    send(outbox)
    outbox.acked(entry.stamp, (1, 1), "r")
    seen.append(outbox.changes)
    outbox.learn_epoch(2, 0)
    seen.append(outbox.changes)
    outbox.relet("L2", 0)
    seen.append(outbox.changes)
    assert seen == sorted(set(seen))
