"""Monitors on a real Redis, clients that merge what they are sent, and attempts that change at
random: what the monitor's service tests are made of."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
from msgspec import structs

from examsync.attempts.attempt import Attempt, Seat, apply
from examsync.attempts.core import Core
from examsync.clock import RedisClock
from examsync.exams.exam import Exam
from examsync.infra.loops import Loops
from examsync.monitor.delta import Board, Outcome, decoded, take
from examsync.monitor.progress import row
from examsync.monitor.repair import Loaded, Read
from examsync.monitor.service import Monitor, Surroundings
from examsync.monitor.store import FeedStore
from examsync.monitor.watcher import Watcher
from examsync.settings import Monitor as Settings
from protocol.facts import (
    AnswerSaved,
    Body,
    Extended,
    Fact,
    HandRaised,
    NoticeAcknowledged,
    NoticeSent,
    Paused,
    Reopened,
    Resumed,
    Started,
    Submitted,
    ViolationReported,
)
from protocol.from_server import Row
from protocol.types import AttemptState
from tests.unit.monitor.scene import EXAM, exam

TOTAL = 9
SOON_S = 30.0
"""Far beyond any repair time: a test that waits this long has failed, not been slow."""
SETTINGS = Settings(heartbeat_period_s=1, late_s=2, silent_s=3, away_s=4)

now = RedisClock().now


def newcomer(name: str, hall: str = "A") -> Attempt:
    """An attempt that has not begun."""
    seat = Seat(EXAM, f"c-{name}", name.title(), hall)
    return Attempt(name, seat, 1, 0, "", Core(), {}, {})


def changed(before: Attempt, body: Body) -> tuple[Attempt, Fact]:
    """The attempt after one more fact."""
    fact = Fact(before.id, before.epoch, before.n + 1, "", now(), "test", body)
    return apply(before, fact), fact


def any_body(attempt: Attempt, luck: random.Random) -> Body:
    """Something that may happen to this attempt now."""
    at, id_, core = now(), f"id{attempt.n + 1}", attempt.core
    if core.started_at is None:
        return Started(id_, at)
    if core.closed:
        return Reopened(id_, at, 0, "again")
    if core.state is AttemptState.PAUSED:
        return Resumed(id_, at, "go on")
    item = f"i{luck.randrange(TOTAL)}"
    answer = AnswerSaved(
        item, "1-a", attempt.n + 1, "d", luck.choice(["a", "b", None]), at, flag=luck.random() < 0.2
    )
    notice = core.notices[0].id if core.notices else "n0"
    rare: list[Body] = [
        ViolationReported(id_, "paste", at, ""),
        HandRaised(id_, not core.hand, "?"),
        NoticeSent(id_, "sit down"),
        NoticeAcknowledged(id_, notice),
        Extended(id_, 1_000, "lamp"),
        Paused(id_, at, "drill"),
        Submitted(id_, at),
    ]
    return answer if luck.random() < 0.6 else luck.choice(rare)


class Ledger:
    """The exam, and its attempts as Postgres has them: what `load_rows` reads."""

    def __init__(self) -> None:
        self.exam: Exam = exam()
        self.flushed: dict[str, Attempt] = {}
        self.changes: dict[str, int] = {}
        self.loads = 0
        self.away = False

    def register(self, *attempts: Attempt) -> None:
        """They are on the roll."""
        for attempt in attempts:
            self.flushed[attempt.id] = attempt
            self.changes[attempt.id] = self.changes.get(attempt.id, 0) + 1

    def flush(self, attempt: Attempt) -> bool:
        """Postgres gets an attempt, unless it has a later one."""
        known = self.flushed.get(attempt.id)
        if known is not None and known.rev > attempt.rev:
            return False
        self.register(structs.replace(attempt, durable=attempt.rev))
        return True

    async def load_rows(self, exam_id: str, ids: list[str] | None) -> Loaded:
        """As the monitor asks for them."""
        assert exam_id == EXAM
        self.loads += 1
        if self.away:
            raise OSError("Postgres is away")
        chosen = list(self.flushed) if ids is None else ids
        found = [
            Read(self.row(self.flushed[name]), self.changes[name])
            for name in chosen
            if name in self.flushed
        ]
        exam_n = self.exam.n
        await asyncio.sleep(0.01)  # what is read may be old by the time it arrives
        return Loaded(exam_n, found)

    def row(self, attempt: Attempt) -> Row:
        """The row that is right for an attempt."""
        return row(attempt, self.exam, TOTAL)

    def rows(self) -> dict[str, Row]:
        """All of them."""
        return {name: self.row(attempt) for name, attempt in self.flushed.items()}


def ledger(*names: str) -> Ledger:
    """A ledger with these on the roll, in hall A."""
    found = Ledger()
    found.register(*(newcomer(name) for name in names))
    return found


class Client:
    """An examiner's client: merges what it is sent, watches again when it missed something."""

    def __init__(self) -> None:
        self.board = Board(EXAM)
        self.events: list[str] = []
        self.states: dict[str, int] = {}
        """A digest of what it held, by version."""
        self.gaps = 0
        self.full = False
        self.was_cut = False

    def send(self, event: str, body: bytes) -> None:
        """Take an event."""
        self.events.append(event)
        outcome = take(self.board, decoded(event, body))
        assert outcome is not Outcome.IGNORED
        self.gaps += outcome is Outcome.GAP
        if self.board.version is not None and event != "stats":
            self.states[self.board.version] = digest(self.board)

    def waiting_bytes(self) -> int:
        """A line that drains at once, unless a test says otherwise."""
        return 2**30 if self.full else 0

    def cut(self) -> None:
        """The server gave up."""
        self.was_cut = True


