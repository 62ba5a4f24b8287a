"""What may go when: joins first, answers after the start, the submit last, never too much."""

from typing import Any

import msgspec
import pytest

from loadtest.client import sending, wire
from loadtest.client.entry import Entry, Phase
from protocol.from_client import Answer

NUMBERS = iter(range(1, 1_000_000))


def entry(event: str, phase: Phase = Phase.WAITING, **more: Any) -> Entry:
    body = {"item": more.pop("item", "q1"), "response": "b"} if event == "answer" else {"id": "x"}
    made = Entry(next(NUMBERS), event, body, phase=phase)
    for name, value in more.items():
        setattr(made, name, value)
    return made


def events(entries: list[Entry]) -> list[str]:
    return [e.event for e in entries]


def test_nothing_passes_a_join_that_is_not_acked() -> None:
    for phase in (Phase.WAITING, Phase.IN_FLIGHT):
        due = sending.due([entry("join", phase), entry("start"), entry("answer")], 0)
        assert events(due) == ["join"] * (phase is Phase.WAITING)
    assert events(sending.due([entry("join", Phase.ACKED), entry("answer")], 0)) == ["answer"]


def test_a_join_that_has_to_wait_holds_up_the_rest() -> None:
    assert sending.due([entry("join", not_before=9), entry("answer")], 5) == []


def test_answers_signals_and_submits_wait_for_the_start() -> None:
    box = [entry("start", Phase.IN_FLIGHT), entry("answer"), entry("violation"), entry("submit")]
    assert sending.due(box, 0) == []
    box[0].phase = Phase.ACKED
    assert events(sending.due(box, 0)) == ["answer", "violation"]


def test_hands_and_notices_do_not_wait_for_the_start() -> None:
    """The exam may open in an hour; who needs help before should get it."""
    box = [entry("start", not_before=3_600_000), entry("raise_hand"), entry("acknowledge")]
    assert events(sending.due(box, 0)) == ["raise_hand", "acknowledge"]


def test_the_submit_waits_for_every_answer() -> None:
    box = [entry("answer", Phase.IN_FLIGHT), entry("answer", not_before=9), entry("submit")]
    assert sending.due(box, 0) == []
    box[0].phase = box[1].phase = Phase.ACKED
    assert events(sending.due(box, 0)) == ["submit"]


@pytest.mark.parametrize("signal", ["violation", "raise_hand"])
def test_the_submit_waits_for_signals_before_it(signal: str) -> None:
    """A closed attempt refuses them for good; one that comes after the submit it may refuse."""
    before, after = entry(signal, not_before=9), entry(signal)
    box = [before, entry("submit"), after]
    assert sending.due(box, 0) == [after]
    before.phase = Phase.ACKED
    assert events(sending.due(box, 0)) == ["submit", signal]


def test_an_entry_that_has_to_wait_does_not_hold_up_the_others() -> None:
    box = [entry("answer", not_before=100), entry("answer")]
    assert sending.due(box, 50) == [box[1]]
    assert sending.due(box, 100) == box


def test_only_so_much_is_in_flight_at_once() -> None:
    box = [entry("answer", Phase.IN_FLIGHT) for _ in range(60)] + [
        entry("answer") for _ in range(60)
    ]
    assert len(sending.due(box, 0)) == sending.IN_FLIGHT_MAX - 60


def test_what_was_sent_is_overdue_when_no_ack_came_in_time() -> None:
    box = [entry("answer"), entry("answer")]
    sending.sent(box[:1], 1_000)
    assert box[0].tries == 1
    assert sending.overdue(box, 1_000 + sending.ACK_TIMEOUT_MS - 1) == []
    assert sending.overdue(box, 1_000 + sending.ACK_TIMEOUT_MS) == [box[0]]


def test_it_wakes_for_the_first_thing_that_time_alone_can_change() -> None:
    box = [entry("answer", not_before=500), entry("start", Phase.IN_FLIGHT, answer_by=300)]
    assert sending.next_at(box, 0) == 300
    assert sending.next_at(box, 300) == 500
    assert sending.next_at(box, 500) is None, "what is due now waits for news, not for time"
    assert sending.next_at([entry("join", Phase.ACKED)], 0) is None


def test_neighbouring_answers_share_a_list_and_everything_else_goes_alone() -> None:
    box = [entry("start"), entry("answer"), entry("answer"), entry("violation"), entry("answer")]
    assert [len(batch) for batch in sending.batches(box)] == [1, 2, 1, 1]


def test_the_order_is_kept() -> None:
    box = [entry("answer") for _ in range(150)]
    batches = sending.batches(box)
    assert [e for batch in batches for e in batch] == box
    assert max(len(batch) for batch in batches) == sending.BATCH_ENTRIES_MAX


def test_an_answer_that_spoilt_a_list_goes_alone() -> None:
    box = [entry("answer"), entry("answer", alone=True), entry("answer"), entry("answer")]
    assert [len(batch) for batch in sending.batches(box)] == [1, 1, 2]


def test_a_list_of_essays_stays_within_the_frame_limit() -> None:
    essays = [entry("answer") for _ in range(30)]
    for essay in essays:
        essay.body["response"] = "प्रकाश-संश्लेषण " * 200
    sizes = [
        sum(len(msgspec.json.encode(msgspec.convert(e.payload() | {"seq": 1}, Answer))) for e in b)
        for b in sending.batches(essays)
    ]
    assert max(sizes) <= sending.BATCH_BYTES_MAX
    assert len(sizes) < len(essays)


def test_one_answer_larger_than_the_limit_still_goes() -> None:
    giant = entry("answer")
    giant.body["response"] = "x" * sending.BATCH_BYTES_MAX
    assert sending.batches([giant, entry("answer")]) != []
    assert len(sending.batches([giant, entry("answer")])) == 2


@pytest.mark.parametrize("text", ["x", "é", "आ", "😀", '"', "\n", "\x01"])
def test_what_is_too_large_is_told_by_its_bytes_on_the_wire(text: str) -> None:
    one = entry("answer")
    one.body["response"] = text * 10_000
    size = len(wire.event("/exam", "answer", one.payload(), 1_000_000).encode())
    assert sending.bytes_over(one, size + sending.ENVELOPE_BYTES) == 0
    assert size - 1 < sending.bytes_over(one, size - 1) <= size + sending.ENVELOPE_BYTES
