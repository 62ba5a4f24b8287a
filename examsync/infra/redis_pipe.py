"""The pipe to Redis on the path of every answer: batches of packed commands, no task, no await
(knows no exam).

redis-py opens the connection and the line's greeting is said on it; then the pipe takes over the
transport. From there on a batch is one write, its replies are read by hiredis as they come in, and
whoever sent it is called in the same turn of the loop. As on a line nothing is ever sent twice, and
what is unknown stays unknown: then the connection is gone, and the next batch opens another.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import hiredis
from redis.asyncio.connection import AbstractConnection, DefaultParser
from redis.exceptions import InvalidResponse, RedisError, ResponseError

from examsync.errors import Unavailable
from examsync.infra.patience import Standby
from examsync.infra.redis import Line, LineDown, Reply, is_parting

Done = Callable[["list[Reply] | None"], None]
"""Hears one reply for each command, in order, errors as values; None if it cannot be known."""

_MORE = object()
_EXPECTED = (OSError, RedisError, TimeoutError, LineDown, Unavailable)

_error_of: Callable[[str], Exception] = DefaultParser.parse_error

pack: Callable[[tuple[Any, ...]], bytes] = hiredis.pack_command
"""One command as RESP has it."""


class Pipe:
    """One connection to Redis, opened when first used; one batch at a time.

    `timeout_s` bounds each batch, opening included, in time in which our loop was free. `greet` is
    called on every new connection before anything else is sent. A server that turns out not to be
    one to write to is parted with: the replies are given, and the next batch looks anew.
    """

    def __init__(
        self, url: str, *, timeout_s: float, greet: Callable[[Line], Awaitable[None]] | None = None
    ) -> None:
        self.line = Line(url, timeout_s=timeout_s, greet=greet)
        self._timeout_s = timeout_s
        self._stream: _Stream | None = None
        self._opening: asyncio.Task[None] | None = None
        self._standby: Standby | None = None
        self._done: Done | None = None
        self._unsent: bytes | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def send(self, packed: bytes, count: int, done: Done) -> None:
        """Send `count` packed commands in one go; `done` is called once, and never from here."""
        assert self._done is None, "one batch at a time"
        if self._loop is None:
            self._loop = asyncio.get_running_loop()  # it asks the system who we are each time
            self._standby = Standby(self._loop, self._timeout_s, self._late)
        assert self._standby is not None
        self._done = done
        self._standby.start()
        if self._stream is not None:
            self._stream.send(packed, count)
            return
        self._unsent = packed
        self._count = count
        if self._opening is None:
            self._opening = self._loop.create_task(self._open())

    async def close(self) -> None:
        """Hang up; whoever waits hears that nothing can be known."""
        opening, self._opening = self._opening, None
        if opening is not None:
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
        self._drop()
        self._over(None)
        if self._standby is not None:
            self._standby.close()
        await self.line.close()

    # --- opening ----------------------------------------------------------------------------------

    async def _open(self) -> None:
        """Opening goes on when a batch's time runs out: a greeting may have to ask elsewhere."""
        try:
            connection = await self.line.hand_over()
        except _EXPECTED:
            self._opening = None
            self._over(None)
        except Exception as error:  # a defect of a greeting: whoever waits must not wait for ever
            self._opening = None
            self._over(None)
            told = {"message": "a greeting of Redis failed", "exception": error}
            asyncio.get_running_loop().call_exception_handler(told)
        else:
            self._opening = None
            self._stream = _Stream(self, connection)
            packed, self._unsent = self._unsent, None
            if self._stream.ended:  # before it was ours: nobody would tell us
                self.lost(self._stream)
            elif packed is not None:
                self._stream.send(packed, self._count)

    # --- how a batch ends -------------------------------------------------------------------------

    def replied(self, replies: list[Reply], errors: list[Exception]) -> None:
        """All replies of the batch are there."""
        known = all(isinstance(error, ResponseError) for error in errors)
        if errors and (not known or any(is_parting(error) for error in errors)):
            self._drop()
        self._over(replies if known else None)

    def lost(self, stream: "_Stream") -> None:
        """The connection has ended, or says what no Redis says."""
        if self._stream is stream:
            self._drop()
            self._over(None)

    def _late(self) -> None:
        """Redis has not answered, and nothing of it waits to be read."""
        self._drop()
        self._over(None)

    def _drop(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.abort()

    def _over(self, replies: list[Reply] | None) -> None:
        self._unsent = None
        done, self._done = self._done, None
        if done is None:
            return
        if self._standby is not None:
            self._standby.stop()
        done(replies)


class _Stream(asyncio.Protocol):
    """The transport of a greeted connection, in our hands."""

    def __init__(self, pipe: Pipe, connection: AbstractConnection) -> None:
        self._pipe = pipe
        # redis-py has no public way to give its socket away; it is kept, as it would be closed
        # with the connection.
        self._connection = connection
        assert connection._writer is not None
        self._transport: Any = connection._writer.transport
        self._wanted = 0
        self._replies: list[Reply] = []
        self._errors: list[Exception] = []
        self._reader = hiredis.Reader(
            protocolError=InvalidResponse, replyError=self._refused, notEnoughData=_MORE
        )
        self._transport.set_protocol(self)

    @property
    def ended(self) -> bool:
        """Whether the other side has hung up already, or we have."""
        reader = self._connection._reader
        return self._transport.is_closing() or (reader is not None and reader.at_eof())

    def send(self, packed: bytes, count: int) -> None:
        """One write; replies are counted from here."""
        self._wanted = count
        self._transport.write(packed)

    def abort(self) -> None:
        """Hang up at once, whatever is unsent."""
        self._transport.abort()
        self._connection._reader = self._connection._writer = None

    def data_received(self, data: bytes) -> None:
        """Replies, or parts of them. More than was asked for is nothing a Redis says."""
        replies, more = self._replies, self._reader.gets
        try:
            self._reader.feed(data)
            while (reply := more()) is not _MORE:
                replies.append(reply)
        except RedisError:
            self._pipe.lost(self)
            return
        if len(replies) < self._wanted:
            return
        if len(replies) > self._wanted or not self._wanted:
            self._pipe.lost(self)
            return
        errors, self._replies, self._errors, self._wanted = self._errors, [], [], 0
        self._pipe.replied(replies, errors)

    def connection_lost(self, error: Exception | None) -> None:
        """Gone: by them, or by us."""
        self._pipe.lost(self)

    def _refused(self, text: str) -> Exception:
        error: Exception = _error_of(text)
        self._errors.append(error)
        return error
