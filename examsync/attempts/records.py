"""Attempts in Postgres: the `Records` of a real database, and what people ask it for."""

import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from examsync.attempts import seal
from examsync.attempts.attempt import Attempt, Seat
from examsync.attempts.columns import (
    Overview,
    command_columns,
    evidence_of,
    fact_columns,
    latest_answers,
    latest_commands,
    overview_of,
    rebuilt,
    response_columns,
    row_columns,
    seat_of,
)
from examsync.attempts.core import Core
from examsync.attempts.identity import attempt_id
from examsync.attempts.ports import LaterEpoch, Open, Placement, Row, Writing
from examsync.attempts.verify import Evidence
from examsync.errors import Unavailable
from examsync.infra.postgres import AWAY, Pool, load_queries
from protocol.facts import Fact


def sql(name: str) -> str:
    """A statement of queries.sql, read when first needed."""
    return load_queries(Path(__file__).with_name("queries.sql"))[name]


_core = msgspec.json.Decoder(Core).decode
_fact = msgspec.json.Decoder(Fact).decode


class PostgresRecords:
    """Attempts, their facts and the epochs, through a pool."""

    def __init__(self, pool: Pool, chain_key: bytes) -> None:
        self._pool = pool
        self._chain_key = chain_key

    # --- epochs and rebuilding --------------------------------------------------------------------

    async def claim(self, p: int, run_id: str, above: int) -> tuple[int, bool]:
        """The epoch of this server's data, and whether it was claimed just now."""
        async with self._transaction() as connection:
            await connection.execute(sql("lock_epochs"), p)
            was = await connection.fetchrow(sql("claimed_epoch"), p, run_id)
            if was is not None and was["epoch"] > above:
                return was["epoch"], False
            latest = await connection.fetchval(sql("latest_epoch"), p)
            epoch = max(latest, above) + 1
            nth = was["nth"] + 1 if was is not None else 1
            await connection.execute(sql("claim_epoch"), p, epoch, run_id, nth)
            return epoch, True

    async def latest(self, p: int) -> int:
        """The latest epoch of a partition that was claimed by anybody."""
        ((epoch,),) = await self.fetch("latest_epoch", p)
        return int(epoch)

    async def rebuild(self, id_: str, epoch: int) -> Attempt | None:
        """Mark the attempt's row with the epoch and read all of it."""
        found = (await self.rebuild_all({id_: epoch})).get(id_)
        if isinstance(found, LaterEpoch):
            raise found
        return found

    async def rebuild_all(self, epochs: Mapping[str, int]) -> dict[str, Attempt | LaterEpoch]:
        """The same of many, each with its epoch, in one transaction."""
        async with self._transaction() as connection:
            marked = await connection.fetch(
                sql("mark_attempts"), list(epochs), list(epochs.values())
            )
            ids = [row["id"] for row in marked]
            later: list[Any] = []
            if others := [id_ for id_ in epochs if id_ not in set(ids)]:
                later = await connection.fetch(sql("attempt_epochs"), others)
            responses = await connection.fetch(sql("attempt_responses"), ids) if ids else []
            commands = await connection.fetch(sql("attempt_commands"), ids) if ids else []
        return {
            **{row["id"]: LaterEpoch(row["epoch"]) for row in later},
            **rebuilt(marked, epochs, responses, commands),
        }

    # --- flushing ---------------------------------------------------------------------------------

    async def begin(self, attempt_ids: list[str]) -> Writing:
        """Lock these rows, in order of id."""
        stack = contextlib.AsyncExitStack()
        try:
            connection = await stack.enter_async_context(self._pool.acquire())
            transaction = connection.transaction()
            await transaction.start()
            found = await connection.fetch(sql("lock_attempts"), attempt_ids)
            rows = {r["id"]: row_of(r) for r in found}
        except AWAY as error:
            await let_go(stack)
            raise Unavailable(str(error)) from error
        except BaseException:  # cancelled while it waited for a lock, say: nothing stays locked
            await let_go(stack)
            raise
        return PostgresWriting(stack, connection, transaction, rows)

    async def open_attempts(self, after: str, limit: int) -> list[Open]:
        """Attempts open as far as Postgres knows, by id, from `after` on."""
        rows = await self.fetch("open_attempts", after, limit)
        return [Open(r["id"], seat_of(r), _core(r["core"])) for r in rows]

    # --- for people -------------------------------------------------------------------------------

    async def register(self, seats: Iterable[Seat]) -> list[str]:
        """Make an attempt, not started, for each seat; their ids, in order.

        Those that exist stay, with the plans of this seat as long as nobody asked for them; of two
        seats of one candidate the later counts.
        """
        asked = [(attempt_id(seat.exam, seat.candidate), seat) for seat in seats]
        chosen = dict(asked)
        ids, seats = list(chosen), list(chosen.values())
        columns: list[list[Any]] = [
            ids,
            [s.exam for s in seats],
            [s.candidate for s in seats],
            [s.name for s in seats],
            [s.hall for s in seats],
            [s.group for s in seats],
            [s.factor_permille for s in seats],
            [s.extension_ms for s in seats],
            [seal.genesis(self._chain_key, id_) for id_ in ids],
        ]
        async with self._transaction() as connection:
            await connection.execute(sql("register_attempts"), *columns)
        return [id_ for id_, _ in asked]

    async def overview(self, exam: str, ids: list[str] | None) -> list[Overview]:
        """Attempts of an exam, all or those named, with their responses only counted."""
        return [overview_of(row) for row in await self.fetch("attempts_of_exam", exam, ids)]

    async def ids_of(self, exam: str) -> list[str]:
        """The attempts of an exam."""
        return [row["id"] for row in await self.fetch("ids_of_exam", exam)]

    async def exams_of(self, candidate: str) -> list[str]:
        """The published exams a candidate is registered for."""
        return [row["exam"] for row in await self.fetch("exams_of_candidate", candidate)]

    async def timeline(self, id_: str, since: int, limit: int) -> list[Fact]:
        """The facts of an attempt after its `since`th, in order."""
        rows = await self.fetch("facts_of_attempt", id_, since, limit)
        return [_fact(row["fact"]) for row in rows]

    async def chain(self, id_: str) -> list[tuple[Fact, bool]]:
        """Every fact of an attempt with whether it is a branch, by epoch and n."""
        rows = await self.fetch("chain_of_attempt", id_)
        return [(_fact(row["fact"]), row["branch"]) for row in rows]

    async def ids_from(self, exam: str | None, after: str, limit: int) -> list[str]:
        """Ids of attempts, of one exam or of all, in order, from `after` on."""
        return [row["id"] for row in await self.fetch("attempt_ids", exam, after, limit)]

    async def evidence(self, id_: str) -> Evidence | None:
        """All there is of an attempt, as of one moment; None if there is no such attempt."""
        moment = {"isolation": "repeatable_read", "readonly": True}
        async with self._transaction(**moment) as connection:
            row = await connection.fetchrow(sql("attempt_row"), id_)
            if row is None:
                return None
            responses = await connection.fetch(sql("attempt_responses"), [id_])
            commands = await connection.fetch(sql("attempt_commands"), [id_])
            facts = await connection.fetch(sql("stored_facts"), id_)
        return evidence_of(id_, row, (responses, commands, facts))

    async def exams(self, exam: str | None) -> list[str]:
        """The exams that have attempts; this one alone if it is named. Raises Unavailable."""
        return [row["exam"] for row in await self.fetch("exams_with_attempts", exam)]

    async def heads(self, exam: str) -> list[tuple[str, int, str, int]]:
        """(attempt, n, hash of the nth fact, time of asking) of each chain. Raises Unavailable."""
        return [tuple(row) for row in await self.fetch("heads", exam)]

    async def fetch(self, query: str, *arguments: Any) -> list[Any]:
        """Rows of a named query. Raises Unavailable."""
        try:
            rows: list[Any] = await self._pool.fetch(sql(query), *arguments)
        except AWAY as error:
            raise Unavailable(str(error)) from error
        return rows

    @contextlib.asynccontextmanager
    async def _transaction(self, **options: Any) -> AsyncIterator[Any]:
        try:
            async with self._pool.acquire() as connection, connection.transaction(**options):
                yield connection
        except AWAY as error:
            raise Unavailable(str(error)) from error


