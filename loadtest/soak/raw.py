"""A WebSocket client with next to no cost of its own: raw frames over one asyncio protocol.

It checks little: it is for crowds of thousands against our own server, and for clients that
behave badly on purpose. Used by `crowd` and `strangers`.
"""

import asyncio
from typing import Protocol

PATH = "/socket.io/?EIO=4&transport=websocket"
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
MASK = bytes(4)
"""RFC 6455 (5.3) asks clients to mask; with zeros the text stays as it is."""


class Owner(Protocol):
    """Who is told what happens on a line."""

    def opened(self) -> None:
        """The handshake is done."""

    def text(self, text: str) -> None:
        """A text frame."""

    def lost(self, status: int) -> None:
        """It is gone; `status`: of the refused handshake, 0 if there was none. Told once."""


class RawLine(asyncio.Protocol):
    """One connection to one server."""

    def __init__(self, owner: Owner, host: str, path: str = PATH) -> None:
        self.transport: asyncio.Transport | None = None
        self._owner: Owner | None = owner
        self._request = request(host, path)
        self._in = b""
        self._open = False
        self._status = 0

    def send(self, text: str) -> None:
        """A text frame."""
        self.frame(TEXT, text.encode())

    def frame(self, opcode: int, payload: bytes) -> None:
        """A frame of any kind; nothing once the line is gone."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(framed(opcode, payload))

    def close(self) -> None:
        """Say goodbye and hang up; the owner hears no more."""
        self._owner = None
        self.frame(CLOSE, (1_000).to_bytes(2, "big"))
        if self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        """Hang up without a word; the owner hears no more."""
        self._owner = None
        if self.transport is not None:
            self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """TCP stands: shake hands."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        if self._owner is None:
            transport.abort()
            return
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Take all that is whole."""
        self._in += data
        if not self._open and not self._shaken():
            return
        while self._owner is not None:
            found = split(self._in)
            if found is None:
                return
            opcode, payload, self._in = found
            self._take(opcode, payload)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.lost(self._status)

    def _shaken(self) -> bool:
        head, end, rest = self._in.partition(b"\r\n\r\n")
        if not end or self._owner is None:
            return False
        self._status, self._in = int(head[9:12]), rest
        self._open = self._status == 101
        if self._open:
            self._owner.opened()
        elif self.transport is not None:
            self.transport.abort()
        return self._open

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == TEXT and self._owner is not None:
            self._owner.text(payload.decode())
        elif opcode == PING:
            self.frame(PONG, payload)
        elif opcode == CLOSE and self.transport is not None:
            self.transport.close()


async def dial(line: RawLine, host: str, port: int, source: str = "") -> bool:
    """Connect, from this address of ours if one is given; whether it worked. Who has dialled in
    vain is told like one whose connection was lost."""
    local = (source, 0) if source else None
    loop = asyncio.get_running_loop()
    try:
        await loop.create_connection(lambda: line, host, port, local_addr=local)
    except OSError:
        line.connection_lost(None)
        return False
    return True


def request(host: str, path: str) -> bytes:
    """What asks for a WebSocket."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()


def framed(opcode: int, payload: bytes) -> bytes:
    """A client's frame."""
    return bytes([0x80 | opcode]) + _length(len(payload)) + MASK + payload


def split(data: bytes) -> tuple[int, bytes, bytes] | None:
    """The first whole frame of a server: its opcode, its payload, and what follows it."""
    if len(data) < 2:
        return None
    head, size = 2, data[1] & 127
    if size == 126:
        head, size = 4, int.from_bytes(data[2:4], "big")
    elif size == 127:
        head, size = 10, int.from_bytes(data[2:10], "big")
    if len(data) < head + size or len(data) < head:
        return None
    return data[0] & 15, data[head : head + size], data[head + size :]


def _length(size: int) -> bytes:
    if size < 126:
        return bytes([0x80 | size])
    if size < 65_536:
        return b"\xfe" + size.to_bytes(2, "big")
    return b"\xff" + size.to_bytes(8, "big")
