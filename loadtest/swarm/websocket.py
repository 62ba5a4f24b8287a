"""One WebSocket in plain blocking code over `websockets`' own I/O-free core.

Under locust, whose gevent has patched the standard library, a thousand of these are a thousand
greenlets; without it they are threads. One reads; anybody may send.
"""

import contextlib
import socket
import ssl
import struct
import threading

from websockets.client import ClientProtocol
from websockets.exceptions import WebSocketException
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.uri import parse_uri

FRAME_BYTES_MAX = 4 * 1024 * 1024
READ_BYTES = 65_536
OPEN_WITHIN_S = 15.0
SEND_WITHIN_S = 15.0


class Gone(Exception):
    """The connection is gone, or could not be made: why, in a word or two."""


class WebSocket:
    """One connection. `receive` is called by one reader only."""

    def __init__(self, url: str) -> None:
        self._core = ClientProtocol(parse_uri(url), max_size=FRAME_BYTES_MAX)
        self._socket: socket.socket | None = None
        self._sending = threading.Lock()
        self._parts = b""
        self._early: list[object] = []
        self._over = False

    def open(self) -> None:
        """Connect and shake hands. Raises Gone."""
        uri = self._core.uri
        try:
            opened = socket.create_connection((uri.host, uri.port), OPEN_WITHIN_S)
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if uri.secure:
                opened = ssl.create_default_context().wrap_socket(opened, server_hostname=uri.host)
        except OSError as error:
            raise Gone(said(error)) from error
        self._socket = opened
        if self._over:  # cut while it was being made
            self.abort()
        self._core.send_request(self._core.connect())
        with self._sending:
            self._write()
        while not any(isinstance(event, Response) for event in self._early):
            self._early += self._events(OPEN_WITHIN_S)  # frames may come with the response
        if self._core.handshake_exc is not None:
            raise Gone(f"handshake_refused: {self._core.handshake_exc}")

    def send(self, text: str) -> None:
        """Send a text frame; nothing if the socket is no longer open, which the reader learns."""
        with contextlib.suppress(WebSocketException, Gone), self._sending:
            self._core.send_text(text.encode())
            self._write()

    def receive(self, within_s: float) -> tuple[list[str], int]:
        """The texts of what comes next (there may be none), and its bytes. Raises Gone."""
        texts, size = [], 0
        events, self._early = self._early or self._events(within_s), []
        for event in events:
            if isinstance(event, Frame) and event.opcode in (Opcode.TEXT, Opcode.CONT):
                self._parts += bytes(event.data)
                if event.fin:
                    size += len(self._parts)
                    texts.append(self._parts.decode())
                    self._parts = b""
        return texts, size

    def close(self) -> None:
        """Say goodbye."""
        with contextlib.suppress(WebSocketException, Gone), self._sending:
            self._core.send_close(1000)
            self._write()
        self._end()

    def abort(self) -> None:
        """Cut it without a goodbye, as when a network goes: the server gets a reset."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                linger = struct.pack("ii", 1, 0)
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._end()

    def _end(self) -> None:
        self._over = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)  # wakes the reader
            self._socket.close()

    def _events(self, within_s: float) -> list[object]:
        """What the core makes of the next bytes."""
        assert self._socket is not None
        try:
            self._socket.settimeout(within_s)
            data = self._socket.recv(READ_BYTES)
        except (OSError, ValueError) as error:
            raise Gone(said(error)) from error
        with self._sending:
            self._core.receive_data(data) if data else self._core.receive_eof()
            events: list[object] = [*self._core.events_received()]
            with contextlib.suppress(Gone):
                self._write()
        if not data:
            raise Gone("closed_by_the_server")
        return events

    def _write(self) -> None:
        data = b"".join(self._core.data_to_send())
        if not data or self._socket is None:
            return
        try:
            self._socket.sendall(data)
        except (OSError, ValueError) as error:
            raise Gone(said(error)) from error


def said(error: BaseException) -> str:
    """An error in a word or two that are the same each time: `ConnectionRefusedError`."""
    return "timeout" if isinstance(error, TimeoutError) else type(error).__name__
