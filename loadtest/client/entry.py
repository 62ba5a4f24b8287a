"""One thing that was sent or is to be sent, and how far it has come (pure). The outbox holds it."""

from enum import StrEnum
from typing import Any

from msgspec import Struct

from protocol.facts import Rev

ANSWER = "answer"
JOIN = "join"
START = "start"
SUBMIT = "submit"

Version = tuple[str, int]
NONE: Version = ("", 0)


class Phase(StrEnum):
    """Where an entry is. Durable ones are no longer in the outbox."""

    WAITING = "waiting"
    """To be sent, for the first time or again."""
    IN_FLIGHT = "in_flight"
    ACKED = "acked"
    """Saved on the server; kept until it is durable."""


class Entry(Struct):
    """An answer or a command. `body` is the payload without `seq`, `lease` and `receipt`.

    `number` is its place in the order of making. `lease` and `seq` are an answer's version.
    `receipt` and `rev` are what it was last acked with; an entry that waits and has a receipt is
    a replay. `alone`: not to be sent in a list, since such a list was refused as a whole.
    `anew`: a join that names no lease until it is granted one. `doubted`: refused once for want of
    a lease while the attempt was thought to be over.
    """

    number: int
    event: str
    body: dict[str, Any]
    lease: str = ""
    seq: int = 0
    phase: Phase = Phase.WAITING
    rev: Rev | None = None
    receipt: str | None = None
    tries: int = 0
    not_before: int = 0
    answer_by: int = 0
    alone: bool = False
    anew: bool = False
    doubted: bool = False

    @property
    def stamp(self) -> "Stamp":
        """What an ack of this entry, as it is now, has to match."""
        return Stamp(self.number, self.lease, self.seq, replay=self.receipt is not None)

    @property
    def version(self) -> tuple[str, int]:
        """(lease, seq): the newer wins everywhere."""
        return (self.lease, self.seq)

    @property
    def item(self) -> str | None:
        """The item an answer is for; None for commands."""
        return str(self.body["item"]) if self.event == ANSWER else None

    @property
    def saved(self) -> bool:
        """Whether some server has acked it: what must not be forgotten before it is durable."""
        return self.receipt is not None or self.phase is Phase.ACKED

    def durable_by(self, durable: Rev) -> bool:
        """Whether it is in Postgres when all up to `durable` is: same epoch, n not above."""
        if self.phase is not Phase.ACKED or self.rev is None:
            return False
        return self.rev[0] == durable[0] and self.rev[1] <= durable[1]

    def payload(self) -> dict[str, Any]:
        """What goes over the wire now."""
        payload = dict(self.body)
        if self.event == ANSWER:
            payload["seq"] = self.seq
        if self.receipt:
            payload["receipt"] = self.receipt
        return payload

    def wait(self, not_before: int) -> None:
        """Send (again), not before this time."""
        self.phase = Phase.WAITING
        self.not_before = not_before


class Stamp(Struct, frozen=True):
    """What an ack has to match: an entry, and for answers the version it was sent under.

    `replay`: it was sent with its receipt; a refusal of that is more than one of a first send.
    """

    number: int
    lease: str = ""
    seq: int = 0
    replay: bool = False

    def fits(self, entry: Entry) -> bool:
        """Whether this is over the entry as it is now."""
        return (self.number, self.lease, self.seq) == (entry.number, *entry.version)


class Refusal(Struct, frozen=True):
    """What the server will never take, and why: shown to the candidate, never dropped silently."""

    event: str
    body: dict[str, Any]
    code: str
    detail: str
    seq: int = 0
    was_acked: bool = False


class Stored(Struct):
    """What survives a crash of the client: `Outbox.dump` writes it, `Outbox.load` reads it.

    `counted` and `acked` are, by item, the newest version that counts and the newest that got
    any ok. `number` and `seq` only grow.
    """

    entries: list[Entry] = []
    refused: list[Refusal] = []
    counted: dict[str, Version] = {}
    acked: dict[str, Version] = {}
    lease: str = ""
    seq: int = 0
    epoch: int = 0
    rev: Rev = (0, 0)
    durable: Rev = (0, 0)
    number: int = 0
