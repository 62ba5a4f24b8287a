"""The drill of a backup: an exam is under way, everything dies, another database and another Redis
take over; candidates come back by themselves with what they hold."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import asyncpg
import pytest

from examsync.attempts.export import export
from examsync.cli.demo import free_port
from examsync.cli.demonstration.processes import Server
from examsync.devstack import Postgres, Valkey
from examsync.infra.migrations import migrate
from loadtest.bots.responding import respond
from loadtest.client.candidate import Candidate
from loadtest.client.connection import Connection
from loadtest.client.outbox import Outbox
from loadtest.client.session import Session
from loadtest.reconcile import Findings, reconcile
from loadtest.report import Report, Seated, tell
from loadtest.tokens import sign
from protocol.from_client import Client
from protocol.types import Role
from tests.edge.test_serve import settings
from tests.services.calling import Caller
from tests.services.installation import EXAM, SECRET, config, furnish, opened

pytestmark = pytest.mark.slow

WITHIN_S = 60.0
PEOPLE = [f"c{number}" for number in range(8)]
DURABLE_BEFORE, DURABLE_AFTER, HELD = range(3)
"""Items by what becomes of their answers: flushed before the backup, after it, or not told so."""
NUMBERS = itertools.count(1)


class Sitting:
    """Somebody with a device that outlives the server."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self.session = Session(EXAM, Outbox(), lambda: 0.1, self._id)
        self.hands = Candidate(self.session, self._id)
        client = Client(f"web-{name}", "tests")
        self.connection = Connection(self.session, url, self._token, client, lambda stored: None)
        self.connection.open()

    def _id(self) -> str:
        return f"{self.name}-{next(NUMBERS)}"

    def _token(self) -> str:
        return sign(SECRET, self.name, Role.CANDIDATE, EXAM)

    async def start(self) -> None:
        await self.reach("live", lambda: self.session.state == "live")
        self.connection.do(self.hands.start(self.connection.now()))
        await self.reach("started", lambda: bool(self.session.view.items()))

    def answer(self, index: int) -> None:
        item = self.session.view.items()[index]
        response = respond(item, None, Random(next(NUMBERS)))
        self.connection.do(self.hands.answer(item.id, response, self.connection.now()))

    async def acked(self) -> None:
        await self.reach("acked", lambda: self.session.outbox.pending() == 0)

    async def durable(self) -> None:
        await self.reach("durable", lambda: not self.session.outbox.entries)

    async def reach(self, what: str, true: object) -> None:
        if not await self.connection.until(true, WITHIN_S):  # type: ignore[arg-type]
            pytest.fail(f"never {what}: {self.session.state} {self.session.outbox.entries}")

    @property
    def record(self) -> Seated:
        """What this candidate was told is saved."""
        seated = Seated(self.name)
        tell(seated, [self.session.ledger])
        return seated


class Machines:
    """A server and its storage, to be lost; another database is ready, empty."""

    def __init__(self, valkey: Valkey, postgres: Postgres, log: Path) -> None:
        self.valkey, self.first = valkey, postgres.url
        self.second = self.first.rpartition("/")[0] + "/second"
        self.call = Caller(valkey.url, self.first)
        self._port, self._log = free_port(0), log
        self.server = self._server(self.first)

    def _server(self, database_url: str) -> Server:
        environment = settings(self.valkey.url, database_url, processes=1) | {
            "EXAMSYNC_REDIS_PARTITIONS": "2",
            "EXAMSYNC_AUTH_SECRET": SECRET,
            "EXAMSYNC_AUTH_RECEIPT_SECRET": SECRET[::-1],
            "EXAMSYNC_MONITOR_HEARTBEAT_PERIOD_S": "1",
        }
        return Server(self._port, environment, self._log)

    def moved(self) -> None:
        """The server's address stays; its database is the second one."""
        self.server = self._server(self.second)

    async def everything(self, what: str) -> None:
        """`start` or `kill` the server, which its thread waits for."""
        await asyncio.to_thread(getattr(self.server, what))


