"""How python-engineio hears of a WebSocket, reads and writes it; its own ways leave cycles.

Its reader raises when the connection has ended: the traceback holds the frame that holds the task
that holds the exception. Its translation of a request makes a class for each, and a class holds
itself. Either keeps all of a connection until the next full collection of cycles, which a server
makes next to never (`infra.garbage`).
"""

import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Handler = Callable[["Driver"], Awaitable[None]]


class Driver:
    """One connection, as `engineio.async_socket` uses it. `wait` gives None at the end."""

    def __init__(self, handler: Handler, server: object) -> None:
        del server
        self._handler: Handler | None = handler
        self._receive: Receive
        self._send: Send

    async def __call__(self, environ: Mapping[str, Any]) -> str:
        """Accept, and let python-engineio serve it to its end."""
        self._receive, self._send = environ["asgi.receive"], environ["asgi.send"]
        handler, self._handler = self._handler, None
        assert handler is not None
        await self._send({"type": "websocket.accept"})
        await handler(self)
        return ""  # no response follows

    async def wait(self) -> str | None:
        """The next frame; None when there will be no more."""
        message = await self._receive()
        text: str | None = message.get("text")
        return text

    async def send(self, text: str) -> None:
        """Write a frame."""
        await self._send({"type": "websocket.send", "text": text})

    async def close(self) -> None:
        """Close it, if it still stands."""
        with contextlib.suppress(Exception):  # it may be closed already
            await self._send({"type": "websocket.close"})


async def environment(scope: Mapping[str, Any], receive: Receive, send: Send) -> dict[str, Any]:
    """What python-engineio wants to know of a request: no more than that the guard let it in."""
    await receive()  # the connect; only then may it be accepted
    return {
        "REQUEST_METHOD": "GET",
        "QUERY_STRING": "EIO=4&transport=websocket",
        "HTTP_CONNECTION": "upgrade",
        "HTTP_UPGRADE": "websocket",
        "asgi.scope": scope,
        "asgi.receive": receive,
        "asgi.send": send,
    }
