"""The transport under a connection to the Redis in memory, for whoever takes it over: bytes in and
bytes out, as RESP has them, so that packing and reading are the product's own.
"""

import asyncio
from typing import TYPE_CHECKING, Any

import hiredis

if TYPE_CHECKING:
    from tests.simulation.connection import Connection


class Transport:
    """What asyncio calls a transport, as far as a pipe uses it."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection

    def set_protocol(self, protocol: asyncio.Protocol) -> None:
        """From now on this one is told what comes."""
        self._connection.protocol = protocol

    def is_closing(self) -> bool:
        """Whether it was cut before it was taken over."""
        return not self._connection.is_connected

    def write(self, data: bytes) -> None:
        """Commands, packed; they leave once the process is not paused."""
        reader = hiredis.Reader()
        reader.feed(data)
        commands: list[Any] = []
        while (words := reader.gets()) is not False:
            commands.append(heard(words))
        self._connection.process.later(0, self._connection.send, commands)

    def abort(self) -> None:
        """Hang up; what was sent is on its way all the same."""
        self._connection.protocol = None
        self._connection.cut()


def heard(words: list[bytes]) -> tuple[Any, ...]:
    """A command as the server in memory takes it: texts, and a script's number of keys."""
    name, *rest = [word.decode() for word in words]
    if name == "EVALSHA":
        return (name, rest[0], int(rest[1]), *rest[2:])
    return (name, *rest)


def spoken(reply: Any) -> bytes:
    """A reply as it goes over the wire."""
    match reply:
        case None:
            return b"$-1\r\n"
        case int():
            return b":%d\r\n" % reply
        case bytes():
            return b"$%d\r\n%b\r\n" % (len(reply), reply)
        case Exception():
            return f"-{reply}\r\n".encode()
    raise TypeError(f"a pipe is told no {type(reply).__name__}")
