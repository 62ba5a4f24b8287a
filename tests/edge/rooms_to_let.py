"""Fixtures: houses to let. `house` is shared by the tests of a file, as it takes a second to open;
what a test does there must not matter to the next. `let` opens houses with limits of a test's own.
"""

import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
import redis
from msgspec import structs

from examsync.devstack import Stack
from examsync.settings import Server
from protocol.types import Role
from tests.conftest import NUMBERS, TEMPLATE, drop, url_of
from tests.edge.clients import Client, Raw
from tests.edge.house import SERVER, House, config
from tests.edge.house import house as opened

Let = Callable[..., Awaitable[House]]
Enter = Callable[..., Awaitable[Client]]
Open = Callable[..., Awaitable[Raw]]

WAYS = ("lane", "asgi")
"""How sockets are served: below ASGI, or through it (`server.lane`)."""

LETTING: list[House] = []
"""The house that is shared just now."""


def serving(way: str) -> Server:
    """How a house serves."""
    return structs.replace(SERVER, lane=way == "lane")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A file that says `BOTH_WAYS = True` has its houses served both ways; others on the lane."""
    if getattr(metafunc.module, "BOTH_WAYS", False) and "way" in metafunc.fixturenames:
        metafunc.parametrize("way", WAYS, indirect=True, scope="module")


@pytest.fixture(scope="module")
def way(request: pytest.FixtureRequest) -> str:
    """How the houses of this test serve their sockets: one of `WAYS`."""
    found: str = getattr(request, "param", WAYS[0])
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(stack: Stack, admin: asyncpg.Connection, way: str) -> AsyncIterator[House]:
    """One house for a file of tests."""
    with redis.Redis.from_url(stack.redis_url) as client:
        client.flushall()
    name = f"examsync_house_{os.getpid()}_{next(NUMBERS)}"
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    async with opened(config(stack.redis_url, url_of(stack, name), server=serving(way))) as found:
        LETTING.append(found)
        yield found
        LETTING.clear()
    await drop(admin, name)


@pytest.fixture
async def let(redis_url: str, database_url: str, way: str) -> AsyncIterator[Let]:
    """Open a house with these limits, and `server` if need be; it is closed after the test.

    It empties the Redis that `house` lives on, so a file uses the one or the other.
    """
    assert not LETTING, "this file has tests that use `house`: put this one into another file"
    async with contextlib.AsyncExitStack() as houses:

        async def letting(*, server: Server | None = None, **limits: Any) -> House:
            settings = config(redis_url, database_url, server=server or serving(way), **limits)
            return await houses.enter_async_context(opened(settings))

        yield letting


@pytest.fixture
async def enter() -> AsyncIterator[Enter]:
    """Connect clients, `await enter(house, "asha")`; they are gone after the test."""
    clients: list[Client] = []

    async def entering(
        house: House, subject: str, role: Role = Role.CANDIDATE, **changes: Any
    ) -> Client:
        client = Client(house, subject, role)
        clients.append(client)
        return await client.connect(**changes)

    yield entering
    for client in clients:
        await client.leave()


@pytest.fixture
async def open_raw() -> AsyncIterator[Open]:
    """Open bare WebSockets, `await open_raw(house)`; they are gone after the test."""
    sockets: list[Raw] = []

    async def opening(house: House, **options: Any) -> Raw:
        sockets.append(await Raw.open(house, **options))
        return sockets[-1]

    yield opening
    for raw in sockets:
        raw.socket.transport.abort()  # some have stopped reading, and would never say goodbye
