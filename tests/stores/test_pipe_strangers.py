"""The pipe to servers that are no Redis, or none yet, or gone again."""

import asyncio

import pytest

from examsync.infra.redis import Line
from examsync.infra.redis_pipe import Pipe
from tests.stores.test_pipe import call, opened


async def speaking(*says: bytes) -> "tuple[asyncio.Server, Pipe]":
    """A server that answers every read with the next of these, and a pipe to it."""
    left = list(says)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while left and await reader.read(65_536):
            writer.write(left.pop(0))
        await reader.read(65_536)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    address = f"redis://127.0.0.1:{port}?lib_name=&lib_version="
    return server, Pipe(address, timeout_s=1.0)


HELLO = b"+OK\r\n" * 2
"""redis-py says who it is in two commands."""

NO_ANSWER = {
    "loading": b"-LOADING Redis is loading the dataset in memory\r\n",
    "no RESP": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "more than was asked": b"+OK\r\n+OK\r\n",
}


@pytest.mark.parametrize("says", NO_ANSWER.values(), ids=NO_ANSWER)
async def test_what_is_no_answer_is_unknown_and_the_connection_is_left(says: bytes) -> None:
    server, pipe = await speaking(HELLO, says)
    async with opened(pipe):
        assert await call(pipe, ("PING",)) is None
        assert pipe._stream is None
    server.close()


async def test_a_server_that_hangs_up_while_it_is_greeted_is_not_waited_for() -> None:
    """What redis-py has read of its goodbye, nobody tells the pipe."""

    async def parting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        writer.write(HELLO)
        writer.close()

    async def until_it_is_gone(line: Line) -> None:
        assert line._connection is not None
        assert line._connection._reader is not None
        while not line._connection._reader.at_eof():  # noqa: ASYNC110 - redis-py has no Event
            await asyncio.sleep(0.01)

    server = await asyncio.start_server(parting, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    address = f"redis://127.0.0.1:{port}?lib_name=&lib_version="
    async with opened(Pipe(address, timeout_s=1_000.0, greet=until_it_is_gone)) as pipe:
        assert await call(pipe, ("PING",)) is None
    server.close()
