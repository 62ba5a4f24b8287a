"""Guards of epochs, rebuilding and leases, each switched off (see `mutants`)."""

from collections.abc import Callable
from typing import Any

from msgspec import structs

from examsync.attempts import (
    joining,
    lives,
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


def leases_restart() -> list[Patch]:
    """A lease counts from 1 in each life: nothing of time or of what was named is in it."""

    def next_lease(now: int, tail: str, *before: str) -> str:
        return f"{int(before[0][:13]) + 1 if before[0] else 1:013d}-{tail}"

    return [(joining, "next_lease", next_lease)]


ALL: tuple[Callable[[], list[Patch]], ...] = (
    no_handshake,
    epochs_unclaimed,
    rebuild_unfenced,
    created_over,
    backlog_ignored,
    leases_restart,
)
