"""Guards of the flush into Postgres, each switched off (see `mutants`)."""

from collections.abc import Callable
from typing import Any

from msgspec import structs

from examsync.attempts import (
    flush,
    scripts,
)
from examsync.attempts.columns import latest_answers
from examsync.attempts.core import core_after
from examsync.attempts.ports import Entry, Placement, Row
from examsync.errors import Unavailable
from tests.simulation import memory_scripts
from tests.simulation.memory_postgres import MemoryPostgres
from tests.simulation.memory_redis import MemoryRedis

Patch = tuple[Any, Any, Any]
"""Where (a class, a module, a dict), which name or key, and what is put there."""


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
        self._changed([(id_, row.exam) for id_, row in writing.rows.items()])
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


def finish_trims() -> list[Patch]:
    """Everything up to the last finished entry leaves the log, also what others hold."""

    def finish(redis: MemoryRedis, names: list[str], words: list[Any]) -> Any:
        said = memory_scripts.finish(redis, names, words)
        done = words[3 : 3 + int(words[2])]
        for at, _ in redis.xrange(names[1], "-", done[-1]) if done else []:
            redis.xdel(names[1], at)
        return said

    return [(memory_scripts.LIBRARY, scripts.FINISH.text, finish)]


def durable_shrinks() -> list[Patch]:
    """Of two flushers the slower one says what is durable."""
    return [(memory_scripts, "_n", _Rising())]


def durable_unnoted() -> list[Patch]:
    """What is durable is told, but not noted beside the attempt in Redis."""

    def finish(redis: MemoryRedis, names: list[str], words: list[Any]) -> Any:
        return memory_scripts.finish(redis, names[:2], words[: 3 + int(words[2])])

    return [(memory_scripts.LIBRARY, scripts.FINISH.text, finish)]


class _Rising:
    """Numbers that only rise: whatever is compared, the second is greater."""

    def __init__(self) -> None:
        self.last = 0

    def __call__(self, rev: bytes) -> int:
        self.last += 1
        return self.last


def repeats_untold() -> list[Patch]:
    """Only who commits a fact says that it is durable; who finds it committed says nothing."""
    real = flush.place

    def place(*given: Any) -> Placement:
        placement = real(*given)
        said = {fact.attempt for fact in placement.main}
        durable = {id_: rev for id_, rev in placement.durable.items() if id_ in said}
        return structs.replace(placement, durable=durable)

    return [(flush, "place", place)]


def orphans_wait() -> list[Patch]:
    """A fact whose predecessor never came waits for it for ever."""
    return [(flush, "_orphaned", lambda *given: False)]


def orphans_at_once() -> list[Patch]:
    """A fact whose predecessor is not there is set aside, whoever may still bring that."""

    def orphaned(fact: Any, rows: Any, logged: Any, coming: Any) -> bool:
        return fact.attempt in rows

    return [(flush, "_orphaned", orphaned)]


def no_regrade() -> list[Patch]:
    """An answer that reaches a graded attempt proposes no regrade."""
    return [(MemoryPostgres, "_upsert", _quietly(MemoryPostgres._upsert))]


def _quietly(real: Any) -> Any:
    def upsert(self: Any, placement: Placement) -> list[str]:
        real(self, placement)
        return []

    return upsert


def rows_always() -> list[Patch]:
    """A response in Postgres is overwritten whether the new one is newer or not."""

    def upsert(self: Any, placement: Placement) -> list[str]:
        changed = []
        for (id_, item), response in latest_answers(placement.main).items():
            self.attempts[id_].responses[item] = response
            changed.append(id_)
        return changed

    return [(MemoryPostgres, "_upsert", upsert)]


ALL: tuple[Callable[[], list[Patch]], ...] = (
    finish_before_commit,
    any_order,
    no_flusher_fence,
    finish_in_any_life,
    finish_trims,
    durable_shrinks,
    durable_unnoted,
    repeats_untold,
    orphans_wait,
    orphans_at_once,
    no_regrade,
    rows_always,
)
