"""The truth test of the monitor: snapshot + deltas = fresh snapshot, at random moments, under
load, with several processes, one of them killed and Redis restarted.

Every client notes what it held at every version it was at. Whoever was at the same version must
have held the same; a fresh snapshot is just another client that has only begun.
"""

import asyncio
import contextlib
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import combinations

import msgspec
import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from examsync.attempts.attempt import Attempt
from examsync.devstack import Valkey
from examsync.monitor.delta import Board, Outcome, decoded, take
from examsync.monitor.mirror import Mirror
from examsync.monitor.piece import stored
from protocol.types import Presence
from tests.services.monitor_child import LEDGER
from tests.services.monitors import (
    Client,
    Ledger,
    Running,
    any_body,
    digest,
    newcomer,
    now,
    running,
    until,
)
from tests.unit.monitor.scene import EXAM

LOAD_S = 4.0


async def fresh(one: Running) -> Board:
    """What stands in Redis at this moment, without any mirror in between."""
    standing = await one.store.standing(EXAM)
    assert standing is not None
    mirror, board = Mirror(EXAM), Board(EXAM)
    mirror.take(stored(value) for value in standing.values)
    meta = standing.meta
    for body in mirror.snapshot(meta.generation, meta.version, frozenset()):
        assert take(board, decoded("roster", body)) is Outcome.TAKEN
    return board


def compared(clients: Iterable[Client]) -> int:
    """How many pairs of clients were at the same version; they must have held the same then."""
    count = 0
    for one, other in combinations(clients, 2):
        for version in one.states.keys() & other.states.keys():
            assert one.states[version] == other.states[version], version
            count += 1
    return count


def names(prefix: str, count: int = 12) -> list[str]:
    return [f"{prefix}{number}" for number in range(count)]


class Load:
    """Attempts that change at random, in random processes, and become durable a little later."""

    def __init__(self, ledger: Ledger, ones: list[Running], luck: random.Random) -> None:
        self.ledger, self.ones, self.luck = ledger, ones, luck
        self.attempts = dict(ledger.flushed)
        self.flushes: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """A change every few milliseconds."""
        for name in self.attempts:
            self.luck.choice(self.ones).monitor.presence.connected(name, EXAM, now(), "A")
        end = now() + LOAD_S * 1_000
        while now() < end:
            await asyncio.sleep(self.luck.random() * 0.01)
            await self._change(self.luck.choice(list(self.attempts)))
        await asyncio.gather(*self.flushes)

    async def _change(self, name: str) -> None:
        one, before = self.luck.choice(self.ones), self.attempts[name]
        after = await one.tell(before, any_body(before, self.luck), flush=False)
        self.attempts[name] = after
        flush = asyncio.create_task(self._flush(after))
        self.flushes.add(flush)
        flush.add_done_callback(self.flushes.discard)
        if self.luck.random() < 0.1:  # a candidate turns up elsewhere
            elsewhere = self.luck.choice(self.ones).monitor.presence
            elsewhere.connected(name, EXAM, now(), after.seat.hall)
        one.monitor.presence.seen(name, now(), pending=self.luck.choice([0, 2]))

    async def _flush(self, attempt: Attempt) -> None:
        await asyncio.sleep(self.luck.random())
        if self.ledger.flush(attempt):
            self.luck.choice(self.ones).monitor.repair([(attempt.id, EXAM)])


@pytest.mark.parametrize("count", [1, 2, 4])
async def test_snapshot_and_deltas_are_a_fresh_snapshot_under_load(
    redis_url: str, count: int
) -> None:
    luck = random.Random(count)
    ledger = Ledger()
    ledger.register(*(newcomer(name) for name in names("a", 40)))
    async with contextlib.AsyncExitStack() as stack:
        ones = [
            await stack.enter_async_context(running(redis_url, ledger, f"web-{number}"))
            for number in range(count)
        ]
        clients = [(await one.watch())[0] for one in ones]
        load = Load(ledger, ones, luck)
        changing = asyncio.create_task(load.run())
        while not changing.done():
            await asyncio.sleep(luck.random() * 0.3)
            clients.append((await luck.choice(ones).watch())[0])
            clients.append(noted(await fresh(luck.choice(ones))))
        await changing
        await until(lambda: all(c.board.rows == ledger.rows() for c in clients if c.events))
        await until(lambda: agreed(ones[0], clients))
        assert compared(clients) > 100
        assert all(client.gaps == 0 for client in clients)


async def agreed(one: Running, clients: list[Client]) -> bool:
    """Whether all who follow hold what stands now; who is silent goes on from level to level."""
    last = digest(await fresh(one))
    return all(digest(client.board) == last for client in clients if client.events)


def noted(board: Board) -> Client:
    """A snapshot from Redis, as a client that hears no more."""
    client = Client()
    client.board = board
    assert board.version is not None
    client.states[board.version] = digest(board)
    return client


