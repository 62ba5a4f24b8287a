"""The only place where parts meet: builds everything from the configuration, starts and stops the
loops. Who hears what is wired in `wires`. Used by the commands and by tests.
"""

import os
import secrets
import socket

from examsync import wires
from examsync.access.service import Accounts, Revocations, key_ring
from examsync.attempts import seal
from examsync.attempts.cleaning import Cleaning
from examsync.attempts.environment import Environment
from examsync.attempts.flush import Flusher
from examsync.attempts.lives import Lives
from examsync.attempts.news import News
from examsync.attempts.records import PostgresRecords
from examsync.attempts.service import Attempts
from examsync.attempts.store import RedisStore
from examsync.attempts.sweep import Sweep
from examsync.clock import RedisClock
from examsync.config import Config
from examsync.errors import Unavailable
from examsync.exams.service import Exams
from examsync.exams.store import ExamStore
from examsync.infra import durability, metrics
from examsync.infra.log import logger
from examsync.infra.loops import Loops
from examsync.infra.postgres import Pool, connect_pool
from examsync.infra.redis import Line, LineDown
from examsync.monitor import progress
from examsync.monitor.service import Monitor, Surroundings
from examsync.monitor.store import FeedStore
from protocol.from_server import Row

log = logger(__name__)


class NotDurable(Exception):
    """This Redis would lose acked answers; serving is refused."""


