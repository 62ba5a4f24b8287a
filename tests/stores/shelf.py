"""Attempts in a real Redis and a real Postgres, one partition, for tests of the stores."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import redis.asyncio as aioredis

from examsync.attempts.attempt import Attempt, apply
from examsync.attempts.lives import Lives
from examsync.attempts.ports import Check, Life, Outcome, Save, Store
from examsync.attempts.records import PostgresRecords
from examsync.attempts.store import RedisStore
from examsync.exams.store import ExamStore
from examsync.infra.postgres import Pool
from examsync.infra.redis import Line
from protocol.facts import Body
from tests.builders import CHAIN_KEY, exam, fact, seat

P = 0
"""The one partition."""


class Shelf:
    """One process's way to the attempts: its lives, its store, its records."""

    def __init__(self, url: str, pool: Pool, *, timeout_s: float = 1.0) -> None:
        self.url = url
        self.pool = pool
        self.records = PostgresRecords(pool, CHAIN_KEY)
        self.lives = Lives(1, self.records)
        self.store = RedisStore(url, self.lives, timeout_s=timeout_s)
        self.raw = aioredis.Redis.from_url(url)
        self._batch = asyncio.Lock()  # as `Commit` has it: one batch at a time

    async def close(self) -> None:
        """Hang up."""
        await self.store.close()
        await self.raw.aclose()

    async def life(self) -> Life:
        """The life this process speaks to, asked for if it is not known."""
        if self.lives.get(P) is None:
            await self.lives.refresh(self.store.reads)
        life = self.lives.get(P)
        assert life is not None
        return life

    async def register(self, *candidates: str) -> list[str]:
        """Attempts of these candidates in Postgres; their ids."""
        exams = ExamStore(self.pool, Line(self.url))
        await exams.insert(exam(), "tests")
        await exams.set_status("exam-1", "published", ["draft", "published"])
        seats = [seat(candidate=one, name=one.title()) for one in candidates]
        return await self.records.register(seats)

    async def seated(self, candidate: str = "asha") -> Attempt:
        """A registered attempt that has been put into Redis."""
        (id_,) = await self.register(candidate)
        return await self.rebuilt(id_)

    async def rebuilt(self, id_: str) -> Attempt:
        """An attempt put into Redis as Postgres has it."""
        life = await self.life()
        attempt = await self.records.rebuild(id_, life.epoch)
        assert attempt is not None
        assert await self.store.create(P, attempt, "5000")
        return await self.load(id_)

    async def load(self, id_: str) -> Attempt:
        """The attempt as Redis has it."""
        attempt = await self.store.load(P, id_)
        assert attempt is not None
        return attempt

    async def saves(self, before: Attempt, *bodies: Body, due: str = "") -> list[Save]:
        """Saves of these bodies, one on the other."""
        life, made = await self.life(), []
        for body in bodies:
            told = fact(before, body, command="c", effect='{"done":1}')
            after = apply(before, told)
            made.append(Save(life, before, after, told, due))
            before = after
        return made

    async def save(self, before: Attempt, *bodies: Body, due: str = "") -> Attempt:
        """The attempt after these facts, all written."""
        made = await self.saves(before, *bodies, due=due)
        async with self._batch:
            outcomes = await written(self.store, list(made))
        assert outcomes == [Outcome.OK] * len(made)
        return made[-1].after

    async def check(self, attempt: Attempt, exam_n: int = 0) -> Outcome:
        """What a reply that writes nothing finds."""
        (outcome,) = await written(self.store, [Check(await self.life(), attempt, exam_n)])
        return outcome


async def written(store: Store, batch: list[Save | Check]) -> list[Outcome]:
    """What became of a batch."""
    outcomes: asyncio.Future[list[Outcome]] = asyncio.get_running_loop().create_future()
    store.ways[0](batch, outcomes.set_result)
    return await outcomes


@contextlib.asynccontextmanager
async def opened(url: str, pool: Pool, *, timeout_s: float = 1.0) -> AsyncIterator[Shelf]:
    """A shelf that is hung up at the end."""
    shelf = Shelf(url, pool, timeout_s=timeout_s)
    try:
        yield shelf
    finally:
        await shelf.close()
