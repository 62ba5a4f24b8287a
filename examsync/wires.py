"""Who hears what in one process (part of `app`: built and used there only).

a fact confirmed here   -> other processes, if a candidate may be connected there
a fact told by another  -> connections of its attempt, once it has been read again
a fact made durable     -> its attempt, other processes, the monitor
an exam's new facts     -> other processes
a new epoch             -> all connections: send again what is not durable
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from examsync.access.revocation import Revocation
from examsync.attempts.attempt import Attempt
from examsync.attempts.news import (
    DurableTold,
    ExamTold,
    FactTold,
    News,
    ResultsTold,
    SeatsTold,
    Told,
    worth_telling,
)
from examsync.attempts.ports import Life, Outcome
from examsync.attempts.service import Attempts
from examsync.attempts.timing import SWEEP_AFTER_MS
from examsync.clock import Clock
from examsync.errors import Unavailable
from examsync.exams.exam import Exam
from examsync.exams.service import Exams
from examsync.infra import metrics, tallies
from examsync.infra.log import logger
from protocol.facts import ExamFact, Fact, Rev

log = logger(__name__)

SEATS_TOLD_MAX = 1_000
"""Attempts named in one word to other processes."""
READ_AGAIN_MAX = 20
"""How often an attempt that something is to be told of is asked for, while storage is slow."""


class Wires:
    """Passes on what happens. Parts that want to hear append to the `on_` lists."""

    def __init__(self, process: str, clock: Clock, attempts: Attempts, exams: Exams) -> None:
        self.process = process
        self.clock = clock
        self.attempts = attempts
        self.exams = exams
        self.news: News | None = None
        self.on_heard: list[Callable[[Attempt, Fact], None]] = []
        """(attempt, fact) of a fact another process confirmed, for attempts held here."""
        self.on_durable: list[Callable[[dict[str, Rev], list[Fact]], None]] = []
        """(revs, facts): the facts only in the process that flushed them."""
        self.on_life: list[Callable[[Life], None]] = []
        self.on_released: list[Callable[[list[str]], None]] = []
        """Attempts whose results can be seen now."""
        self.on_revoked: list[Callable[[Revocation], None]] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        attempts.listeners.append(self._confirmed)
        exams.listeners.append(self._exam_changed)

    def tell(self, told: Told) -> None:
        """Let other processes know."""
        if self.news is not None:
            self.news.tell(told)

    def _confirmed(self, before: Attempt, after: Attempt, fact: Fact) -> None:
        if after.core.closes > before.core.closes:
            metrics.ATTEMPTS_CLOSED.labels(str(after.core.state)).inc()
        if worth_telling(fact):
            self.tell(FactTold(self.process, fact))

    def _exam_changed(self, before: Exam, after: Exam, facts: list[ExamFact]) -> None:
        self.tell(ExamTold(self.process, after.id))

    def flushed(self, durable: dict[str, Rev], facts: list[Fact]) -> None:
        """The flusher of this process has made facts durable."""
        now = self.clock.now()
        for fact in facts:
            _DURABLE_LAG_S.took(max(0, now - fact.at) / 1_000)
        self._durable(durable, facts)
        self.tell(DurableTold(self.process, durable))

    def _durable(self, durable: dict[str, Rev], facts: list[Fact]) -> None:
        for id_, rev in durable.items():
            if self.attempts.outdated(id_, rev) and self.attempts.held(id_):
                # Word of it was lost: what is at hand is older than what Postgres has.
                self.background(self._read_again(id_, None))
            self.attempts.durable(id_, rev)
        for listener in self.on_durable:
            listener(durable, facts)

    def new_life(self, life: Life) -> None:
        """A partition of Redis is in a new epoch."""
        metrics.EPOCHS.inc()
        log.warning("new epoch", partition=life.p, epoch=life.epoch)
        for listener in self.on_life:
            listener(life)

    def heard(self, told: Told) -> None:
        """Another process told something."""
        match told:
            case FactTold(fact=fact):
                self.attempts.outdated(fact.attempt, (fact.epoch, fact.n))
                if self.attempts.held(fact.attempt):
                    # Told even if it was read already: its candidate has not heard of it.
                    self.background(self._read_again(fact.attempt, fact))
            case DurableTold(durable=durable):
                self._durable(durable, [])
            case ExamTold(exam=exam_id):
                if self.exams.get(exam_id) is not None:
                    self.background(self._refresh_exam(exam_id))
            case ResultsTold(attempts=attempts):
                self._released(attempts)
            case SeatsTold(attempts=attempts):
                self._doubt(attempts)

    def seats_changed(self, attempts: list[str]) -> None:
        """This process has changed what was planned for these attempts."""
        self._doubt(attempts)
        for start in range(0, len(attempts), SEATS_TOLD_MAX):
            self.tell(SeatsTold(self.process, attempts[start : start + SEATS_TOLD_MAX]))

    def _doubt(self, attempts: list[str]) -> None:
        for id_ in attempts:
            self.attempts.doubt(id_)

    def released(self, attempts: list[str]) -> None:
        """This process has learnt that results of these attempts can be seen."""
        self._released(attempts)
        self.tell(ResultsTold(self.process, attempts))

    def _released(self, attempts: list[str]) -> None:
        for listener in self.on_released:
            listener(attempts)

    async def _read_again(self, attempt_id: str, fact: Fact | None) -> None:
        reply = await self.attempts.view(attempt_id)
        for _ in range(READ_AGAIN_MAX):
            if reply.problem is None or reply.problem.retry_after_ms is None:
                break
            await asyncio.sleep(reply.problem.retry_after_ms / 1_000)
            reply = await self.attempts.view(attempt_id)
        if reply.attempt is not None and fact is not None:
            for listener in self.on_heard:
                listener(reply.attempt, fact)

    async def _refresh_exam(self, exam_id: str) -> None:
        try:
            await self.exams.refresh(exam_id)
        except Unavailable:
            return  # the poll comes round

    def missed(self) -> None:
        """News may have been lost: nothing at hand is trusted before it is read again."""
        self.attempts.doubt_all()

    def closed(self, attempt: Attempt, at: int) -> None:
        """The sweep of this process has closed an attempt; it was confirmed at `at`."""
        exam = self.exams.get(attempt.seat.exam)
        if attempt.core.closed_at is not None and exam is not None:
            due = attempt.core.closed_at + exam.terms.grace_ms + SWEEP_AFTER_MS
            metrics.DEADLINE_LATENESS_SECONDS.observe(max(0, at - due) / 1_000)

    def background(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run something whose end nobody waits for; its failure is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            failed(error)

    def cancel(self) -> None:
        """Drop what runs in the background."""
        for task in list(self._tasks):
            task.cancel()


def failed(error: BaseException) -> None:
    """Log a defect with its traceback; storage that is away is none, and one line."""
    if isinstance(error, Unavailable):
        log.warning("work in the background found storage away", error=str(error))
    else:
        log.error("defect", exc_info=error)


def count_saves(outcomes: list[Outcome]) -> None:
    """Count how one pipeline to Redis came out."""
    _BATCH_SIZE.took(len(outcomes))
    ok = outcomes.count(Outcome.OK)
    _SAVED_OK.add(ok)
    if ok < len(outcomes):
        for outcome in outcomes:
            if outcome is not Outcome.OK:
                metrics.SAVES.labels(outcome.value).inc()


_SAVED_OK = tallies.Count(metrics.SAVES.labels(Outcome.OK.value))
_BATCH_SIZE = tallies.Spread(metrics.SAVE_BATCH_SIZE)
_DURABLE_LAG_S = tallies.Spread(metrics.DURABLE_LAG_SECONDS)
