"""An installation without sockets: Apps on real servers, an exam that can be sat, its candidates.

Attempts are driven as the door drives them. `arrived` says when a command came in, so what takes
hours in an exam hall takes none here; `ahead` moves the clock of one App.
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from msgspec import structs

from examsync import app, starting
from examsync.app import App
from examsync.attempts.attempt import Attempt, Seat
from examsync.attempts.desk import Reply
from examsync.attempts.environment import Sitter
from examsync.attempts.identity import attempt_id
from examsync.bank import service as bank
from examsync.cli.running import opened
from examsync.config import Config
from examsync.exams.exam import Terms
from examsync.settings import Auth, Flush, Postgres, Redis
from protocol.from_client import Answer, Join, Start, Submit
from protocol.from_client import Violation as Signal
from protocol.paper import Response

__all__ = ["App", "app", "opened"]

EXAM = "exam-1"
SECRET = "a secret of the tests, 32 bytes long or more"
QUESTIONS = "\n".join(
    ["type,question,answer", *(f"short_text,What is {n}?,right" for n in range(5))]
).encode()
MINUTE = 60_000
HOUR = 60 * MINUTE
WAIT_S = 10.0
STORAGE_WITHIN_S = 60.0
"""A server of the tests that is away for longer has died: an error is better than a hang."""
_numbers = itertools.count(1)


def config(redis_url: str, database_url: str, **changes: Any) -> Config:
    """Settings for tests: two partitions, quick flushes; sections as given."""
    usual = Config(
        redis=Redis(url=redis_url, partitions=2),
        postgres=Postgres(url=database_url, connections_max=5),
        auth=Auth(secret=SECRET, receipt_secret=SECRET[::-1]),
        flush=Flush(interval_ms=50),
    )
    return structs.replace(usual, **changes)


def ahead(built: App, ms: int) -> None:
    """Move an App's clock; a reading of Redis' time would bring it back, so it stands ahead."""
    at = built.clock.monotonic_s()
    built.clock.set(built.clock.now() + ms, asked=at, answered=at)


async def settled(built: App) -> None:
    """The replay window of a new epoch is over."""
    ahead(built, 6_000)


async def furnish(built: App, *candidates: str, exam: str = EXAM, **terms: Any) -> list[str]:
    """A published exam of five texts, open since an hour; its attempts' ids.

    Terms are those of an exam of thirty minutes, to be started within two hours.
    """
    name = f"bank-{exam}"
    await bank.import_questions(built.pool, bank=name, data=QUESTIONS, commit=True, by="tests")
    paper = await bank.create_paper(built.pool, title="A paper", bank=name, by="tests")
    now = built.clock.now()
    usual = Terms(now - HOUR, now + HOUR, now + 2 * HOUR, 30 * MINUTE)
    agreed = structs.replace(usual, **terms)
    await built.exams.create(exam, "An exam", paper, agreed, "tests")
    await built.exams.publish(exam)
    return await built.records.register([Seat(exam, one, one.title()) for one in candidates])


class Candidate:
    """One candidate at one App, with one device."""

    def __init__(self, built: App, name: str, exam: str = EXAM, *, device: str = "browser") -> None:
        self.built = built
        self.device = device
        self.name = name
        self.exam = exam
        self.attempt = attempt_id(exam, name)
        self.lease = ""
        self._seqs = itertools.count(1)

    @property
    def sitter(self) -> Sitter:
        """As the door presents it."""
        return Sitter(
            self.attempt, f"candidate:{self.name}", f"{self.device}-{self.name}", self.lease
        )

    async def join(self) -> Attempt:
        """Take the seat, and the lease."""
        join = Join(unique("join"), self.exam)
        attempt = done(await self.built.attempts.join(self._now(), self.sitter, join))
        self.lease = attempt.core.lease
        return attempt

    async def start(self, at: int | None = None) -> Attempt:
        """Join, and let the clock run since `at` (now)."""
        await self.join()
        began = self._now() if at is None else at
        start = Start(unique("start"))
        return done(await self.built.attempts.command(began, self.sitter, start))

    async def answer(
        self, response: Response = None, *, item: int = 0, at: int | None = None
    ) -> Reply:
        """Answer the paper's item at that place."""
        id_ = list(self.built.exams.items(self.exam))[item]
        arrived = self._now() if at is None else at
        command = Answer(next(self._seqs), id_, response)
        return await self.built.attempts.answer(arrived, self.sitter, command)

    async def submit(self) -> Attempt:
        """Hand in."""
        submit = Submit(unique("submit"), {})
        return done(await self.built.attempts.command(self._now(), self.sitter, submit))

    async def signal(self) -> Attempt:
        """Look away."""
        signal = Signal(unique("signal"), "tab_hidden", self._now())
        return done(await self.built.attempts.command(self._now(), self.sitter, signal))

    def _now(self) -> int:
        return self.built.clock.now()


def done(reply: Reply) -> Attempt:
    """The attempt after a command that must not have been refused."""
    assert reply.problem is None, reply.problem
    assert reply.attempt is not None
    return reply.attempt


async def view(built: App, attempt: str) -> Attempt:
    """The attempt as storage confirms it."""
    return done(await built.attempts.view(attempt))


@contextlib.asynccontextmanager
async def running(config: Config, *, work: bool = False) -> AsyncIterator[App]:
    """An App with its loops. It begins as `serve` does: storage may take a while on a busy machine,
    and what no waiting cures is raised at once."""
    async with starting.started(config, work=work, within_s=STORAGE_WITHIN_S) as built:
        yield built


async def until(true: Callable[[], object]) -> None:
    """Wait until something holds; a TimeoutError says that it never did."""
    async with asyncio.timeout(WAIT_S):
        while not true():  # noqa: ASYNC110  # what is waited for has no event of its own
            await asyncio.sleep(0.01)


async def becomes(ask: Callable[[], Awaitable[object]], wanted: object) -> None:
    """Ask until that is the answer; a TimeoutError says that it never was."""
    async with asyncio.timeout(WAIT_S):
        while await ask() != wanted:  # noqa: ASYNC110  # whoever is asked cannot tell us
            await asyncio.sleep(0.02)


def unique(name: str) -> str:
    """An id nobody else has."""
    return f"{name}-{next(_numbers)}"
