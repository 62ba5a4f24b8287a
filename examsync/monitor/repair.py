"""Rows from Postgres: to fill a feed that begins, and to put right what this process did not see.

A part of `service.py`. Postgres may be behind Redis; rows that are older than what stands are
ignored by the feed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from examsync.errors import Unavailable
from examsync.exams.exam import Exam
from examsync.infra.log import logger
from examsync.monitor.marks import Marks
from examsync.monitor.piece import Piece, row_piece
from examsync.monitor.store import FeedStore
from protocol.from_server import Row

LoadRows = Callable[[str, list[str] | None], Awaitable[list[Row]]]
"""The rows of an exam, of all attempts or of some, as Postgres has them now. Raises Unavailable."""

IDS_MAX = 5_000
"""Attempts of one exam that wait for repair by name; beyond, all are read."""
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
        now: Callable[[], int],
        marked: Callable[[], None],
    ) -> None:
        self._store = store
        self._marks = marks
        self._load_rows = load_rows
        self._exam = exam
        self._now = now
        self._marked = marked
        self._some: dict[str, dict[str, None]] = {}
        self._all: dict[str, None] = {}

    def some(self, attempts: Iterable[tuple[str, str]]) -> None:
        """These (attempt, exam) changed in Postgres."""
        for attempt, exam in attempts:
            if exam in self._all:
                continue
            ids = self._some.setdefault(exam, {})
            ids[attempt] = None
            if len(ids) > IDS_MAX:
                self.everybody(exam)

    def everybody(self, exam: str) -> None:
        """Something changed for all attempts of this exam."""
        self._some.pop(exam, None)
        self._all[exam] = None

    async def turn(self) -> None:
        """Read what was asked for, where somebody watches, and mark it to be told."""
        if not self._some and not self._all:
            return
        todo: dict[str, list[str] | None] = {exam: list(ids) for exam, ids in self._some.items()}
        todo |= dict.fromkeys(self._all)
        self._some, self._all = {}, {}
        try:
            generations = await self._store.generations(list(todo))
            for exam, generation in zip(list(todo), generations, strict=True):
                if generation is not None:
                    await self._read(exam, todo[exam])
                del todo[exam]
        except Unavailable as error:
            log.info("monitor rows are read again later", why=str(error))
        finally:  # whatever happened, what is left was not done
            self._again(todo)

    async def fill(self, exam: str, generation: str) -> None:
        """Put every row that Postgres knows into a feed that has just begun. Raises Unavailable."""
        pieces = await self._load(exam, None)
        for start in range(0, len(pieces), IDS_PER_LOAD):
            await self._store.fill(exam, pieces[start : start + IDS_PER_LOAD])
        await self._store.filled(exam, generation)

    async def _read(self, exam: str, ids: list[str] | None) -> None:
        for part in [None] if ids is None else _parts(ids):
            for piece in await self._load(exam, part):
                self._marks.piece(exam, piece, self._now())
            self._marked()

    async def _load(self, exam: str, ids: list[str] | None) -> list[Piece]:
        """The rows as pieces. What orders them is from before Postgres was asked: a row may say
        more than its rev claims, but never less."""
        known, read_at = self._exam(exam), self._now()
        exam_n = 0 if known is None else known.n
        pieces = []
        for number, row in enumerate(await self._load_rows(exam, ids), 1):
            pieces.append(row_piece(row, exam_n, read_at))
            if number % ROWS_PER_SLICE == 0:
                await asyncio.sleep(0)
        return pieces

    def _again(self, todo: dict[str, list[str] | None]) -> None:
        for exam, ids in todo.items():
            if ids is None:
                self.everybody(exam)
            else:
                self.some((attempt, exam) for attempt in ids)


def _parts(ids: list[str]) -> list[list[str] | None]:
    return [ids[start : start + IDS_PER_LOAD] for start in range(0, len(ids), IDS_PER_LOAD)]