# --- processes that die, a Redis that restarts ----------------------------------------------------


class Child:
    """A process of its own, with candidates of its own."""

    def __init__(self, url: str, prefix: str) -> None:
        self.names = names(prefix)
        self.process = f"child-{prefix}"
        command = [sys.executable, "-m", "tests.services.monitor_child", url, self.process, prefix]
        self.running = subprocess.Popen([*command, *self.names], stdout=subprocess.PIPE)

    async def ready(self) -> None:
        """Wait until its candidates sit."""
        assert self.running.stdout is not None
        line = await asyncio.to_thread(self.running.stdout.readline)
        assert line == b"ready\n"

    def kill(self) -> None:
        """Not another instruction."""
        self.running.kill()
        self.running.wait()
        if self.running.stdout is not None:
            self.running.stdout.close()


@pytest.fixture
def children(valkey: Valkey) -> Iterator[list[Child]]:
    """Three processes on a Redis that may be restarted."""
    found = [Child(valkey.url, prefix) for prefix in "abc"]
    yield found
    for child in found:
        child.kill()


class Flusher:
    """Reads what the children confirmed, plays Postgres, and has rows repaired."""

    def __init__(self, url: str, ledger: Ledger, one: Running) -> None:
        self.server = Redis.from_url(url)
        self.ledger, self.one = ledger, one
        self.read = 0

    async def run(self) -> None:
        """For ever; a Redis that is away is asked again."""
        while True:
            with contextlib.suppress(RedisError, OSError):
                await self.turn()
            await asyncio.sleep(0.3)

    async def turn(self) -> int:
        """One batch."""
        found = await self.server.lrange(LEDGER, self.read, -1)
        attempts = [msgspec.json.decode(each, type=Attempt) for each in found]
        changed = [attempt for attempt in attempts if self.ledger.flush(attempt)]
        self.read += len(found)
        self.one.monitor.repair([(attempt.id, EXAM) for attempt in changed])
        return len(found)


@contextlib.asynccontextmanager
async def flushing(flusher: Flusher) -> AsyncIterator[None]:
    """The flusher runs for as long as the block."""
    task = asyncio.create_task(flusher.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await flusher.server.aclose()


@pytest.mark.faults
@pytest.mark.slow
async def test_a_feed_is_right_again_after_a_process_was_killed_and_redis_restarted(
    valkey: Valkey, children: list[Child]
) -> None:
    ledger, luck = Ledger(), random.Random(7)
    ledger.register(*(newcomer(n, n[0].upper()) for child in children for n in child.names))
    async with (
        running(valkey.url, ledger, "web-1") as one,
        running(valkey.url, ledger, "web-2") as other,
        flushing(Flusher(valkey.url, ledger, one)),
    ):
        await asyncio.gather(*(child.ready() for child in children))
        clients = [(await each.watch())[0] for each in (one, other)]
        held = {name for child in children for name in child.names}
        await until(lambda: all(set(c.board.connections) == held for c in clients))
        await under_load(clients, [one, other], luck)

        victim = children.pop()
        victim.kill()
        await until(lambda: all(away(c.board, victim.names) for c in clients))
        assert all(live(c.board, child.names) for c in clients for child in children)
        await under_load(clients, [one, other], luck)

        generation = (clients[0].board.version or "").partition(".")[0]
        valkey.restart()
        await until(lambda: all(begun_after(c.board, generation) for c in clients))
        await under_load(clients, [one, other], luck)
        # A process says anew who sits there when its sweep comes upon the new generation; of
        # connections that died before that nobody would know.
        await until(lambda: all(live(c.board, child.names) for c in clients for child in children))
        for child in children:
            child.kill()
        await until(lambda: all(away(c.board, child.names) for c in clients for child in children))
        await until(lambda: all(c.board.rows == ledger.rows() for c in clients))
        assert digest(await fresh(one)) == digest(clients[0].board) == digest(clients[1].board)
        assert compared(clients) > 20
        assert all(client.gaps == 0 for client in clients)


async def under_load(clients: list[Client], ones: list[Running], luck: random.Random) -> None:
    """A while in which newcomers come."""
    for _ in range(6):
        await asyncio.sleep(luck.random() * 0.5)
        clients.append((await luck.choice(ones).watch())[0])
    await until(lambda: all(client.board.version is not None for client in clients))


def away(board: Board, of: list[str]) -> bool:
    return all(level(board, name) is Presence.AWAY for name in of)


def live(board: Board, of: list[str]) -> bool:
    return all(level(board, name) is Presence.LIVE for name in of)


def level(board: Board, name: str) -> Presence | None:
    """None where no process has said anything of this candidate's connection."""
    link = board.connections.get(name)
    return None if link is None else link.level


def begun_after(board: Board, generation: str) -> bool:
    version = board.version or ""
    return version.partition(".")[0] not in ("", generation)
