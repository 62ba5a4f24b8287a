"""This client's own permanent record of what was acked (pure). Nothing is ever taken out of it.

What is lost is counted from this record, against the server's export: the outbox cannot say it,
since it forgets what is durable.
"""

from msgspec import Struct

from loadtest.client.entry import Entry
from protocol.facts import Rev
from protocol.from_server import AnswerAck
from protocol.paper import Response


class AckedAnswer(Struct, frozen=True):
    """An answer the server has said ok to, with what it said."""

    item: str
    lease: str
    seq: int
    response: Response
    rev: Rev
    receipt: str
    saved_at: int
    late: bool = False
    superseded: bool = False
    counted: bool = True

    @property
    def version(self) -> tuple[str, int]:
        """(lease, seq): the newer wins."""
        return (self.lease, self.seq)


class AckedCommand(Struct, frozen=True):
    """A command the server has said ok to. `started_at` only for starts."""

    event: str
    id: str
    rev: Rev
    receipt: str
    started_at: int | None = None


class Ledger(Struct):
    """Everything that was acked, once each, in the order of the acks."""

    answers: list[AckedAnswer] = []
    commands: list[AckedCommand] = []
    repeats: int = 0
    """Acks of what had been acked before: replays, and sends whose first ack was lost."""

    def answer(self, entry: Entry, ack: AnswerAck) -> None:
        """Note an acked answer, under the version it was acked with."""
        item = str(entry.item)
        if any(a.version == entry.version and a.item == item for a in reversed(self.answers)):
            self.repeats += 1
            return
        self.answers.append(
            AckedAnswer(
                item,
                entry.lease,
                entry.seq,
                entry.body["response"],
                ack.rev,
                ack.receipt,
                ack.saved_at,
                ack.late,
                ack.superseded,
                ack.counted,
            )
        )

    def command(self, event: str, id_: str, rev: Rev, receipt: str, at: int | None = None) -> None:
        """Note an acked command."""
        if any(command.id == id_ for command in self.commands):
            self.repeats += 1
        else:
            self.commands.append(AckedCommand(event, id_, rev, receipt, at))

    def latest(self) -> dict[str, AckedAnswer]:
        """By item, the newest acked answer among those that count."""
        found: dict[str, AckedAnswer] = {}
        for answer in self.answers:
            if answer.counted and (
                answer.item not in found or answer.version > found[answer.item].version
            ):
                found[answer.item] = answer
        return found
