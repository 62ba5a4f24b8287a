"""The text frames of Engine.IO 4 and Socket.IO 5 as our clients may send them, and ours (pure).

The guard reads every frame before anything else sees it; what passes is small, of a known kind
and well formed but for the body of an event, which the door decodes. `ack` and `told` build every
frame of ours that holds a message.
"""

import functools
import re

import msgspec
from msgspec import Struct

MESSAGES = ("42", "43")
"""What frames of ours that hold a message begin with: events and acks."""

ACK_DIGITS_MAX = 15
"""Ids of acks count up from 0; what is longer than a float holds exactly is no id."""

_EVENT = re.compile(r"42(/[^,\[]{0,64}),([0-9]{0,15})(?=\[)")
_PLAIN = b"42/exam,"
_CONNECT = re.compile(r"40(?:(/[^,{]{0,64}),?)?(\{.*\})?", re.DOTALL)
_LEAVE = re.compile(r"41(?:(/[^,]{0,64}),?)?")
_AUTH = msgspec.json.Decoder(dict[str, object])


class Broken(Exception):
    """No client of ours sends such a frame."""


class Event(Struct, frozen=True):
    """An event on its way to the door. `body`: the JSON array of its name and arguments.

    `ack_id` is None when the client wants no ack.
    """

    namespace: str
    ack_id: int | None
    body: str


class Connect(Struct, frozen=True):
    """A client wants into a namespace."""

    namespace: str
    auth: dict[str, object] | None


class Leave(Struct, frozen=True):
    """A client leaves a namespace; its connection stays."""

    namespace: str


class Pulse(Struct, frozen=True):
    """A pong, or (`closing`) the end of the connection."""

    closing: bool


Frame = Event | Connect | Leave | Pulse

_PONG, _CLOSE = Pulse(False), Pulse(True)


def read(text: str) -> Frame:
    """What a frame says. Raises Broken.

    Pongs, closing, and connects, disconnects and events of Socket.IO are all there is: no
    upgrades, as there is no polling; no acks, as we never ask for one; no binary.
    """
    found = _EVENT.match(text)
    if found is not None:
        namespace, digits = found.groups()
        return Event(namespace, int(digits) if digits else None, text[found.end() :])
    match text[:2]:
        case "3":
            return _PONG
        case "1":
            return _CLOSE
        case "40":
            return _connect(text)
        case "41" if (found := _LEAVE.fullmatch(text)) is not None:
            return Leave(found[1] or "/")
    raise Broken("no frame of a client of ours")


def plain(payload: bytes) -> tuple[int, bytes] | None:
    """The ack id and the body of an event in `/exam` that wants an ack; None: let `read` see it.

    It says the same as `read` of what it takes; what candidates mostly send is found at a glance.
    """
    if payload.startswith(_PLAIN):
        begin = payload.find(b"[", len(_PLAIN), len(_PLAIN) + ACK_DIGITS_MAX + 1)
        digits = payload[len(_PLAIN) : begin]
        if begin > 0 and digits.isdigit():
            return int(digits), payload[begin:]
    return None


def _connect(text: str) -> Connect:
    found = _CONNECT.fullmatch(text)
    if found is None:
        raise Broken("a malformed connect")
    if found[2] is None:
        return Connect(found[1] or "/", None)
    try:
        return Connect(found[1] or "/", _AUTH.decode(found[2]))
    except (msgspec.MsgspecError, RecursionError):
        raise Broken("an auth that is no JSON object") from None


def ack(namespace: str, ack_id: int, body: bytes) -> bytes:
    """The frame that acknowledges event `ack_id` with one argument, given as JSON."""
    return b"43%b,%d[%b]" % (_bytes(namespace), ack_id, body)


_bytes = functools.lru_cache(16)(str.encode)
"""Of our namespaces, which are two."""


def told(namespace: str, name: str, body: bytes) -> bytes:
    """The frame of an event of ours with one argument, given as JSON."""
    return b'42%b,["%b",%b]' % (namespace.encode(), name.encode(), body)
