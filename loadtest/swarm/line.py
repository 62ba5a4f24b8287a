"""Socket.IO to one namespace over one WebSocket: a reader of its own, and an owner who is told."""

import threading
from collections.abc import Callable
from typing import Any, Protocol

from loadtest.client import wire
from loadtest.swarm.websocket import Gone, WebSocket
from protocol.from_client import Auth

SILENCE_MAX_S = 45.0
"""Until the server says how often it pings: the defaults of Engine.IO, 25 s and 20 s."""


class Owner(Protocol):
    """Who is told what happens, each time by the line itself, on the line's own reader."""

    def connected(self, line: "Line") -> None:
        """The namespace is open."""

    def refused(self, line: "Line", data: Any) -> None:
        """It was refused; `data` is a problem."""

    def event(self, line: "Line", event: wire.Event, size: int) -> None:
        """The server has sent an event."""

    def ack(self, line: "Line", ack: wire.Ack, size: int) -> None:
        """A reply."""

    def lost(self, line: "Line", why: str) -> None:
        """It is gone, or could not be made. Told once, and not if we have ended it."""

    def failed(self, line: "Line", error: Exception) -> None:
        """One of the above has raised: a defect that must not go unseen. The reader goes on."""


class Line:
    """One connection. Nothing is told any more after `close` or `cut`."""

    def __init__(self, url: str, namespace: str, auth: Callable[[], Auth], owner: Owner) -> None:
        self._socket = WebSocket(wire.socket_url(url))
        self._namespace = namespace
        self._auth = auth
        self._owner = owner
        self._ended = False
        self._silence_max_s = SILENCE_MAX_S

    def open(self) -> None:
        """Begin; whether it worked, the owner is told."""
        threading.Thread(target=self._read, daemon=True).start()

    def send(self, event: str, body: Any, number: int) -> None:
        """Send an event that wants an ack of this number."""
        self._socket.send(wire.event(self._namespace, event, body, number))

    def close(self) -> None:
        """Hang up."""
        self._ended = True
        self._socket.close()

    def cut(self) -> None:
        """Be gone without a word."""
        self._ended = True
        self._socket.abort()

    def _read(self) -> None:
        try:
            self._socket.open()
            while not self._ended:
                texts, size = self._socket.receive(self._silence_max_s)
                for text in texts:
                    self._take(text, size // len(texts))
        except Gone as gone:
            self._gone(str(gone))

    def _gone(self, why: str) -> None:
        if self._ended:
            return
        self.cut()
        try:
            self._owner.lost(self, why)
        except Exception as error:
            self._owner.failed(self, error)

    def _take(self, text: str, size: int) -> None:
        """One frame. What its handling raises is told: it is our own defect, and counts."""
        if self._ended:
            return
        try:
            frame = wire.read(text)
        except wire.Unreadable as error:
            raise Gone("unreadable_frame") from error
        try:
            self._tell(frame, size)
        except Gone:
            raise
        except Exception as error:
            self._owner.failed(self, error)

    def _tell(self, frame: wire.Frame | None, size: int) -> None:
        match frame:
            case wire.Opened():
                self._silence_max_s = (frame.ping_interval + frame.ping_timeout) / 1_000
                self._socket.send(wire.connect(self._namespace, self._auth()))
            case wire.Ping():
                self._socket.send(wire.PONG)
            case wire.Connected():
                self._owner.connected(self)
            case wire.Refused():
                self.close()
                self._owner.refused(self, frame.data)
            case wire.Ended():
                raise Gone("ended_by_the_server")
            case wire.Event():
                self._owner.event(self, frame, size)
            case wire.Ack():
                self._owner.ack(self, frame, size)