@pytest.fixture
async def machines(valkey: Valkey, postgres: Postgres, tmp_path: Path) -> AsyncIterator[Machines]:
    """Two serving databases on one Postgres, and a server on the first."""
    await migrate(postgres.url)
    admin = await asyncpg.connect(postgres.url)
    await admin.execute("CREATE DATABASE second TEMPLATE template0")
    await admin.close()
    made = Machines(valkey, postgres, tmp_path / "server.log")
    await made.everything("start")
    try:
        yield made
    finally:
        await made.everything("stop")


@pytest.fixture
async def people(machines: Machines) -> AsyncIterator[list[Sitting]]:
    """Everybody has started."""
    async with opened(config(machines.valkey.url, machines.first)) as built:
        await furnish(built, *PEOPLE)
    sitting = [Sitting(name, machines.server.url) for name in PEOPLE]
    try:
        await asyncio.gather(*(one.start() for one in sitting))
        yield sitting
    finally:
        for one in sitting:
            one.connection.end(politely=True)


async def all_answer(people: list[Sitting], index: int) -> None:
    for one in people:
        one.answer(index)
    await asyncio.gather(*(one.acked() for one in people))


async def until_the_end(machines: Machines, people: list[Sitting], folder: Path) -> Path:
    """A backup while answers arrive; then more, some durable, some not; then the server dies."""
    await all_answer(people, DURABLE_BEFORE)
    await asyncio.gather(*(one.durable() for one in people))
    file = folder / "exam.backup"
    backup = asyncio.create_task(machines.call("backup", str(file)))
    while not backup.done():
        await all_answer(people, HELD)
    said = await backup
    assert said.code == 0, said.err
    await all_answer(people, DURABLE_AFTER)
    await asyncio.gather(*(one.durable() for one in people))
    await all_answer(people, HELD)
    await machines.everything("kill")
    return file


async def go_on(machines: Machines, people: list[Sitting], file: Path, *how: str) -> Findings:
    """Restore into the second database; everybody comes back; what is missing of what was acked."""
    machines.call.settings["postgres.url"] = machines.second
    said = await machines.call("restore", str(file), *how)
    assert said.code == 0, said.err
    machines.moved()
    await machines.everything("start")
    await asyncio.gather(*(one.reach("live", lambda o=one: alive(o)) for one in people))
    await all_answer(people, HELD + 1)
    await asyncio.gather(*(one.durable() for one in people))
    async with opened(config(machines.valkey.url, machines.second)) as built:
        exported = [each async for each in export(built.records, EXAM)]
    verified = await machines.call("verify", "--json")
    assert verified.json["findings"] == []
    return reconcile(Report(EXAM, 0, 0, people=[one.record for one in people]), exported)


def alive(one: Sitting) -> bool:
    """Back in the new life, in which it has been told of an epoch that it did not know."""
    return one.session.state == "live" and one.session.outbox.epoch > 500


async def test_when_all_is_lost_only_what_was_durable_after_the_backup_is_missing(
    machines: Machines, people: list[Sitting], tmp_path: Path
) -> None:
    """No client holds that any more: only a standby or archived WAL of Postgres would (README)."""
    file = await until_the_end(machines, people, tmp_path)
    machines.valkey.wipe()
    found = await go_on(machines, people, file)
    gap = {f"{one.name} {one.session.view.items()[DURABLE_AFTER].id}" for one in people}
    assert set(found.missing) == gap
    assert (found.older, found.different, found.late, found.commands) == ([], [], [], [])


async def test_when_redis_lives_on_nothing_is_missing(
    machines: Machines, people: list[Sitting], tmp_path: Path
) -> None:
    file = await until_the_end(machines, people, tmp_path)
    found = await go_on(machines, people, file, "--salvage")
    assert found.ok, found
    assert found.compared >= 4 * len(PEOPLE)
