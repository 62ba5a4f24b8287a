"""WebSocket frames (RFC 6455) as a server reads and writes them (pure): no extensions, bounded.

`Reader` is fed what the network brings, cut anywhere, and gives one message after the other.
"""

import struct

try:
    from websockets.speedups import apply_mask as _unmasked
except ImportError:  # built without a C compiler
    from websockets.utils import apply_mask as _unmasked

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
"""Opcodes (RFC 6455, 5.2). CONTINUATION is not seen by who reads messages."""
CONTINUATION = 0

PROTOCOL_ERROR = 1002
INVALID_DATA = 1007
MESSAGE_TOO_BIG = 1009
NO_STATUS = 1005
"""Close codes (RFC 6455, 7.4.1). NO_STATUS stands for a close frame without a code."""

CONTROL_BYTES_MAX = 125
"""What a control frame may carry (RFC 6455, 5.5)."""
CODES = frozenset({*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)})
"""Close codes a peer may send (RFC 6455, 7.4, and the registry at IANA)."""

_long_head = struct.Struct(">BBH").pack
_HEADS = [bytes((0x80 | TEXT, size)) for size in range(126)]

Message = tuple[int, bytes]
"""(opcode, payload): a whole text or binary message, or a control frame."""


class Fault(Exception):
    """The peer broke the protocol: the connection is to be closed with `code`."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code, self.why = code, why


class Reader:
    """Frames from a client. Holds nothing between whole messages, and never more than one and
    what was fed last.
    """

    __slots__ = ("_at", "_bytes_max", "_held", "_needed", "_parts", "_sort")

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._held: bytes | bytearray = b""
        self._at = 0
        self._needed = 2
        self._sort = CONTINUATION
        self._parts: bytearray | None = None

    def feed(self, data: bytes) -> None:
        """What the network brought. `next` is then called until it says None."""
        if self._held:
            self._held += data
        else:
            self._held = data

    def whole(self, data: bytes) -> bytes | None:
        """The payload, if what came is one short text message and nothing else; nothing is kept.

        None: feed it. This is what clients send next to always, at half the price.
        """
        size = len(data) - 6
        if not 0 < size <= CONTROL_BYTES_MAX or data[0] != 0x80 | TEXT or data[1] != 0x80 | size:
            return None
        if self._held or self._parts is not None or size > self._bytes_max:
            return None
        return _unmasked(data[6:], data[2:6])

    def next(self) -> Message | None:
        """The next message; None until more is fed.

        Raises Fault, after which nothing more can be read.
        """
        while True:
            held, at = self._held, self._at
            left = len(held) - at
            if left < self._needed:
                return self._kept(self._needed)
            first, second = held[at], held[at + 1]
            size, head = second & 0x7F, 6
            if second < 0x80 or first & 0x70:
                raise Fault(PROTOCOL_ERROR, "unmasked, or with reserved bits")
            if size > CONTROL_BYTES_MAX:
                head = 8 if size == 126 else 14
                if left < head:
                    return self._kept(head)
                size = int.from_bytes(held[at + 2 : at + head - 4], "big")
            if first != 0x80 | TEXT or self._parts is not None or size > self._bytes_max:
                self._check(first, size)
            start = at + head
            if left < head + size:
                return self._kept(head + size)
            self._at, self._needed = start + size, 2
            payload = _unmasked(held[start : start + size], bytes(held[start - 4 : start]))
            message = (TEXT, payload) if first == 0x80 | TEXT else self._joined(first, payload)
            if message is not None:
                return message

    def _kept(self, needed: int) -> Message | None:
        """None: what is left is the beginning of a frame of `needed` bytes."""
        self._needed = needed
        if self._at == len(self._held):
            self._held = b""
        elif self._at or not isinstance(self._held, bytearray):
            self._held = bytearray(self._held[self._at :])
        self._at = 0
        return None

    def _check(self, first: int, size: int) -> None:
        """Raise Fault for a frame that may not come now, by its head alone."""
        sort = first & 0x0F
        control = sort in (CLOSE, PING, PONG)
        if not control and sort not in (CONTINUATION, TEXT, BINARY):
            raise Fault(PROTOCOL_ERROR, "no known opcode")
        if size + (0 if control else len(self._parts or b"")) > self._bytes_max:
            raise Fault(MESSAGE_TOO_BIG, f"at most {self._bytes_max} bytes")
        if control and (size > CONTROL_BYTES_MAX or not first & 0x80):
            raise Fault(PROTOCOL_ERROR, "a control frame in parts, or too long")
        if not control and (self._parts is None) is (sort == CONTINUATION):
            raise Fault(PROTOCOL_ERROR, "a part of no message, or a message within another")

    def _joined(self, first: int, payload: bytes) -> Message | None:
        """The message that this frame ends, if it ends one."""
        sort, final = first & 0x0F, first & 0x80
        if sort & 0x08:
            return sort, payload
        if sort != CONTINUATION and final:
            return sort, payload
        if self._parts is None:
            self._sort, self._parts = sort, bytearray()
        self._parts += payload
        if not final:
            return None
        whole, self._parts = bytes(self._parts), None
        return self._sort, whole


def closing(payload: bytes) -> tuple[int, str]:
    """The code and the reason in a close frame. Raises Fault."""
    if not payload:
        return NO_STATUS, ""
    code, reason = int.from_bytes(payload[:2], "big"), decoded(payload[2:])
    if len(payload) == 1 or code not in CODES:
        raise Fault(PROTOCOL_ERROR, "no close code")
    return code, reason


def decoded(payload: bytes) -> str:
    """The text of a message. Raises Fault for what is no UTF-8."""
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise Fault(INVALID_DATA, "no UTF-8") from None


def text(payload: bytes) -> bytes:
    """The frame of a text message of ours."""
    size = len(payload)
    if size < 126:
        return _HEADS[size] + payload
    return _frame(TEXT, payload)


def close(code: int, why: str) -> bytes:
    """A close frame; a long reason is cut, and NO_STATUS says nothing."""
    if code == NO_STATUS:
        return _frame(CLOSE, b"")
    reason = why.encode()[: CONTROL_BYTES_MAX - 2].decode("utf-8", "ignore").encode()
    return _frame(CLOSE, code.to_bytes(2, "big") + reason)


def pong(payload: bytes) -> bytes:
    """The answer to a ping."""
    return _frame(PONG, payload)


def _frame(sort: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((0x80 | sort, size)) + payload
    if size < 65_536:
        return _long_head(0x80 | sort, 126, size) + payload
    return bytes((0x80 | sort, 127)) + size.to_bytes(8, "big") + payload