def whole(client: Client) -> bool:
    """Whether its snapshot is complete."""
    return client.board.version is not None


def digest(board: Board) -> int:
    """What a board holds, as one number."""
    parts = (dict(sorted(board.rows.items())), dict(sorted(board.connections.items())))
    return hash(msgspec.json.encode(parts))


class Running:
    """A monitor with its loops running."""

    def __init__(self, url: str, ledger: Ledger, process: str) -> None:
        self.ledger = ledger
        self.store = FeedStore(url)
        around = Surroundings(
            load_rows=ledger.load_rows,
            exam=lambda exam_id: ledger.exam if exam_id == EXAM else None,
            total=lambda exam_id: TOTAL,
            backlog=lambda: 3,
            durable_lag_ms=lambda: 40,
            now=now,
        )
        self.monitor = Monitor(self.store, around, SETTINGS, process)
        self.loops = Loops()

    async def watch(
        self, version: str | None = None, halls: frozenset[str] = frozenset()
    ) -> tuple[Client, Watcher]:
        """A client that watches here."""
        client = Client()
        return client, await self.monitor.watch(EXAM, version, client, halls)

    async def tell(self, attempt: Attempt, body: Body, *, flush: bool = True) -> Attempt:
        """Something is confirmed here, and becomes durable unless told otherwise."""
        after, fact = changed(attempt, body)
        self.monitor.listener(attempt, after, fact)
        if flush:
            self.ledger.flush(after)
            self.monitor.repair([(after.id, EXAM)])
        return after


@contextlib.asynccontextmanager
async def running(url: str, ledger: Ledger, process: str = "web-1") -> AsyncIterator[Running]:
    """A monitor that runs for as long as the block."""
    one = Running(url, ledger, process)
    one.monitor.start(one.loops)
    try:
        yield one
    finally:
        await one.loops.stop()
        await one.monitor.close()


async def until(
    holds: Callable[[], bool | Awaitable[bool]], seconds: float = SOON_S, what: str = ""
) -> None:
    """Wait until something holds; fail when that takes longer than any promise."""
    end = asyncio.get_running_loop().time() + seconds
    while True:
        found = holds()
        if found if isinstance(found, bool) else await found:
            return
        assert asyncio.get_running_loop().time() < end, what or "it never came true"
        await asyncio.sleep(0.02)
