"""Guards of receipts and of the client's outbox, each switched off (see `mutants`)."""

from collections.abc import Callable
from typing import Any

from examsync.attempts import commanding, service
from examsync.errors import ExamError
from loadtest.client import exchange, joining, sending, session
from loadtest.client.entry import Entry as Held
from loadtest.client.entry import Phase
from loadtest.client.outbox import Outbox
from protocol.problems import Code

Patch = tuple[Any, Any, Any]
"""Where (a class, a module, a dict), which name or key, and what is put there."""


def receipts_ignored() -> list[Patch]:
    """The server does not look at receipts."""
    real = service.Attempts._take

    def take(self: Any, arrived: int, sitter: Any, rule: Any, what: Any) -> Any:
        return real(self, arrived, sitter, rule, (what[0], what[1], None))

    return [(service.Attempts, "_take", take)]


def receipts_dropped() -> list[Patch]:
    """The client does not send receipts along."""
    real = Held.payload

    def payload(self: Held) -> dict[str, Any]:
        return {key: value for key, value in real(self).items() if key != "receipt"}

    return [(Held, "payload", payload)]


def command_receipts_ignored() -> list[Patch]:
    """The server looks at the receipts of answers alone."""
    real = service.Attempts._take

    def take(self: Any, arrived: int, sitter: Any, rule: Any, what: Any) -> Any:
        proof = what[2] if what[0] == "answer" else None
        return real(self, arrived, sitter, rule, (what[0], what[1], proof))

    return [(service.Attempts, "_take", take)]


def replays_refused_when_closed() -> list[Patch]:
    """A command that comes back when all is over is refused instead of recorded."""

    def recorded(kind: str, id_: str, proof: str) -> Any:
        raise ExamError(Code.ATTEMPT_CLOSED)

    return [(commanding, "recorded", recorded)]


def no_replay() -> list[Patch]:
    """A client does not send again what was acked in an older epoch."""

    def learn_epoch(self: Any, epoch: int, replay_at: int) -> bool:
        news = epoch > self.epoch
        self._kept.epoch = max(self._kept.epoch, epoch)
        return bool(news)

    def durable(self: Any, rev: Any) -> None:
        self._kept.entries = [e for e in self.entries if not _older(e, rev[0])]
        real(self, rev)

    real = Outbox.durable
    return [(Outbox, "learn_epoch", learn_epoch), (Outbox, "durable", durable)]


def _older(entry: Held, epoch: int) -> bool:
    return entry.phase is Phase.ACKED and entry.rev is not None and entry.rev[0] < epoch


def dropped_when_acked() -> list[Patch]:
    """A client forgets what is acked."""
    real = Outbox.acked

    def acked(self: Any, stamp: Any, *rest: Any, **more: Any) -> Any:
        entry = real(self, stamp, *rest, **more)
        if entry is not None and entry in self.entries:
            self.entries.remove(entry)
        return entry

    return [(Outbox, "acked", acked)]


def durable_without_epoch() -> list[Patch]:
    """`durable` is a bare number to the client."""

    def durable_by(self: Held, durable: Any) -> bool:
        return self.phase is Phase.ACKED and self.rev is not None and self.rev[1] <= durable[1]

    return [(Held, "durable_by", durable_by)]


def old_ack_is_good() -> list[Patch]:
    """An ack of an older epoch than the client knows counts as one of the present. Any epoch that
    is heard of later cures it; and one comes, for the join before it has named what was known."""
    real = Outbox.acked

    def acked(self: Any, stamp: Any, rev: Any, *rest: Any, **more: Any) -> Any:
        entry = real(self, stamp, rev, *rest, **more)
        if entry is not None and entry.phase is Phase.WAITING:
            entry.phase = Phase.ACKED
        return entry

    return [(Outbox, "acked", acked)]


def commands_dropped_when_acked() -> list[Patch]:
    """Only answers stay in the outbox; a start or a submit is forgotten when it is acked."""
    real = Outbox.acked

    def acked(self: Any, stamp: Any, *rest: Any, **more: Any) -> Any:
        entry = real(self, stamp, *rest, **more)
        if entry is not None and entry.event in ("start", "submit") and entry in self.entries:
            self.entries.remove(entry)
        return entry

    return [(Outbox, "acked", acked)]


def older_lease_taken() -> list[Patch]:
    """A client takes a lease older than its own, as only a closed attempt shows one. Were it
    reopened, an answer that others of a later lease overtake is asked to join first."""
    real = Outbox.relet

    def relet(self: Any, lease: str, seq: int) -> bool:
        if lease < self.lease:
            self._kept.lease = ""
        return bool(real(self, lease, seq))

    return [(Outbox, "relet", relet)]


def not_restamped() -> list[Patch]:
    """A client's unacked answers keep their version when it gets a newer lease."""

    def relet(self: Any, lease: str, seq: int) -> bool:
        if lease < self.lease:
            return False
        self._kept.lease = lease
        self._kept.seq = max(self._kept.seq, seq)
        return True

    return [(Outbox, "relet", relet)]


def overtaken_restamped() -> list[Patch]:
    """An answer that a newer one has overtaken gets a new version all the same."""
    return [(Outbox, "_overtaken", lambda self, entry: False)]


def joins_made_anew() -> list[Patch]:
    """A repeated join has a new id each time."""
    real = joining.join

    def join(outbox: Any, exam: str, make_id: Any, at: int, *, anew: bool = False) -> None:
        before = outbox.find("join")
        if before is not None and before.phase is not Phase.IN_FLIGHT:
            outbox.drop(before)
        real(outbox, exam, make_id, at, anew=anew)

    return [(session, "join", join)]


def joins_twice_on_one_line() -> list[Patch]:
    """A join that is not answered is sent again on the same connection, under its id: a repeat."""
    return [(exchange.Exchange, "join_overdue", lambda self, now: False)]


def answers_pass_the_start() -> list[Patch]:
    """Nothing waits for the start, or for the answers before a submit: a client that saw the start
    asks again where that is not known, and `answers_missing` makes it send those first."""
    return [(sending, "_may", lambda entry, unacked: True)]


def epochs_unnamed() -> list[Patch]:
    """A join names no epoch."""
    real = joining.known

    def known(outbox: Any, entry: Any) -> dict[str, Any]:
        return {key: value for key, value in real(outbox, entry).items() if key != "rev"}

    return [(exchange, "known", known)]


ALL: tuple[Callable[[], list[Patch]], ...] = (
    receipts_ignored,
    receipts_dropped,
    command_receipts_ignored,
    replays_refused_when_closed,
    no_replay,
    dropped_when_acked,
    durable_without_epoch,
    old_ack_is_good,
    commands_dropped_when_acked,
    older_lease_taken,
    not_restamped,
    overtaken_restamped,
    joins_made_anew,
    joins_twice_on_one_line,
    answers_pass_the_start,
    epochs_unnamed,
)
