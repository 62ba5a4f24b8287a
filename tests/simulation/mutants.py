"""The guards of the design, each switched off once: a simulation that does not notice is too weak.

Nothing of this is in the product: a mutant replaces a function of it while a run lasts.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import structs

from examsync.attempts import (
    acting,
    answering,
    commanding,
    desk,
    flush,
    joining,
    lives,
    scripts,
    service,
    store,
)
from examsync.attempts.attempt import core_after
from examsync.attempts.ports import Check, Entry, Life, Outcome, Placement, Row
from examsync.errors import ExamError, Unavailable
from loadtest.client.entry import Entry as Held
from loadtest.client.entry import Phase
from loadtest.client.outbox import Outbox
from protocol.problems import Code
from tests.simulation import memory_scripts
from tests.simulation.memory_records import MemoryRecords
from tests.simulation.memory_redis import MemoryRedis, raw

Patch = tuple[Any, Any, Any]
"""Where (a class, a module, a dict), which name or key, and what is put there."""


@contextlib.contextmanager
def applied(name: str | None) -> Iterator[None]:
    """While this lasts, the guard of that name is off; None: all are on."""
    patches = ALL[name]() if name is not None else []
    before = [(where, what, _get(where, what)) for where, what, _ in patches]
    try:
        for where, what, new in patches:
            _set(where, what, new)
        yield
    finally:
        for where, what, old in before:
            _set(where, what, old)


def _get(where: Any, what: Any) -> Any:
    return where[what] if isinstance(where, dict) else vars(where)[what]


def _set(where: Any, what: Any, value: Any) -> None:
    if isinstance(where, dict):
        where[what] = value
    else:
        setattr(where, what, value)


# --- the flush ------------------------------------------------------------------------------------


def finish_before_commit() -> list[Patch]:
    """The log is acknowledged before Postgres has committed."""

    async def turn(self: Any, p: int) -> int:
        batch = await self._store.read(p, self._consumer, flush.BATCH_MAX)
        if not batch.entries:
            return 0
        ids = sorted({entry.fact.attempt for entry in batch.entries})
        writing = await self._records.begin(ids)
        placement = flush.place(writing.rows, batch)
        if not await self._store.finish(p, batch, placement.done, placement.durable):
            await writing.abort()
            raise Unavailable("another life")
        await writing.commit(placement)
        self._told(placement.durable, placement.main)
        return len(placement.done)

    return [(flush.Flusher, "turn", turn)]


def any_order() -> list[Patch]:
    """A fact enters Postgres whether the one it builds on is there or not."""

    def place_one(entry: Entry, now: dict[str, Row], placement: Placement) -> bool:
        fact = entry.fact
        row = now[fact.attempt]
        if fact.epoch < row.epoch or fact.n <= row.n:
            flush._aside(entry, placement)
            return True
        core = core_after(row.core, fact)
        now[fact.attempt] = structs.replace(
            row, epoch=fact.epoch, n=fact.n, head=fact.hash, core=core
        )
        placement.main.append(fact)
        placement.done.append(entry)
        return True

    return [(flush, "_place_one", place_one)]


def no_flusher_fence() -> list[Patch]:
    """Facts of an older epoch than the row's move it all the same."""

    def place_one(entry: Entry, now: dict[str, Row], placement: Placement) -> bool:
        row = now.get(entry.fact.attempt)
        if row is not None and entry.fact.epoch < row.epoch and entry.fact.prev == row.head:
            now[entry.fact.attempt] = structs.replace(row, epoch=entry.fact.epoch)
        return real(entry, now, placement)

    real = flush._place_one
    return [(flush, "_place_one", place_one)]


def finish_in_any_life() -> list[Patch]:
    """Acknowledge and trim in whatever life of Redis is there by then."""

    def finish(redis: MemoryRedis, names: list[str], words: list[Any]) -> Any:
        epoch = redis.get(names[0])
        return memory_scripts.finish(redis, names, [epoch or b"", *words[1:]])

    return [(memory_scripts.LIBRARY, scripts.FINISH.text, finish)]


# --- the write path -------------------------------------------------------------------------------


def no_head_compare() -> list[Patch]:
    """A fact is written whatever the attempt's last one is."""

    def save(redis: MemoryRedis, names: list[str], words: list[Any]) -> Any:
        head = redis.hget(names[1], "head") or raw(words[1])
        return memory_scripts.save(redis, names, [words[0], head, *words[2:]])

    return [(memory_scripts.LIBRARY, scripts.SAVE.text, save)]


def timeout_is_ok() -> list[Patch]:
    """No reply is taken for a good one."""
    return [(desk.Desk, "settle", _settle_as(Outcome.OK))]


def timeout_is_refusal() -> list[Patch]:
    """No reply is taken for "surely not done"."""
    return [(desk.Desk, "settle", _settle_as(Outcome.REFUSED))]


def _settle_as(taken: Outcome) -> Any:
    real = desk.Desk.settle

    def settle(self: Any, op: Any, outcome: Outcome, at: int) -> None:
        real(self, op, taken if outcome is Outcome.UNKNOWN else outcome, at)

    return settle


