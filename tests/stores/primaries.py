"""Two Valkeys behind one address: new connections find the one that is named, others stay."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from examsync.devstack import Valkey


class Address:
    """Where Redis is found; what is connected stays where it is."""

    def __init__(self, target: Valkey) -> None:
        self.target = target
        self.url = ""
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
    server = await asyncio.start_server(found.joined, "127.0.0.1", 0)
    found.url = at(valkey, server.sockets[0].getsockname()[1])
    async with server:
        yield found
        for line in found.lines:
            line.close()


def at(server: Valkey, port: int) -> str:
    """A server's URL at another port."""
    return server.url.replace(f":{server.port}/", f":{port}/")
