"""Postgres in memory: the tables of attempts and exams, row locks, transactions that are whole.

What the statements in `attempts/queries.sql` do to the tables is done here in Python.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from examsync.attempts.attempt import Done, Held, Seat
from examsync.attempts.columns import latest_answers, latest_commands
from examsync.attempts.core import Core
from examsync.attempts.ports import Placement
from examsync.attempts.verify import Evidence, StoredFact
from examsync.errors import Unavailable
from examsync.exams.exam import Exam
from protocol.facts import ExamFact, Fact
from protocol.types import Grading
from tests.simulation.loop import VirtualLoop
from tests.simulation.points import (
    CRASH_AFTER,
    CRASH_BEFORE,
    HELD,
    LATE_AFTER,
    LATE_BEFORE,
    LOST_AFTER,
    LOST_BEFORE,
    TWICE,
)
from tests.simulation.process import Process
from tests.simulation.strikes import Strikes

LATENCY_S = 0.002
TIMEOUT_S = 10.0
"""The pool's command timeout, which also bounds the wait for a row."""
HELD_S = 8.0
GONE = "the connection to Postgres was lost"

T = TypeVar("T")


class Table:
    """One attempt: its row, responses, commands and facts."""

    def __init__(self, seat: Seat, head: str, salt: str) -> None:
        self.seat = seat
        self.salt = salt
        self.epoch = self.n = self.change = 0
        self.head = head
        self.core = Core()
        self.grading = Grading.NONE
        self.responses: dict[str, Held] = {}
        self.commands: dict[str, Done] = {}
        self.facts: dict[str, tuple[Fact, bool]] = {}
        self.main: dict[int, Fact] = {}
        self.grades: list[tuple[int, dict[str, Held]]] = []
        """(closes, responses) of each time it was graded."""


class Session:
    """A transaction under way, with the rows it has locked."""

    def __init__(self) -> None:
        self.locked: list[str] = []
        self.alive = True
        self.late = False
        """Nobody waits for it any more, and the server has not come round to it."""


