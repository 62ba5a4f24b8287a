"""The service while its Redis is frozen, killed, wiped or full: told in time, and nothing lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
import redis

from examsync.attempts import replies
from examsync.attempts.desk import PATIENCE_MS, Reply
from examsync.devstack import Valkey
from examsync.infra.patience import BEAT_MS
from examsync.settings import Redis
from protocol.from_client import Answer, Join, Start
from protocol.from_server import AnswerAck, CommandAck, Refused
from protocol.problems import Code
from tests.services.installation import (
    EXAM,
    App,
    Candidate,
    config,
    furnish,
    opened,
    running,
    unique,
    view,
)

pytestmark = pytest.mark.faults
BUSY_S = 1.5
"""What a busy machine may add to the limits of the service."""


@pytest.fixture
async def app(valkey: Valkey, database_url: str) -> AsyncIterator[App]:
    """An App on a Redis of its own, without loops."""
    async with opened(config(valkey.url, database_url)) as app:
        yield app


@pytest.fixture
async def working(valkey: Valkey, database_url: str) -> AsyncIterator[App]:
    """An App on a Redis of its own that flushes, sweeps and notices by itself."""
    async with running(config(valkey.url, database_url), work=True) as app:
        yield app


def code(reply: Reply) -> Code | None:
    """What a command was refused with, if it was."""
    no = replies.refused(reply)
    return no.problem.code if no is not None else None


class Persistent:
    """A candidate's client with an outbox: it sends until it is told ok, and keeps what it was
    told."""

    def __init__(self, app: App, name: str) -> None:
        self.app = app
        self.one = Candidate(app, name)
        self.started: Start = Start(unique("start"))
        self.acked: dict[int, tuple[Answer, AnswerAck]] = {}
        self.seq = 0

    async def insist(self, send: object) -> Reply:
        """Send until it is not refused for the machines' sake."""
        assert callable(send)
        while True:
            reply: Reply = await send()
            no = replies.refused(reply)
            if no is None:
                return reply
            assert no.problem.retry, no
            await asyncio.sleep(0.02)

    async def begin(self) -> None:
        """Join and start."""
        join = Join(unique("join"), EXAM)
        now, attempts = self.app.clock.now, self.app.attempts
        joined = await self.insist(lambda: attempts.join(now(), self.one.sitter, join))
        assert joined.attempt is not None
        self.one.lease = joined.attempt.core.lease
        reply = await self.insist(lambda: attempts.command(now(), self.one.sitter, self.started))
        ack = replies.command(attempts.env.keys, reply)
        assert isinstance(ack, CommandAck)
        self.started = Start(self.started.id, ack.receipt)

    async def answer(self) -> None:
        """One more answer, acked."""
        self.seq += 1
        items = list(self.app.exams.items(EXAM))
        await self._send(Answer(self.seq, items[self.seq % len(items)], None))

    async def _send(self, said: Answer) -> None:
        attempts = self.app.attempts
        reply = await self.insist(
            lambda: attempts.answer(self.app.clock.now(), self.one.sitter, said)
        )
        ack = replies.answer(attempts.env.keys, reply, said.seq)
        assert isinstance(ack, AnswerAck), ack
        self.acked[said.seq] = (said, ack)

    async def answer_until(self, over: asyncio.Event) -> None:
        """One after the other, until it is enough."""
        while not over.is_set():
            await self.answer()

    async def replay(self) -> None:
        """After a new epoch: everything again, with its receipts, under the lease there is."""
        join = Join(unique("join"), EXAM, self.one.lease)
        now, attempts = self.app.clock.now, self.app.attempts
        joined = await self.insist(lambda: attempts.join(now(), self.one.sitter, join))
        assert joined.attempt is not None
        self.one.lease = joined.attempt.core.lease
        await self.insist(lambda: attempts.command(now(), self.one.sitter, self.started))
        for said, ack in list(self.acked.values()):
            receipt = ack.receipt or None
            await self._send(Answer(said.seq, said.item, None, receipt=receipt))

    def newest(self) -> dict[str, int]:
        """Per item the highest seq that was acked."""
        return {said.item: seq for seq, (said, _) in sorted(self.acked.items())}


async def crowd(app: App, count: int) -> list[Persistent]:
    """So many, started."""
    await furnish(app, *[f"c{n}" for n in range(count)])
    clients = [Persistent(app, f"c{n}") for n in range(count)]
    await asyncio.gather(*[client.begin() for client in clients])
    return clients


async def nothing_is_missing(app: App, clients: list[Persistent]) -> None:
    """All that was acked stands, or something newer that was sent; Postgres has it as Redis has."""
    stands: dict[tuple[str, str], int] = {}
    for client in clients:
        attempt = await view(app, client.one.attempt)
        for item, seq in client.newest().items():
            assert seq <= attempt.responses[item].seq <= client.seq
        stands |= {(attempt.id, item): held.seq for item, held in attempt.responses.items()}
    await app.working.flush()
    rows = await app.pool.fetch("SELECT attempt, item, seq FROM responses")
    assert {(row["attempt"], row["item"]): row["seq"] for row in rows} == stands


# --- frozen ---------------------------------------------------------------------------------------