class App:
    """One process: its services, its lines to the machines, its loops."""

    def __init__(self, config: Config, pool: Pool) -> None:
        self.config = config
        self.pool = pool
        self.process = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self.clock = RedisClock()
        self.loops = Loops()
        self.line = Line(config.redis.url)
        self.keys = receipt_keys(config)
        self.records = PostgresRecords(pool, self.keys.chain)
        self.lives = Lives(config.redis.partitions, self.records)
        timeout_s = config.redis.timeout_ms / 1_000
        self.store = RedisStore(config.redis.url, self.lives, timeout_s=timeout_s)
        self.exams = Exams(
            pool,
            ExamStore(pool, self.line),
            seal.derive(config.auth.receipt_secret.encode(), "order"),
            self.clock.now,
        )
        self.attempts = Attempts(self._environment())
        self.wires = wires.Wires(self.process, self.clock, self.attempts, self.exams)
        self.news = News(config.redis.url, self.process, self.wires.heard, self.wires.missed)
        self.wires.news = self.news
        self.lives.listeners.append(self.wires.new_life)
        self.backlog: dict[int, tuple[int, int | None]] = {}
        self.monitor = Monitor(
            FeedStore(config.redis.url), self._surroundings(), config.monitor, self.process
        )
        self._wire_monitor()
        self.flusher = Flusher(
            self.store,
            self.records,
            self.process,
            self.wires.flushed,
            # Whoever confirmed what was flushed may be dead by now: its rows are told from here.
            self.monitor.repair,
        )
        self.sweep = Sweep(self.attempts, self.wires.closed)
        self.cleaning = Cleaning(self.store)
        self.ring = key_ring(config.auth)
        self.accounts = Accounts(
            pool,
            self.ring,
            self.clock,
            exams_of=self.records.exams_of,
            life_ms=config.auth.token_life_s * 1_000,
            tries_per_minute=config.limits.sign_ins_per_minute,
        )
        self.revocations = Revocations(self.clock)

    def _environment(self) -> Environment:
        return Environment(
            self.store,
            self.records,
            self.exams,
            self.keys,
            self.config.redis.partitions,
            self.clock.now,
            lambda: secrets.token_hex(4),
            wires.failed,
            wires.count_saves,
        )

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            self.load_rows,
            self.exams.get,
            lambda exam: len(self.exams.items(exam)),
            lambda: sum(count for count, _ in self.backlog.values()),
            self.flush_lag_ms,
            self.clock.now,
        )

    def _wire_monitor(self) -> None:
        monitor = self.monitor
        self.attempts.listeners.append(monitor.listener)
        self.exams.listeners.append(lambda before, after, facts: monitor.exam_changed(after.id))

    def flush_lag_ms(self) -> int:
        """How long the oldest fact that is not in Postgres has waited."""
        oldest = [since for _, since in self.backlog.values() if since is not None]
        return max(0, self.clock.now() - min(oldest)) if oldest else 0

    async def load_rows(self, exam_id: str, ids: list[str] | None) -> list[Row]:
        """The monitor's rows of an exam as Postgres has them now. Raises Unavailable."""
        await self.exams.refresh(exam_id)
        exam = self.exams.get(exam_id)
        assert exam is not None
        total = len(self.exams.items(exam_id))
        rows = []
        for each in await self.records.overview(exam_id, ids):
            counts = progress.Tally(each.answered, each.flagged, each.late, each.saved_at)
            rows.append(progress.row(each.attempt, exam, total, counts, each.grading))
        return rows

    async def check(self) -> durability.Durability:
        """What Redis says of its durability. Raises NotDurable, Unavailable."""
        try:
            found = await durability.inspect(
                self.line, accept_everysec=self.config.redis.accept_everysec
            )
        except LineDown as error:
            raise Unavailable(f"Redis does not answer: {error}") from error
        if found.problems:
            raise NotDurable(" ".join(found.problems))
        return found

    async def start(self, *, work: bool) -> None:
        """Learn the time and the lives, then start the loops; `work` adds flush and sweep."""
        found = await self.check()
        for remark in found.remarks:
            log.warning("durability", remark=remark)
        await self.read_clock()
        await self.lives.refresh(self.store.reads)
        self.loops.every("clock", 2.0, self.read_clock)
        self.loops.every("lives", 1.0, self.watch_lives, backoff_s_max=1.0)
        self.loops.every("exams", 1.0, self.exams.poll, backoff_s_max=2.0)
        self.loops.every("desks", 10.0, self._clear_desks)
        self.loops.every("backlog", 1.0, self.measure, backoff_s_max=2.0)
        self.loops.every("revoked", 1.5, self._read_revoked, backoff_s_max=2.0)
        self.monitor.start(self.loops)
        self.loops.keep("telling", self.news.run_telling)
        self.loops.keep("hearing", self.news.run_hearing, backoff_s_max=1.0)
        if work:
            self.start_work()

    def start_work(self) -> None:
        """The loops of a worker: any number of processes may run them."""
        interval_s = self.config.flush.interval_ms / 1_000
        self.loops.every("flush", interval_s, self.flush, backoff_s_max=2.0)
        self.loops.every("sweep", 0.4, self.sweep_due, backoff_s_max=1.0)
        self.loops.every("cleaning", 600.0, self._clean)
        self.loops.every("walk", 5.0, self.sweep.walk, backoff_s_max=5.0)

    async def stop(self, *, flush: bool = True) -> None:
        """Finish what is under way, flush once more, stop the loops, hang up."""
        await self.attempts.drained()
        await self.loops.stop()
        if flush:
            try:
                await self.flush()
            except Unavailable as error:
                log.warning("last flush", error=str(error))
        await self.monitor.close()
        self.wires.cancel()
        await self.news.close()
        await self.store.close()
        await self.line.close()
        await self.pool.close()

    async def read_clock(self) -> None:
        """Take a reading of Redis TIME. Raises Unavailable."""
        asked = self.clock.monotonic_s()
        try:
            seconds, micros = await self.line.one("TIME")
        except LineDown as error:
            raise Unavailable(str(error)) from error
        answered = self.clock.monotonic_s()
        self.clock.set(int(seconds) * 1_000 + int(micros) / 1_000, asked=asked, answered=answered)

    async def watch_lives(self) -> None:
        """Notice a new life of Redis though nobody writes. Raises Unavailable."""
        try:
            await self.lives.refresh(self.store.reads)
        except Unavailable:
            metrics.MACHINE_UP.labels("redis").set(0)
            raise
        metrics.MACHINE_UP.labels("redis").set(1)

    async def flush(self) -> int:
        """Flush every partition until its log is empty; how many entries left. Raises
        Unavailable."""
        flushed = 0
        for p in range(self.config.redis.partitions):
            with metrics.FLUSH_SECONDS.time():
                while done := await self.flusher.turn(p):
                    flushed += done
        metrics.FLUSH_FACTS.inc(flushed)
        return flushed

    async def measure(self) -> None:
        """How much waits to be flushed, and how long. Raises Unavailable."""
        now = self.clock.now()
        for p in range(self.config.redis.partitions):
            count, since = self.backlog[p] = await self.store.backlog(p)
            metrics.BACKLOG_FACTS.labels(str(p)).set(count)
            lag_ms = max(0, now - since) if since is not None else 0
            metrics.FLUSH_LAG_SECONDS.labels(str(p)).set(lag_ms / 1_000)

    async def sweep_due(self) -> None:
        """One turn of the sweep over every partition. Raises Unavailable."""
        for p in range(self.config.redis.partitions):
            await self.sweep.turn(p)
        metrics.SWEEPS.labels("due").inc()

    async def _clean(self) -> None:
        for p in range(self.config.redis.partitions):
            await self.cleaning.turn(p, self.clock.now())

    async def _read_revoked(self) -> None:
        for revocation in await self.revocations.refresh(self.pool):
            for listener in self.wires.on_revoked:
                listener(revocation)

    async def _clear_desks(self) -> None:
        self.attempts.clear_idle()


async def build(config: Config) -> App:
    """An app that is not started: pools and lines, nothing running. Raises OSError and asyncpg's
    errors if Postgres cannot be reached."""
    pool = await connect_pool(
        config.postgres.url,
        connections_max=config.postgres.connections_max,
        command_timeout_s=config.postgres.statement_timeout_ms / 1_000,
    )
    return App(config, pool)


def receipt_keys(config: Config) -> seal.Keys:
    """The keys of chains and receipts, from the one secret they are derived from."""
    secret = config.auth.receipt_secret.encode()
    return seal.Keys(seal.derive(secret, "chain"), {"1": seal.derive(secret, "receipt")}, "1")
