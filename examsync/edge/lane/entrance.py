"""Where the lane begins: uvicorn's `ws` class, which answers the handshake as the stock one does.

The request goes through the same ASGI application (proxy headers, guard), so all that is looked
at before a connection is admitted is looked at once, in one place. Who is admitted is handed
over to a `Lane`, which has the transport to itself from then on; nothing of the handshake stays.
What a usual client asks is answered in the turn in which it is asked, without a task.
"""

import asyncio
import contextlib
import email.utils
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import unquote

import uvicorn
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl
from uvicorn.server import ServerState
from websockets.datastructures import Headers as Fields
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from examsync.edge.lane import handshake
from examsync.edge.lane.begun import begin
from examsync.edge.lane.handshake import Asked, Headers
from examsync.edge.lane.lane import Lane

ENTER = "examsync.enter"
"""An extension of the ASGI scope: the function that lets an admitted lane begin."""

Enter = Callable[[Lane], None]
Message = Any

log = logging.getLogger("uvicorn.error")


class Entrance(asyncio.Protocol):
    """One opening handshake. What uvicorn does with it is what it does with its own classes."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._config, self._state, self._app_state = config, server_state, app_state
        self._loop = _loop or asyncio.get_event_loop()
        self._transport: asyncio.Transport | None = None
        self._scope: dict[str, Any] = {}
        self._response = b""
        """What lets the client in."""
        self._refusal: tuple[int, list[tuple[str, str]]] | None = None
        self._asked = self._answered = False
        self._early = b""

    # --- what the transport calls -----------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """uvicorn has read the head of a request to upgrade."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one by its ways alone
        self._state.connections.add(self)  # type: ignore[arg-type]  # a set of its own classes

    def ask(self, asked: Asked) -> None:
        """The request, as uvicorn has read it."""
        accept = handshake.accepted(asked)
        if accept is None:
            self.data_received(asked.text())
            return
        self._asked = True
        self._response = handshake.response(accept, self._date())
        target, _, query = asked.target.partition(b"?")
        headers = [(name, value.strip(b" ")) for name, value in asked.headers]
        self._scope = self._scope_of(target, query, headers)
        self._scope |= {
            "scheme": "wss" if asked.secure else "ws",
            "server": asked.server,
            "client": asked.client,
        }
        self._run()

    def data_received(self, data: bytes) -> None:
        """The request, written anew by uvicorn; what the client says before it is let in waits."""
        if self._asked:
            self._early += data
            if self._transport is not None:
                self._transport.pause_reading()
            return
        self._asked = True
        read = ServerProtocol(logger=log)
        read.receive_data(data)
        for event in read.events_received():
            if isinstance(event, Request):
                self._judge(read, event)
                break
        else:  # it was no request, or too long
            self._finish(b"".join(read.data_to_send()))
        read.parser.close()  # its parts hold one another, and cycles are seldom looked for

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone before it was answered, or after it was refused."""
        del exc
        self._transport = None
        self._state.connections.discard(self)

    def shutdown(self) -> None:
        """Called by uvicorn when it ends."""
        self._reject(HTTPStatus.INTERNAL_SERVER_ERROR)

    # --- the application --------------------------------------------------------------------------

    def _judge(self, read: ServerProtocol, request: Request) -> None:
        response = read.accept(request)
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            self._finish(response.serialize())
            return
        self._response = response.serialize()
        path, _, query = request.path.partition("?")
        headers = [
            (name.encode("ascii"), value.encode("latin-1"))
            for name, value in request.headers.raw_items()
        ]
        self._scope = self._scope_of(path.encode("ascii"), query.encode("ascii"), headers)
        assert self._transport is not None
        self._scope |= {
            "scheme": "wss" if is_ssl(self._transport) else "ws",
            "server": get_local_addr(self._transport),
            "client": get_remote_addr(self._transport),
        }
        self._run()

    def _scope_of(self, path: bytes, query: bytes, headers: Headers) -> dict[str, Any]:
        root = self._config.root_path
        return {
            "type": "websocket",
            "asgi": {"version": self._config.asgi_version, "spec_version": "2.4"},
            "http_version": "1.1",
            "root_path": root,
            "path": root + unquote(path.decode("ascii")),
            "raw_path": root.encode("ascii") + path,
            "query_string": query,
            "headers": headers,
            "subprotocols": [],
            "state": self._app_state.copy(),
            "extensions": {"websocket.http.response": {}, ENTER: self._enter},
        }

    def _run(self) -> None:
        """Have it judged, now if nothing has to be waited for, as is the rule."""
        rest = begin(self._through())
        if rest is not None:
            task = self._loop.create_task(rest)
            self._state.tasks.add(task)
            task.add_done_callback(self._state.tasks.discard)

    async def _through(self) -> None:
        try:
            await self._config.loaded_app(self._scope, self._receive, self._send)
        except Exception:
            log.exception("Exception in ASGI application\n")
        if not self._answered:
            self._reject(HTTPStatus.INTERNAL_SERVER_ERROR)

    async def _receive(self) -> Message:
        return {"type": "websocket.connect"}

    async def _send(self, message: Message) -> None:
        """An answer that is a refusal; who is admitted is let in by `_enter`."""
        if message["type"] == "websocket.close":
            self._reject(HTTPStatus.FORBIDDEN)
        elif message["type"] == "websocket.http.response.start":
            headers = [
                (name.decode(), value.decode("latin-1")) for name, value in message["headers"]
            ]
            self._refusal = message["status"], headers
        elif message["type"] == "websocket.http.response.body" and self._refusal is not None:
            self._refuse(*self._refusal, message["body"])
        else:
            raise RuntimeError(f"a lane is entered or refused, not sent {message['type']}")

    # --- answers ----------------------------------------------------------------------------------

    def _enter(self, lane: Lane) -> None:
        transport = self._transport
        self._answered = True
        self._note(HTTPStatus.SWITCHING_PROTOCOLS)
        self._state.connections.discard(self)
        if transport is None or transport.is_closing():  # it has gone meanwhile
            lane.connection_lost(None)
            return
        transport.write(self._response)
        transport.set_protocol(lane)
        lane.begin(transport, self._state.connections)
        transport.resume_reading()
        self._forget()
        if self._early:
            lane.data_received(self._early)

    def _refuse(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        answer = Fields(headers)
        for name, value in (
            ("Date", self._date()),
            ("Connection", "close"),
            ("Content-Length", str(len(body))),
        ):
            answer.setdefault(name, value)
        self._note(status)
        self._finish(Response(status, HTTPStatus(status).phrase, answer, body).serialize())

    def _reject(self, status: HTTPStatus) -> None:
        if self._answered or self._transport is None:
            return
        self._note(status)
        text = "Internal Server Error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else ""
        self._finish(ServerProtocol(logger=log).reject(status, text).serialize())

    def _finish(self, answer: bytes) -> None:
        self._answered = True
        if self._transport is None:
            return
        self._transport.write(answer)
        self._transport.close()
        self._forget()

    def _forget(self) -> None:
        """Nothing of the handshake stays."""
        self._scope, self._transport = {}, None

    def _note(self, status: int) -> None:
        """One line for a connection, as the stock way writes it."""
        with contextlib.suppress(KeyError):
            told = "[accepted]" if status == HTTPStatus.SWITCHING_PROTOCOLS else status
            client, path = self._scope["client"], self._scope["raw_path"]
            log.info('%s - "WebSocket %s" %s', client, path, told)

    def _date(self) -> str:
        """The time as HTTP writes it: uvicorn has it ready, and looks at the clock each second."""
        for name, value in self._state.default_headers:
            if name == b"date":
                return value.decode()
        return email.utils.formatdate(usegmt=True)
