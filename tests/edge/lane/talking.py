"""A client that writes bytes as it is told, cut as it is told; and what of replies can be compared
between two candidates who do the same.
"""

import asyncio
import contextlib
import itertools
import json
from typing import Any

from websockets.frames import Opcode
from websockets.protocol import CLIENT, OPEN, Protocol

from tests.edge.house import House, until

REQUEST = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a.example\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
OWN = frozenset(
    {"attempt", "at", "closed_at", "deadline", "durable", "instance", "lease", "opens_at", "order"}
    | {"receipt", "rev", "saved_at", "server_time", "sid", "started_at", "turned_at"}
)
"""Fields that differ between two candidates, or between two moments: the rev of what has no effect
is what was confirmed when it was answered. How an attempt stands in the end is compared whole.
"""


class Talk:
    """One connection. `acks` by id, `told` the names of events, `raw` all other frames."""

    def __init__(self, house: House, subject: str) -> None:
        self.house, self.subject = house, subject
        self.acks: dict[int, Any] = {}
        self.told: list[str] = []
        self.raw: list[str] = []
        self.code: int | None = None
        self._protocol = Protocol(CLIENT, state=OPEN, max_size=None)
        self._reading: asyncio.Task[None] | None = None

    async def open(self) -> "Talk":
        """Connect; the Engine.IO session is open then."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.house.port)
        self._writer.write(REQUEST.encode())
        assert (await self._reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        self._reading = asyncio.create_task(self._read())
        await until(lambda: self.raw)
        return self

    async def write(self, data: bytes, cuts: list[int]) -> None:
        """Write these bytes in pieces: each is on its way before the next is written."""
        places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
        for start, end in itertools.pairwise(places):
            self._writer.write(data[start:end])
            with contextlib.suppress(ConnectionError):  # it may have been closed for a fault
                await self._writer.drain()
            await asyncio.sleep(0)

    async def heard(self, ids: set[int]) -> None:
        """Wait until these events are acknowledged."""
        await until(lambda: ids <= self.acks.keys())

    async def ended(self) -> int | None:
        """Wait until the server has closed; the code."""
        assert self._reading is not None
        async with asyncio.timeout(10):
            await self._reading
        return self.code

    def leave(self) -> None:
        """Be gone, without a word."""
        self._writer.transport.abort()

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await self._reader.read(65_536):
                self._protocol.receive_data(data)
                for frame in self._protocol.events_received():
                    self._note(frame)
                self._writer.write(b"".join(self._protocol.data_to_send()))

    def _note(self, frame: Any) -> None:
        if frame.opcode is Opcode.CLOSE:
            self.code = int.from_bytes(bytes(frame.data[:2]), "big")
            return
        text = bytes(frame.data).decode()
        head, found, body = text.partition("[")
        if head.startswith("43/exam,") and found:
            (self.acks[int(head.removeprefix("43/exam,"))],) = json.loads(found + body)
        elif text.startswith("42/exam,["):
            self.told.append(json.loads(found + body)[0])
        elif text != "2":
            self.raw.append(text)

    def said(self) -> tuple[Any, ...]:
        """All that can be compared."""
        answers = [id_ for id_, ack in self.acks.items() if ack["ok"] and "seq" in ack]
        raw = [alike(json.loads(text[text.index("{") :])) for text in self.raw if "{" in text]
        return alike(self.acks), answers, sorted(self.told), raw


def alike(found: Any) -> Any:
    """What is left of a value without what is somebody's own."""
    if isinstance(found, dict):
        return {key: alike(value) for key, value in found.items() if key not in OWN}
    return [alike(each) for each in found] if isinstance(found, list | tuple) else found
