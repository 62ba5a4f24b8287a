"""What is seen at a glance of a handshake is what `websockets` says of it."""

import random

import pytest
from websockets.http11 import Request
from websockets.server import ServerProtocol

from examsync.edge.lane.handshake import CHARS_MAX, HEADERS_MAX, Asked, accepted, response

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
USUAL = [
    (b"host", b"a.example"),
    (b"upgrade", b"websocket"),
    (b"connection", b"Upgrade"),
    (b"sec-websocket-key", KEY),
    (b"sec-websocket-version", b"13"),
]
BROWSER = [
    (b"host", b"a.example:8080"),
    (b"connection", b"keep-alive, Upgrade"),
    (b"pragma", b"no-cache"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"),
    (b"upgrade", b"WebSocket"),
    (b"origin", b"https://a.example"),
    (b"sec-websocket-version", b"13"),
    (b"accept-encoding", b"gzip, deflate, br"),
    (b"sec-websocket-key", KEY),
    (b"sec-websocket-extensions", b"permessage-deflate; client_max_window_bits"),
]
TARGET = b"/socket.io/?EIO=4&transport=websocket"


def asked(
    headers: list[tuple[bytes, bytes]], method: bytes = b"GET", target: bytes = TARGET
) -> Asked:
    return Asked(method, target, headers, None, None, False)


def by_websockets(of: Asked) -> bytes | None:
    """Its answer, as far as it lets the client in."""
    read = ServerProtocol()
    read.receive_data(of.text())
    for event in read.events_received():
        if isinstance(event, Request):
            said = read.accept(event)
            return said.serialize() if said.status_code == 101 else None
    return None


@pytest.mark.parametrize("headers", [USUAL, BROWSER])
def test_usual_clients_are_let_in_with_the_same_bytes(headers: list[tuple[bytes, bytes]]) -> None:
    of = asked(headers)
    accept, theirs = accepted(of), by_websockets(of)
    assert accept is not None
    assert theirs is not None
    date = theirs.split(b"\r\n")[1].removeprefix(b"Date: ").decode()
    assert response(accept, date) == theirs


ODD: list[tuple[bytes, list[bytes]]] = [
    (b"upgrade", [b"websocket, h2c", b"h2c", b"", b" websocket", b"websocket\t"]),
    (b"connection", [b"close", b"", b"upgrade, x-mine", b"up grade", b"keep-alive", b",upgrade"]),
    (b"sec-websocket-key", [b"short", b"", KEY[:-1], KEY + b"=", b"A" * 21 + b"B==", b"\xe4" * 24]),
    (b"sec-websocket-version", [b"12", b"", b"13, 12", b"013"]),
    (b"sec-websocket-protocol", [b"a, b"]),
    (b"origin", [b"http://\xe4.example", b"", b"a\tb"]),
    (b"content-length", [b"0", b"4"]),
    (b"x-mine", [b"\xff", b"\x01", b"\x7f", b"a" * CHARS_MAX, b"caf\xc3\xa9"]),
]


@pytest.mark.parametrize("seed", range(300))
def test_whoever_is_let_in_at_a_glance_would_be_let_in_the_thorough_way(seed: int) -> None:
    dice = random.Random(seed)
    headers = list(dice.choice([USUAL, BROWSER]))
    for _ in range(dice.randrange(1, 4)):
        name, values = dice.choice(ODD)
        what = dice.choice(["put", "add", "drop", "twice"])
        at = [i for i, (n, _) in enumerate(headers) if n == name]
        if what == "put" and at:
            headers[at[0]] = (name, dice.choice(values))
        elif what == "drop" and at:
            del headers[at[0]]
        elif what == "twice" and at:
            headers.append(headers[at[0]])
        else:
            headers.append((name, dice.choice(values)))
    of = asked(headers)
    accept = accepted(of)
    if accept is not None:
        theirs = by_websockets(of)
        assert theirs is not None
        assert b"Sec-WebSocket-Accept: " + accept + b"\r\n" in theirs


def test_what_is_no_usual_request_is_left_to_the_thorough_way() -> None:
    many = [(b"x-%d" % n, b"y") for n in range(HEADERS_MAX)]
    assert accepted(asked([*USUAL, *many])) is None
    assert accepted(asked(USUAL, method=b"POST")) is None
    assert accepted(asked(USUAL, target="/\u00e4".encode())) is None
    assert accepted(asked(USUAL, target=b"/" + b"x" * CHARS_MAX)) is None
    for name, _ in USUAL[1:]:
        assert accepted(asked([pair for pair in USUAL if pair[0] != name])) is None
    for one, others in ODD[:4]:
        kept = [pair for pair in USUAL if pair[0] != one]
        assert all(accepted(asked([*kept, (one, other)])) is None for other in others[:1])
