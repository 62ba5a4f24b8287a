"""Text frames of Socket.IO 5 on Engine.IO 4, as a client reads and writes them (pure).

Only what this protocol needs: one namespace per connection, JSON, no binary, no polling.
"""

import re
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec
from msgspec import Struct

PONG = "3"
CLOSE = "1"
_FRAME = re.compile(r"4([0-4])(?:(/[^,]*),)?(\d*)(.*)", re.DOTALL)


class Opened(Struct, frozen=True, rename="camel"):
    """Engine.IO is open; without a ping for interval + timeout the connection is dead. A message
    above `max_payload` bytes ends it."""

    sid: str
    ping_interval: int
    ping_timeout: int
    max_payload: int | None = None


class Ping(Struct, frozen=True):
    """To be answered with PONG."""


class Ended(Struct, frozen=True):
    """The server has closed the connection, or the namespace."""


class Connected(Struct, frozen=True):
    """The namespace is open."""


class Refused(Struct, frozen=True):
    """The namespace was refused; `data` is a problem if the server knows how to say one."""

    data: Any


class Event(Struct, frozen=True):
    """The server has sent an event with (at most) one argument."""

    name: str
    body: Any


class Ack(Struct, frozen=True):
    """The reply to the event that was sent with this id; None if it is empty."""

    id: int
    body: Any


Frame = Opened | Ping | Ended | Connected | Refused | Event | Ack


class Unreadable(Exception):
    """Not a frame this client knows: the connection cannot be trusted."""


def socket_url(url: str) -> str:
    """The WebSocket address of a server: `https://host` is `wss://host/socket.io/?EIO=4&...`."""
    parts = urlsplit(url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    path = parts.path.rstrip("/") + "/socket.io/"
    return urlunsplit((scheme, parts.netloc, path, "EIO=4&transport=websocket", ""))


def connect(namespace: str, auth: Any) -> str:
    """The frame that asks for a namespace."""
    return f"40{namespace},{_json(auth)}"


def event(namespace: str, name: str, body: Any, ack_id: int) -> str:
    """The frame of an event that wants an ack."""
    return f"42{namespace},{ack_id}{_json([name, body])}"


def read(text: str) -> Frame | None:
    """What a frame says; None for what needs no answer. Raises Unreadable."""
    try:
        return _read(text)
    except (msgspec.DecodeError, ValueError, TypeError, IndexError, AttributeError) as error:
        raise Unreadable(text[:80]) from error


def _read(text: str) -> Frame | None:
    match text[:1]:
        case "0":
            return msgspec.json.decode(text[1:], type=Opened)
        case "2":
            return Ping()
        case "1":
            return Ended()
        case "6":
            return None
    found = _FRAME.fullmatch(text)
    if found is None:
        raise Unreadable(text[:80])
    kind, _, digits, rest = found.groups()
    body = msgspec.json.decode(rest) if rest else None
    return _message(kind, digits, body)


def _message(kind: str, digits: str, body: Any) -> Frame:
    match kind:
        case "0":
            return Connected()
        case "1":
            return Ended()
        case "2":
            return Event(body[0], body[1] if len(body) > 1 else None)
        case "3":
            return Ack(int(digits), body[0] if body else None)
    return Refused(body.get("data"))


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
