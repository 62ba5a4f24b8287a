"""The roll of an exam in Postgres: pages of it, counts, and changes, one at a time per exam."""

import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from examsync.attempts import records, scripts, seal
from examsync.attempts.attempt import Seat
from examsync.attempts.columns import seat_of
from examsync.attempts.core import Core
from examsync.attempts.enrolled import OnRoll, Own, Sought
from examsync.attempts.identity import partition
from examsync.attempts.saving import head_text
from examsync.attempts.store import RedisStore
from examsync.errors import Unavailable
from examsync.infra import keys
from examsync.infra.postgres import AWAY, Pool, load_queries
from protocol.types import AttemptState, Grading

_core = msgspec.json.Decoder(Core).decode


class Roll:
    """Rolls, through a pool. Everything raises Unavailable when Postgres cannot be asked."""

    def __init__(self, pool: Pool, chain_key: bytes) -> None:
        self._pool = pool
        self._chain_key = chain_key

    async def page(self, sought: Sought) -> list[OnRoll]:
        """Candidates in order, `limit` at most."""
        query = "page_of_roll_down" if sought.down else "page_of_roll"
        key, candidate = sought.after or (None, None)
        where = (*_where(sought), sought.sort, key, candidate, sought.limit)
        rows = await self._fetch(query, *where)
        return [
            OnRoll(r["id"], seat_of({**r, "exam": sought.exam}), AttemptState(r["state"]), r["key"])
            for r in rows
        ]

    async def count(self, sought: Sought) -> int:
        """How many there are in all."""
        return int((await self._fetch("count_roll", *_where(sought)))[0]["total"])

    async def standing(self, exam: str, ids: list[str] | None = None) -> list[OnRoll]:
        """The whole roll, or those of these attempts, by candidate."""
        return [_standing(exam, row) for row in await self._fetch("roll", exam, ids)]

    async def states(
        self, exams: list[str], halls: list[str] | None = None
    ) -> dict[str, dict[str, int]]:
        """How many attempts of each exam are in which state, in these halls or in all; states
        that somebody is in, in the order in which an attempt comes to them."""
        rows = await self._fetch("count_states", exams, halls)
        counts = {(row["exam"], row["state"]): row["attempts"] for row in rows}
        return {
            exam: {
                state.value: counts[exam, state]
                for state in AttemptState
                if (exam, state) in counts
            }
            for exam in exams
        }

    async def labels(
        self, exam: str, halls: list[str] | None = None
    ) -> tuple[list[str], list[str]]:
        """The halls and the groups of an exam that have names."""
        (row,) = await self._fetch("labels", exam, halls)
        return _named(row["halls"]), _named(row["groups"])

    async def own(self, candidate: str, exams: list[str]) -> dict[str, Own]:
        """A candidate's attempts at these exams, by exam."""
        rows = await self._fetch("own_attempts", candidate, exams)
        return {row["exam"]: _own(row) for row in rows}

    @contextlib.asynccontextmanager
    async def changing(self, exam: str) -> AsyncIterator["RollChange"]:
        """A transaction in which nobody else changes this roll."""
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute(_sql("lock_roll"), exam)
                yield RollChange(connection, exam, self._chain_key)
        except AWAY as error:
            raise Unavailable(str(error)) from error

    async def _fetch(self, query: str, *arguments: Any) -> list[Any]:
        try:
            rows: list[Any] = await self._pool.fetch(_sql(query), *arguments)
        except AWAY as error:
            raise Unavailable(str(error)) from error
        return rows


class RollChange:
    """What is done to a roll within one transaction."""

    def __init__(self, connection: Any, exam: str, chain_key: bytes) -> None:
        self._connection = connection
        self._exam = exam
        self._chain_key = chain_key

    async def lock(self, ids: Iterable[str]) -> dict[str, OnRoll]:
        """Those of these attempts that exist, as they stand until the end."""
        rows = await self._connection.fetch(_sql("lock_seats"), self._exam, sorted(ids))
        return {row["id"]: _standing(self._exam, row) for row in rows}

    async def change(self, seats: Mapping[str, Seat]) -> None:
        """Plan otherwise for these attempts, which are locked and not started."""
        await self._connection.execute(_sql("change_seats"), list(seats), *_plans(seats))

    async def add(self, seats: Mapping[str, Seat]) -> None:
        """Attempts, not started, for these seats."""
        some = list(seats.values())
        await self._connection.execute(
            records.sql("register_attempts"),
            list(seats),
            [s.exam for s in some],
            [s.candidate for s in some],
            *_plans(seats),
            [seal.genesis(self._chain_key, id_) for id_ in seats],
        )

    async def remove(self, id_: str) -> bool:
        """Take an attempt off the roll; False if anything was ever recorded of it."""
        return bool(await self._connection.fetch(_sql("remove_seat"), id_))


async def unseat(store: RedisStore, partitions: int, standing: OnRoll) -> bool:
    """Let an attempt leave Redis, so that whoever needs it next reads its seat from Postgres.

    Its row must be locked: nobody can bring it back before the change is there, or else not done.
    False if Redis knows more of it than the row does: its newest facts are not durable yet.
    Raises Unavailable.
    """
    if standing.epoch == 0:
        return True  # nobody has ever asked for it
    p = partition(standing.attempt, partitions)
    life = store.life(p)
    if life is None or not await store.backlog_clear(p):
        raise Unavailable("Redis has begun another life")
    if standing.epoch < life.epoch:
        return True  # not in this life
    names = [keys.epoch(p), keys.attempt(p, life.epoch, standing.attempt)]
    head = head_text(standing.n, standing.head)
    (said,) = await scripts.ask(store.reads, scripts.RETIRE.call(names, [life.text, head]))
    return bool(said == b"ok")


def _plans(seats: Mapping[str, Seat]) -> list[list[Any]]:
    """What is planned for each, as columns for unnest."""
    some = seats.values()
    return [
        [s.name for s in some],
        [s.hall for s in some],
        [s.group for s in some],
        [s.factor_permille for s in some],
        [s.extension_ms for s in some],
    ]


def _where(sought: Sought) -> tuple[Any, ...]:
    return (sought.exam, sought.halls, sought.hall, sought.group, sought.state, sought.q)


def _standing(exam: str, row: Any) -> OnRoll:
    seat = seat_of({**row, "exam": exam})
    state = AttemptState(row["state"])
    return OnRoll(row["id"], seat, state, "", row["epoch"], row["n"], row["head"])


def _own(row: Any) -> Own:
    return Own(row["id"], seat_of(row), _core(row["core"]), Grading(row["grading"]))


def _named(labels: list[str] | None) -> list[str]:
    return sorted(label for label in labels or [] if label)


def _sql(name: str) -> str:
    return load_queries(Path(__file__).with_name("roll.sql"))[name]
