"""One process of the server: the real parts as `examsync.app` joins them, on this world's machines.

Workers have candidates at their door; the others flush, sweep, walk and grade.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from examsync.attempts.cleaning import RETIRE_AFTER_MS, Cleaning
from examsync.attempts.environment import TOGETHER_MAX, Environment
from examsync.attempts.flush import Flusher
from examsync.attempts.lives import Lives
from examsync.attempts.news import Told
from examsync.attempts.service import Attempts
from examsync.attempts.store import RedisStore
from examsync.attempts.sweep import Sweep
from examsync.errors import Unavailable
from examsync.infra.redis import Line, LineDown
from examsync.wires import Wires
from protocol.types import Grading
from tests.simulation.connection import NOWHERE, plug
from tests.simulation.door import Door
from tests.simulation.memory_exams import MemoryExams, MemoryExamStore
from tests.simulation.memory_records import MemoryRecords
from tests.simulation.monitored import monitor_of
from tests.simulation.network import Link
from tests.simulation.points import LATE_BEFORE, LOST_BEFORE, TWICE
from tests.simulation.process import Dead, Process

if TYPE_CHECKING:
    from tests.simulation.world import World

LIVES_S, POLL_S, DESKS_S = 2.5, 3.0, 10.0
FLUSH_S, SWEEP_S, WALK_S, GRADE_S, CLEAN_S = 0.6, 1.1, 5.0, 1.5, 4.0
RETIRE_MS = 3_000
MONITOR_S, MONITOR_AGAIN_S = 1.0, 0.1
NEWS_S, NEWS_LATE_S = 0.005, 5.0


class Node:
    """A process with its services. `world` is told of defects, and of what everybody hears."""

    def __init__(self, world: "World", name: str) -> None:
        self.world = world
        self.name = name
        self.process = Process(world.loop, name, world.dice.randrange(-20, 20))
        self.process.read_clock(world.redis.skew_ms)
        self.process.run(self._build)

    def _build(self) -> None:
        world, process = self.world, self.process
        self.records = MemoryRecords(process, world.postgres)
        self.lives = Lives(world.partitions, self.records)
        self.store = RedisStore(NOWHERE, self.lives)
        line = Line(NOWHERE)
        internals: Any = self.store
        writing = [each.pipe.line for each in self.store.writing]
        self.lines = [line, *writing, internals.reads, internals._log.line]
        for each in self.lines:
            plug(each, process, world.redis)
        store = MemoryExamStore(process, world.postgres, line)
        self.exams = MemoryExams(world.no_pool, store, b"order", process.now)
        self.attempts = Attempts(
            Environment(
                self.store,
                self.records,
                self.exams,
                world.keys,
                world.partitions,
                process.now,
                lambda: f"{world.dice.getrandbits(32):08x}",
                self._failed,
                together=TOGETHER_MAX if world.plan.seed % 2 else 1,
            )
        )
        self.wires = Wires(self.name, process, self.attempts, self.exams)
        self.wires.news = News(self)  # type: ignore[assignment]  # it can tell: no more is asked
        self.lives.listeners.append(self.wires.new_life)
        self.attempts.listeners.append(self.world.confirmed)
        self.monitor = monitor_of(self) if world.plan.monitored else None

    def _failed(self, error: Exception) -> None:
        """The code under test has failed at something; of a dead process nobody hears that."""
        if self.process.alive:
            self.world.defect(error)

    def every(self, seconds: float, turn: Callable[[], Awaitable[object]]) -> None:
        """A loop of this process: a turn that finds storage away is tried again later."""
        self.process.start(self._every(seconds, turn))

    async def _every(self, seconds: float, turn: Callable[[], Awaitable[object]]) -> None:
        while self.process.alive:
            await self.world.sleep(seconds * self.world.dice.uniform(0.5, 1.5))
            try:
                await self.process.gate()
                await turn()
            except (Unavailable, LineDown, Dead):
                continue
            except Exception as error:  # any other is a defect of the code under test
                self._failed(error)

    def start(self) -> None:
        """The loops of every process."""
        self.every(LIVES_S, self.watch_lives)
        self.every(POLL_S, self.exams.poll)
        self.every(DESKS_S, self.clear)
        if self.monitor is not None:
            self._start_monitor(self.monitor)

    def _start_monitor(self, monitor: Any) -> None:
        following = monitor._following
        for run in (monitor._publisher.run, following.run_hearing, following.run_forwarding):
            self.every(MONITOR_AGAIN_S, run)
        for turn in (monitor._look, monitor._repair.turn, monitor._keep):
            self.every(MONITOR_S, turn)

    def changed(self, attempts: list[tuple[str, str]]) -> None:
        """Rows of attempts in Postgres are others than before."""
        if self.monitor is not None:
            self.monitor.repair(attempts)

    async def watch_lives(self) -> None:
        """Notice a new life of Redis though nobody writes."""
        await self.lives.refresh(self.store.reads)

    async def clear(self) -> None:
        """Forget attempts nobody uses; look again after those that do not become durable."""
        self.attempts.clear_idle()
        await self.attempts.review()

    def kill(self) -> None:
        """Die."""
        self.process.kill()


class News:
    """The control stream: what one process tells reaches the others late, or never."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def tell(self, told: Told) -> None:
        """Let the others know."""
        world = self._node.world
        fault = world.strikes.at(f"news {type(told).__name__}")
        if fault == LOST_BEFORE:
            return
        late = NEWS_LATE_S if fault == LATE_BEFORE else 0.0
        for other in world.nodes():
            if other is self._node:
                continue
            if world.dice.random() < world.news_lost:
                world.seen("news lost")
                continue
            for _ in range(2 if fault == TWICE else 1):
                delay = late + NEWS_S * (1 + world.dice.random())
                other.process.later(delay, other.wires.heard, told)


