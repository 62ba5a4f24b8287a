"""Attempts that are not in this life of Redis: rebuilt from Postgres alone, many together.

`loading` asks for all that wait. What one step cannot do for some keeps no others from theirs.
"""

from collections.abc import Iterable

from examsync.attempts import timing
from examsync.attempts.attempt import Attempt
from examsync.attempts.environment import Environment
from examsync.attempts.identity import partition
from examsync.attempts.ports import LaterEpoch
from examsync.errors import Unavailable
from examsync.exams.exam import Exam


class Rebuilding:
    """From rows to hashes: marked with the epoch, read, created in Redis, and read there."""

    def __init__(self, environment: Environment) -> None:
        self._env = environment

    async def rebuild(self, attempt_ids: list[str]) -> dict[str, Attempt | None]:
        """The attempts as Redis has them then; None for one that there is not. Those are missing
        that have to be asked for again. Raises Unavailable."""
        epochs = await self._epochs(attempt_ids)
        rows = await self._env.records.rebuild_all(epochs) if epochs else {}
        await self._outdone(rows)
        read = [row for row in rows.values() if isinstance(row, Attempt)]
        known = await refreshed(self._env, {row.seat.exam for row in read})
        created = await self._created([row for row in read if row.seat.exam in known])
        found: dict[str, Attempt | None] = {id_: None for id_ in epochs if id_ not in rows}
        return found | await self._there(created)

    async def _epochs(self, attempt_ids: list[str]) -> dict[str, int]:
        """Whom to rebuild, each with the epoch to mark it with: not before everything of an older
        life has left the log."""
        partitions = {id_: partition(id_, self._env.partitions) for id_ in attempt_ids}
        epochs: dict[int, int] = {}
        for p in sorted(set(partitions.values())):
            if await self._env.store.backlog_clear(p):
                life = self._env.store.life(p)
                epochs.update({p: life.epoch} if life is not None else {})
        return {id_: epochs[p] for id_, p in partitions.items() if p in epochs}

    async def _outdone(self, rows: dict[str, Attempt | LaterEpoch]) -> None:
        """Postgres knows of later epochs than ours: others have to begin."""
        later: dict[int, int] = {}
        for id_, row in rows.items():
            if isinstance(row, LaterEpoch):
                p = partition(id_, self._env.partitions)
                later[p] = max(row.epoch, later.get(p, 0))
        for p, epoch in later.items():
            await self._env.store.renew(p, epoch)

    async def _created(self, read: list[Attempt]) -> list[str]:
        """Put them into Redis; those who are there now."""
        wanted = []
        for attempt in read:
            exam = self._env.exams.get(attempt.seat.exam)
            hint = due(attempt, exam, self._env.now()) if exam is not None else ""
            wanted.append((partition(attempt.id, self._env.partitions), attempt, hint))
        done = await self._env.store.create_all(wanted) if wanted else []
        return [attempt.id for attempt, there in zip(read, done, strict=True) if there]

    async def _there(self, attempt_ids: list[str]) -> dict[str, Attempt]:
        """What Redis has of them: perhaps somebody else was faster, and more has happened."""
        wanted = [(partition(id_, self._env.partitions), id_) for id_ in attempt_ids]
        found = await self._env.store.load_all(wanted) if wanted else {}
        return {id_: attempt for id_, attempt in found.items() if attempt is not None}


async def refreshed(env: Environment, exams: Iterable[str]) -> set[str]:
    """Those of the exams whose newest facts are known now."""
    known = set()
    for exam in exams:
        try:
            await env.exams.refresh(exam)
        except Unavailable:
            continue
        known.add(exam)
    return known


def due(attempt: Attempt, exam: Exam, now: int) -> str:
    """The sweep's hint for an attempt, as the store takes it."""
    at = timing.due_at(attempt, exam, now)
    return "-" if at is None else str(at)
