"""Guards of epochs and of rebuilding, each switched off (see `mutants`)."""

from collections.abc import Callable
from typing import Any

from msgspec import structs

from examsync.attempts import (
    flush,
    lives,
    loading,
    scripts,
    store,
)
from examsync.attempts.ports import Life
from tests.simulation import memory_scripts
from tests.simulation.memory_records import MemoryRecords
from tests.simulation.memory_redis import MemoryRedis, raw

Patch = tuple[Any, Any, Any]
"""Where (a class, a module, a dict), which name or key, and what is put there."""


def no_handshake() -> list[Patch]:
    """The run_id of the server is not compared: only a missing key begins a new epoch."""
    real = lives.parse

    def parse(p: int, text: bytes | None) -> Life | None:
        life = real(p, text)
        return life if life is None else _AnyRun(*structs.astuple(life))

    return [(lives, "parse", parse)]


class _AnyRun(Life, frozen=True):
    """A life whose run_id is everybody's."""

    def __post_init__(self) -> None:
        super().__post_init__()
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


def emptied_unnoticed() -> list[Patch]:
    """A server that was emptied while it ran goes on in the epoch it had."""

    async def emptied(self: Any, call: Any, p: int, run_id: str) -> Any:
        epoch, _ = await self._records.claim(p, run_id, 0)
        return await self._set(call, p, run_id, epoch) or await self._begin(call, p, run_id, epoch)

    return [(lives.Lives, "_emptied", emptied)]


def begun_over() -> list[Patch]:
    """A new life is set over a later one that somebody else has begun. An attempt that the later
    one had is marked with it in Postgres: who rebuilds it begins a life later still."""

    def begin(redis: MemoryRedis, names: list[str], words: list[Any]) -> Any:
        redis.delete(names[0])
        return memory_scripts.begin(redis, names, words)

    return [(memory_scripts.LIBRARY, scripts.BEGIN.text, begin)]


def life_uncompared() -> list[Patch]:
    """A fact is written in whatever life of Redis is there by then."""

    def save(redis: MemoryRedis, names: list[str], words: list[Any]) -> Any:
        return memory_scripts.save(redis, names, [redis.get(names[0]) or b"", *words[1:]])

    return [(memory_scripts.LIBRARY, scripts.SAVE.text, save)]


def never_renewed() -> list[Patch]:
    """Who meets a later epoch in Postgres does not claim one for its own Redis."""

    async def renew(self: Any, p: int, above: int, *, flushing: bool = False) -> None:
        return None

    return [(store.RedisStore, "renew", renew)]


def renewed_too_late() -> list[Patch]:
    """A flusher that meets a later epoch lets its entries leave the log first."""

    async def turn(self: Any, p: int) -> int:
        logged = await self._store.log_hashes(p) if self._waited.get(p) else None
        batch = await self._store.read(p, self._consumer, self.batch_max)
        if not batch.entries:
            self._waited[p] = False
            return 0
        placement, exams = await self._commit(batch, logged)
        self._changed(list(exams.items()))
        self._waited[p] = bool(placement.waiting)
        if await self._store.finish(p, batch, placement.done, placement.durable):
            self._told(placement.durable, placement.main)
        if placement.later:
            await self._store.renew(p, placement.later, flushing=True)
        return len(placement.done)

    return [(flush.Flusher, "turn", turn)]


def named_epochs_unheard() -> list[Patch]:
    """Nobody minds that a client names a later epoch than Redis has."""
    return [(loading.Loading, "compare", lambda self, attempt_id, named: None)]


def retired_whole() -> list[Patch]:
    """A closed attempt that leaves Redis does not leave its head."""

    def retire(redis: MemoryRedis, names: list[str], words: list[Any]) -> Any:
        said = memory_scripts.retire(redis, names, words)
        if said == b"ok":
            redis.delete(names[1])
        return said

    return [(memory_scripts.LIBRARY, scripts.RETIRE.text, retire)]


def forgotten_in_any_life() -> list[Patch]:
    """Attempts of older lives leave Redis in whatever life it is by then: perhaps in theirs."""

    def forget(redis: MemoryRedis, names: list[str], words: list[Any]) -> Any:
        return memory_scripts.forget(redis, names, [redis.get(names[0])])

    return [(memory_scripts.LIBRARY, scripts.FORGET.text, forget)]


ALL: tuple[Callable[[], list[Patch]], ...] = (
    no_handshake,
    epochs_unclaimed,
    rebuild_unfenced,
    created_over,
    backlog_ignored,
    emptied_unnoticed,
    begun_over,
    life_uncompared,
    never_renewed,
    renewed_too_late,
    named_epochs_unheard,
    retired_whole,
    forgotten_in_any_life,
)