def pending_state_kept() -> list[Patch]:
    """After anything but ok only that one decision is made again; later ones stay in flight."""
    real = desk.Desk.settle

    def settle(self: Any, op: Any, outcome: Outcome, at: int) -> None:
        if outcome is Outcome.OK or op.turn != self.turn or len(self.in_flight) < 2:
            real(self, op, outcome, at)
            return
        self.in_flight.popleft()
        self.waiting.appendleft(op)

    return [(desk.Desk, "settle", settle)]


def arrival_is_forgotten() -> list[Patch]:
    """What is decided again counts as arrived then."""
    real = desk.Desk._redo

    def redo(self: Any, outcome: Outcome, at: int) -> None:
        real(self, outcome, at)
        now = self.touched + 1_000
        for op in self.waiting:
            op.ctx = structs.replace(op.ctx, arrived=max(now, op.ctx.arrived))

    return [(desk.Desk, "_redo", redo)]


def refusals_unchecked() -> list[Patch]:
    """A reply that writes nothing is given on what is in memory."""

    def outcome(check: Check, replies: list[Any]) -> Outcome:
        return Outcome.OK

    return [(store, "check_outcome", outcome)]


def commands_repeat() -> list[Patch]:
    """Commands are not known by their id: a repeat has its effect again."""

    def repeated(attempt: Any, kind: str, id_: str) -> None:
        return None

    return [(commanding, "repeated", repeated), (acting, "repeated", repeated)]


def expired_takes_nothing() -> list[Patch]:
    """An expired attempt refuses even what arrived in time."""
    real = answering._in_time

    def in_time(attempt: Any, exam: Any, arrived: int) -> tuple[bool, bool]:
        if attempt.core.closed:
            raise ExamError(Code.ATTEMPT_CLOSED)
        return real(attempt, exam, arrived)

    return [(answering, "_in_time", in_time)]


# --- receipts -------------------------------------------------------------------------------------


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


# --- the client -----------------------------------------------------------------------------------


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


# --- lives ----------------------------------------------------------------------------------------


def no_handshake() -> list[Patch]:
    """The run_id of the server is not compared: only a missing key begins a new epoch."""
    real = lives.parse

    def parse(p: int, text: bytes | None) -> Life | None:
        life = real(p, text)
        return life if life is None else _AnyRun(*structs.astuple(life))

    return [(lives, "parse", parse)]


class _AnyRun(Life, frozen=True):
    """A life whose run_id is everybody's."""

    @property
    def text(self) -> str:
        return Life(self.p, self.epoch, str(self.run_id), self.backlog, self.began_at).text

    def __post_init__(self) -> None:
        structs.force_setattr(self, "run_id", _Anybody(self.run_id))


class _Anybody(str):
    """Equal to every run_id."""

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = str.__hash__


def epochs_unclaimed() -> list[Patch]:
    """A new epoch is one more than what Redis says; Postgres is not asked."""

    async def claim(self: Any, p: int, run_id: str, above: int) -> tuple[int, bool]:
        return above + 1, True

    return [(MemoryRecords, "claim", claim)]


def rebuild_unfenced() -> list[Patch]:
    """A rebuild reads the attempt's row and leaves its epoch as it was."""
    real = MemoryRecords._mark

    def mark(self: Any, attempt_id: str, epoch: int) -> Any:
        table = self._postgres.attempts.get(attempt_id)
        before = table.epoch if table is not None else 0
        found = real(self, attempt_id, epoch)
        if table is not None:
            table.epoch = before
        return found

    return [(MemoryRecords, "_mark", mark)]


def created_over() -> list[Patch]:
    """A rebuilt attempt is put into Redis over what is there."""

    def create(redis: MemoryRedis, names: list[str], words: list[Any]) -> Any:
        if redis.get(names[0]) == raw(words[0]):
            redis.delete(names[1])
        return memory_scripts.create(redis, names, words)

    return [(memory_scripts.LIBRARY, scripts.CREATE.text, create)]


def backlog_ignored() -> list[Patch]:
    """An attempt is rebuilt although facts of the older life wait in the log."""

    async def clear(self: Any, p: int) -> bool:
        return True

    return [(store.RedisStore, "backlog_clear", clear)]


# --- leases ---------------------------------------------------------------------------------------


def leases_restart() -> list[Patch]:
    """A lease counts from 1 in each life: nothing of time or of what was named is in it."""

    def next_lease(now: int, tail: str, *before: str) -> str:
        return f"{int(before[0][:13]) + 1 if before[0] else 1:013d}-{tail}"

    return [(joining, "next_lease", next_lease)]


ALL: dict[str, Callable[[], list[Patch]]] = {
    made.__name__: made
    for made in (
        finish_before_commit,
        any_order,
        no_flusher_fence,
        finish_in_any_life,
        no_head_compare,
        timeout_is_ok,
        timeout_is_refusal,
        pending_state_kept,
        arrival_is_forgotten,
        refusals_unchecked,
        commands_repeat,
        expired_takes_nothing,
        receipts_ignored,
        receipts_dropped,
        no_replay,
        dropped_when_acked,
        durable_without_epoch,
        no_handshake,
        epochs_unclaimed,
        rebuild_unfenced,
        created_over,
        backlog_ignored,
        leases_restart,
    )
}
