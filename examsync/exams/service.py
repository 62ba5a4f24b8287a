"""The exams this process knows: their terms and facts, their paper, and acts on a whole exam.

Postgres has the truth. Redis counts each exam's facts, so that a decision made on fewer is
noticed; a poll notices what was written by somebody who died before counting.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping

from msgspec import Struct, structs

from examsync.bank import service as bank
from examsync.bank.paper import Paper, order_for, public_paper
from examsync.errors import ExamError, Unavailable
from examsync.exams import chain
from examsync.exams.change import check_terms
from examsync.exams.exam import Exam, Terms, apply, decide
from examsync.exams.planning import Planning, taken
from examsync.exams.store import ExamStore, Stored
from examsync.infra.postgres import AWAY, Pool
from protocol import paper as public
from protocol.facts import ExamBody, ExamFact
from protocol.problems import Code
from protocol.types import Id

TRIES_MAX = 20
"""How often an act on an exam is decided again when others act at the same time."""
EXAMS_LISTED_MAX = 1_000
UNUSED_KEPT_MS = 4 * 3_600_000
"""An exam (with its paper) that nobody asks for leaves memory; who asks later reads it again."""
ARCHIVED_KEPT_MS = 60_000

Listener = Callable[[Exam, Exam, list[ExamFact]], None]
"""Called with (before, after, new facts) when this process learns what was done to an exam."""


class Sitting(Struct, frozen=True):
    """An exam with its paper, ready to be sat: the public paper is one object for everybody."""

    exam: Exam
    status: str
    edition: int
    authored: Paper
    paper: public.Paper
    items: Mapping[str, public.Item]


class Exams:
    """The book of exams."""

    def __init__(
        self, pool: Pool, store: ExamStore, order_key: bytes, now: Callable[[], int]
    ) -> None:
        self._pool = pool
        self._store = store
        self._order_key = order_key
        self._chain_key = chain.key_of(order_key)
        self._now = now
        self._sittings: dict[str, Sitting] = {}
        self._touched: set[str] = set()
        self._used_at: dict[str, int] = {}
        self._reading: dict[str, asyncio.Task[None]] = {}
        self._doubted: set[str] = set()
        self.listeners: list[Listener] = []
        self.planning = Planning(pool, store, self._read, now)

    # --- from memory ------------------------------------------------------------------------------

    def get(self, exam_id: str) -> Exam | None:
        """The exam, if it is known here."""
        self._touched.add(exam_id)
        sitting = self._sittings.get(exam_id)
        return sitting.exam if sitting is not None else None

    def items(self, exam_id: str) -> Mapping[str, public.Item]:
        """The items of its paper, by id."""
        return self._sittings[exam_id].items

    def paper(self, exam_id: str) -> public.Paper:
        """The paper as candidates see it."""
        return self._sittings[exam_id].paper

    def order(self, exam_id: str, attempt_id: str) -> public.Order:
        """One candidate's order of items and options: keyed, never stored, always the same."""
        seed = hashlib.blake2b(attempt_id.encode(), key=self._order_key, digest_size=32).digest()
        return order_for(self._sittings[exam_id].authored, seed)

    # --- learning ---------------------------------------------------------------------------------

    async def refresh(self, exam_id: str) -> None:
        """Learn the exam's newest facts. Raises Unavailable; ExamError NOT_FOUND.

        Thousands may ask at once, when an exam begins or this process does: one of them reads.
        """
        self._touched.add(exam_id)
        while True:
            n = await self._store.n_in_redis(exam_id)
            known = self._sittings.get(exam_id)
            counted = known is not None and n is not None and n <= known.exam.n
            if counted and exam_id not in self._doubted:
                return
            reading = self._reading.get(exam_id)
            if reading is None:
                await asyncio.shield(self._begin_reading(exam_id))
                return
            await asyncio.shield(reading)  # it may have begun too early for us: look again

    def doubt(self, exam_id: str) -> None:
        """Somebody has heard of more of the exam than is known here, and Redis may not have been
        told to count it: `refresh` looks in Postgres next time."""
        if exam_id in self._sittings:
            self._doubted.add(exam_id)

    def _begin_reading(self, exam_id: str) -> "asyncio.Task[None]":
        doubted = exam_id in self._doubted
        self._doubted.discard(exam_id)

        def over(task: "asyncio.Task[None]") -> None:
            del self._reading[exam_id]
            if task.cancelled() or task.exception() is not None:  # told to whoever still waits
                self._doubted.update({exam_id} if doubted else ())

        reading = self._reading[exam_id] = asyncio.create_task(self._read(exam_id))
        reading.add_done_callback(over)
        return reading

    async def poll(self) -> None:
        """Look in Postgres for what became of known exams and nobody told, and forget those that
        nobody has asked for in a long time. Raises Unavailable."""
        self._forget()
        known = {id_: (s.exam.n, s.status, s.edition) for id_, s in self._sittings.items()}
        for exam_id, found in (await self._store.standings(sorted(known))).items():
            if found != known[exam_id]:
                await self._read(exam_id)

    def _forget(self) -> None:
        now = self._now()
        self._used_at.update(dict.fromkeys(self._touched & self._sittings.keys(), now))
        self._touched.clear()
        for exam_id, sitting in list(self._sittings.items()):
            kept_ms = ARCHIVED_KEPT_MS if sitting.status == "archived" else UNUSED_KEPT_MS
            if self._used_at.setdefault(exam_id, now) < now - kept_ms:
                del self._sittings[exam_id], self._used_at[exam_id]

    async def _read(self, exam_id: str) -> None:
        stored = await self._store.fetch(exam_id)
        if stored is None:
            raise ExamError(Code.NOT_FOUND, f"there is no exam {exam_id}")
        await self._learn(stored)
        await self._store.raise_n(exam_id, stored.exam.n)

    async def _learn(self, stored: Stored) -> None:
        exam = stored.exam
        if exam.id not in self._sittings:
            sitting = await self._sitting(stored)
            self._sittings.setdefault(exam.id, sitting)  # others may have been faster
        known = self._sittings[exam.id]
        if not _newer(stored, known):
            return
        now = known
        if exam.paper != known.exam.paper:  # of a draft
            now = await self._sitting(stored)
            known = self._sittings.get(exam.id, known)
            if not _newer(stored, known):
                return
        self._sittings[exam.id] = structs.replace(
            now, exam=exam, status=stored.status, edition=stored.edition
        )
        facts = await self._store.facts(exam.id, known.exam.n)
        new = [fact for fact in facts if fact.n <= exam.n]
        for listener in self.listeners:
            listener(known.exam, exam, new)

    async def _sitting(self, stored: Stored) -> Sitting:
        """With its paper. A paper is never changed, so exams that sit the same one share it."""
        for known in self._sittings.values():
            if known.exam.paper == stored.exam.paper:
                return structs.replace(
                    known, exam=stored.exam, status=stored.status, edition=stored.edition
                )
        try:
            authored = await bank.load_paper(self._pool, stored.exam.paper)
        except AWAY as error:
            raise Unavailable(str(error)) from error
        paper = public_paper(authored)
        items = {item.id: item for section in paper.sections for item in section.items}
        return Sitting(stored.exam, stored.status, stored.edition, authored, paper, items)

    # --- acting -----------------------------------------------------------------------------------

    async def act(self, exam_id: str, body: ExamBody, by: str) -> Exam:
        """Do something to the whole exam; durable when this returns. A repeat changes nothing.

        Raises ExamError (what `exam.decide` says, NOT_FOUND, CONFLICT) and Unavailable.
        """
        if exam_id not in self._sittings:
            await self.refresh(exam_id)  # what follows is then news, and told to others
        for _ in range(TRIES_MAX):
            stored = await self._store.fetch(exam_id)
            if stored is None:
                raise ExamError(Code.NOT_FOUND, f"there is no exam {exam_id}")
            decided = decide(stored.exam, body)
            if decided is None:
                await self._learn(stored)
                await self._store.raise_n(
                    exam_id, stored.exam.n
                )  # who did it may have failed at it
                return stored.exam
            fact = ExamFact(exam_id, stored.exam.n + 1, self._now(), by, decided)
            fact = chain.sealed(self._chain_key, fact, stored.exam.head)
            if await self._store.append(fact):
                after = structs.replace(stored, exam=apply(stored.exam, fact))
                await self._learn(after)
                await self._store.raise_n(exam_id, after.exam.n)
                return after.exam
        raise ExamError(Code.CONFLICT, "others act on this exam at the same time; try again")

    async def create(self, exam_id: Id, title: str, paper: str, terms: Terms, by: str) -> None:
        """A new exam, as a draft. Raises ExamError BAD_REQUEST, EXISTS, NOT_FOUND (paper)."""
        await self.check_new(exam_id, terms)
        await bank.load_paper(self._pool, paper)
        if not await self._store.insert(Exam(exam_id, title, paper, terms), by):
            raise taken(exam_id)

    async def check_new(self, exam_id: str, terms: Terms) -> None:
        """Raise ExamError BAD_REQUEST or EXISTS if there could be no such exam."""
        check_terms(terms)
        if await self._store.fetch(exam_id) is not None:
            raise taken(exam_id)

    async def publish(self, exam_id: str) -> None:
        """From now on it can be sat, and its terms are frozen. Raises ExamError NOT_FOUND,
        FROZEN (archived)."""
        if not await self._store.set_status(exam_id, "published", ["draft", "published"]):
            await self.planning.view(exam_id)
            raise ExamError(Code.FROZEN, f"{exam_id} is archived; copy it to use it again")
        await self._read(exam_id)

    async def archive(self, exam_id: str) -> None:
        """Nothing of it is swept or watched any more. Raises ExamError NOT_FOUND, CONFLICT (a
        draft)."""
        if not await self._store.set_status(exam_id, "archived", ["published", "archived"]):
            await self.planning.view(exam_id)
            raise ExamError(Code.CONFLICT, f"{exam_id} is a draft: it was never published")
        await self._read(exam_id)

    async def listed(self) -> list[Stored]:
        """All exams, the newest first. Raises Unavailable."""
        return await self._store.listed(EXAMS_LISTED_MAX)


def _newer(stored: Stored, known: Sitting) -> bool:
    """Whether Postgres has more of an exam than is known: nothing of it ever goes back."""
    exam, was = stored.exam, known.exam
    if exam.n < was.n or stored.edition < known.edition:
        return False
    return (exam.n, stored.status, stored.edition) != (was.n, known.status, known.edition)
