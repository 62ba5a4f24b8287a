"""A server of a page for the blocking shell: real WebSockets on loopback, frames as the test says.

`answers` maps an event to what it is acked with; a callable is asked with the body, and None is
never acked. Everything the client sent is in `got`.
"""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from loadtest.client import wire

OPENED = '0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}'
Answer = dict[str, Any] | Callable[[Any], Any] | None


class FarEnd:
    """One server; `connections` are those that are open."""

    def __init__(self, answers: dict[str, Answer], refusal: dict[str, Any] | None = None) -> None:
        self.answers = answers
        self.refusal = refusal
        self.got: list[tuple[str, Any]] = []
        self.auths: list[Any] = []
        self.connections: list[ServerConnection] = []
        self.namespace = ""
        self.accepts = True
        self.url = ""

    def handle(self, connection: ServerConnection) -> None:
        """One connection, until it ends."""
        if not self.accepts:
            return
        self.connections.append(connection)
        with contextlib.suppress(ConnectionClosed):
            connection.send(OPENED)
            for text in connection:
                self._take(connection, str(text))

    def say(self, event: str, body: Any) -> None:
        """Send an event to whoever connected last."""
        self.connections[-1].send(f"42{self.namespace},{json.dumps([event, body])}")

    def _take(self, connection: ServerConnection, text: str) -> None:
        if text.startswith("40"):
            self.namespace, _, auth = text[2:].partition(",")
            self.auths.append(json.loads(auth))
            refused = self.refusal is not None
            body = {"message": "refused", "data": self.refusal} if refused else {"sid": "n"}
            connection.send(f"4{4 if refused else 0}{self.namespace},{json.dumps(body)}")
        elif text.startswith("42"):
            number, _, said = text[3 + len(self.namespace) :].partition("[")
            event, body = json.loads("[" + said)
            self.got.append((event, body))
            answer = self.answers.get(event)
            reply = answer(body) if callable(answer) else answer
            if reply is not None:
                connection.send(f"43{self.namespace},{number}{json.dumps([reply])}")
        elif text != wire.PONG:
            raise AssertionError(f"a client said {text!r}")


@contextlib.contextmanager
def far_end(
    answers: dict[str, Answer] | None = None, refusal: dict[str, Any] | None = None
) -> Iterator[FarEnd]:
    """A server that runs until left."""
    end = FarEnd(answers or {}, refusal)
    server: Server
    with serve(end.handle, "127.0.0.1", 0) as server:
        end.url = f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield end
        finally:
            server.shutdown()
            thread.join(10)
