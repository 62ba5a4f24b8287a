"""HTTP clients on connections they keep: what a response is, and both loops against a server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from loadtest.bench.reach.asking import Ask, Asked, Crowd, request, split
from loadtest.served import NotServed

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
WAIT = b"HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n"


def test_a_response_is_whole_with_its_body() -> None:
    assert split(GOOD + b"HTTP") == (200, len(GOOD))
    assert split(GOOD[:-1]) is None
    assert split(GOOD[:20]) is None
    assert split(WAIT) == (429, len(WAIT))


def test_a_request_says_who_asks() -> None:
    assert request("/me", "abc").startswith(b"GET /me HTTP/1.1\r\n")
    assert b"Authorization: Bearer abc\r\n\r\n" in request("/me", "abc")


@asynccontextmanager
async def answering(*replies: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that gives these replies in turns on every connection, and what it was asked; a
    connection without any left is closed."""
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for turn in range(len(replies) if replies[-1] == b"" else 1_000_000):
                heard.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(replies[turn % len(replies)])
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heard


async def ran(ask: Ask, *replies: bytes) -> tuple[Asked, list[bytes]]:
    """What came of it, and what the server heard."""
    async with answering(*replies) as (port, heard):
        return await Crowd(ask).run(port, lambda: 0.0), heard


async def test_a_closed_loop_asks_all_in_turns_and_counts_what_is_answered() -> None:
    requests = [request("/a", "1"), request("/b", "2")]
    found, heard = await ran(Ask(requests, 2, warm_s=0.0, for_s=1.0), GOOD, WAIT)
    assert set(found.statuses) == {200, 429}
    assert found.answered.count == sum(found.statuses.values())
    assert set(heard) == set(requests)


async def test_an_open_loop_asks_at_its_rate_and_no_faster() -> None:
    ask = Ask([request("/a", "1")], 4, rate=50, warm_s=0.0, for_s=0.4)
    found, heard = await ran(ask, GOOD)
    assert found.answered.count <= len(heard) <= 21


async def test_a_connection_that_is_lost_is_told() -> None:
    with pytest.raises(NotServed, match="1 connections were lost"):
        await ran(Ask([request("/a", "1")], 1, warm_s=0.0, for_s=1.0), GOOD, b"")


async def test_where_nobody_listens_is_told() -> None:
    async with answering(GOOD) as (port, _):
        pass
    with pytest.raises(NotServed, match="No connection"):
        await Crowd(Ask([request("/a", "1")], 1)).run(port, lambda: 0.0)
