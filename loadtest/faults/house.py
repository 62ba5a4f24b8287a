"""Where a row takes place: storage, processes of ExamSync, an exam with candidates."""

import asyncio
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
from msgspec import Struct

from loadtest.faults.balancer import Balancer
from loadtest.faults.station import NotStarted, Station
from loadtest.faults.storage import Server, Storage
from loadtest.office import Office, Terms
from loadtest.ports import with_path
from loadtest.tokens import sign
from protocol.types import Role

HEARTBEAT_S = 1
"""So often a drill's clients ask what is durable: rows are short."""
DRAIN_JITTER_MS = 1_000
PAST_MS = 2_000
DAY_MS = 86_400_000
QUIET_START_S = 3.0
"""A process starts in less on a machine that does nothing else."""
PATIENCE_MAX = 8.0
TEMPLATE = "examsync"
"""The database that is migrated once, and copied for every row."""


class Shape(Struct, frozen=True):
    """How much of what a row needs. With workers, serving processes do not work themselves.

    `duration_ms`: the exam's; by default nobody's time runs out. `terms`: further terms of the
    exam (`CreateExam`); `settings`: variables of the processes; `skews_s`: how far the clock of
    each serving process is off; `redis`: lines of Valkey's configuration.
    """

    servers: int = 1
    workers: int = 0
    people: int = 24
    duration_ms: int = DAY_MS
    terms: dict[str, object] = {}
    settings: dict[str, str] = {}
    skews_s: tuple[int, ...] = ()
    redis: dict[str, str] = {}
    balanced: bool = False
    """Clients come in by haproxy, and not by the proxies."""
    spare: int = 2
    """Candidates who are registered and left to the row: probes."""


class Place(Struct, frozen=True):
    """What all rows share: a Postgres with a migrated template, and a folder."""

    storage: Storage
    postgres: Server
    folder: Path
    secret: str


async def place(storage: Storage, folder: Path) -> Place:
    """Start Postgres and migrate the template. Raises StorageFailed, NotStarted."""
    postgres = await storage.postgres("postgres")
    made = Place(storage, postgres, folder, secrets.token_urlsafe(33))
    environment = environment_of(made, "redis://127.0.0.1:1/0", postgres.url, {})
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "examsync", "migrate"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotStarted(f"`examsync migrate` failed: {(done.stderr or done.stdout).strip()}")
    return made


