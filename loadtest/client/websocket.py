"""One WebSocket as an asyncio protocol over `websockets`' own I/O-free core: no task per client.

A bot costs a few callbacks this way, and it can be cut like a crashed browser (`abort`).
"""

import asyncio
import ssl
from typing import Protocol

from websockets.client import ClientProtocol
from websockets.exceptions import WebSocketException
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.uri import parse_uri

FRAME_BYTES_MAX = 4 * 1024 * 1024
"""A paper with pictures by reference is far below; a roster of thousands of rows comes in parts."""
OPEN_WITHIN_S = 15.0


class Listener(Protocol):
    """Who is told what happens on a socket, each time by the socket itself."""

    def opened(self, socket: "WebSocket") -> None:
        """It can be written to."""

    def received(self, socket: "WebSocket", text: str) -> None:
        """A text frame has arrived."""

    def lost(self, socket: "WebSocket") -> None:
        """It is gone, or could never be opened. Told once, unless it was cut by us."""


class WebSocket(asyncio.Protocol):
    """One connection. After `close` or `abort` its listener hears no more of it."""

    def __init__(self, url: str, listener: Listener) -> None:
        self._core = ClientProtocol(parse_uri(url), max_size=FRAME_BYTES_MAX)
        self._listener: Listener | None = listener
        self._transport: asyncio.Transport | None = None
        self._parts = b""

    async def open(self) -> None:
        """Connect; whether it worked, the listener is told."""
        uri = self._core.uri
        tls = ssl.create_default_context() if uri.secure else None
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(OPEN_WITHIN_S):
                await loop.create_connection(lambda: self, uri.host, uri.port, ssl=tls)
        except OSError:  # asyncio.TimeoutError is one too
            self._lost()

    def send(self, text: str) -> None:
        """Send a text frame; nothing if the socket is no longer open."""
        try:
            self._core.send_text(text.encode())
        except WebSocketException:
            return
        self._flush()

    def close(self) -> None:
        """Say goodbye."""
        self._listener = None
        try:
            self._core.send_close(1000)
        except WebSocketException:
            self.abort()
            return
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Cut it, without a goodbye."""
        self._listener = None
        if self._transport is not None:
            self._transport.abort()

    # --- called by asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """TCP (and TLS) stand: shake hands."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._listener is None:
            transport.abort()
            return
        self._core.send_request(self._core.connect())
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Feed the core, and tell what it makes of it."""
        self._core.receive_data(data)
        for event in self._core.events_received():
            if isinstance(event, Response):
                self._shaken()
            elif isinstance(event, Frame):
                self._take(event)
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side, or the network, is gone."""
        self._lost()

    def _shaken(self) -> None:
        if self._core.handshake_exc is not None:
            self._lost()
        elif self._listener is not None:
            self._listener.opened(self)

    def _take(self, frame: Frame) -> None:
        """A frame, or a part of one: proxies may cut them up."""
        if frame.opcode not in (Opcode.TEXT, Opcode.CONT):
            return
        self._parts += bytes(frame.data)
        if frame.fin and self._listener is not None:
            text, self._parts = self._parts.decode(), b""
            self._listener.received(self, text)

    def _lost(self) -> None:
        listener, self._listener = self._listener, None
        if self._transport is not None:
            self._transport.abort()
        if listener is not None:
            listener.lost(self)

    def _flush(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        for data in self._core.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()
