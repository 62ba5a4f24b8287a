"""A whole server in this process: real Valkey and Postgres, a real uvicorn on loopback, an exam.

`House` is what tests of the edge and of its security start from; `tokens` are made with its keys.
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec

from examsync import app, starting, web
from examsync.access.token import Identity, issue
from examsync.attempts.attempt import Seat
from examsync.attempts.identity import attempt_id
from examsync.config import Config
from examsync.edge.drain import DrainingServer
from examsync.edge.front import Front
from examsync.edge.transport import uvicorn_config
from examsync.exams.exam import Terms
from examsync.settings import Auth, Flush, Limits, Postgres, Redis, Server
from protocol.types import Role
from tests.services.installation import STORAGE_WITHIN_S
from tests.services.sittings import put_paper

EXAM = "exam-1"
OTHER_EXAM = "exam-2"
CANDIDATES = {"asha": "hall-1", "ravi": "hall-1", "mina": "hall-2"}
"""Who sits exam-1, and where; `omar` sits exam-2."""
HOUR_MS = 3_600_000
SECRET = "a secret of the tests, 32 bytes long or more"
READY_S = 10.0
NUMBERS = itertools.count(1)


class House:
    """The server, and what tests need to know of it."""

    def __init__(self, built: app.App, front: Front, server: DrainingServer) -> None:
        self.app = built
        self.front = front
        self.server = server
        self.port = server.servers[0].sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        """Where HTTP is served."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        """Where raw WebSockets connect."""
        return f"ws://127.0.0.1:{self.port}/socket.io/?EIO=4&transport=websocket"

    def identity(self, subject: str, role: Role, **changes: Any) -> Identity:
        """An identity that holds for an hour; a candidate's and an examiner's is for exam-1."""
        now = self.app.clock.now()
        exams = frozenset() if role is Role.ADMIN else frozenset({EXAM})
        usual = Identity(subject, role, exams, frozenset(), now, now + HOUR_MS, f"jti-{subject}")
        return msgspec.structs.replace(usual, **changes)

    def token(self, subject: str, role: Role = Role.CANDIDATE, **changes: Any) -> str:
        """A token of that identity."""
        return issue(self.identity(subject, role, **changes), self.app.ring)

    def auth(self, subject: str, role: Role = Role.CANDIDATE, **changes: Any) -> dict[str, Any]:
        """What a client sends at connect; `instance` is the client's."""
        instance = changes.pop("instance", f"browser-{subject}")
        token = changes.pop("token", None) or self.token(subject, role, **changes)
        return {"token": token, "client": {"instance": instance, "name": "tests", "level": 1}}

    async def candidate(self, hall: str = "hall-1", exam: str = EXAM) -> str:
        """Somebody new who is registered."""
        who = f"c-{next(NUMBERS)}"
        await self.app.records.register([Seat(exam, who, who.upper(), hall)])
        return who

    def sids(self) -> tuple[int, int, int, int]:
        """How much is known of connections: wires, engine sessions, sessions, rooms."""
        rooms = sum(len(each) for each in self.front.broadcast.rooms.rooms.values())
        engine = len(self.front.sockets.eio.sockets)
        return len(self.front.guard.wires), engine, len(self.front.broadcast.sessions), rooms


SERVER = Server(port=0, origins=("https://exams.example",), drain_s=3, drain_jitter_ms=200)


def config(redis_url: str, database_url: str, *, server: Server = SERVER, **limits: Any) -> Config:
    """A configuration for tests: fast flushes; limits as given."""
    return Config(
        server=server,
        redis=Redis(url=redis_url),
        postgres=Postgres(url=database_url),
        auth=Auth(secret=SECRET, receipt_secret=SECRET[::-1]),
        limits=Limits(**limits),
        flush=Flush(interval_ms=100),
    )


@contextlib.asynccontextmanager
async def house(settings: Config) -> AsyncIterator[House]:
    """A house that is open; it drains and stops when left."""
    async with starting.started(settings, work=True, within_s=STORAGE_WITHIN_S) as built:
        await furnish(built)
        front = web.front_of(built)
        built.loops.every("sockets", 0.1, front.look)
        async with served(built, front) as open_house:
            yield open_house


@contextlib.asynccontextmanager
async def served(
    built: app.App, front: Front, settings: Server | None = None
) -> AsyncIterator[House]:
    """uvicorn around the front, on a free port of the loopback."""
    settings = settings or built.config.server
    uvicorn_settings = uvicorn_config(front.guard, settings, built.config.limits)
    server = DrainingServer(uvicorn_settings, front, settings)
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started, READY_S)
    try:
        yield House(built, front, server)
    finally:
        server.should_exit = True
        server.force_exit = True
        await asyncio.wait_for(task, READY_S)


@contextlib.asynccontextmanager
async def beside(house: House) -> AsyncIterator[House]:
    """The same app once more, on a port of its own, its sockets served through ASGI."""
    front = web.front_of(house.app)
    house.app.loops.every("sockets beside", 0.1, front.look)
    settings = msgspec.structs.replace(house.app.config.server, lane=False)
    async with served(house.app, front, settings) as other:
        yield other


async def furnish(built: app.App) -> None:
    """Two exams on one paper, open now, and their candidates."""
    await put_paper(built.pool)
    now = built.clock.now()
    terms = Terms(now - 60_000, now + HOUR_MS, now + 2 * HOUR_MS, HOUR_MS // 2)
    for exam in (EXAM, OTHER_EXAM):
        await built.exams.create(exam, f"The exam {exam}", "paper-1", terms, "admin:root")
        await built.exams.publish(exam)
    seats = [Seat(EXAM, who, who.title(), hall) for who, hall in CANDIDATES.items()]
    await built.records.register([*seats, Seat(OTHER_EXAM, "omar", "Omar", "hall-1")])


def attempt_of(candidate: str, exam: str = EXAM) -> str:
    """The attempt of a candidate."""
    return attempt_id(exam, candidate)


async def until(true: Callable[[], object], seconds: float = READY_S) -> None:
    """Wait until something holds; a TimeoutError says that it never did."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  # what is waited for has no event of its own
            await asyncio.sleep(0.01)