class MemoryPostgres:
    """The server. `watch` is called with what a commit has put into the chain."""

    def __init__(self, loop: VirtualLoop, dice: random.Random, seen: Callable[[str], None]) -> None:
        self.loop = loop
        self.dice = dice
        self.seen = seen
        self.up = True
        self.strikes: Strikes | None = None
        self.doubt = 0.0
        """How often a commit's reply is lost, done or not."""
        self.attempts: dict[str, Table] = {}
        self.exams: dict[str, Exam] = {}
        self.exam_facts: dict[str, list[ExamFact]] = {}
        self.graded: list[str] = []
        """News of what was graded, in order."""
        self.epochs: dict[int, list[tuple[int, str]]] = {}
        self.claimed_at: dict[tuple[int, int], float] = {}  # loop's s, by partition and epoch
        self.locks: dict[str, Session] = {}
        self.sessions: dict[Session, None] = {}
        self.waiters: list[asyncio.Future[None]] = []
        self.watch: Callable[[str, list[Fact]], None] = lambda id_, facts: None

    # --- what can happen to it --------------------------------------------------------------------

    def crash(self, seconds: float) -> None:
        """Away for a while; what was committed stays, what was under way is gone."""
        self.up = False
        for session in list(self.sessions):
            session.late = False
            self.end(session)
        self.loop.call_later(seconds, setattr, self, "up", True)

    # --- transactions -----------------------------------------------------------------------------

    async def do(
        self, process: Process, point: str, work: Callable[[], T], session: Session | None = None
    ) -> T:
        """Statements on their way, done as one, and their reply on the way back; within a
        transaction, if one is given. Raises Unavailable: done or not."""
        await process.gate()
        fault = self.strikes.at(f"postgres {point}") if self.strikes is not None else None
        await self._before(process, work, session, fault)
        await asyncio.sleep(LATENCY_S)
        if not self.up:
            raise Unavailable("Postgres is away")
        if session is not None and not session.alive:
            raise Unavailable(GONE)
        found = self.commit(work)
        if fault == TWICE:
            found = self.commit(work)
        await self._after(process, fault)
        await asyncio.sleep(LATENCY_S)
        await process.gate()
        return found

    async def _before(
        self, process: Process, work: Callable[[], T], session: Session | None, fault: str | None
    ) -> None:
        """What keeps statements from being done, or from being done now."""
        if fault == HELD:
            assert self.strikes is not None
            self.strikes.hold(process, HELD_S * self.dice.uniform(0.2, 1))
            await process.gate()
        elif fault == CRASH_BEFORE:
            self._crashed(process)
            await process.gate()
        elif fault == LOST_BEFORE:
            raise Unavailable(GONE)
        elif fault == LATE_BEFORE:
            if session is not None:
                session.late = True
            late = TIMEOUT_S + 2 * self.dice.random()
            self.loop.call_later(late, self._late, work, session)
            await asyncio.sleep(TIMEOUT_S)
            raise Unavailable("no reply in time")

    def _late(self, work: Callable[[], object], session: Session | None) -> None:
        """The server comes round to what nobody waits for any more."""
        if self.up and (session is None or session.alive):
            work()
        if session is not None:
            session.late = False
            self.end(session)

    async def _after(self, process: Process, fault: str | None) -> None:
        """What becomes of the reply."""
        if fault == CRASH_AFTER:
            self._crashed(process)
            await process.gate()
        elif fault == LOST_AFTER:
            raise Unavailable(GONE)
        elif fault == LATE_AFTER:
            await asyncio.sleep(TIMEOUT_S)
            raise Unavailable("no reply in time")

    def _crashed(self, process: Process) -> None:
        assert self.strikes is not None
        self.strikes.crash(process)

    def commit(self, work: Callable[[], T]) -> T:
        """Do it, or raise Unavailable: done or not."""
        if self.dice.random() < self.doubt:
            self.seen("commit in doubt")
            if self.dice.random() < 0.5:
                work()
            raise Unavailable(GONE)
        return work()

    def open(self, process: Process) -> Session:
        """Begin; when the process dies the server notices soon and rolls back."""
        session = Session()
        self.sessions[session] = None
        process.dying.append(lambda: self._hung_up(session))
        return session

    def _hung_up(self, session: Session) -> None:
        self.loop.call_later(LATENCY_S, self.end, session)

    def end(self, session: Session) -> None:
        """Commit or roll back: its locks are free, unless the server is not there yet."""
        if session.late:
            return
        session.alive = False
        self.sessions.pop(session, None)
        for id_ in session.locked:
            if self.locks.get(id_) is session:
                del self.locks[id_]
        session.locked.clear()
        waiters, self.waiters = self.waiters, []
        for waiter in waiters:
            _wake(waiter)

    async def lock(self, session: Session, id_: str) -> None:
        """Wait for a row. Raises Unavailable after TIMEOUT_S, or when the server is gone."""
        until = self.loop.time() + TIMEOUT_S
        while session.alive and self.locks.get(id_, session) is not session:
            waiter = self.loop.create_future()
            self.waiters.append(waiter)
            timer = self.loop.call_at(until, _wake, waiter)
            await waiter
            timer.cancel()
            if self.loop.time() >= until:
                raise Unavailable(f"the row of {id_} is locked")
        if not session.alive:
            raise Unavailable(GONE)
        self.locks[id_] = session
        session.locked.append(id_)

    # --- statements -------------------------------------------------------------------------------

    def write(self, placement: Placement) -> None:
        """What PostgresWriting does with a placement."""
        for fact in placement.branches:
            self.attempts[fact.attempt].facts.setdefault(fact.hash, (fact, True))
        added: dict[str, list[Fact]] = {}
        for fact in placement.main:
            table = self.attempts[fact.attempt]
            if fact.hash not in table.facts and fact.n not in table.main:
                table.facts[fact.hash] = (fact, False)
                table.main[fact.n] = fact
                added.setdefault(fact.attempt, []).append(fact)
        for (id_, key), effect in latest_commands(placement.main).items():
            was = self.attempts[id_].commands.get(key)
            if was is None or effect.n > was.n:
                self.attempts[id_].commands[key] = effect
        changed = self._upsert(placement)
        for id_, row in placement.rows.items():
            self._update(self.attempts[id_], row)
        for id_ in changed:
            table = self.attempts[id_]
            if table.grading in (Grading.GRADED, Grading.RELEASED):
                table.grading = Grading.REGRADE_PROPOSED
                self.seen("regrade proposed")
        for id_, facts in added.items():
            self.watch(id_, facts)

    def _upsert(self, placement: Placement) -> list[str]:
        changed: dict[str, None] = {}
        for (id_, item), response in latest_answers(placement.main).items():
            responses = self.attempts[id_].responses
            if item not in responses or response.version > responses[item].version:
                responses[item] = response
                changed[id_] = None
        return list(changed)

    def _update(self, table: Table, row: Any) -> None:
        was = table.core
        if row.core.closed_at is None:
            table.grading = Grading.NONE
        elif row.core.closes > was.closes or was.closed_at is None:
            table.grading = Grading.PENDING
        table.epoch, table.n, table.head, table.core = row.epoch, row.n, row.head, row.core
        table.change += 1

    def grade(self, id_: str) -> bool:
        """Grade a closed attempt with all it holds; False if it was not its turn."""
        table = self.attempts[id_]
        if table.grading is not Grading.PENDING:
            return False
        table.grades.append((table.core.closes, dict(table.responses)))
        table.grading, table.change = Grading.GRADED, table.change + 1
        self.graded.append(id_)
        return True


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def evidence(id_: str, table: Table) -> Evidence:
    """What `verify` is given of an attempt."""
    core = table.core
    columns = {name: getattr(core, name) for name in ("state", "started_at", "closed_at", "closes")}
    facts = [
        StoredFact(
            fact.epoch,
            fact.n,
            fact.hash,
            str(fact.body.__struct_config__.tag),
            branch,
            msgspec.json.encode(fact).decode(),
        )
        for fact, branch in table.facts.values()
    ]
    row = (id_, table.epoch, table.n, table.head, msgspec.json.encode(core).decode(), columns)
    return Evidence(*row, dict(table.responses), dict(table.commands), facts, table.salt)
