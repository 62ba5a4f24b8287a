"""The only place where parts meet: builds all from the configuration, starts and stops the loops.
Who hears what is wired in `wires`. Used by the commands and by tests."""

import asyncio
import os
import secrets
import socket
from collections.abc import Sequence

from examsync import wires
from examsync.access.service import Access, Revocations
from examsync.admission import Admission
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
from examsync.config import FIRST_RECEIPT_KEY, Config
from examsync.errors import Unavailable
from examsync.events.service import Events
from examsync.exams.service import Exams
from examsync.exams.store import ExamStore
from examsync.infra import durability, metrics, migrations, pulse
from examsync.infra.log import logger
from examsync.infra.loops import Loops
from examsync.infra.patience import FreeTime
from examsync.infra.postgres import Pool, connect_pool
from examsync.infra.redis import LineDown
from examsync.infra.sharing import SharedLine
from examsync.monitor import progress
from examsync.monitor.repair import Loaded, Read
from examsync.monitor.service import Monitor, Surroundings
from examsync.monitor.store import FeedStore
from examsync.results.row import News as ResultNews
from examsync.results.service import Results
from examsync.working import Backlog, Working, not_graded

log = logger(__name__)


ROWS_PER_SLICE = 100
REVIEW_PERIOD_S = 3.0
"""A little longer than facts take to become durable (the flush's 2 s)."""


class NotDurable(Exception):
    """This Redis would lose acked answers; serving is refused."""


class NotMigrated(Exception):
    """The database is of an older version: `examsync migrate` brings it up."""


