"""The two sides of the contract: real servers, and those in memory the simulation runs on."""

import asyncio
import random
from collections import ChainMap
from collections.abc import Mapping
from typing import Any, Protocol

from examsync.attempts.attempt import Attempt, Done, Held
from examsync.attempts.core import Core
from examsync.attempts.ports import Records
from examsync.attempts.records import PostgresRecords
from examsync.exams.store import ExamStore
from examsync.infra.postgres import Pool
from examsync.infra.redis import Line
from protocol.facts import Fact
from tests.builders import CHAIN_KEY, SALT, attempt, exam, seat
from tests.simulation.memory_exams import MemoryExamStore
from tests.simulation.memory_feeds import SCRIPTS
from tests.simulation.memory_postgres import MemoryPostgres, Table
from tests.simulation.memory_records import MemoryRecords
from tests.simulation.memory_redis import MemoryRedis
from tests.simulation.memory_scripts import LIBRARY
from tests.simulation.process import Process

NOW = 1_800_000_000_000
SEATS = [seat(candidate=name, name=name.title()) for name in ("asha", "bela")]
ATTEMPTS: list[Attempt] = [attempt(candidate=each.candidate, epoch=0) for each in SEATS]


class RedisTwin(Protocol):
    """A Redis of either kind."""

    async def do(self, *commands: Any) -> list[Any]:
        """The replies to a pipeline; errors by their first word."""
        ...


class RealRedis:
    """A real server, through the product's own line."""

    def __init__(self, url: str) -> None:
        self.line = Line(url)

    async def do(self, *commands: Any) -> list[Any]:
        """The replies to a pipeline."""
        return [_plain(reply) for reply in await self.line.call(*commands)]


class RedisInMemory:
    """The one of the simulation. Its clock goes on a millisecond with every look."""

    def __init__(self) -> None:
        self.at = NOW
        self.server = MemoryRedis("f" * 40, self._tick, ChainMap(LIBRARY, SCRIPTS))

    def _tick(self) -> int:
        self.at += 1
        return self.at

    async def do(self, *commands: Any) -> list[Any]:
        """The replies to a pipeline."""
        return [_plain(self.server.execute(command)) for command in commands]


def _plain(reply: Any) -> Any:
    return str(reply).split()[0] if isinstance(reply, Exception) else reply


class RecordsTwin(Protocol):
    """Postgres of either kind, with the attempts of SEATS registered."""

    records: Records
    exams: ExamStore

    async def register(self) -> None:
        """Make the exam and the attempts."""
        ...

    async def look(self, id_: str) -> dict[str, Any]:
        """All that is stored of an attempt."""
        ...

    async def graded(self, id_: str) -> None:
        """The attempt has been graded."""
        ...


def looked(
    row: tuple[int, int, str, Core, str],
    responses: Mapping[str, Held],
    commands: dict[str, Done],
    facts: list[tuple[Fact, bool]],
) -> dict[str, Any]:
    """What is stored, in a form that can be compared."""
    told = sorted((fact.n, fact.epoch, fact.hash, branch) for fact, branch in facts)
    return {"row": row, "responses": responses, "commands": commands, "facts": told}


class RealPostgres:
    """A real database."""

    def __init__(self, pool: Pool, redis_url: str) -> None:
        self.pool = pool
        self.real = PostgresRecords(pool, CHAIN_KEY)
        self.records: Records = self.real
        self.exams: ExamStore = ExamStore(pool, Line(redis_url))

    async def register(self) -> None:
        """Make the exam and the attempts."""
        await self.exams.insert(exam(), "tests")
        await self.exams.set_status("exam-1", "published", ["draft"])
        await self.real.register(SEATS)
        salts = [row["salt"] for row in await self.pool.fetch("SELECT salt FROM attempts")]
        assert len(set(salts)) == len(SEATS), "every attempt has one of its own"
        assert {len(salt) for salt in salts} == {32}
        await self.pool.execute("UPDATE attempts SET salt = $1", SALT)

    async def look(self, id_: str) -> dict[str, Any]:
        """All that is stored of an attempt."""
        row = await self.pool.fetchrow("SELECT * FROM attempts WHERE id = $1", id_)
        assert row is not None
        epoch = row["epoch"]
        found = await self.real.rebuild(id_, epoch)
        assert found is not None
        about = (epoch, found.n, found.head, found.core, row["grading"])
        return looked(about, found.responses, found.commands, await self.real.chain(id_))

    async def graded(self, id_: str) -> None:
        """The attempt has been graded."""
        await self.pool.execute("UPDATE attempts SET grading = 'graded' WHERE id = $1", id_)


class PostgresInMemory:
    """The one of the simulation, on the loop of the test."""

    def __init__(self, redis_url: str) -> None:
        loop: Any = asyncio.get_running_loop()
        process = Process(loop, "tests")
        self.postgres = MemoryPostgres(loop, random.Random(1), lambda what: None)
        self.records: Records = MemoryRecords(process, self.postgres)
        self.exams: ExamStore = MemoryExamStore(process, self.postgres, Line(redis_url))

    async def register(self) -> None:
        """Make the exam and the attempts."""
        self.postgres.exams["exam-1"] = exam()
        self.postgres.exam_facts["exam-1"] = []
        for each, of in zip(SEATS, ATTEMPTS, strict=True):
            self.postgres.attempts[of.id] = Table(each, of.head, of.salt)

    async def look(self, id_: str) -> dict[str, Any]:
        """All that is stored of an attempt."""
        table = self.postgres.attempts[id_]
        about = (table.epoch, table.n, table.head, table.core, str(table.grading))
        return looked(about, table.responses, table.commands, list(table.facts.values()))

    async def graded(self, id_: str) -> None:
        """The attempt has been graded."""
        self.postgres.grade(id_)
