"""How uvicorn is run: its settings, and a WebSocket protocol class that can also hang up for good.

uvicorn closes a connection by waiting until what was written has been taken; somebody who reads
nothing is never rid of that way. The class below hands the application the transport's `abort`.
"""

from typing import Any

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from examsync.edge.lane.entrance import Entrance
from examsync.edge.sockets.wire import ABORT
from examsync.settings import Limits, Server

CLOSE_WAIT_S = 5
"""After our own draining: how long uvicorn waits for responses that are being sent."""
BACKLOG = 4_096
"""Connections the kernel holds while a whole hall connects; it also has a limit of its own."""


class Abortable(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket connection, with `ABORT` among its ASGI extensions."""

    def handle_connect(self, event: Request) -> None:
        """As always; the application's task has not begun when this returns."""
        super().handle_connect(event)
        if not self.close_sent:
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[ABORT] = self.transport.abort


def uvicorn_config(app: Any, server: Server, limits: Limits) -> uvicorn.Config:
    """uvicorn's settings: one limit for every frame, no compression, one pinger (Engine.IO's).

    Compression costs 40 KB a connection; two pingers are two ways to be cut.
    """
    return uvicorn.Config(
        app,
        host=server.host,
        port=server.port,
        loop="auto",
        http="httptools",
        ws=Entrance if server.lane else Abortable,
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
        backlog=BACKLOG,
        timeout_graceful_shutdown=CLOSE_WAIT_S,
    )
