"""What a worker does again and again: flush, sweep, grade, tell, clean; and how far it is behind.

Part of `app`, which makes it and runs it in loops; any number of processes may.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from redis.exceptions import ResponseError

from examsync.attempts.cleaning import Cleaning
from examsync.attempts.flush import Flusher
from examsync.attempts.store import RedisStore
from examsync.attempts.sweep import Sweep
from examsync.clock import Clock
from examsync.errors import Unavailable
from examsync.events.service import Events
from examsync.infra import courtesy, durability, metrics
from examsync.infra.log import logger
from examsync.infra.loops import Loops
from examsync.infra.redis import Line, LineDown
from examsync.results.row import News
from examsync.results.service import Results
from examsync.results.service.releasing import NEWS_MAX
from examsync.settings import Flush

log = logger(__name__)

SWEEP_PERIOD_S = 0.4
"""With the sweep's own second of grace, an attempt is closed within a second of being due."""
WALK_PERIOD_S = 5.0
GRADE_PERIOD_S = 1.0
EVENTS_PERIOD_S = 1.0
WEBHOOKS_PERIOD_S = 0.5
CLEANING_PERIOD_S = 600.0
GRADED_AT_ONCE = 100
"""Attempts graded between two rests: a few hundredths of a second of work."""
HURRY_LAG_MS = 20_000
HURRY_USED = 0.6
"""Who is so far behind, or whose Redis is so full, flushes without a rest: slow answers are better
than a Redis that takes none."""


class Backlog:
    """Facts in Redis that are not in Postgres, as last measured; and how full Redis is."""

    def __init__(self, store: RedisStore, line: Line, clock: Clock, partitions: int) -> None:
        self._store = store
        self._line = line
        self._clock = clock
        self.used = 0.0
        self._waiting: dict[int, tuple[int, int | None]] = dict.fromkeys(
            range(partitions), (0, None)
        )

    async def measure(self) -> None:
        """Ask how much waits, and how long. Raises Unavailable."""
        for p in self._waiting:
            count, since = self._waiting[p] = await self._store.backlog(p)
            metrics.BACKLOG_FACTS.labels(str(p)).set(count)
            lag_ms = max(0, self._clock.now() - since) if since is not None else 0
            metrics.FLUSH_LAG_SECONDS.labels(str(p)).set(lag_ms / 1_000)
        try:
            ratio = await durability.memory_ratio(self._line)
        except (LineDown, ResponseError) as error:
            raise Unavailable(str(error)) from error
        self.used = ratio
        metrics.MEMORY_RATIO.labels("redis").set(ratio)

    def facts(self) -> int:
        """How many wait."""
        return sum(count for count, _ in self._waiting.values())

    def lag_ms(self) -> int:
        """How long the oldest has waited."""
        oldest = [since for _, since in self._waiting.values() if since is not None]
        return max(0, self._clock.now() - min(oldest)) if oldest else 0