class App:
    """One process: its services, its lines to the machines, its loops."""

    def __init__(self, config: Config, pool: Pool) -> None:
        self.config = config
        self.pool = pool
        self.process = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self.clock = RedisClock()
        self.loops = Loops()
        self.line = SharedLine(config.redis.url)
        self.keys = receipt_keys(config)
        self.records = PostgresRecords(pool, self.keys.chain)
        self.lives = Lives(config.redis.partitions, self.records)
        timeout_s = config.redis.timeout_ms / 1_000
        self.store = RedisStore(config.redis.url, self.lives, timeout_s=timeout_s)
        order_key = seal.derive(config.auth.receipt_secret.encode(), "order")
        self.exams = Exams(pool, ExamStore(pool, self.line), order_key, self.clock.now)
        self.attempts = Attempts(self._environment())
        self.wires = wires.Wires(self.process, self.clock, self.attempts, self.exams)
        self.news = News(config.redis.url, self.process, self.wires.heard, self.wires.missed)
        self.wires.news = self.news
        self.lives.listeners.append(self.wires.new_life)
        self.backlog = Backlog(self.store, self.line, self.clock, config.redis.partitions)
        self.monitor = Monitor(
            FeedStore(config.redis.url), self._surroundings(), config.monitor, self.process
        )
        self._wire_monitor()
        self.results = Results(pool, self.clock.now, not_graded)
        self.events = self._events()
        self.working = self._working()
        self.access = Access(
            pool,
            self.clock,
            config.auth,
            tries_per_minute=config.limits.sign_ins_per_minute,
            exams_of=self.records.exams_of,
            registrations=Admission(self.exams, self.records, self.clock.now),
        )
        self.ring, self.accounts = self.access.ring, self.access.accounts
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
            lambda: self.backlog.used,
            FreeTime().now,
        )

    def _events(self) -> Events:
        config = self.config
        return Events(
            self.pool,
            self.clock.now,
            seal.derive(config.auth.receipt_secret.encode(), "webhooks"),
            keep_ms=config.events.keep_s * 1_000,
            trusted=config.webhooks.allow_insecure_hosts,
        )

    def _working(self) -> Working:
        flusher = Flusher(
            self.store,
            self.records,
            self.process,
            self.wires.flushed,
            # Whoever confirmed what was flushed may be dead by now: its rows are told from here.
            self.monitor.repair,
            batch_max=self.config.flush.facts_max,
        )
        return Working(
            flusher,
            Sweep(self.attempts, self.wires.closed),
            Cleaning(self.store),
            self.results,
            self.events,
            told=self._results_told,
            backlog=self.backlog,
            clock=self.clock,
            partitions=self.config.redis.partitions,
        )

    async def _results_told(self, news: Sequence[ResultNews]) -> None:
        """Rows change with every result; candidates hear of those they may see."""
        self.monitor.repair((one.attempt, one.exam) for one in news)
        released = [one.attempt for one in news if one.kind == "released"]
        if released:
            self.wires.released(released)

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            self.load_rows,
            self.exams.get,
            lambda exam: len(self.exams.items(exam)),
            self.backlog.facts,
            self.backlog.lag_ms,
            self.clock.now,
        )

    def _wire_monitor(self) -> None:
        monitor = self.monitor
        self.attempts.listeners.append(monitor.listener)
        self.exams.listeners.append(lambda before, after, facts: monitor.exam_changed(after.id))

    async def load_rows(self, exam_id: str, ids: list[str] | None) -> Loaded:
        """The monitor's rows of an exam as Postgres has them now. Raises Unavailable."""
        await self.exams.refresh(exam_id)
        exam = self.exams.get(exam_id)
        assert exam is not None
        total = len(self.exams.items(exam_id))
        rows = []
        for number, each in enumerate(await self.records.overview(exam_id, ids)):
            if number % ROWS_PER_SLICE == 0:
                await asyncio.sleep(0)  # 10,000 rows take a third of a second
            counts = progress.Tally(each.answered, each.flagged, each.late, each.saved_at)
            row = progress.row(each.attempt, exam, total, counts, each.grading)
            rows.append(Read(row, each.change))
        return Loaded(exam.n, rows)

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
        await self.read_revoked()  # before the first door opens
        self.loops.keep("pulse", pulse.beat)
        self.loops.every("clock", 2.0, self.read_clock)
        self.loops.every("lives", 1.0, self.watch_lives, backoff_s_max=1.0)
        self.loops.every("exams", 1.0, self.exams.poll, backoff_s_max=2.0)
        self.loops.every("desks", 10.0, self._clear_desks)
        self.loops.every("review", REVIEW_PERIOD_S, self._review_desks)
        self.loops.every("backlog", 1.0, self.backlog.measure, backoff_s_max=2.0)
        self.loops.every("revoked", 1.5, self.read_revoked, backoff_s_max=2.0)
        self.loops.every("issuers", 10.0, self.access.issuers.refresh)
        self.monitor.start(self.loops)
        self.loops.keep("telling", self.news.run_telling)
        self.loops.keep("hearing", self.news.run_hearing, backoff_s_max=1.0)
        if work:
            self.working.start(self.loops, self.config.flush)

    async def stop(self, *, flush: bool = True) -> None:
        """Finish what is under way, flush once more, stop the loops, hang up."""
        await self.attempts.drained()
        await self.loops.stop()
        if flush:
            try:
                await self.working.flush()
            except Unavailable as error:
                log.warning("last flush", error=str(error))
        await self.monitor.close()
        await self.events.close()
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
            raise Unavailable(f"Redis does not answer: {error}") from error
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

    async def read_revoked(self) -> None:
        """Learn which tokens are believed no longer. Raises Unavailable."""
        try:
            await self.access.api_keys.refresh()
            revoked = await self.revocations.refresh(self.pool)
        except Unavailable:
            metrics.MACHINE_UP.labels("postgres").set(0)
            raise
        metrics.MACHINE_UP.labels("postgres").set(1)
        for revocation in revoked:
            for listener in self.wires.on_revoked:
                listener(revocation)

    async def _clear_desks(self) -> None:
        self.attempts.clear_idle()

    async def _review_desks(self) -> None:
        await self.attempts.review()


async def build(config: Config) -> App:
    """An app that is not started: pools and lines, nothing running.

    Raises NotMigrated, MigrationError, and OSError and asyncpg's errors if Postgres cannot be
    reached.
    """
    missing = await migrations.pending(config.postgres.url)
    if missing:
        names = ", ".join(missing)
        raise NotMigrated(f"The database lacks {names}: run `examsync migrate` first.")
    pool = await connect_pool(
        config.postgres.url,
        connections_max=config.postgres.connections_max,
        command_timeout_s=config.postgres.statement_timeout_ms / 1_000,
    )
    return App(config, pool)


def receipt_keys(config: Config) -> seal.Keys:
    """The keys of chains and receipts: each is derived from a secret for its one purpose."""
    auth = config.auth
    secrets_by_id = {FIRST_RECEIPT_KEY: auth.receipt_secret, **auth.receipt_keys}
    receipts = {id_: seal.derive(key.encode(), "receipt") for id_, key in secrets_by_id.items()}
    chain = seal.derive(auth.receipt_secret.encode(), "chain")
    return seal.Keys(chain, receipts, auth.receipt_key_id)
