"""The pipe to a real Redis: every reply in its place, nothing twice, and no doubt unsaid."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis as sync_redis
from redis.exceptions import NoScriptError, ReadOnlyError, ResponseError

from examsync.devstack import Valkey
from examsync.errors import Unavailable
from examsync.infra.redis import Line, Reply
from examsync.infra.redis_pipe import Pipe, pack

SOON_S = 5.0  # far more than any limit here; a batch that hangs fails the test
BRIEF_S = 0.3


@contextlib.asynccontextmanager
async def opened(pipe: Pipe) -> AsyncIterator[Pipe]:
    """A pipe that is hung up at the end."""
    try:
        yield pipe
    finally:
        await pipe.close()


@pytest.fixture
async def pipe(redis_url: str) -> AsyncIterator[Pipe]:
    """A pipe to an empty Redis."""
    async with opened(Pipe(redis_url, timeout_s=1.0)) as pipe:
        yield pipe


def sent(pipe: Pipe, *commands: tuple[Any, ...]) -> "asyncio.Future[list[Reply] | None]":
    """A batch, and what will be said of it."""
    said: asyncio.Future[list[Reply] | None] = asyncio.get_running_loop().create_future()
    pipe.send(b"".join(map(pack, commands)), len(commands), said.set_result)
    return said


async def call(pipe: Pipe, *commands: tuple[Any, ...]) -> list[Reply] | None:
    """What was said of a batch."""
    return await asyncio.wait_for(sent(pipe, *commands), SOON_S)


async def test_every_command_gets_its_reply_in_order(pipe: Pipe) -> None:
    commands = [("SET", "a", 1), ("INCR", "a"), ("GET", "a"), ("GET", "nothing"), ("ECHO", "é")]
    assert await call(pipe, *commands) == [b"OK", 2, b"2", None, "é".encode()]
    assert await call(pipe, ("GET", "a")) == [b"2"]


async def test_an_error_is_the_reply_of_its_command_only(pipe: Pipe) -> None:
    replies = await call(pipe, ("SET", "a", "text"), ("INCR", "a"), ("GET", "a"))
    assert replies is not None
    assert isinstance(replies[1], ResponseError)
    assert [replies[0], replies[2]] == [b"OK", b"text"]


async def test_replies_that_come_in_pieces_are_put_together(pipe: Pipe) -> None:
    large = "x" * 1_000_000
    assert await call(pipe, ("ECHO", large), ("ECHO", "y")) == [large.encode(), b"y"]
    assert await call(pipe, *[("ECHO", n) for n in range(2_000)]) == [
        b"%d" % n for n in range(2_000)
    ]


async def test_the_next_batch_may_be_sent_by_who_hears_of_the_last(pipe: Pipe) -> None:
    heard: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    pipe.send(pack(("ECHO", "1")), 1, lambda _: pipe.send(pack(("ECHO", "2")), 1, heard.set_result))
    assert await asyncio.wait_for(heard, SOON_S) == [b"2"]


async def test_a_password_and_a_database_are_used_as_the_address_says(redis_url: str) -> None:
    with sync_redis.Redis.from_url(redis_url) as client:
        client.acl_setuser(
            "clerk", enabled=True, passwords=["+word"], commands=["+@all"], keys=["*"]
        )
    there = redis_url.rsplit("@", 1)[-1].rsplit("/", 1)[0]
    address = f"redis://clerk:word@{there}/1"
    async with opened(Pipe(address, timeout_s=1.0)) as pipe:
        assert await call(pipe, ("ACL", "WHOAMI"), ("SET", "a", 1)) == [b"clerk", b"OK"]
    with sync_redis.Redis.from_url(redis_url.rsplit("/", 1)[0] + "/1") as client:
        assert client.get("a") == b"1"
        client.acl_deluser("clerk")


# --- greetings ------------------------------------------------------------------------------------


async def test_a_new_connection_is_greeted_before_anything_else(redis_url: str) -> None:
    said: list[str] = []

    async def greet(line: Line) -> None:
        said.append("greeted")
        await line.exchange(("SET", "greeting", "first"))

    async with opened(Pipe(redis_url, timeout_s=1.0, greet=greet)) as pipe:
        assert await call(pipe, ("GET", "greeting")) == [b"first"]
        await call(pipe, ("PING",))
        assert said == ["greeted"]
        await call(pipe, ("QUIT",))
        await asyncio.sleep(0.05)
        assert await call(pipe, ("PING",)) == [b"PONG"]
        assert said == ["greeted", "greeted"]


async def test_a_batch_whose_greeting_is_refused_is_unknown(redis_url: str) -> None:
    refusals = [Unavailable("Postgres is away"), Unavailable("still")]

    async def greet(line: Line) -> None:
        if refusals:
            raise refusals.pop()

    async with opened(Pipe(redis_url, timeout_s=1.0, greet=greet)) as pipe:
        assert [await call(pipe, ("PING",)) for _ in range(3)] == [None, None, [b"PONG"]]


async def test_a_greeting_may_take_longer_than_a_batch_and_is_not_begun_anew(
    redis_url: str,
) -> None:
    slow, greetings = asyncio.Event(), list[int]()

    async def greet(line: Line) -> None:
        greetings.append(1)
        await slow.wait()

    async with opened(Pipe(redis_url, timeout_s=BRIEF_S, greet=greet)) as pipe:
        assert [await call(pipe, ("INCR", "n")) for _ in range(2)] == [None, None]
        slow.set()
        assert await call(pipe, ("INCR", "n")) == [1], "what was given up was never sent"
        assert greetings == [1]


async def test_a_greeting_that_fails_as_none_should_leaves_nobody_waiting(redis_url: str) -> None:
    async def greet(line: Line) -> None:
        raise RuntimeError("a defect")

    loop, told = asyncio.get_running_loop(), list[object]()
    loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
    try:
        async with opened(Pipe(redis_url, timeout_s=1.0, greet=greet)) as pipe:
            assert await call(pipe, ("PING",)) is None
    finally:
        loop.set_exception_handler(None)
    assert [str(error) for error in told] == ["a defect"]


async def test_hanging_up_ends_a_greeting_and_a_batch_under_way(redis_url: str) -> None:
    async def greet(line: Line) -> None:
        await asyncio.Event().wait()

    pipe = Pipe(redis_url, timeout_s=SOON_S, greet=greet)
    said = sent(pipe, ("PING",))
    await asyncio.sleep(0.05)
    await asyncio.wait_for(pipe.close(), SOON_S)
    assert await said is None


# --- trouble --------------------------------------------------------------------------------------


async def test_a_connection_that_breaks_under_a_batch_is_unknown_and_nothing_is_sent_twice(
    pipe: Pipe, redis_url: str
) -> None:
    await call(pipe, ("PING",))
    with sync_redis.Redis.from_url(redis_url) as client:
        client.client_kill_filter(_type="normal", skipme=True)
    assert await call(pipe, ("INCR", "n"), ("INCR", "n")) is None
    assert await call(pipe, ("INCR", "n")) == [1]


async def test_nobody_there_is_told_at_once(valkey: Valkey) -> None:
    url = valkey.url
    valkey.kill()
    async with opened(Pipe(url, timeout_s=1.0)) as pipe:
        assert await call(pipe, ("PING",)) is None
        valkey.start()
        assert await call(pipe, ("PING",)) == [b"PONG"]


@pytest.mark.faults
async def test_a_frozen_server_is_unknown_in_time_and_may_have_done_it(valkey: Valkey) -> None:
    async with opened(Pipe(valkey.url, timeout_s=BRIEF_S)) as pipe:
        await call(pipe, ("SET", "n", 0))
        valkey.pause()
        assert await call(pipe, ("INCR", "n")) is None
        valkey.resume()
        assert await call(pipe, ("GET", "n")) == [b"1"]


@pytest.mark.faults
async def test_a_new_pipe_to_a_frozen_server_is_unknown_in_time(valkey: Valkey) -> None:
    valkey.pause()
    async with opened(Pipe(valkey.url, timeout_s=BRIEF_S)) as pipe:
        assert await call(pipe, ("PING",)) is None
        valkey.resume()
        assert await call(pipe, ("PING",)) == [b"PONG"]


async def test_a_loop_that_stood_still_is_no_silence_of_redis(redis_url: str) -> None:
    """The reply came in time, and nobody read it in time: it is a reply all the same."""
    async with opened(Pipe(redis_url, timeout_s=BRIEF_S)) as pipe:
        await call(pipe, ("PING",))
        for _ in range(5):
            said = sent(pipe, ("INCR", "n"))
            await asyncio.sleep(0)
            time.sleep(2 * BRIEF_S)  # noqa: ASYNC251  # this is what must not count
            assert await asyncio.wait_for(said, SOON_S) is not None
        assert await call(pipe, ("GET", "n")) == [b"5"]


# --- a server that will not do --------------------------------------------------------------------


async def test_a_replica_is_parted_with_after_its_refusal(valkey: Valkey) -> None:
    """Behind the same address there may be another server by now."""
    greeted = []

    async def greet(line: Line) -> None:
        greeted.append(1)

    async with opened(Pipe(valkey.url, timeout_s=1.0, greet=greet)) as pipe:
        await call(pipe, ("REPLICAOF", "127.0.0.1", "1"))
        replies = await call(pipe, ("ECHO", "x"), ("SET", "a", 1))
        assert replies is not None
        assert (replies[0], type(replies[1])) == (b"x", ReadOnlyError)
        await call(pipe, ("REPLICAOF", "NO", "ONE"))
        assert len(greeted) == 2
        assert await call(pipe, ("SET", "a", 1)) == [b"OK"]
        assert len(greeted) == 2


async def test_a_server_that_lost_its_scripts_is_greeted_again(redis_url: str) -> None:
    shas = []

    async def greet(line: Line) -> None:
        shas.append((await line.exchange(("SCRIPT", "LOAD", "return 7")))[0])

    async with opened(Pipe(redis_url, timeout_s=1.0, greet=greet)) as pipe:
        await call(pipe, ("PING",))
        assert await call(pipe, ("EVALSHA", shas[0], 0)) == [7]
        await call(pipe, ("SCRIPT", "FLUSH"))
        refused = await call(pipe, ("EVALSHA", shas[0], 0))
        assert refused is not None
        assert isinstance(refused[0], NoScriptError)
        assert await call(pipe, ("EVALSHA", shas[0], 0)) == [7]
