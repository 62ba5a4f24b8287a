"""Tells the feeds what this process has marked: one round trip for all exams that are due.

A part of `service.py`. What could not be told is marked again; where nobody watches, nothing is
built, the marks are dropped, and it is asked again after a while.
"""

import asyncio
from collections.abc import Callable

from examsync.attempts.attempt import Attempt
from examsync.errors import Unavailable
from examsync.infra.log import logger
from examsync.monitor.feed import Answer, Telling
from examsync.monitor.marks import Marks, Told
from examsync.monitor.piece import CONNECTION, Piece, stamp_of
from examsync.monitor.presence import Presence
from examsync.monitor.store import FeedStore

PIECES_PER_ENTRY_MAX = 100
"""Redis is at one entry for two milliseconds; with 500, for seven, in which no answer was saved."""
GROUPS_MAX = 12
PAUSE_S = 0.01
"""What is told at a time goes to Redis in so many groups of entries at most, with pauses: all at
once a thousand rows kept answers waiting for 30 ms, four times a second."""
ROWS_PER_SLICE = 50
"""Rows built without letting answers in between: about a millisecond."""
AGAIN_S = 0.25

log = logger(__name__)


class Publisher:
    """The one way from this process to the feeds.

    `build` makes the row of an attempt, or None if this process cannot; then `repair` is asked.
    """

    def __init__(
        self,
        store: FeedStore,
        marks: Marks,
        presence: Presence,
        *,
        build: Callable[[Attempt], Piece | None],
        repair: Callable[[str, str], None],
        now: Callable[[], int],
    ) -> None:
        self._store = store
        self._marks = marks
        self._presence = presence
        self._build = build
        self._repair = repair
        self._now = now
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Something was marked. To wake whoever waits for a time that has not changed would cost a
        turn of a task with every answer."""
        if self._marks.sooner:
            self._wake.set()

    async def run(self) -> None:
        """Tell whatever becomes due, for ever."""
        away = False
        while True:
            await self._due()
            try:
                await self.turn()
                away = False
            except Unavailable as error:
                if not away:
                    log.warning("the monitor's feed cannot be told", why=str(error))
                away = True
                await asyncio.sleep(AGAIN_S)

    async def turn(self) -> None:
        """Tell what is due now. Raises Unavailable; what was not told is marked again."""
        now = self._now()
        told = {exam: self._marks.take(exam, now) for exam in self._marks.due(now)}
        if not told:
            return
        try:
            await self._tell(told)
        except BaseException:
            for exam, what in told.items():
                self._marks.put_back(exam, what, self._now())
            raise

    async def _tell(self, told: dict[str, Told]) -> None:
        """Ask which exams have a feed only now that the marks are taken: a mark may be dropped
        for want of a feed only if it was made before that was asked. Whoever begins a feed
        afterwards reads Postgres afterwards, and is repaired by the flush of what was not there."""
        generations = await self._store.generations(list(told))
        tellings: list[Telling] = []
        for (exam, what), generation in zip(told.items(), generations, strict=True):
            self._marks.watched(exam, there=generation is not None)
            if generation is not None:
                tellings += await self._tellings(exam, what)
        step = -(-len(tellings) // GROUPS_MAX) or 1
        for start in range(0, len(tellings), step):
            if start:
                await asyncio.sleep(PAUSE_S)
            some = tellings[start : start + step]
            for telling, answer in zip(some, await self._store.tell(some), strict=True):
                self._answered(telling, answer)

    async def _tellings(self, exam: str, told: Told) -> list[Telling]:
        """Events by kind first, as they are urgent; then what stands."""
        standing = dict(told.pieces)
        for piece in await self._rows(exam, told.rows):
            known = standing.get(piece.field)
            if known is None or known.rev < piece.rev:
                standing[piece.field] = piece
        kinds: dict[str, list[Piece]] = {}
        for event in told.events:
            kinds.setdefault(event.tag, []).append(event)
        return [
            Telling(exam, pieces[start : start + PIECES_PER_ENTRY_MAX], told.at)
            for pieces in (*kinds.values(), list(standing.values()))
            for start in range(0, len(pieces), PIECES_PER_ENTRY_MAX)
        ]

    async def _rows(self, exam: str, attempts: dict[str, Attempt]) -> list[Piece]:
        rows: list[Piece] = []
        for number, attempt in enumerate(attempts.values(), 1):
            piece = self._build(attempt)
            if piece is None:
                self._repair(attempt.id, exam)
            else:
                rows.append(piece)
            if number % ROWS_PER_SLICE == 0:
                await asyncio.sleep(0)
        return rows

    def _answered(self, telling: Telling, answer: Answer | None) -> None:
        """Connections learn whom they were outdone by; an older row was simply late."""
        for index, rev in answer.outdone.items() if answer is not None else ():
            piece = telling.pieces[index]
            if piece.tag == CONNECTION:
                self._presence.outdone(piece.attempt, stamp_of(rev), self._now())

    async def _due(self) -> None:
        """Wait until something is due."""
        while True:
            self._wake.clear()
            self._marks.sooner = False
            soonest, now = self._marks.next_at(), self._now()
            if soonest is not None and soonest <= now:
                return
            wait_s = None if soonest is None else (soonest - now + 1) / 1_000
            try:
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()
            except TimeoutError:
                continue
