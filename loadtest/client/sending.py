"""Which entries of an outbox may go now, and when to look again (pure). The session asks."""

from collections.abc import Iterable

import msgspec

from loadtest.client.entry import ANSWER, JOIN, START, SUBMIT, Entry, Phase

IN_FLIGHT_MAX = 64
ACK_TIMEOUT_MS = 10_000
"""An ack takes milliseconds; a server that froze for ten seconds may have lost what was sent."""

_BEFORE_START = ("raise_hand", "acknowledge")
_BEFORE_SUBMIT = frozenset((ANSWER, "violation", "raise_hand"))
"""A closed attempt takes none of these, unless it had acknowledged them."""
BATCH_ENTRIES_MAX = 50
BATCH_BYTES_MAX = 32_768
"""Half of the 64 KiB that a server's frame limit should at least be."""
ENVELOPE_BYTES = 64
"""A frame's head, with namespace, ack id and the name of the event."""


def due(entries: Iterable[Entry], now: int) -> list[Entry]:
    """What may be sent now, in order.

    Nothing passes a join that is not acked; answers wait for the start, and a submit waits for
    all answers and signals before it: a server that has lost the one would refuse the other for
    good.
    """
    room = IN_FLIGHT_MAX
    ready: list[Entry] = []
    unacked: set[str] = set()
    for entry in entries:
        if entry.phase is Phase.ACKED:
            continue
        room -= entry.phase is Phase.IN_FLIGHT
        if entry.phase is Phase.WAITING and entry.not_before <= now and _may(entry, unacked):
            ready.append(entry)
        unacked.add(entry.event)
        if entry.event == JOIN:
            break
    return ready[: max(room, 0)]


def _may(entry: Entry, unacked: set[str]) -> bool:
    """Whether an entry may go while others before it, of these events, are not acked."""
    if START in unacked and entry.event not in _BEFORE_START:
        return False
    return entry.event != SUBMIT or _BEFORE_SUBMIT.isdisjoint(unacked)


def batches(entries: Iterable[Entry]) -> list[list[Entry]]:
    """The same entries in the same order, neighbouring answers together in one list."""
    made: list[list[Entry]] = []
    room = 0
    for entry in entries:
        size = len(str(entry.body)) * 3 + len(entry.receipt or "")  # UTF-8: at most 3 a character
        joins = entry.event == ANSWER and not entry.alone
        if made and joins and size <= room and len(made[-1]) < BATCH_ENTRIES_MAX:
            made[-1].append(entry)
            room -= size
        else:
            made.append([entry])
            room = BATCH_BYTES_MAX - size if joins else -1
    return made


def bytes_over(entry: Entry, bytes_max: int) -> int:
    """How large the message of this entry alone would be, if that is more than the server takes;
    else 0."""
    at_most = len(str(entry.body)) * 4 + len(entry.receipt or "") + ENVELOPE_BYTES
    if at_most <= bytes_max:
        return 0
    size = len(msgspec.json.encode(entry.payload())) + ENVELOPE_BYTES
    return size if size > bytes_max else 0


def sent(entries: Iterable[Entry], now: int) -> None:
    """These are on their way."""
    for entry in entries:
        entry.phase = Phase.IN_FLIGHT
        entry.tries += 1
        entry.answer_by = now + ACK_TIMEOUT_MS


def overdue(entries: Iterable[Entry], now: int) -> list[Entry]:
    """In flight for too long: whether they arrived is unknown, so they go again."""
    return [e for e in entries if e.phase is Phase.IN_FLIGHT and e.answer_by <= now]


def next_at(entries: Iterable[Entry], now: int) -> int | None:
    """When `due` or `overdue` can change by themselves after `now`; None if they cannot."""
    times = [e.not_before if e.phase is Phase.WAITING else e.answer_by for e in entries
             if e.phase is not Phase.ACKED]  # fmt: skip
    return min((at for at in times if at > now), default=None)
