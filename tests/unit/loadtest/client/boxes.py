"""Outboxes of a lease, and what tests do with them and read of them."""

from typing import Any

from loadtest.client import sending
from loadtest.client.entry import Entry, Stamp
from loadtest.client.outbox import Outbox


def box(lease: str = "L1") -> Outbox:
    made = Outbox()
    made.relet(lease, 0)
    return made


def send(outbox: Outbox, now: int = 0) -> list[Stamp]:
    due = sending.due(outbox.entries, now)
    sending.sent(due, now)
    return [entry.stamp for entry in due]


def values(outbox: Outbox) -> list[Any]:
    return [entry.body["response"] for entry in outbox.entries]


def versions(outbox: Outbox) -> list[tuple[str, int]]:
    return [entry.version for entry in outbox.entries]


def acked_answer(outbox: Outbox, item: str, value: str, rev: tuple[int, int]) -> Entry:
    entry = outbox.answer(item, value)
    send(outbox)
    outbox.acked(entry.stamp, rev, f"r-{value}")
    return entry
