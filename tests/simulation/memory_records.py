"""Attempts in the Postgres in memory, as one process reaches them: its `Records`."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from examsync.attempts.attempt import Attempt
from examsync.attempts.columns import Overview
from examsync.attempts.ports import LaterEpoch, Open, Placement, Row, Writing
from examsync.monitor.progress import tally
from protocol.facts import ExamOrdered
from protocol.types import OPEN_STATES
from tests.simulation.memory_postgres import MemoryPostgres, Session, Table
from tests.simulation.process import Process

T = TypeVar("T")


class MemoryRecords:
    """Postgres, for attempts, as one process reaches it."""

    def __init__(self, process: Process, postgres: MemoryPostgres) -> None:
        self._process = process
        self._postgres = postgres

    async def claim(self, p: int, run_id: str, above: int) -> tuple[int, bool]:
        """The epoch of this server's data, and whether it was claimed just now."""
        return await self._postgres.do(
            self._process, "claim", lambda: self._claim(p, run_id, above)
        )

    def _claim(self, p: int, run_id: str, above: int) -> tuple[int, bool]:
        claimed = self._postgres.epochs.setdefault(p, [])
        mine = max((epoch for epoch, of in claimed if of == run_id), default=0)
        if mine > above:
            return mine, False
        latest = max((epoch for epoch, _ in claimed), default=0)
        epoch = max(latest, above) + 1
        claimed.append((epoch, run_id))
        self._postgres.claimed_at[p, epoch] = self._postgres.loop.time()
        return epoch, True

    async def latest(self, p: int) -> int:
        """The latest epoch of a partition."""
        claimed = self._postgres.epochs.setdefault(p, [])
        return await self._postgres.do(
            self._process, "latest", lambda: max((e for e, _ in claimed), default=0)
        )

    async def rebuild(self, attempt_id: str, epoch: int) -> Attempt | None:
        """Mark the attempt's row with the epoch and read all of it."""
        found = (await self.rebuild_all({attempt_id: epoch})).get(attempt_id)
        if isinstance(found, LaterEpoch):
            raise found
        return found

    async def rebuild_all(self, epochs: Mapping[str, int]) -> dict[str, Attempt | LaterEpoch]:
        """The same of many, in one transaction."""
        return await self._alone("rebuild", sorted(epochs), lambda: self._mark_all(epochs))

    async def _alone(self, point: str, attempt_ids: list[str], work: Callable[[], T]) -> T:
        """One transaction on some rows, which are locked meanwhile."""
        postgres = self._postgres
        session = postgres.open(self._process)
        try:
            for id_ in attempt_ids:
                await postgres.lock(session, id_)
            return await postgres.do(self._process, point, work, session)
        finally:
            postgres.end(session)

    def _mark_all(self, epochs: Mapping[str, int]) -> dict[str, Attempt | LaterEpoch]:
        found: dict[str, Attempt | LaterEpoch] = {}
        for id_, epoch in epochs.items():
            try:
                attempt = self._mark(id_, epoch)
            except LaterEpoch as later:
                found[id_] = later
            else:
                found.update({} if attempt is None else {id_: attempt})
        return found

    def _mark(self, attempt_id: str, epoch: int) -> Attempt | None:
        table = self._postgres.attempts.get(attempt_id)
        if table is None:
            return None
        if table.epoch > epoch:
            raise LaterEpoch(table.epoch)
        table.epoch = epoch
        table.change += 1
        return Attempt(
            attempt_id,
            table.seat,
            epoch,
            table.n,
            table.head,
            table.core,
            dict(table.responses),
            dict(table.commands),
            (epoch, table.n),
            table.salt,
        )

    async def begin(self, attempt_ids: list[str]) -> Writing:
        """Lock these rows, in order of id."""
        postgres = self._postgres

        def rows() -> dict[str, Row]:
            tables = {i: postgres.attempts[i] for i in attempt_ids if i in postgres.attempts}
            return {i: Row(t.epoch, t.n, t.head, t.core, t.seat.exam) for i, t in tables.items()}

        session = postgres.open(self._process)
        try:
            for id_ in attempt_ids:
                await postgres.lock(session, id_)
            found = await postgres.do(self._process, "lock", rows, session)
        except BaseException:
            postgres.end(session)
            raise
        return MemoryWriting(self._process, postgres, session, found)

    async def open_attempts(self, after: str, limit: int) -> list[Open]:
        """Attempts open as far as Postgres knows, by id, from `after` on."""
        return await self._postgres.do(
            self._process, "open_attempts", lambda: self._open(after, limit)
        )

    def _open(self, after: str, limit: int) -> list[Open]:
        tables = self._postgres.attempts
        ids = sorted(i for i, t in tables.items() if i > after and self._is_open(t))
        return [Open(i, tables[i].seat, tables[i].core) for i in ids[:limit]]

    def _is_open(self, table: Table) -> bool:
        """Open, or closed in an exam that was reopened since."""
        facts = self._postgres.exam_facts[table.seat.exam]
        reopened = (
            f.n for f in facts if isinstance(f.body, ExamOrdered) and f.body.order == "reopen"
        )
        return table.core.state in OPEN_STATES or max(reopened, default=0) > table.core.order

    async def overview(self, exam: str, ids: list[str] | None) -> list[Overview]:
        """Attempts of an exam, with their responses only counted."""
        return await self._postgres.do(
            self._process, "attempts_of_exam", lambda: self._overview(exam, ids)
        )

    def _overview(self, exam: str, ids: list[str] | None) -> list[Overview]:
        found = []
        for id_, table in sorted(self._postgres.attempts.items()):
            if table.seat.exam == exam and (ids is None or id_ in ids):
                rev = (table.epoch, table.n)
                attempt = Attempt(id_, table.seat, *rev, table.head, table.core, {}, {}, rev)
                counts = tally(table.responses.values())
                of = (counts.answered, counts.flagged, counts.late, counts.saved_at)
                found.append(Overview(attempt, table.grading, table.change, *of))
        return found

    async def grade_one(self, attempt_id: str) -> bool:
        """Grade an attempt if it waits for it."""
        return await self._alone("grade", [attempt_id], lambda: self._postgres.grade(attempt_id))


class MemoryWriting:
    """One flush: its rows are locked until `commit` or `abort`."""

    def __init__(
        self, process: Process, postgres: MemoryPostgres, session: Session, rows: dict[str, Row]
    ) -> None:
        self.rows = rows
        self._process = process
        self._postgres = postgres
        self._session = session

    async def commit(self, placement: Placement) -> None:
        """Write and commit. Raises Unavailable: done or not."""
        postgres = self._postgres
        try:
            write = partial(postgres.write, placement)
            await postgres.do(self._process, "flush", write, self._session)
        finally:
            postgres.end(self._session)

    async def abort(self) -> None:
        """Let go."""
        self._postgres.end(self._session)
