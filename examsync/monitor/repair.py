"""Rows from Postgres: to fill a feed that begins, and to put right what this process did not see.

A part of `service.py`. Postgres may be behind Redis; rows that are older than what stands are
ignored by the feed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from msgspec import Struct

from examsync.errors import Unavailable
from examsync.exams.exam import Exam
from examsync.infra.log import logger
from examsync.monitor.feed import Telling
from examsync.monitor.marks import Marks
from examsync.monitor.piece import Piece, gone_piece, row_piece
from examsync.monitor.store import FeedStore
from protocol.from_server import Row


class Read(Struct, frozen=True):
    """A row as Postgres has it now, and the number of its attempt's last change there."""

    row: Row
    change: int


class Loaded(Struct, frozen=True):
    """Rows that were built with the exam as of its fact `exam_n`, which was the last when they
    were asked for: with fewer they would be taken for older than they are."""

    exam_n: int
    rows: list[Read]


LoadRows = Callable[[str, list[str] | None], Awaitable[Loaded]]
"""The rows of an exam, of all attempts or of some. Raises Unavailable."""

IDS_PER_LOAD = 500
ROWS_PER_SLICE = 200

log = logger(__name__)


class Repair:
    """Attempts whose rows are to be read again. `exam` gives an exam as this process knows it."""

    def __init__(
        self,
        store: FeedStore,
        marks: Marks,
        *,
        load_rows: LoadRows,
        exam: Callable[[str], Exam | None],
        process: str,
        now: Callable[[], int],
        marked: Callable[[], None],
    ) -> None:
        self._store = store
        self._marks = marks
        self._load_rows = load_rows
        self._exam = exam
        self._process = process
        self._now = now
        self._marked = marked
        self._some: dict[str, dict[str, None]] = {}
        self._all: dict[str, bool] = {}

    def some(self, attempts: Iterable[tuple[str, str]]) -> None:
        """These (attempt, exam) changed in Postgres, or were taken out of it."""
        for attempt, exam in attempts:
            self._some.setdefault(exam, {})[attempt] = None

    def everybody(self, exam: str, *, here: bool = False) -> None:
        """The rows of all attempts of an exam may have changed: by a fact of the exam, of which
        every process hears; or by something that only this one knows (`here`)."""
        self._all[exam] = here or self._all.get(exam, False)

    async def turn(self) -> None:
        """Read what was asked for, where somebody watches, and have it told."""
        some, self._some = self._some, {}
        everybody, self._all = self._all, {}
        try:
            for exam in list(everybody):
                if await self._everybody_done(exam, here=everybody[exam]):
                    del everybody[exam]
            for exam in [each for each in some if each not in everybody]:
                # Not while somebody reads all rows: he may have read who is gone meanwhile.
                await self._some_done(exam, list(some[exam]))
                del some[exam]
        except Unavailable as error:
            log.info("monitor rows are read again later", why=str(error))
        finally:  # whatever happened, what is left was not done
            for exam, here in everybody.items():
                self.everybody(exam, here=here)
            self.some((attempt, exam) for exam, ids in some.items() for attempt in ids)

    async def fill(self, exam: str, generation: str) -> None:
        """Put every row that Postgres knows into a feed that has just begun. Raises Unavailable."""
        exam_n, pieces = await self._load(exam, None)
        for start in range(0, len(pieces), IDS_PER_LOAD):
            await self._store.fill(exam, pieces[start : start + IDS_PER_LOAD])
        await self._store.filled(exam, generation, exam_n)

    async def _some_done(self, exam: str, ids: list[str]) -> None:
        if await self._generation(exam) is None:
            return
        for start in range(0, len(ids), IDS_PER_LOAD):
            asked = ids[start : start + IDS_PER_LOAD]
            _, pieces = await self._load(exam, asked)
            for piece in pieces:
                self._marks.piece(exam, piece, self._now())
            self._marked()
            await self._tell_gone(exam, sorted(set(asked) - {piece.attempt for piece in pieces}))

    async def _tell_gone(self, exam: str, ids: list[str]) -> None:
        """Who is not in Postgres is on no roll any more. Of whom something stood until now, is
        looked for once more: he may have been put on the roll again since it was read."""
        if not ids:
            return
        telling = Telling(exam, [gone_piece(attempt) for attempt in ids], self._now())
        (answer,) = await self._store.tell([telling])
        stood = set(range(len(ids))) - (answer.outdone.keys() if answer is not None else set())
        if answer is not None:
            self.some((ids[index], exam) for index in stood)

    async def _everybody_done(self, exam: str, *, here: bool) -> bool:
        """Of those who heard of an exam's fact one reads the rows for all, and says so when they
        have been told. False while another one is at it."""
        generation, known = await self._generation(exam), self._exam(exam)
        if generation is None:
            return True
        if not here and known and known.n <= await self._store.filled_as_of(exam, generation):
            return True
        if not await self._store.claim_filling(exam, self._process):
            return False
        exam_n, pieces = await self._load(exam, None)
        for start in range(0, len(pieces), IDS_PER_LOAD):
            part = pieces[start : start + IDS_PER_LOAD]
            await self._store.tell([Telling(exam, part, self._now())])
        await self._store.filled(exam, generation, exam_n)
        return True

    async def _generation(self, exam: str) -> str | None:
        (generation,) = await self._store.generations([exam])
        return generation

    async def _load(self, exam: str, ids: list[str] | None) -> tuple[int, list[Piece]]:
        """The exam's number, and the rows as pieces. No clock orders them: it may stand, or be
        behind that of another process."""
        loaded = await self._load_rows(exam, ids)
        pieces = []
        for number, read in enumerate(loaded.rows, 1):
            pieces.append(row_piece(read.row, loaded.exam_n, read.change))
            if number % ROWS_PER_SLICE == 0:
                await asyncio.sleep(0)
        return loaded.exam_n, pieces
