"""The ledger notes every ack once and forgets none."""

from loadtest.client.entry import Entry
from loadtest.client.ledger import Ledger
from protocol.from_server import AnswerAck


def acked(ledger: Ledger, seq: int, value: str, lease: str = "L1", **more: bool) -> None:
    entry = Entry(seq, "answer", {"item": "q1", "response": value}, lease, seq)
    ledger.answer(entry, AnswerAck(seq, (1, seq), 50, f"r{seq}", **more))


def test_it_holds_what_was_sent_and_what_was_said() -> None:
    ledger = Ledger()
    acked(ledger, 3, "b", late=True)
    (line,) = ledger.answers
    assert (line.item, line.version, line.response) == ("q1", ("L1", 3), "b")
    assert (line.rev, line.receipt, line.saved_at, line.late) == ((1, 3), "r3", 50, True)


def test_a_repeat_is_counted_and_not_noted_again() -> None:
    ledger = Ledger()
    acked(ledger, 3, "b")
    acked(ledger, 3, "b")
    ledger.command("start", "s1", (1, 1), "r", 99)
    ledger.command("start", "s1", (2, 1), "r", 99)
    assert len(ledger.answers) == len(ledger.commands) == 1
    assert ledger.repeats == 2
    assert ledger.commands[0].started_at == 99


def test_the_latest_is_by_version_and_not_by_arrival() -> None:
    ledger = Ledger()
    acked(ledger, 4, "new")
    acked(ledger, 3, "old")
    assert ledger.latest()["q1"].response == "new"
    acked(ledger, 1, "other lease", lease="L2")
    assert ledger.latest()["q1"].response == "other lease"


def test_what_does_not_count_is_not_the_latest() -> None:
    ledger = Ledger()
    acked(ledger, 3, "in time")
    acked(ledger, 4, "too late", counted=False, late=True)
    assert ledger.latest()["q1"].response == "in time"
    assert len(ledger.answers) == 2
