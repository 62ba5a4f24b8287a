"""Guards of receipts and of the client's outbox, each switched off (see `mutants`)."""

from collections.abc import Callable
from typing import Any

from examsync.attempts import (
    service,
)
from loadtest.client.entry import Entry as Held
from loadtest.client.entry import Phase
from loadtest.client.outbox import Outbox

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


ALL: tuple[Callable[[], list[Patch]], ...] = (
    receipts_ignored,
    receipts_dropped,
    no_replay,
    dropped_when_acked,
    durable_without_epoch,
)
