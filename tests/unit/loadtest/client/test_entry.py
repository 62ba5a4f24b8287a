"""An entry says what goes over the wire, which acks fit it, and when it may be forgotten."""

from loadtest.client.entry import Entry, Phase, Stamp


def answer(**more: object) -> Entry:
    entry = Entry(7, "answer", {"item": "q1", "response": "b"}, "L2", 3)
    for name, value in more.items():
        setattr(entry, name, value)
    return entry


def test_a_first_send_has_no_receipt_and_a_replay_has() -> None:
    assert answer().payload() == {"item": "q1", "response": "b", "seq": 3}
    assert answer(receipt="r").payload() == {
        "item": "q1",
        "response": "b",
        "seq": 3,
        "receipt": "r",
    }


def test_a_command_has_no_seq() -> None:
    assert Entry(1, "start", {"id": "s-1"}).payload() == {"id": "s-1"}


def test_a_stamp_fits_only_the_version_it_was_made_of() -> None:
    entry = answer()
    stamp = entry.stamp
    assert stamp == Stamp(7, "L2", 3, replay=False)
    assert stamp.fits(entry)
    entry.lease, entry.seq = "L3", 4
    assert not stamp.fits(entry)


def test_it_is_saved_once_any_server_has_acked_it() -> None:
    assert not answer().saved
    assert answer(receipt="r").saved
    assert answer(phase=Phase.ACKED).saved


def test_it_is_durable_only_by_the_same_epoch_and_an_n_not_below() -> None:
    entry = answer(phase=Phase.ACKED, rev=(2, 8))
    assert entry.durable_by((2, 8))
    assert entry.durable_by((2, 9))
    assert not entry.durable_by((2, 7))
    assert not entry.durable_by((3, 9)), "the ack was given in a life that may have been lost"
    assert not entry.durable_by((1, 9))


def test_what_waits_for_its_replay_is_not_durable_whatever_its_old_rev_says() -> None:
    assert not answer(phase=Phase.WAITING, rev=(2, 8), receipt="r").durable_by((2, 9))