class Working:
    """The chores of a worker."""

    def __init__(
        self,
        flusher: Flusher,
        sweep: Sweep,
        cleaning: Cleaning,
        results: Results,
        events: Events,
        *,
        told: Callable[[Sequence[News]], Awaitable[None]],
        backlog: Backlog,
        clock: Clock,
        partitions: int,
    ) -> None:
        self.sweep = sweep
        self._flusher = flusher
        self._cleaning = cleaning
        self._results = results
        self._events = events
        self._told = told
        self._backlog = backlog
        self._beside_flush = courtesy.Courtesy(courtesy.scheduled)
        self._beside_grading = courtesy.Courtesy(courtesy.scheduled)
        self._clock = clock
        self._partitions = range(partitions)

    def start(self, loops: Loops, settings: Flush) -> None:
        """Do it all from now on."""
        loops.every("flush", settings.interval_ms / 1_000, self.flush_along, backoff_s_max=2.0)
        loops.every("sweep", SWEEP_PERIOD_S, self.sweep_due, backoff_s_max=1.0)
        loops.every("walk", WALK_PERIOD_S, self.walk, backoff_s_max=5.0)
        loops.every("grade", GRADE_PERIOD_S, self.grade, backoff_s_max=5.0)
        loops.every("results", GRADE_PERIOD_S, self.tell, backoff_s_max=5.0)
        loops.every("events", EVENTS_PERIOD_S, self._events.stream.publish, backoff_s_max=5.0)
        loops.every("webhooks", WEBHOOKS_PERIOD_S, self._events.sending.turn, backoff_s_max=5.0)
        loops.every("cleaning", CLEANING_PERIOD_S, self.clean)

    async def flush(self) -> int:
        """Flush what the logs hold; how many entries left them. Raises Unavailable.

        Partitions take turns, and one that gave a full batch gets another: what arrives meanwhile
        waits for the next flush, so a busy partition never keeps the others from theirs.
        """
        return await self._flush_all(resting=False)

    async def flush_along(self) -> int:
        """The same, with rests while others wait for our processor: Redis and the server, perhaps,
        who have answers to save. Not when there is hurry."""
        return await self._flush_all(resting=True)

    async def _flush_all(self, *, resting: bool) -> int:
        flushed = 0
        partitions = list(self._partitions)
        while partitions:
            counts = {p: await self._flush(p, resting=resting) for p in partitions}
            flushed += sum(counts.values())
            partitions = [p for p, n in counts.items() if n >= self._flusher.batch_max]
        return flushed

    async def _flush(self, p: int, *, resting: bool = False) -> int:
        loop = asyncio.get_running_loop()
        began = loop.time()
        flushed = await self._flusher.turn(p)
        took_s = loop.time() - began
        if flushed:
            metrics.FLUSH_SECONDS.observe(took_s)
            metrics.FLUSH_FACTS.inc(flushed)
        rest_s = self._beside_flush.rest_s(took_s)
        if resting and rest_s and not self._hurried():
            metrics.FLUSH_RESTS.inc(rest_s)
            await asyncio.sleep(rest_s)
        return flushed

    def _hurried(self) -> bool:
        return self._backlog.lag_ms() > HURRY_LAG_MS or self._backlog.used > HURRY_USED

    async def sweep_due(self) -> None:
        """Close what the hints of Redis say is over. Raises Unavailable."""
        for p in self._partitions:
            await self.sweep.turn(p)
        metrics.SWEEPS.labels("due").inc()

    async def sweep_at_hand(self) -> None:
        """Close what is over of what connections of this process hold. Raises Unavailable."""
        await self.sweep.turn_at_hand()
        metrics.SWEEPS.labels("at_hand").inc()

    async def walk(self) -> None:
        """Close what Postgres knows to be over, hint or no hint. Raises Unavailable."""
        await self.sweep.walk()
        metrics.SWEEPS.labels("walk").inc()

    async def grade(self) -> None:
        """Grade what was closed, with rests as when flushing: thousands may have closed at once,
        while others go on answering. Raises Unavailable."""
        loop, graded = asyncio.get_running_loop(), GRADED_AT_ONCE
        while graded == GRADED_AT_ONCE:
            began = loop.time()
            graded = await self._results.grader.grade_due(GRADED_AT_ONCE)
            metrics.ATTEMPTS_GRADED.inc(graded)
            await asyncio.sleep(self._beside_grading.rest_s(loop.time() - began))

    async def tell(self) -> None:
        """Pass on what became of results, all of it. Raises Unavailable."""
        told = NEWS_MAX
        while told == NEWS_MAX:
            told = await self._results.releasing.deliver(self._told)

    async def clean(self) -> None:
        """Let what nobody needs leave Redis, and old events Postgres. Raises Unavailable."""
        for p in self._partitions:
            await self._cleaning.turn(p, self._clock.now())
        await self._events.forget()


def not_graded(attempt: str, error: Exception) -> None:
    """Log and count an attempt that cannot be graded; a person has to look at its paper."""
    metrics.GRADING_FAILURES.inc()
    log.error("an attempt cannot be graded", attempt=attempt, error=str(error))
