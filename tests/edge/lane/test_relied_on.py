"""What the lane relies on in uvicorn, python-engineio and python-socketio: their next versions meet
this before anybody else does.
"""

import ast
import asyncio
import inspect
from typing import Any, ClassVar

import engineio
import pytest
import socketio
import uvicorn
from engineio import async_server, async_socket, base_server
from socketio import async_manager
from socketio import async_server as socketio_server
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from examsync.edge.lane.entrance import Entrance
from examsync.edge.lane.lane import Lane
from examsync.edge.lane.peer import Peer
from tests.edge.house import until

REQUEST = (
    b"GET /socket.io/?EIO=4&x=%20 HTTP/1.1\r\nHost: a.example\r\nX-Two: b\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\n\r\n"
)


class Noting(asyncio.Protocol):
    """A `ws` class that notes what uvicorn does with it."""

    made: ClassVar[list[Any]] = []

    def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
        self.state = server_state
        self.told = [type(config), type(app_state), _loop]
        self.calls: list[Any] = []
        self.transport: Any = None
        Noting.made.append(self)

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.state.connections.add(self)
        self.calls.append("made")

    def data_received(self, data: bytes) -> None:
        self.calls.append(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.state.connections.discard(self)
        self.calls.append("lost")

    def shutdown(self) -> None:
        self.calls.append("shutdown")
        self.transport.close()


@pytest.mark.parametrize("cut", [10, 60, len(REQUEST) - 1, len(REQUEST)])
async def test_uvicorn_hands_its_ws_class_the_request_then_the_transport(cut: int) -> None:
    Noting.made.clear()
    config = uvicorn.Config(
        app=None,  # type: ignore[arg-type]
        port=0,
        ws=Noting,
        http="httptools",
        lifespan="off",
        log_config=None,
        log_level="warning",
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(REQUEST[:cut])
    await asyncio.sleep(0.02)
    writer.write(REQUEST[cut:])
    await until(lambda: Noting.made and len(Noting.made[0].calls) == 2)
    (one,) = Noting.made
    writer.write(b"later")
    await until(lambda: len(one.calls) == 3)
    assert one.told == [uvicorn.Config, dict, None]
    made, request, later = one.calls
    assert (made, later) == ("made", b"later")
    line, *headers = request.split(b"\r\n")
    assert line == b"GET /socket.io/?EIO=4&x=%20 HTTP/1.1"
    assert headers[:2] == [b"host: a.example", b"x-two: b"]
    assert headers[-2:] == [b"", b""]
    server.should_exit = True
    await asyncio.wait_for(serving, 10)
    assert one.calls[3:] == ["shutdown", "lost"]
    assert await reader.read() == b""
    writer.close()


def test_our_class_takes_what_uvicorn_gives_its_own() -> None:
    ours, theirs = (
        inspect.signature(each.__init__) for each in (Entrance, WebSocketsSansIOProtocol)
    )
    assert list(ours.parameters) == list(theirs.parameters)
    for name in ("connections", "tasks", "default_headers"):
        assert hasattr(uvicorn.server.ServerState(), name)
    for each in (Entrance, Lane):
        for call in ("connection_lost", "data_received", "shutdown", "eof_received"):
            assert callable(getattr(each, call))


POLLING = {"handle_get_request", "handle_post_request", "poll", "schedule_ping"}
"""Asked of sockets by the ways in that we do not serve: `Engine.opened` stands in for them."""


def asked_of_sockets() -> set[str]:
    """Every attribute that the libraries ask of a connection's socket object."""
    names: set[str] = set()
    for module in (async_server, base_server, socketio_server, async_manager):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Attribute) and is_socket(node.value):
                names.add(node.attr)
    return names


def is_socket(node: ast.expr) -> bool:
    """Whether an expression is a socket: one of the names they have there, or looked up."""
    if isinstance(node, ast.Name):
        return node.id in ("socket", "s", "client")
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Attribute) and node.func.attr == "_get_socket"
    text = ast.unparse(node)
    return isinstance(node, ast.Subscript) and text.endswith(".sockets[sid]")


def test_the_stand_in_has_all_that_is_asked_of_a_socket() -> None:
    asked = asked_of_sockets()
    assert {"closed", "send", "close", "session", "upgraded"} <= asked, "they are named otherwise"
    missing = {name for name in asked - POLLING if not hasattr(Peer, name)}
    assert missing == set()


@pytest.mark.parametrize("name", ["send", "close", "check_ping_timeout"])
def test_the_stand_in_is_called_as_the_stock_one(name: str) -> None:
    ours, theirs = (
        inspect.signature(getattr(each, name)) for each in (Peer, async_socket.AsyncSocket)
    )
    assert [(p.name, p.default) for p in ours.parameters.values()] == [
        (p.name, p.default) for p in theirs.parameters.values()
    ]
    assert inspect.iscoroutinefunction(getattr(Peer, name))


def test_names_of_the_libraries_that_we_override_or_call() -> None:
    known = {
        engineio.AsyncServer: [
            "_trigger_event(self, event, *args, **kwargs)",
            "generate_id(self)",
            "create_queue(self, *args, **kwargs)",
            "start_background_task(self, target, *args, **kwargs)",
        ],
        socketio.AsyncServer: [
            "_handle_eio_connect(self, eio_sid, environ)",
            "_handle_eio_disconnect(self, eio_sid, reason)",
            "_handle_event(self, eio_sid, namespace, id, data)",
            "_engineio_server_class(self)",
        ],
        socketio.AsyncManager: [
            "basic_enter_room(self, sid, namespace, room, eio_sid=None)",
            "basic_leave_room(self, sid, namespace, room)",
            "basic_disconnect(self, sid, namespace, **kwargs)",
        ],
    }
    for owner, calls in known.items():
        for call in calls:
            name = call.split("(")[0]
            assert call == f"{name}{inspect.signature(getattr(owner, name))}"


async def test_a_packet_sent_by_the_library_comes_to_the_stand_in() -> None:
    server = engineio.AsyncServer(async_mode="asgi", monitor_clients=False)
    sent: list[bytes] = []

    class Heard:
        """A lane that keeps what is pushed, and why it was cut."""

        def push(self, message: bytes) -> bool:
            sent.append(message)
            return True

        def cut(self, code: int, why: str) -> None:
            sent.append(f"{code} {why}".encode())

    server.sockets["sid"] = Peer(server, "sid", Heard())  # type: ignore[arg-type]
    left: list[Any] = []
    server.on("disconnect", lambda sid, reason: left.append((sid, reason)))
    await server.send("sid", "hello")
    await server.save_session("sid", {"a": 1})
    assert await server.get_session("sid") == {"a": 1}
    assert server.transport("sid") == "websocket"
    await server.disconnect("sid")
    assert sent == [b"4hello", b"1", b"1000 server disconnect"]
    assert left == [("sid", "server disconnect")]
    await server.send("sid", "to nobody")
    assert (server.sockets, len(sent)) == ({}, 3)
