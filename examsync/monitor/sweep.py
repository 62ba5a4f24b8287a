"""The clockwork around the roster: once a second it says that this process lives, and looks at
whom something has to be told of. A part of `service.py`.
"""

import asyncio
import contextlib
from collections.abc import Callable

from examsync.errors import Unavailable
from examsync.monitor.marks import Marks
from examsync.monitor.presence import Presence
from examsync.monitor.store import FeedStore

LINKS_PER_SLICE = 500
"""Looked at without letting answers in between: less than a millisecond."""


class Sweep:
    """Goes through the links of this process."""

    def __init__(
        self, store: FeedStore, presence: Presence, marks: Marks, *, now: Callable[[], int]
    ) -> None:
        self._store = store
        self._presence = presence
        self._marks = marks
        self._now = now
        self._generations: dict[str, str] = {}

    async def turn(self) -> None:
        """Say that we live, see which feeds began anew, then look at whom that or time concerns."""
        with contextlib.suppress(Unavailable):
            await self._beat()  # without it levels change all the same; they are told later
        now = self._now()
        while links := self._presence.due(now, LINKS_PER_SLICE):
            for exam, piece in self._presence.sweep(links, now):
                self._marks.piece(exam, piece, now)
            await asyncio.sleep(0)
            now = self._now()

    async def _beat(self) -> None:
        """What was told to a feed that is no more, or denied by others meanwhile, is told anew."""
        if not await self._store.beat(self._presence.process):
            self._presence.refeed()
        exams = self._presence.exams()
        for exam, generation in zip(exams, await self._store.generations(exams), strict=True):
            if generation is not None and self._generations.get(exam) != generation:
                self._generations[exam] = generation
                self._presence.refeed(exam)
        self._generations = {e: g for e, g in self._generations.items() if e in set(exams)}
