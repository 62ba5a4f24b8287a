"""How uvicorn is run: its settings, and its two protocol classes with what they lack.

uvicorn closes a connection by waiting until what was written has been taken; somebody who reads
nothing is never rid of that way. It waits for ever for the first request of a connection. It lets
all connections that end together go in one turn of the loop, and what it holds of each in cycles.
"""

import asyncio
from typing import Any, ClassVar

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from examsync.edge.lane.entrance import Entrance
from examsync.edge.lane.handshake import Asked
from examsync.edge.sockets.wire import ABORT
from examsync.edge.turnstile import Turnstile
from examsync.settings import Limits, Server

CLOSE_WAIT_S = 5
"""After our own draining: how long uvicorn waits for responses that are being sent."""
HEADERS_WITHIN_S = 10.0
"""From a connection, or the first byte of a request, to the end of its headers."""


class Abortable(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket connection, with `ABORT` among its ASGI extensions."""

    turnstile: ClassVar[Turnstile]
    """Of the server: `uvicorn_config` makes subclasses with its own."""
    _leaving = False

    def handle_connect(self, event: Request) -> None:
        """As always; the application's task has not begun when this returns."""
        super().handle_connect(event)
        if not self.close_sent:
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[ABORT] = self.transport.abort

    async def send(self, message: Any) -> None:
        """As always; a refusal with a body is a whole handshake, too, and no error to be logged."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True

    def eof_received(self) -> bool:  # type: ignore[override]
        """The client is gone: close when it is this connection's turn, and not now."""
        self._leaving = True
        self.turnstile.add(self.transport.close)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """As always; of those that were cut off, too, a few at a time."""
        if self._leaving:
            super().connection_lost(exc)
        else:
            self.turnstile.add(lambda: super(Abortable, self).connection_lost(exc))


class Prompt(HttpToolsProtocol):
    """uvicorn's HTTP connection, which is closed when a request does not come to its point."""

    turnstile: ClassVar[Turnstile]
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody has connected, and is expected to say what for."""
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._wait()

    def on_headers_complete(self) -> None:
        """It is known what is wanted."""
        self._wait_no_longer()
        super().on_headers_complete()

    def handle_websocket_upgrade(self) -> None:
        """Another class takes the connection when it is its turn; nothing more is read before."""
        self.transport.pause_reading()
        self.turnstile.add(self._upgrade)

    def _upgrade(self) -> None:
        """From here on nothing of this one is to stay."""
        if not self.transport.is_closing():
            if issubclass(self.ws_protocol_class, Entrance):  # type: ignore[arg-type]
                self._enter(self.ws_protocol_class)  # type: ignore[arg-type]
            else:
                super().handle_websocket_upgrade()
        if not self.transport.is_closing():  # it may have been refused
            self.transport.resume_reading()
        self._forget()

    def _enter(self, entrance_class: type[Entrance]) -> None:
        """As uvicorn does it, but the request is not written anew to be read again."""
        self.connections.discard(self)
        entrance = entrance_class(self.config, self.server_state, self.app_state)
        self.transport.set_protocol(entrance)
        entrance.connection_made(self.transport)
        method, secure = self.scope["method"].encode(), self.scheme == "https"
        asked = Asked(method, self.url, self.headers, self.client, self.server, secure)
        entrance.ask(asked)

    def connection_lost(self, exc: Exception | None) -> None:
        """It has ended."""
        super().connection_lost(exc)
        self._forget()

    def _wait(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(HEADERS_WITHIN_S, self._give_up)

    def _wait_no_longer(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        self._waiting = None
        self.transport.abort()

    def _forget(self) -> None:
        """Or parser, cycle and connection would hold one another."""
        self._wait_no_longer()
        self.parser = self.cycle = None  # type: ignore[assignment]


def uvicorn_config(app: Any, server: Server, limits: Limits) -> uvicorn.Config:
    """uvicorn's settings: one limit for every frame, no compression, one pinger (Engine.IO's).

    Compression costs 40 KB a connection; two pingers are two ways to be cut.
    """
    shared = {"turnstile": Turnstile()}
    return uvicorn.Config(
        app,
        host=server.host,
        port=server.port,
        loop="auto",
        http=type("Http", (Prompt,), shared),
        ws=Entrance if server.lane else type("WebSocket", (Abortable,), shared),
        ws_max_size=limits.body_bytes_max,
        ws_ping_interval=None,
        ws_ping_timeout=None,
        ws_per_message_deflate=False,
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="warning",
        proxy_headers=bool(server.proxies),
        forwarded_allow_ips=list(server.proxies),
        server_header=False,
        timeout_graceful_shutdown=CLOSE_WAIT_S,
    )
