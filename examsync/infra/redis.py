"""One line to Redis: one connection, one pipeline under way, no retries (knows no exam).

redis-py's client repeats commands on its own, ten times by default; on the path of an answer an
unknown outcome must stay unknown. So the low-level connection is driven here: a call sends all
its commands at once and gives one reply (or error) for each, or raises `LineDown` when it cannot
know. After that the connection is gone; the next call opens a new one and greets it first.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import hiredis
from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.exceptions import NoScriptError, ReadOnlyError, RedisError, ResponseError

from examsync.infra.patience import limit

CONNECT_TIMEOUT_S = 1.0
OPEN_TIMEOUT_S = 5.0
"""Connecting and greeting; a greeting may have to ask Postgres."""

_PARTINGS = ("NOREPLICAS", "MISCONF", "MASTERDOWN", "CLUSTERDOWN")

Command = tuple[Any, ...]
Reply = Any

_pack: Callable[[Command], bytes] = hiredis.pack_command


def packed(commands: Sequence[Command]) -> bytes:
    """Commands as RESP has them."""
    return b"".join(map(_pack, commands))


class LineDown(Exception):
    """The connection broke or the time ran out: what was sent may or may not have been done."""


class Line:
    """One connection to Redis, opened when first used.

    `timeout_s` bounds each call, once its turn has come, and the wait for its turn (None for calls
    that block on purpose); it counts time in which our own loop was free (`patience`). `greet` is
    called on every new connection before anything else is sent on it; if it raises, the line is
    down. A server that turns out not to be one to write to is parted with: the replies are given,
    and the next call looks anew who is at the address.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float | None = 1.0,
        greet: "Callable[[Line], Awaitable[None]] | None" = None,
    ) -> None:
        self._pool = ConnectionPool.from_url(url, protocol=2, retry=None, socket_timeout=None)
        self._timeout_s = timeout_s
        self._packed: Callable[[Sequence[Command]], Any] = packed
        self._greet = greet
        self._connection: AbstractConnection | None = None
        self._busy = asyncio.Lock()
        self._opening: asyncio.Task[None] | None = None
        self._closed = False

    async def call(self, *commands: Command, timeout_s: float | None = None) -> list[Reply]:
        """Send the commands in one go; one reply for each, in order, errors as values.

        Raises LineDown when the outcome of any of them is unknown.
        """
        limit_s = timeout_s or self._timeout_s
        await self._turn(limit_s)
        try:
            async with limit(limit_s):
                if self._connection is None or self._opening is not None:
                    await self._opened()
                replies = await self._exchange(commands)
            if any(is_parting(reply) for reply in replies):
                await self._drop()
            return replies
        except (OSError, RedisError, TimeoutError) as error:
            await self._drop()
            raise LineDown(f"{type(error).__name__}: {error}") from error
        except BaseException:
            # Cancelled or greeting refused: replies may be under way, so start afresh.
            await self._drop()
            raise
        finally:
            self._busy.release()

    async def _turn(self, limit_s: float | None) -> None:
        """Wait until nobody else is calling; as long as a call may take, then it is down for us."""
        try:
            async with limit(limit_s):
                await self._busy.acquire()
        except TimeoutError as error:
            raise LineDown("others wait for its replies") from error

    async def one(self, *command: Any, timeout_s: float | None = None) -> Reply:
        """The reply to one command. Raises LineDown, or redis' ResponseError."""
        (reply,) = await self.call(command, timeout_s=timeout_s)
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def exchange(self, *commands: Command) -> list[Reply]:
        """For greetings only: talk on the connection that is being opened."""
        return await self._exchange(commands)

    async def hand_over(self) -> AbstractConnection:
        """A connection that is open and greeted, for somebody who drives it himself (`Pipe`).

        Raises what opening and greeting raise.
        """
        await self._open()
        connection, self._connection = self._connection, None
        assert connection is not None
        return connection

    async def close(self) -> None:
        """Hang up for good: whoever calls from now on is told that the line is down."""
        self._closed = True
        await self.hang_up()

    async def hang_up(self) -> None:
        """Leave the connection, once a call that is under way is done; the next opens another."""
        async with self._busy:
            opening, self._opening = self._opening, None
            if opening is not None:
                opening.cancel()
                await asyncio.gather(opening, return_exceptions=True)
            await self._part_with(self._connection)

    async def _opened(self) -> None:
        """Wait for the connection. Opening goes on when a caller's time runs out: a greeting that
        has to ask elsewhere may take longer than one command may."""
        if self._opening is None:
            self._opening = asyncio.create_task(self._open())
            self._opening.add_done_callback(self._open_over)
        await asyncio.shield(self._opening)

    def _open_over(self, opening: "asyncio.Task[None]") -> None:
        """Who waited was told how it ended; if nobody did, the next call opens anew."""
        if self._opening is opening:
            self._opening = None
        if not opening.cancelled():
            opening.exception()

    async def _open(self) -> None:
        if self._closed:  # whoever comes late would leave a connection that nobody closes
            raise LineDown("the line was closed")
        connection = self._pool.connection_class(**self._pool.connection_kwargs)
        self._connection = connection
        try:
            async with limit(OPEN_TIMEOUT_S):
                async with limit(CONNECT_TIMEOUT_S):
                    await connection.connect()  # type: ignore[no-untyped-call]
                if self._greet is not None:
                    await self._greet(self)
            if self._connection is not connection:
                raise LineDown("somebody hung up while it was opened")
        except BaseException:
            await self._part_with(connection)
            raise

    async def _exchange(self, commands: Sequence[Command]) -> list[Reply]:
        connection = self._connection
        if connection is None or not connection.is_connected:
            # redis-py would connect again here by itself, and ungreeted.
            raise ConnectionError("the connection was lost")
        # redis-py packs in Python, argument by argument: five times as much for a batch of rows.
        await connection.send_packed_command(self._packed(commands), check_health=False)
        replies: list[Reply] = []
        for _ in commands:
            try:
                replies.append(await connection.read_response())
            except ResponseError as error:
                replies.append(error)
        return replies

    async def _drop(self) -> None:
        if self._opening is None:
            await self._part_with(self._connection)

    async def _part_with(self, connection: AbstractConnection | None) -> None:
        """Close this connection, whether or not it is still the line's."""
        if self._connection is connection:
            self._connection = None
        if connection is not None:
            with contextlib.suppress(Exception):
                await connection.disconnect(nowait=True)


def is_parting(reply: Reply) -> bool:
    """Whether a reply says that this server will not do: a replica by now, or one that has lost
    its scripts, its disk or its replicas. What it refused was surely not done."""
    if isinstance(reply, ReadOnlyError | NoScriptError):
        return True
    return isinstance(reply, ResponseError) and str(reply).startswith(_PARTINGS)