def row_of(row: Any) -> Row:
    """An attempt's row, as a flush sees it."""
    return Row(row["epoch"], row["n"], row["head"], _core(row["core"]), row["exam"])


async def let_go(stack: contextlib.AsyncExitStack) -> None:
    """Give a connection back, also one that the server has ended meanwhile."""
    with contextlib.suppress(*AWAY):
        await stack.aclose()


class PostgresWriting:
    """One flush: its rows are locked until `commit` or `abort`."""

    def __init__(
        self,
        stack: contextlib.AsyncExitStack,
        connection: Any,
        transaction: Any,
        rows: dict[str, Row],
    ) -> None:
        self.rows = rows
        self._stack = stack
        self._connection = connection
        self._transaction = transaction

    async def commit(self, placement: Placement) -> None:
        """Write and commit; on any doubt the connection is thrown away, not returned."""
        try:
            await self._write(placement)
            await self._transaction.commit()
        except AWAY as error:
            with contextlib.suppress(*AWAY):
                self._connection.terminate()
            raise Unavailable(str(error)) from error
        finally:
            await let_go(self._stack)

    async def abort(self) -> None:
        """Let go."""
        with contextlib.suppress(*AWAY):
            await self._transaction.rollback()
        await let_go(self._stack)

    async def _write(self, placement: Placement) -> None:
        execute = self._connection.execute
        if placement.branches:
            await execute(sql("insert_branches"), *fact_columns(placement.branches))
        if not placement.main:
            return
        await execute(sql("insert_facts"), *fact_columns(placement.main))
        answers = latest_answers(placement.main)
        if answers:
            changed = await self._connection.fetch(
                sql("upsert_responses"), *response_columns(answers)
            )
        commands = latest_commands(placement.main)
        if commands:
            await execute(sql("insert_commands"), *command_columns(commands))
        await execute(sql("update_attempts"), *row_columns(placement))
        if answers and changed:
            await execute(sql("propose_regrades"), sorted({r["attempt"] for r in changed}))
