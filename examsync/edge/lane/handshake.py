"""The opening handshake of RFC 6455 as every client of ours makes it, read at a glance (pure).

It says of what it takes what `websockets` says; all else it leaves to that, which is thorough and
costs as much as all the rest of a connection's beginning. Used by `entrance`.
"""

import base64
import hashlib
import re

from msgspec import Struct

Headers = list[tuple[bytes, bytes]]
"""Names in small letters."""

HEADERS_MAX = 100
CHARS_MAX = 8_000
"""Below the limits at which `websockets` refuses, of all headers together."""
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY = re.compile(rb"[A-Za-z0-9+/]{21}[AQgw]==")
"""The one way to write 16 bytes."""
_ONCE = frozenset(
    {b"upgrade", b"connection", b"sec-websocket-key", b"sec-websocket-version", b"origin", b"host"}
)
_OTHERS = frozenset({b"sec-websocket-protocol", b"content-length", b"transfer-encoding"})
"""Who sends one of these is looked at closely."""
_CONNECTION = frozenset({b"upgrade", b"keep-alive"})


class Asked(Struct, frozen=True):
    """A request to upgrade, and between whom, as uvicorn has read it."""

    method: bytes
    target: bytes
    headers: Headers
    client: tuple[str, int] | None
    server: tuple[str, int | None] | None
    secure: bool

    def text(self) -> bytes:
        """The request, written anew as uvicorn would."""
        lines = [self.method + b" " + self.target + b" HTTP/1.1"]
        lines += [name + b": " + value for name, value in self.headers]
        return b"\r\n".join([*lines, b"", b""])


def accepted(asked: Asked) -> bytes | None:
    """What `Sec-WebSocket-Accept` has to say; None if that is not to be seen at a glance."""
    if asked.method != b"GET" or len(asked.headers) > HEADERS_MAX or not asked.target.isascii():
        return None
    found: dict[bytes, bytes] = {}
    for name, value in asked.headers:
        if name in _ONCE:
            if name in found:
                return None
            found[name] = value
        elif name in _OTHERS:
            return None
    text = b"".join([asked.target, *(part for pair in asked.headers for part in pair)])
    if len(text) > CHARS_MAX or not (text.isascii() and text.decode().isprintable()):
        return None
    key = found.get(b"sec-websocket-key", b"")
    if not _is_upgrade(found) or _KEY.fullmatch(key) is None:
        return None
    return base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())


def _is_upgrade(found: dict[bytes, bytes]) -> bool:
    said = {each.strip(b" ").lower() for each in found.get(b"connection", b"").split(b",")}
    return (
        b"upgrade" in said
        and said <= _CONNECTION
        and found.get(b"upgrade", b"").lower() == b"websocket"
        and found.get(b"sec-websocket-version") == b"13"
    )


def response(accept: bytes, date: str) -> bytes:
    """The answer that lets the client in; `date` as HTTP writes it."""
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nDate: %b\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Accept: %b\r\n\r\n" % (date.encode(), accept)
    )
