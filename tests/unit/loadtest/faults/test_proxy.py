"""The fault proxy: what it does to bytes and connections, against a server that answers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from loadtest.faults.proxy import CLEAR, Proxy, Trap, Weather
from loadtest.ports import LOOPBACK, free_port

WITHIN_S = 5.0


class Echo:
    """A server that answers every line with the same in capitals, and keeps what it heard."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.ends = 0
        self.news = asyncio.Event()
        self.port = free_port()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                self.heard.append(line)
                self.news.set()
                writer.write(line.upper())
                await writer.drain()
        self.ends += 1
        self.news.set()
        writer.close()


class Client:
    """One connection through the proxy."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def say(self, line: bytes) -> None:
        self._writer.write(line)
        await self._writer.drain()

    async def hear(self) -> bytes:
        """A line; b"" if the connection has ended."""
        try:
            return await asyncio.wait_for(self._reader.readline(), WITHIN_S)
        except ConnectionError:
            return b""

    async def hears_nothing(self) -> bool:
        """Whether nothing is there to be heard, after the loop has gone round for a while."""
        for _ in range(200):
            await asyncio.sleep(0)
        waiting = asyncio.ensure_future(self._reader.readline())
        await asyncio.sleep(0.05)
        nothing = not waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return nothing

    def close(self) -> None:
        self._writer.close()


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    server = Echo()
    listening = await asyncio.start_server(server.serve, LOOPBACK, server.port)
    yield server
    listening.close()


@pytest.fixture
async def proxy(echo: Echo) -> AsyncIterator[Proxy]:
    made = Proxy(echo.port, free_port())
    await made.open()
    yield made
    await made.close()


@contextlib.asynccontextmanager
async def dialled(proxy: Proxy) -> AsyncIterator[Client]:
    client = Client(*await asyncio.open_connection(LOOPBACK, proxy.port))
    try:
        yield client
    finally:
        client.close()


async def heard(echo: Echo, lines: int) -> list[bytes]:
    """What the server has heard, once that is so many lines."""
    async with asyncio.timeout(WITHIN_S):
        while len(echo.heard) < lines:
            echo.news.clear()
            await echo.news.wait()
    return echo.heard


async def ended(echo: Echo) -> None:
    """Wait until the server has seen a connection end."""
    async with asyncio.timeout(WITHIN_S):
        while not echo.ends:
            echo.news.clear()
            await echo.news.wait()


async def test_in_clear_weather_bytes_pass_both_ways(proxy: Proxy) -> None:
    async with dialled(proxy) as one, dialled(proxy) as two:
        await one.say(b"one\n")
        await two.say(b"two\n")
        assert (await one.hear(), await two.hear()) == (b"ONE\n", b"TWO\n")
    assert proxy.accepted == 2


async def test_delayed_bytes_come_later_and_in_order_also_when_the_delay_ends(proxy: Proxy) -> None:
    async with dialled(proxy) as client:
        proxy.set(Weather(delay_ms=200))
        await client.say(b"slow\n")
        await asyncio.sleep(0.02)
        proxy.set(CLEAR)
        lines = [b"SLOW\n", *(b"FAST %d\n" % number for number in range(40))]
        for line in lines[1:]:  # all of them are due when the slow one is
            await client.say(line)
            await asyncio.sleep(0.001)
        assert [await client.hear() for _ in lines] == lines


async def test_what_is_frozen_waits_and_arrives_in_the_end(echo: Echo, proxy: Proxy) -> None:
    async with dialled(proxy) as client:
        await client.say(b"before\n")
        assert await client.hear() == b"BEFORE\n"
        proxy.set(Weather(frozen=True))
        await client.say(b"waits\n")
        assert await client.hears_nothing()
        assert echo.heard == [b"before\n"]
    async with dialled(proxy) as late:  # who comes while all is frozen waits, too
        await late.say(b"late\n")
        assert await late.hears_nothing()
        proxy.set(CLEAR)
        assert await late.hear() == b"LATE\n"
        assert sorted(await heard(echo, 3)) == [b"before\n", b"late\n", b"waits\n"]


async def test_with_replies_dropped_requests_arrive_and_the_holed_connection_is_cut(
    echo: Echo, proxy: Proxy
) -> None:
    async with dialled(proxy) as client:
        proxy.set(Weather(replies_dropped=True))
        await client.say(b"done\n")
        assert await heard(echo, 1) == [b"done\n"]
        assert await client.hears_nothing()
        proxy.set(CLEAR)
        assert await client.hear() == b""


async def test_replies_that_are_held_come_when_they_are_let_go(echo: Echo, proxy: Proxy) -> None:
    async with dialled(proxy) as client:
        await client.say(b"one\n")
        assert await client.hear() == b"ONE\n"
        proxy.set(Weather(replies_held=True))
        await client.say(b"two\n")
        await heard(echo, 2)
        assert await client.hears_nothing()
        proxy.set(CLEAR)
        assert await client.hear() == b"TWO\n"


async def test_refusing_closes_new_connections_and_leaves_the_others(proxy: Proxy) -> None:
    async with dialled(proxy) as old:
        await old.say(b"old\n")
        assert await old.hear() == b"OLD\n"
        proxy.set(Weather(refusing=True))
        async with dialled(proxy) as new:
            assert await new.hear() == b""
        await old.say(b"still\n")
        assert await old.hear() == b"STILL\n"


async def test_a_cut_ends_every_connection_on_both_sides(echo: Echo, proxy: Proxy) -> None:
    async with dialled(proxy) as client:
        await client.say(b"x\n")
        assert await client.hear() == b"X\n"
        assert proxy.cut() == 1
        assert await client.hear() == b""
        await ended(echo)
    assert not proxy.pairs


@pytest.mark.parametrize("client_stays", [True, False])
async def test_half_open_one_side_is_told_nothing(
    echo: Echo, proxy: Proxy, client_stays: bool
) -> None:
    async with dialled(proxy) as client:
        await client.say(b"x\n")
        assert await client.hear() == b"X\n"
        proxy.half_open(client_stays=client_stays)
        if client_stays:
            await ended(echo)
            await client.say(b"into the void\n")
            assert await client.hears_nothing()
            assert echo.heard == [b"x\n"]
        else:
            assert await client.hear() == b""
            assert not echo.ends
        assert len(proxy.pairs) == 1
    proxy.cut()
    await ended(echo)


@pytest.mark.parametrize("passes", [True, False])
async def test_a_trap_springs_once_and_leaves_that_connection_deaf(
    echo: Echo, proxy: Proxy, passes: bool
) -> None:
    sprung = asyncio.Event()
    proxy.trap = Trap(b"COMMIT", passes, sprung.set)
    async with dialled(proxy) as one, dialled(proxy) as two:
        await one.say(b"BEGIN\n")
        assert await one.hear() == b"BEGIN\n"
        await one.say(b"COMMIT\n")
        await asyncio.wait_for(sprung.wait(), WITHIN_S)
        assert await one.hears_nothing()
        await two.say(b"COMMIT\n")  # it has sprung already
        assert await two.hear() == b"COMMIT\n"
        assert echo.heard.count(b"COMMIT\n") == 1 + passes


async def test_nobody_behind_it_shows_as_an_end(proxy: Proxy) -> None:
    proxy.upstream = free_port()
    async with dialled(proxy) as client:
        assert await client.hear() == b""
    assert not proxy.pairs


async def test_much_passes_whole_through_a_reader_that_is_slow(proxy: Proxy) -> None:
    line = b"x" * 60_000 + b"\n"
    async with dialled(proxy) as client:
        saying = asyncio.create_task(client.say(line * 40))
        for _ in range(40):
            assert await client.hear() == line.upper()
        await saying