class Worker(Node):
    """A process with candidates at its door."""

    def start(self) -> None:
        """Open the door."""
        super().start()
        presence = self.monitor.presence if self.monitor is not None else None
        self.door = Door(
            self.process,
            self.attempts,
            self.exams,
            self.world.asked,
            self.world.witness,
            presence=presence,
        )
        self.attempts.listeners.append(self.door.confirmed)
        self.exams.listeners.append(self.door.exam_changed)
        self.wires.on_heard.append(self.door.told)
        self.wires.on_life.append(self.door.new_life)
        self.every(SWEEP_S, Sweep(self.attempts, self.wires.closed).turn_at_hand)

    def received(self, link: Link, message: tuple[Any, ...]) -> None:
        """From a device."""
        self.door.received(link, message)

    def closed(self, link: Link) -> None:
        """A device has gone."""
        self.door.closed(link)

    def kill(self) -> None:
        """Die, and with it every connection."""
        super().kill()
        self.world.network.broken(self)


class Background(Node):
    """A process that flushes, sweeps, walks and grades."""

    def start(self) -> None:
        """Begin."""
        super().start()
        self.flusher = Flusher(
            self.store, self.records, self.name, self.wires.flushed, self.changed
        )
        self.sweep = Sweep(self.attempts, self.wires.closed)
        self.every(FLUSH_S, self.flush)
        self.every(SWEEP_S, self.sweep_due)
        self.every(WALK_S, self.sweep.walk)
        self.every(GRADE_S, self.grade)
        self.cleaning = Cleaning(self.store)
        self._told = 0
        self.every(CLEAN_S, self.clean)

    async def flush(self) -> None:
        """Flush every partition until nothing more leaves its log."""
        for p in range(self.world.partitions):
            while await self.flusher.turn(p):
                self.world.seen("flushed")

    async def sweep_due(self) -> None:
        """One turn of the sweep."""
        for p in range(self.world.partitions):
            await self.sweep.turn(p)

    async def clean(self) -> None:
        """Retire closed attempts: here after seconds, by telling a later time."""
        now = self.process.now() + RETIRE_AFTER_MS - RETIRE_MS
        for p in range(self.world.partitions):
            if await self.cleaning.turn(p, now):
                self.world.seen("cleaned")

    async def grade(self) -> None:
        """Grade what is closed, once per close."""
        for id_, table in self.world.postgres.attempts.items():
            if table.grading is Grading.PENDING:
                await self.records.grade_one(id_)
        self._tell_graded()

    def _tell_graded(self) -> None:
        """Pass on what was graded, by whomever: Postgres keeps the news of it."""
        news = self.world.postgres.graded
        tables = self.world.postgres.attempts
        self.changed([(id_, tables[id_].seat.exam) for id_ in news[self._told :]])
        self._told = len(news)
