"""Guards of the flush into Postgres, each switched off (see `mutants`)."""

from collections.abc import Callable
from typing import Any

from msgspec import structs

from examsync.attempts import (
    flush,
    scripts,
)
from examsync.attempts.core import core_after
from examsync.attempts.ports import Entry, Placement, Row
from examsync.errors import Unavailable
from tests.simulation import memory_scripts
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


ALL: tuple[Callable[[], list[Patch]], ...] = (
    finish_before_commit,
    any_order,
    no_flusher_fence,
    finish_in_any_life,
)