async def test_a_frozen_redis_is_told_to_everybody_in_time(app: App, valkey: Valkey) -> None:
    """However many ask, whenever they ask while it is frozen, at hand here or not."""
    clients = await crowd(app, 60)
    for client in clients[30:]:
        app.attempts.desks.pop(client.one.attempt)
    valkey.pause()
    sent: list[asyncio.Task[Reply]] = []
    for client in clients * 3:
        sent.append(asyncio.ensure_future(client.one.answer(None)))
        await asyncio.sleep(0.005)
    done, late = await asyncio.wait(sent, timeout=PATIENCE_MS / 1_000 + BUSY_S)
    valkey.resume()
    assert not late
    told = [replies.refused(task.result()) for task in done]
    assert all(isinstance(no, Refused) and no.problem.retry for no in told)
    assert {no.problem.code for no in told if no is not None} <= {Code.UNAVAILABLE}


async def test_after_a_freeze_everything_goes_on(app: App, valkey: Valkey) -> None:
    clients = await crowd(app, 10)
    over = asyncio.Event()
    answering = [asyncio.ensure_future(client.answer_until(over)) for client in clients]
    await asyncio.sleep(0.2)
    valkey.pause()
    await asyncio.sleep(2.5)
    valkey.resume()
    before = sum(client.seq for client in clients)
    await asyncio.sleep(0.5)
    over.set()
    await asyncio.gather(*answering)
    assert sum(client.seq for client in clients) > before
    await nothing_is_missing(app, clients)


async def test_tasks_and_queues_are_empty_after_the_trouble(app: App, valkey: Valkey) -> None:
    clients = await crowd(app, 20)
    await app.attempts.drained()
    before = len(asyncio.all_tasks())
    valkey.pause()
    refused = await asyncio.gather(*[client.one.answer(None) for client in clients])
    assert {code(reply) for reply in refused} == {Code.UNAVAILABLE}
    valkey.resume()
    for client in clients:
        await client.answer()
    await app.attempts.drained()
    async with asyncio.timeout(10):
        while len(asyncio.all_tasks()) > before:  # noqa: ASYNC110  # loads end by themselves
            await asyncio.sleep(0.05)
    assert all(desk.idle for desk in app.attempts.desks.values())


# --- killed, wiped --------------------------------------------------------------------------------


async def test_every_ok_is_there_after_redis_was_killed_under_load(
    working: App, valkey: Valkey
) -> None:
    """Twice, with the flush running: what was acked was fsynced."""
    clients = await crowd(working, 12)
    over = asyncio.Event()
    answering = [asyncio.ensure_future(client.answer_until(over)) for client in clients]
    for _ in range(2):
        await asyncio.sleep(0.4)
        valkey.kill()
        await asyncio.sleep(0.1)
        await asyncio.to_thread(valkey.start)
    await asyncio.sleep(0.6)
    over.set()
    await asyncio.gather(*answering)
    life = working.store.life(0)
    assert life is not None
    assert life.epoch == 3
    await nothing_is_missing(working, clients)


async def test_every_ok_is_there_after_redis_was_wiped_and_clients_replayed(
    working: App, valkey: Valkey
) -> None:
    """Redis has lost it, the outboxes have not."""
    clients = await crowd(working, 12)
    over = asyncio.Event()
    answering = [asyncio.ensure_future(client.answer_until(over)) for client in clients]
    await asyncio.sleep(0.4)
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
    await asyncio.sleep(0.1)
    for task in answering:
        task.cancel()
    for task in answering:
        with contextlib.suppress(asyncio.CancelledError, AssertionError):
            await task
    await asyncio.gather(*[client.replay() for client in clients])
    for client in clients:
        await client.answer()
    await nothing_is_missing(working, clients)
    assert await working.pool.fetchval("SELECT max(epoch) FROM attempts") == 2


# --- full -----------------------------------------------------------------------------------------


async def test_a_full_redis_is_said_and_answers_go_on_when_there_is_room(
    app: App, valkey: Valkey
) -> None:
    (client,) = await crowd(app, 1)
    await client.answer()
    with redis.Redis.from_url(valkey.url) as admin:
        admin.config_set("maxmemory", 1)
        for _ in range(3):
            assert code(await client.one.answer(None)) is Code.STORAGE_FULL
        same = client.acked[1][0]
        again = await app.attempts.answer(app.clock.now(), client.one.sitter, same)
        assert code(again) is None, "a repeat needs no room"
        admin.config_set("maxmemory", 0)
    await client.answer()
    await nothing_is_missing(app, [client])


async def filled(app: App, valkey: Valkey, share: float) -> None:
    """As if Redis held so much of what it may."""
    with redis.Redis.from_url(valkey.url) as admin:
        used = int(admin.info("memory")["used_memory"])
        admin.config_set("maxmemory", int(used / share))
    await app.backlog.measure()


async def test_while_redis_fills_up_starts_are_refused_then_answers_and_ends_never(
    app: App, valkey: Valkey
) -> None:
    await furnish(app, "early", "late")
    early, late = Candidate(app, "early"), Candidate(app, "late")
    await early.start()
    await late.join()
    start = Start(unique("start"))

    await filled(app, valkey, 0.9)
    refused = await app.attempts.command(app.clock.now(), late.sitter, start)
    assert code(refused) is Code.STORAGE_FULL
    assert code(await early.answer(None)) is None

    await filled(app, valkey, 0.97)
    assert code(await early.answer(None)) is Code.STORAGE_FULL
    assert (await early.submit()).core.closed

    await filled(app, valkey, 0.5)
    assert code(await app.attempts.command(app.clock.now(), late.sitter, start)) is None


def test_the_limits_are_those_that_were_promised() -> None:
    """Whoever waits for Redis is told to try again within 1.5 s of free time."""
    assert Redis().timeout_ms <= PATIENCE_MS <= 1_500 - 2 * BEAT_MS
