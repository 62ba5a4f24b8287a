"""Two primaries: new connections find the new one; the old one lives on for who speaks to it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from examsync.devstack import Valkey
from examsync.monitor.store import FeedStore
from tests.stores.feeds import begun, tell
from tests.unit.monitor.scene import EXAM, row_of

pytestmark = pytest.mark.faults


class Address:
    """Where Redis is found; what is connected stays where it is."""

    def __init__(self, target: Valkey) -> None:
        self.target = target
        self.lines: list[asyncio.StreamWriter] = []

    async def joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass everything on, both ways."""
        far = await asyncio.open_connection("127.0.0.1", self.target.port)
        self.lines += [writer, far[1]]
        await asyncio.gather(passed(reader, far[1]), passed(far[0], writer))


async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until the end of the one, then end the other."""
    with contextlib.suppress(ConnectionError):
        while some := await reader.read(65_536):
            writer.write(some)
            await writer.drain()
    writer.close()


@pytest.fixture
def other(server_folder: Path) -> Iterator[Valkey]:
    server = Valkey(server_folder / "valkey-other")
    server.start()
    yield server
    server.remove()


@pytest.fixture
async def address(valkey: Valkey, other: Valkey) -> AsyncIterator[Address]:
    with redis.Redis.from_url(other.url) as client:  # as replicas do, it takes the same password
        client.config_set("requirepass", urlsplit(valkey.url).password)
    found = Address(valkey)
    yield found
    for line in found.lines:
        line.close()


@pytest.fixture
async def store(address: Address, valkey: Valkey) -> AsyncIterator[FeedStore]:
    server = await asyncio.start_server(address.joined, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        found = FeedStore(at(valkey, port), block_ms=20)
        yield found
        await found.close()


def at(server: Valkey, port: int) -> str:
    """A server's URL at another port."""
    return server.url.replace(f":{server.port}/", f":{port}/")


async def test_a_feed_of_the_same_name_on_another_server_is_another(
    store: FeedStore, address: Address, valkey: Valkey, other: Valkey
) -> None:
    """A replica that was promoted has the feed, as it was a moment ago: it may not be taken for
    the one that whoever asks knows of."""
    await begun(store)
    await tell(store, row_of())
    copy = FeedStore(at(valkey, other.port))
    await copy.begin(EXAM, "", "g1")
    await copy.close()
    address.target = other
    standing = await store.standing(EXAM)
    assert standing is not None
    assert (standing.meta.generation, standing.meta.here) == ("g1", False)


async def test_when_one_line_finds_another_server_all_go_there(
    store: FeedStore, address: Address, other: Valkey
) -> None:
    await begun(store)
    first = store.run_id
    heard = (await store.hear({EXAM: 0}))[EXAM]
    assert heard.meta is not None
    assert heard.meta.here
    address.target = other
    assert await store.generations([EXAM]) == ["g1"]
    assert store.run_id == first  # nothing made it look
    assert await store.standing(EXAM) is None  # a new line, to the new server
    assert await store.generations([EXAM]) == [None]
    assert store.run_id != first
    assert (await store.hear({EXAM: 0}))[EXAM].meta is None
