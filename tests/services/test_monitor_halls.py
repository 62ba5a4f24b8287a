"""Who watches some halls holds what a fresh snapshot of them would be, whoever moves or leaves."""

import random
from collections.abc import AsyncIterator

import pytest
from msgspec import structs

from examsync.attempts.attempt import Attempt
from examsync.monitor.delta import Board, Outcome, decoded, take
from examsync.monitor.feed import Telling
from examsync.monitor.follow import Followed
from examsync.monitor.history import Halls
from examsync.monitor.mirror import Mirror
from examsync.monitor.piece import Piece, gone_piece, stored
from examsync.monitor.store import FeedStore
from examsync.monitor.watcher import Watcher
from tests.services.monitors import Client, Ledger, newcomer, now, running, until, whole
from tests.unit.monitor.scene import EXAM, NOW, connection_of, row_of

ALL: Halls = frozenset()
HALL_A: Halls = frozenset("A")
SCOPES = (ALL, HALL_A, frozenset("BC"), frozenset("AB"))
STEPS = 250


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[FeedStore]:
    """A feed that has begun."""
    found = FeedStore(redis_url, block_ms=5)
    await found.meta(EXAM)
    await found.begin(EXAM, "", "g1")
    yield found
    await found.close()


class Crowd:
    """Clients of every scope on one feed, and what a new one would be given."""

    def __init__(self, store: FeedStore) -> None:
        self.store = store
        self.followed = Followed(EXAM)
        self.clients: list[tuple[Client, Watcher]] = []

    async def begin(self) -> None:
        """Follow on from what stands, as a process does that begins to."""
        standing = await self.store.standing(EXAM)
        assert standing is not None
        mirror = Mirror(EXAM)
        mirror.take(stored(value) for value in standing.values)
        self.followed.begin(standing, mirror)

    def watch(self, halls: Halls, version: str | None = None) -> Client:
        """One more client."""
        client, watcher = Client(), Watcher(EXAM, None, halls)  # type: ignore[arg-type]
        watcher.sink = client
        self.followed.admit(watcher, version)
        self.clients.append((client, watcher))
        return client

    async def hear(self) -> None:
        """Take what came, and serve whoever is not stuck."""
        head = self.followed.history.head
        self.followed.hear((await self.store.hear({EXAM: head}))[EXAM])
        self.followed.forward(NOW)

    def compare(self) -> int:
        """Whoever has been told everything holds what a fresh snapshot says; how many have."""
        told = [each for each in self.clients if not each[0].full and whole(each[0])]
        for client, watcher in told:
            right = self.fresh(watcher.halls)
            assert client.board.rows == right.rows
            assert client.board.connections == right.connections
        return len(told)

    def fresh(self, halls: Halls) -> Board:
        """A new client of these halls."""
        history, board = self.followed.history, Board(EXAM)
        for body in self.followed.mirror.snapshot(history.generation, history.head, halls):
            assert take(board, decoded("roster", body)) is Outcome.TAKEN
        return board


def anything(dice: random.Random, step: int) -> list[Piece]:
    """Rows that may be elsewhere, connections that may be late, somebody who is gone."""
    names = dice.sample("abcd", dice.randrange(1, 4))
    kind = dice.choice("rrrccg")
    if kind == "g":
        return [gone_piece(name) for name in names]
    if kind == "c":
        return [connection_of(name, step, dice.choice("ABC")) for name in names]
    return [row_of(name, step, dice.choice("ABC")) for name in names]


@pytest.mark.parametrize("seed", range(4))
async def test_any_scope_holds_what_a_fresh_snapshot_says(store: FeedStore, seed: int) -> None:
    dice, crowd, compared = random.Random(seed), Crowd(store), 0
    await crowd.begin()
    for step in range(1, STEPS):
        crowd.watch(dice.choice(SCOPES)) if step % 25 == 1 else None
        await store.tell([Telling(EXAM, anything(dice, step), NOW)])
        for client, _ in crowd.clients:
            client.full = dice.random() < 0.3  # what it misses comes later, merged
        await crowd.hear()
        compared += crowd.compare()
    for client, _ in crowd.clients:
        assert client.gaps == 0
    mirrored = crowd.fresh(frozenset())
    await crowd.begin()
    assert crowd.fresh(frozenset()).rows == mirrored.rows
    assert crowd.fresh(frozenset()).connections == mirrored.connections
    assert compared > STEPS


@pytest.mark.parametrize("halls", SCOPES)
async def test_who_comes_back_is_told_whom_he_missed_going(store: FeedStore, halls: Halls) -> None:
    crowd = Crowd(store)
    await crowd.begin()
    client = crowd.watch(halls)
    for pieces in ([row_of("a", 1, "A")], [connection_of("a", 1, "A")]):
        await store.tell([Telling(EXAM, pieces, NOW)])
        await crowd.hear()
    known, crowd.clients = client.board.version, []
    for pieces in ([row_of("a", 2, "B")], [row_of("a", 3, "C")], [gone_piece("a")]):
        await store.tell([Telling(EXAM, pieces, NOW)])
    await crowd.begin()  # another process: it recalls what was told before it came
    back = crowd.watch(halls, known)
    back.board = client.board
    crowd.followed.forward(NOW)
    assert (back.board.rows, back.board.connections) == ({}, {})
    assert crowd.compare() == 1


def moved(book: Ledger, name: str, hall: str) -> Attempt:
    """Somebody is planned to sit elsewhere."""
    attempt = book.flushed[name]
    book.register(structs.replace(attempt, seat=structs.replace(attempt.seat, hall=hall)))
    return book.flushed[name]


async def test_whoever_is_moved_leaves_the_screens_of_the_old_hall_without_a_new_snapshot(
    redis_url: str,
) -> None:
    book = Ledger()
    book.register(newcomer("a1", "A"), newcomer("a2", "A"), newcomer("b1", "B"))
    async with running(redis_url, book) as one, running(redis_url, book, "web-2") as other:
        watched = [await other.watch(halls=halls) for halls in (HALL_A, frozenset("B"), ALL)]
        clients, watchers = [each[0] for each in watched], [each[1] for each in watched]
        here, there, everywhere = clients
        one.monitor.presence.connected("a1", EXAM, now(), "A")
        await until(lambda: all(map(whole, clients)) and "a1" in here.board.connections)
        generations = [watcher.generation for watcher in watchers]
        moved(book, "a1", "B")
        one.monitor.roll_changed(EXAM, ["a1"])
        await until(lambda: set(here.board.rows) == {"a2"})
        await until(lambda: "a1" in there.board.connections)
        await until(lambda: everywhere.board.rows == book.rows())
        assert (set(here.board.connections), set(there.board.rows)) == (set(), {"a1", "b1"})
        assert [client.gaps for client in clients] == [0, 0, 0]
        assert [watcher.generation for watcher in watchers] == generations


async def test_whoever_is_taken_off_the_roll_is_gone_and_may_come_back(redis_url: str) -> None:
    book = Ledger()
    book.register(newcomer("a1", "A"), newcomer("a2", "A"))
    async with running(redis_url, book) as one:
        client, watcher = await one.watch()
        await until(lambda: whole(client) and set(client.board.rows) == {"a1", "a2"})
        generation = watcher.generation
        attempt = book.flushed.pop("a1")
        one.monitor.roll_changed(EXAM, ["a1"])
        await until(lambda: set(client.board.rows) == {"a2"})
        book.register(attempt)
        one.monitor.roll_changed(EXAM)
        await until(lambda: set(client.board.rows) == {"a1", "a2"})
        assert (client.gaps, watcher.generation) == (0, generation)
