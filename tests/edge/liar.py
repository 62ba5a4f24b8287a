"""A proxy before a real server that lies: what it passes on is real but for what a test altered."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

Alter = Callable[[str], str]
HTTP_WITHIN_S = 30.0


class Liar:
    """`frame` alters what the server says on a socket, `export` the lines of an export."""

    def __init__(self, url: str, frame: Alter, export: Alter) -> None:
        self._url = url
        self._socket_url = url.replace("http://", "ws://")
        self._frame = frame
        self._export = export
        everything = Route("/{path:path}", self._http, methods=["GET", "POST"])
        self.app = Starlette(routes=[WebSocketRoute("/socket.io/", self._socket), everything])

    async def _http(self, request: Request) -> Response:
        target = f"{self._url}{request.url.path}?{request.url.query}"
        kept = ("authorization", "content-type")
        headers = {name: request.headers[name] for name in kept if name in request.headers}
        async with httpx.AsyncClient(timeout=HTTP_WITHIN_S) as client:
            reply = await client.request(
                request.method, target, headers=headers, content=await request.body()
            )
        text = self._export(reply.text) if target.endswith("/export?") else reply.text
        return Response(text, reply.status_code, media_type=reply.headers["content-type"])

    async def _socket(self, near: WebSocket) -> None:
        await near.accept()
        target = f"{self._socket_url}/socket.io/?{near.url.query}"
        async with connect(target, compression=None, max_size=None) as far:
            there = asyncio.create_task(self._up(near, far))
            back = asyncio.create_task(self._down(near, far))
            await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
            for task in (there, back):
                task.cancel()
            await asyncio.gather(there, back, return_exceptions=True)

    async def _up(self, near: WebSocket, far: ClientConnection) -> None:
        with contextlib.suppress(WebSocketDisconnect, ConnectionClosed):
            while True:
                await far.send(await near.receive_text())

    async def _down(self, near: WebSocket, far: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed, RuntimeError):  # whoever has gone hears nothing
            async for text in far:
                await near.send_text(self._frame(str(text)))
            await near.close()


@contextlib.asynccontextmanager
async def liar(url: str, frame: Alter, export: Alter) -> AsyncIterator[str]:
    """The address of a liar before this server."""
    config = uvicorn.Config(Liar(url, frame, export).app, port=0, log_level="critical")
    config.ws_ping_interval = None
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
            await asyncio.sleep(0.02)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        server.force_exit = True
        await serving
