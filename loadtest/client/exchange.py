"""Sends and their replies (pure): tickets for what is on the wire, outbox and ledger kept right.

The session says when; what a reply means for the state of the whole client goes back to it.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from loadtest.client import sending
from loadtest.client.actions import Send
from loadtest.client.backoff import delay_ms
from loadtest.client.entry import ANSWER, JOIN, START, SUBMIT, Entry, Stamp
from loadtest.client.joining import known
from loadtest.client.ledger import Ledger
from loadtest.client.outbox import Outbox
from loadtest.client.replies import Reply, Trouble, Verdict, counts, read, read_list, verdict
from loadtest.client.silence import Silence
from protocol.from_server import AnswerAck, CommandAck, Joined, StartedAck
from protocol.problems import Code
from protocol.types import CLOSED_STATES

TICKETS_MAX = 1_024
"""Tickets of sends whose ack never came stay for a late one, but not without end."""
EPOCH_JITTER_MS = 2_000
"""How far clients spread who learn of a new epoch by themselves, without being told when."""


class Outcome(Struct, frozen=True):
    """What the session has to know of a reply: the ack, or the problem and what to do."""

    event: str
    reply: Struct
    verdict: Verdict | None = None


class _Sent(Struct, frozen=True):
    event: str
    stamps: list[Stamp]
    listed: bool
    at: int


class Exchange:
    """What is on the wire of one connection after the other."""

    def __init__(self, outbox: Outbox, ledger: Ledger, draw: Callable[[], float]) -> None:
        self.outbox = outbox
        self.ledger = ledger
        self.started = any(e.event == START and e.saved for e in outbox.entries)
        self.lost = False
        self.over = False
        self.silence = Silence()
        self._draw = draw
        self._tickets: dict[int, _Sent] = {}
        self._next = 1

    # --- out ------------------------------------------------------------------------------------

    def flush(self, now: int) -> list[Send]:
        """Send what is due, and again what was not answered in time."""
        for entry in sending.overdue(self.outbox.entries, now):
            self._unanswered(entry.stamp, now)
        due = [e for e in sending.due(self.outbox.entries, now) if not self._too_large(e)]
        return [self._send(batch, now) for batch in sending.batches(due)]

    def _too_large(self, entry: Entry) -> bool:
        """Whether this answer is refused, here: no message can hold it, and a server would end
        the connection over it each time it came."""
        most = self.outbox.bytes_max
        if entry.event != ANSWER or most is None or not (size := sending.bytes_over(entry, most)):
            return False
        detail = f"It takes {size} bytes, and a message {most} at most: make it shorter."
        self.outbox.refuse(entry.stamp, Code.TOO_LARGE, detail)
        return True

    def join_overdue(self, now: int) -> bool:
        """Whether a join was not answered in time: only a new connection makes sure of it.

        Sent again on the same one, the two could be carried out apart, under different leases,
        with answers in between that the server saves under another lease than we think.
        """
        return any(e.event == JOIN for e in sending.overdue(self.outbox.entries, now))

    def next_at(self, now: int) -> int | None:
        """When there is something to do again, if nothing comes in before."""
        times = (sending.next_at(self.outbox.entries, now), self.silence.ends_at)
        return min((at for at in times if at is not None), default=None)

    def plain(self, event: str, body: Any, now: int) -> Send:
        """Send something that is not kept: a heartbeat."""
        return self._ticket(event, body, [], now)

    def disconnected(self) -> None:
        """The connection is gone, and with it every reply that was to come."""
        self._tickets.clear()
        self.silence.heard()
        self.outbox.disconnected()

    def _send(self, batch: list[Entry], now: int) -> Send:
        sending.sent(batch, now)
        event = batch[0].event
        payloads = [self._payload(entry) for entry in batch]
        stamps = [entry.stamp for entry in batch]
        if len(batch) == 1:
            return self._ticket(event, payloads[0], stamps, now)
        return self._ticket(event, payloads, stamps, now, listed=True)

    def _payload(self, entry: Entry) -> dict[str, Any]:
        """Submit and join name what is held and known when they go, not when they were made."""
        payload = entry.payload()
        if entry.event == JOIN:
            payload.update(known(self.outbox, entry))
        if entry.event == SUBMIT:
            payload["holds"] = self.outbox.holds()
        return payload

    def _ticket(
        self, event: str, body: Any, stamps: list[Stamp], now: int, *, listed: bool = False
    ) -> Send:
        ticket, self._next = self._next, self._next + 1
        self.silence.asked(now)
        self._tickets[ticket] = _Sent(event, stamps, listed, now)
        if len(self._tickets) > TICKETS_MAX:
            del self._tickets[next(iter(self._tickets))]
        return Send(ticket, event, body)

    # --- back -----------------------------------------------------------------------------------

    def sent_at(self, ticket: int) -> int | None:
        """When this ticket's event was sent; None if it is over."""
        sent = self._tickets.get(ticket)
        return sent.at if sent else None

    def replied(self, ticket: int, reply: object, now: int) -> list[Outcome]:
        """Take a reply; the first to a ticket counts. Returns what the session has to know."""
        self.silence.heard()
        sent = self._tickets.pop(ticket, None)
        if sent is None:
            return []
        if not sent.stamps:
            return self._plain(sent.event, read(sent.event, reply))
        if not sent.listed:
            return self._settle(sent.event, sent.stamps[0], read(sent.event, reply), now)
        replies = read_list(reply, len(sent.stamps))
        if isinstance(replies, Trouble):
            return self._list_refused(sent, replies, now)
        outcomes: list[Outcome] = []
        for stamp, one in zip(sent.stamps, replies or [None] * len(sent.stamps), strict=True):
            outcomes += self._settle(ANSWER, stamp, one, now)
        return outcomes

    def _plain(self, event: str, reply: Reply) -> list[Outcome]:
        if isinstance(reply, Trouble):
            return [Outcome(event, reply, self._verdict(reply, event, None))]
        return [Outcome(event, reply)] if reply is not None else []

    def _verdict(
        self, trouble: Trouble, event: str, entry: Entry | None, *, replay: bool = False
    ) -> Verdict:
        if self.lost and trouble.code in (Code.NOT_JOINED, Code.LEASE_LOST) and not replay:
            return Verdict.FINAL  # another device has the attempt: joining again is not for us
        if trouble.code == Code.LEASE_LOST and not replay and entry is not None:
            if self.over and entry.doubted:
                return Verdict.FINAL  # a closed attempt gives no lease, however often we join
            entry.doubted = self.over  # or the server has lost the close: join, then ask again
        return verdict(trouble, event, replay=replay, started=self.started)

    def _list_refused(self, sent: _Sent, trouble: Trouble, now: int) -> list[Outcome]:
        """One problem for a whole list. If it is final, one bad entry may have spoilt it for the
        others: they go again, each alone."""
        if self._verdict(trouble, ANSWER, None) is Verdict.FINAL:
            for entry in self.outbox.entries:
                if entry.stamp in sent.stamps:
                    entry.alone = True
            trouble = Trouble(trouble.code, retry=True)
        return [o for s in sent.stamps for o in self._settle(ANSWER, s, trouble, now)]

    def _settle(self, event: str, stamp: Stamp, reply: Reply, now: int) -> list[Outcome]:
        """One entry's reply: into outbox and ledger."""
        if reply is None:
            self._unanswered(stamp, now)
            return []
        if isinstance(reply, Trouble):
            return self._trouble(event, stamp, reply, now)
        if isinstance(reply, Joined) and not self._relet(reply, now):
            self._unanswered(stamp, now)
            return []
        self._acked(event, stamp, reply, now)
        return [Outcome(event, reply)]

    def _relet(self, ack: Joined, now: int) -> bool:
        """False: the lease is older than ours, and the ack to be ignored."""
        self.outbox.learn_epoch(ack.rev[0], now)
        return self.outbox.relet(ack.lease, ack.seq) or ack.state in CLOSED_STATES

    def _acked(self, event: str, stamp: Stamp, ack: Struct, now: int) -> None:
        if not isinstance(ack, AnswerAck | CommandAck | StartedAck | Joined):
            return
        stands = counts(ack) if isinstance(ack, AnswerAck) else True
        entry = self.outbox.acked(
            stamp,
            ack.rev,
            ack.receipt or None,
            counts=stands,
            replay_at=now + int(self._draw() * EPOCH_JITTER_MS),
        )
        if entry is None:
            return
        if isinstance(ack, AnswerAck):
            self.ledger.answer(entry, ack)
        else:
            at = ack.started_at if isinstance(ack, StartedAck) else None
            self.ledger.command(event, entry.body["id"], ack.rev, ack.receipt, at)

    def _trouble(self, event: str, stamp: Stamp, trouble: Trouble, now: int) -> list[Outcome]:
        """A problem with one entry. A late one, over a version that is gone or a send that was
        acked another time, says nothing any more."""
        entry = self._entry(stamp)
        if entry is None or (entry.saved and not stamp.replay):
            return []
        todo = self._verdict(trouble, event, entry, replay=stamp.replay)
        if todo is Verdict.FINAL:
            self.outbox.refuse(stamp, trouble.code, trouble.detail or trouble.title)
        elif todo is Verdict.RESTAMP:
            self.outbox.restamp(stamp, now)
        else:
            self._unanswered(stamp, now, trouble.retry_after_ms)
        if trouble.code == Code.ANSWERS_MISSING:
            self.outbox.missing((trouble.data or {}).get("items", []))
        return [Outcome(event, trouble, todo)]

    def _unanswered(self, stamp: Stamp, now: int, retry_after_ms: int | None = None) -> None:
        entry = self._entry(stamp)
        if entry is not None:
            wait = delay_ms(entry.tries, self._draw(), retry_after_ms)
            self.outbox.unanswered(stamp, now + wait)

    def _entry(self, stamp: Stamp) -> Entry | None:
        return next((entry for entry in self.outbox.entries if stamp.fits(entry)), None)