def environment_of(
    place: Place, redis_url: str, database_url: str, more: dict[str, str]
) -> dict[str, str]:
    """What processes are told; all else is as by default, whatever is set here for others."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith("EXAMSYNC_")}
    return ours | {
        "EXAMSYNC_REDIS_URL": redis_url,
        "EXAMSYNC_DATABASE_URL": database_url,
        "EXAMSYNC_AUTH_SECRET": place.secret,
        "EXAMSYNC_AUTH_RECEIPT_SECRET": "receipts of drills, on this machine and for minutes only",
        "EXAMSYNC_SERVER_DRAIN_S": "5",
        "EXAMSYNC_SERVER_DRAIN_JITTER_MS": str(DRAIN_JITTER_MS),
        **more,
    }


def patience(took_s: float, processes: int) -> float:
    """What to multiply limits by on a machine that took so long to start so many processes."""
    return min(max(took_s / (QUIET_START_S * processes), 1.0), PATIENCE_MAX)


class House:
    """One row's servers and exam. `async with` builds it and takes it down again."""

    def __init__(self, place: Place, shape: Shape, number: int) -> None:
        self.place = place
        self.shape = shape
        self.database_url = with_path(place.postgres.url, f"/row_{number}_{secrets.token_hex(3)}")
        self.names = [f"c-{n:03d}" for n in range(1, shape.people + 1)]
        self.spare = [f"spare-{n}" for n in range(1, shape.spare + 1)]
        self.exam = ""
        self.terms = Terms(0, 0, 0, 0)
        self.stations: list[Station] = []
        self.redis: Server
        self.balancer: Balancer | None = None
        self.patience = 1.0
        """How much slower than a quiet machine this one is now: what limits are multiplied by."""
        self._name = f"valkey-{number}"

    @property
    def servers(self) -> list[Station]:
        """Those that serve."""
        return [station for station in self.stations if station.serves]

    @property
    def workers(self) -> list[Station]:
        """Those that only work."""
        return [station for station in self.stations if not station.serves]

    @property
    def folder(self) -> Path:
        """Where logs go."""
        return self.place.folder

    @property
    def environment(self) -> dict[str, str]:
        """What processes of ExamSync are told, past the proxies."""
        settings = self.shape.settings
        return environment_of(self.place, self.redis.url, self.database_url, settings)

    def pids(self) -> list[int]:
        """The processes that an answer passes through, as far as they run."""
        running = [station.process for station in self.stations]
        return [process.pid for process in running if process is not None] + [self.redis.pid]

    def url_for(self, number: int) -> str:
        """Where the candidate of this number comes in."""
        if self.balancer is not None:
            return self.balancer.url
        return self.servers[number % len(self.servers)].url

    def token(self, candidate: str) -> str:
        """A candidate's token."""
        return sign(self.place.secret, candidate, Role.CANDIDATE, self.exam)

    def office(self, station: Station | None = None) -> Office:
        """An admin's desk, past the proxies."""
        token = sign(self.place.secret, "drill", Role.ADMIN)
        return Office((station or self.servers[0]).direct, token)

    async def __aenter__(self) -> "House":
        """Start all of it; on any failure nothing is left running. Raises StorageFailed, ..."""
        try:
            self.redis = await self.place.storage.valkey(self._name, dict(self.shape.redis))
            await self.on_postgres(
                f"CREATE DATABASE {self.database_url.rpartition('/')[2]} TEMPLATE {TEMPLATE}"
            )
            self._furnish()
            began = time.monotonic()
            for station in self.stations:
                await station.open()
                station.launch()
            for station in self.stations:
                await station.until_ready()
            self.patience = patience(time.monotonic() - began, len(self.stations))
            if self.balancer is not None:
                await self.balancer.open()
            await asyncio.to_thread(self._make_exam)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop the processes, then Redis; delete the data."""
        if self.balancer is not None:
            await self.balancer.close()
        await asyncio.gather(*(station.close() for station in self.stations))
        await self.place.storage.ask(name=self._name, act="remove")
        name = self.database_url.rpartition("/")[2]
        await self.on_postgres(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _furnish(self) -> None:
        shape, environment = self.shape, self.environment
        serve = ("serve", "--no-work") if shape.workers else ("serve",)
        for number in range(shape.servers):
            skew_s = shape.skews_s[number] if number < len(shape.skews_s) else 0
            name = f"server-{number + 1}"
            self.stations.append(Station(name, serve, environment, self.folder, skew_s))
        for number in range(shape.workers):
            name = f"worker-{number + 1}"
            self.stations.append(Station(name, ("work",), environment, self.folder))
        if shape.balanced:
            ports = [station.port for station in self.servers]
            self.balancer = Balancer(ports, self.folder, environment)

    def _make_exam(self) -> None:
        office, shape = self.office(), self.shape
        now = round(time.time() * 1_000)
        ends = now + 10 * DAY_MS
        self.terms = Terms(now - PAST_MS, ends, ends + DAY_MS, shape.duration_ms)
        more = {"heartbeat_period_s": HEARTBEAT_S, **shape.terms}
        paper = office.ensure_paper()
        self.exam = office.make_exam(paper, self.terms, [*self.names, *self.spare], **more)

    async def on_postgres(self, statement: str) -> str:
        """Carry out a statement on the server itself, beside all databases."""
        connection = await asyncpg.connect(self.place.postgres.url)
        try:
            return await connection.execute(statement)
        finally:
            await connection.close()
