"""Who may open a connection at all."""

from typing import Any

import msgspec
import pytest

from examsync.edge.sockets.guard import TURN_JITTER_MS, TURNS_MS, TURNS_SHARE, Guard
from examsync.edge.sockets.line import LINE
from examsync.settings import Limits
from tests.edge.makers import HandTime

QUERY = b"EIO=4&transport=websocket"
EXTENSIONS: dict[str, Any] = {"websocket.http.response": {}}


class Gate:
    """A guard in front of a socket server that notes who came in, and of an HTTP application."""

    def __init__(self, **limits: Any) -> None:
        self.time = HandTime()
        self.came: list[Any] = []
        self.asked: list[str] = []
        origins = ("https://exams.example",)
        self.guard = Guard(self.sockets, self.http, self.time.now, Limits(**limits), origins)

    async def sockets(self, scope: Any, receive: Any, send: Any) -> None:
        self.came.append(scope[LINE])
        assert scope[LINE] in self.guard.wires

    async def http(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope["path"])

    async def knock(self, *, kind: str = "websocket", **scope: Any) -> list[Any]:
        """What is sent to somebody who connects."""
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            sent.append(message)

        usual = {"path": "/socket.io/", "query_string": QUERY, "headers": [(b"host", b"a.example")]}
        await self.guard({"type": kind, "extensions": EXTENSIONS, **usual, **scope}, receive, send)
        return sent

    async def refused(self, **scope: Any) -> tuple[int, Any]:
        """Status and problem that somebody meets."""
        start, body = await self.knock(**scope)
        assert dict(start["headers"])[b"content-type"] == b"application/problem+json"
        assert self.came == []
        return start["status"], msgspec.json.decode(body["body"])


async def test_a_websocket_with_engine_io_4_comes_in() -> None:
    gate = Gate()
    assert await gate.knock() == []
    assert len(gate.came) == 1


async def test_a_connection_is_forgotten_when_it_ends() -> None:
    gate = Gate()
    await gate.knock()
    assert gate.guard.wires == set()
    assert gate.came[0].is_cut()


async def test_other_paths_go_to_the_http_application() -> None:
    gate = Gate()
    await gate.knock(kind="http", path="/livez")
    await gate.knock(kind="http", path="/socket.iox/")
    assert gate.asked == ["/livez", "/socket.iox/"]


@pytest.mark.parametrize("path", ["/socket.io/", "/socket.io"])
async def test_polling_is_refused_with_the_way_out(path: str) -> None:
    asked = b"EIO=4&transport=polling"
    status, problem = await Gate().refused(kind="http", path=path, query_string=asked)
    assert (status, problem["code"]) == (400, "polling_refused")
    assert 'transports: ["websocket"]' in problem["title"]


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("/", QUERY, 404, "not_found"),
        ("/socket.io/x", QUERY, 404, "not_found"),
        ("/Socket.IO/", QUERY, 404, "not_found"),
        ("/socket.io/", b"", 400, "bad_request"),
        ("/socket.io/", b"EIO=3&transport=websocket", 400, "bad_request"),
        ("/socket.io/", b"EIO=4&EIO=4&transport=websocket", 400, "bad_request"),
        ("/socket.io/", b"EIO=4", 400, "polling_refused"),
        ("/socket.io/", b"EIO=4&transport=polling", 400, "polling_refused"),
        ("/socket.io/", QUERY + b"&sid=abc", 400, "polling_refused"),
        ("/socket.io/", QUERY + b"&x=" + b"y" * 1_024, 400, "bad_request"),
    ],
)
async def test_what_asks_for_something_else_is_refused(
    path: str, query: bytes, status: int, code: str
) -> None:
    found, problem = await Gate().refused(path=path, query_string=query)
    assert (found, problem["code"]) == (status, code)


@pytest.mark.parametrize("origin", [b"null", b"https://evil.example"])
async def test_pages_of_elsewhere_are_refused(origin: bytes) -> None:
    headers = [(b"host", b"a.example"), (b"origin", origin)]
    status, problem = await Gate().refused(headers=headers)
    assert (status, problem["code"]) == (403, "forbidden")


@pytest.mark.parametrize("origin", [b"https://exams.example", b"http://a.example"])
async def test_listed_pages_and_our_own_come_in(origin: bytes) -> None:
    gate = Gate()
    await gate.knock(headers=[(b"host", b"a.example"), (b"origin", origin)])
    assert len(gate.came) == 1


async def test_while_draining_nobody_comes_in() -> None:
    gate = Gate()
    gate.guard.draining = True
    status, problem = await gate.refused()
    assert (status, problem["code"], problem["retry"]) == (503, "draining", True)


async def test_more_than_so_many_a_second_are_told_when_to_come_back() -> None:
    gate = Gate(connects_per_s=5)
    for _ in range(5):
        await gate.knock()
    came, gate.came = gate.came, []
    waits = set()
    for _ in range(20):
        status, problem = await gate.refused()
        assert (status, problem["code"]) == (503, "unavailable")
        waits.add(problem["retry_after_ms"])
    assert len(waits) > 10  # spread, or all would come at once again
    each_ms = 1_000 / (5 * TURNS_SHARE)
    assert all(1_000 <= wait <= 1_001 + 19 * each_ms + TURN_JITTER_MS for wait in waits)
    assert max(waits) >= 1_000 + 19 * each_ms, "the more there are the later they come"
    gate.time.ms += 200
    await gate.knock()
    assert (len(came), len(gate.came)) == (5, 1)


async def test_who_finds_no_turn_left_comes_in_the_later_half() -> None:
    gate = Gate(connects_per_s=1)
    await gate.knock()
    gate.came = []
    turns = int(TURNS_SHARE * (TURNS_MS[1] - TURNS_MS[0]) / 1_000) + 1
    for _ in range(turns):
        await gate.refused()
    waits = {(await gate.refused())[1]["retry_after_ms"] for _ in range(20)}
    assert len(waits) > 10
    assert all(TURNS_MS[1] // 2 <= wait <= TURNS_MS[1] for wait in waits)


async def test_who_comes_in_his_turn_is_let_in() -> None:
    gate = Gate(connects_per_s=50)
    for _ in range(50):
        await gate.knock()
    gate.came = []
    due = sorted([(await gate.refused())[1]["retry_after_ms"] for _ in range(200)])
    began = gate.time.ms
    for wait in due:
        gate.time.ms = began + wait
        await gate.knock()
    assert len(gate.came) == len(due)


async def test_a_full_process_sends_people_away() -> None:
    gate = Gate(connections_max=1)
    inner: list[tuple[int, Any]] = []

    async def sockets(scope: Any, receive: Any, send: Any) -> None:
        inner.append(await gate.refused())

    gate.guard._sockets = sockets
    await gate.knock()
    assert inner[0][0] == 503


async def test_the_time_to_wait_is_a_header_too() -> None:
    gate = Gate()
    gate.guard.draining = True
    start, _ = await gate.knock()
    assert dict(start["headers"])[b"retry-after"] == b"1"


async def test_a_server_that_cannot_answer_an_upgrade_just_closes() -> None:
    gate = Gate()
    gate.guard.draining = True
    assert await gate.knock(extensions={}) == [{"type": "websocket.close"}]
