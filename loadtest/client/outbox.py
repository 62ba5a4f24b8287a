"""Everything a client has sent or wants to send, until it is durable (pure; README.md says why).

The session puts in what the candidate does and reports what came back; `sending` says what may
go. Times are this client's own milliseconds. Nothing here waits, draws or reads a clock.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from loadtest.client.entry import (
    ANSWER,
    JOIN,
    NONE,
    Entry,
    Phase,
    Refusal,
    Stamp,
    Stored,
    Version,
)
from protocol.facts import Rev
from protocol.paper import Response

ENTRIES_MAX = 2_000
"""Far more than an exam makes; a client that reaches it must say so, not forget."""


class OutboxFull(Exception):
    """Nothing more can be kept: tell the candidate that this was NOT saved."""


class Outbox:
    """One attempt's outbox on one client instance.

    `changes` counts what a crash must not undo: whoever persists compares it before each send.
    """

    def __init__(self, stored: Stored | None = None) -> None:
        self._kept = stored or Stored()
        self.changes = 0
        self.bytes_max: int | None = None
        """What the server takes in one message; it says so when a connection is opened."""
        for entry in self.entries:
            if entry.phase is Phase.IN_FLIGHT:
                entry.wait(0)

    @property
    def entries(self) -> list[Entry]:
        """All that is not durable, in the order of making; the join, if any, comes first."""
        return self._kept.entries

    @property
    def refused(self) -> list[Refusal]:
        """What the server will never take; the candidate has to see it."""
        return self._kept.refused

    @property
    def lease(self) -> str:
        """The lease this client writes under, or "" before its first join."""
        return self._kept.lease

    @property
    def epoch(self) -> int:
        """The latest epoch this client has heard of."""
        return self._kept.epoch

    @property
    def rev(self) -> Rev:
        """The latest rev any ack has named."""
        return self._kept.rev

    def pending(self) -> int:
        """How many entries are not acked: what the indicator and the heartbeat show."""
        return sum(entry.phase is not Phase.ACKED for entry in self.entries)

    def find(self, event: str) -> Entry | None:
        """The first entry of this event that is not durable."""
        return next((entry for entry in self.entries if entry.event == event), None)

    def holds(self) -> dict[str, Version]:
        """Item -> newest version this client holds, acked or not: what `submit` names.

        Answers that were refused or do not count are not in it: a submit that named them could
        never be granted.
        """
        holds = dict(self._kept.counted)
        for entry in self.entries:
            if entry.item is not None and not entry.saved:
                holds[entry.item] = max(holds.get(entry.item, NONE), entry.version)
        return holds

    def answer(self, item: str, response: Response, **more: Any) -> Entry:
        """Take an answer; `more` is `flag` and `spent_ms`.

        While an older one of the item waits and no server has it, the new one takes its place:
        the newest value wins, and only seq grows. Raises OutboxFull.
        """
        before = next((e for e in self.entries if e.item == item and _replaceable(e)), None)
        if before is not None:
            self.entries.remove(before)
        entry = self._new(ANSWER, {"item": item, "response": response, **more})
        entry.lease, entry.seq = self._next_version()
        if before is not None:
            entry.tries, entry.not_before = before.tries, before.not_before
        self.entries.append(entry)
        return entry

    def command(self, event: str, body: dict[str, Any]) -> Entry:
        """Take anything else; `body` holds the `id` this client made for it. Raises OutboxFull."""
        entry = self._new(event, body)
        self.entries.insert(0 if event == JOIN else len(self.entries), entry)
        return entry

    def acked(
        self,
        stamp: Stamp,
        rev: Rev,
        receipt: str | None,
        *,
        counts: bool = True,
        replay_at: int = 0,
    ) -> Entry | None:
        """An ok. Returns the entry, or None if it is over what this client no longer holds.

        `counts`: this answer stands for its item (not superseded, not kept aside). An ack of an
        older epoch than this client knows leaves the entry to be sent again, at `replay_at`.
        """
        entry = self._at(stamp)
        if entry is None:
            return None
        self.changes += 1
        self.learn_epoch(rev[0], replay_at)
        if entry.rev is None or rev[0] > entry.rev[0]:
            entry.rev = rev
        entry.receipt = receipt or entry.receipt
        if entry.rev[0] < self.epoch:
            entry.wait(replay_at)
        else:
            entry.phase = Phase.ACKED
            entry.tries = 0
        self._kept.rev = max(self._kept.rev, rev)
        if entry.item is not None:
            self._answered(entry, entry.item, counts=counts)
        self._forget_durable()
        return entry

    def unanswered(self, stamp: Stamp, not_before: int) -> None:
        """No ack, or none that says ok or not ok: it may have arrived, so it goes again."""
        entry = self._at(stamp)
        if entry is None or entry.phase is not Phase.IN_FLIGHT:
            return
        if not entry.saved and self._overtaken(entry):
            self.drop(entry)
        else:
            entry.wait(not_before)

    def refuse(self, stamp: Stamp, code: str, detail: str) -> None:
        """A refusal that no repetition changes: out of the queue, onto the list to be shown.

        A late one, over a send without the receipt that has come since, changes nothing.
        """
        entry = self._at(stamp)
        if entry is None or (entry.saved and not stamp.replay):
            return
        self.drop(entry)
        if entry.event == JOIN:
            return  # nothing of the candidate's is lost by it; the session tells why
        self.refused.append(
            Refusal(entry.event, entry.body, code, detail, entry.seq, was_acked=entry.saved)
        )

    def restamp(self, stamp: Stamp, not_before: int) -> None:
        """Send it as something new: its seq was used up, or its receipt is not believed.

        An answer that a newer one has overtaken must not become the newest by this: it goes.
        """
        entry = self._at(stamp)
        if entry is None:
            return
        self.changes += 1
        entry.receipt, entry.rev = None, None
        entry.wait(not_before)
        if entry.item is None:
            return
        if self._overtaken(entry):
            self.drop(entry)
        else:
            entry.lease, entry.seq = self._next_version()

    def missing(self, items: Iterable[str]) -> None:
        """The server lacks the answers to these items: those still held are sent again."""
        wanted = set(items)
        for entry in self.entries:
            if entry.item in wanted and entry.phase is Phase.ACKED:
                entry.wait(0)

    def disconnected(self) -> None:
        """The connection is gone: what was in flight may or may not have arrived."""
        for entry in list(self.entries):
            self.unanswered(entry.stamp, 0)

    def hurry(self) -> None:
        """Whoever refused for a while may take it now: forget the waits."""
        for entry in self.entries:
            entry.not_before = 0

    def relet(self, lease: str, seq: int) -> bool:
        """A join was granted `lease`, under which the server has seen `seq`.

        False: it is older than our own, and to be ignored. A newer one re-stamps every answer
        that no server has acked, in order; what was acked keeps its stamp and its receipt.
        """
        if lease < self.lease:
            return False
        newer = lease > self.lease
        self._kept.lease = lease
        self._kept.seq = max(self._kept.seq, seq)
        for entry in list(self.entries) if newer else []:
            if entry.item is not None and not entry.saved:
                self.restamp(entry.stamp, 0)
        self.changes += newer
        return True

    def learn_epoch(self, epoch: int, replay_at: int) -> bool:
        """The server's data has begun a new life: what was acked in an older one goes again.

        True if that was news. Clients are told different `replay_at`, to come one by one.
        """
        if epoch <= self.epoch:
            return False
        self.changes += 1
        self._kept.epoch = epoch
        for entry in self.entries:
            if entry.phase is Phase.ACKED and (entry.rev or (0, 0))[0] < epoch:
                entry.wait(replay_at)
        return True

    def durable(self, rev: Rev) -> None:
        """All up to this is in Postgres: what was acked in that epoch up to that n may go."""
        if rev > self._kept.durable:
            self.changes += 1
            self._kept.durable = rev
            self._forget_durable()

    def dump(self) -> bytes:
        """All of it, to be written down before anything in it is sent."""
        return msgspec.json.encode(self._kept)

    @classmethod
    def load(cls, stored: bytes) -> "Outbox":
        """What `dump` wrote; what was in flight then is unknown now and will be sent again."""
        return cls(msgspec.json.decode(stored, type=Stored))

    def _new(self, event: str, body: dict[str, Any]) -> Entry:
        if event != JOIN and len(self.entries) + len(self.refused) >= ENTRIES_MAX:
            raise OutboxFull(f"{ENTRIES_MAX} entries are waiting for the server")
        self._kept.number += 1
        self.changes += 1
        return Entry(self._kept.number, event, body)

    def _next_version(self) -> Version:
        self._kept.seq += 1
        return (self.lease, self._kept.seq)

    def _at(self, stamp: Stamp) -> Entry | None:
        return next((entry for entry in self.entries if stamp.fits(entry)), None)

    def drop(self, entry: Entry) -> None:
        """Forget an entry that nobody needs any more."""
        self.changes += 1
        self.entries.remove(entry)

    def _overtaken(self, entry: Entry) -> bool:
        """Whether a newer answer to its item is here, or has been acked."""
        if entry.item is None:
            return False
        return entry.version < self._kept.acked.get(entry.item, NONE) or any(
            other.item == entry.item and other.version > entry.version for other in self.entries
        )

    def _answered(self, entry: Entry, item: str, *, counts: bool) -> None:
        """Note what an ok means for the item; older acked answers to it need no replay then."""
        self._kept.acked[item] = max(self._kept.acked.get(item, NONE), entry.version)
        if not counts:
            return
        self._kept.counted[item] = max(self._kept.counted.get(item, NONE), entry.version)
        self._kept.entries = [
            other
            for other in self.entries
            if not (other.item == item and other.saved and other.version < entry.version)
        ]

    def _forget_durable(self) -> None:
        self._kept.entries = [e for e in self.entries if not e.durable_by(self._kept.durable)]


def _replaceable(entry: Entry) -> bool:
    return entry.phase is Phase.WAITING and not entry.saved
