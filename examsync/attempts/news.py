"""What processes tell each other: facts that a candidate connected elsewhere must hear of, what
became durable, which exam has new facts. A hint, never the truth: it may be lost.

One short stream. Every sender counts its words, so whoever missed one knows, and reads attempts
again before it trusts what it holds.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from examsync.infra import keys
from examsync.infra.redis import Command, Line, LineDown
from protocol.facts import Fact, LeaseGranted, Rev, Submitted

STREAM_MAX = 10_000
KEPT_MS = 60_000
"""Words older than this are nobody's news; thousands of `DurableTold` would fill Redis."""
QUEUE_MAX = 10_000
READ_MAX = 500
BLOCK_MS = 1_000
AGAIN_S = 0.2
SENDERS_MAX = 1_000
"""Processes whose count is remembered; of a forgotten one the next word is taken for a gap."""


class FactTold(Struct, frozen=True, tag="fact"):
    """A fact that somebody else than its attempt's candidate made."""

    sender: str
    fact: Fact


class DurableTold(Struct, frozen=True, tag="durable"):
    """Up to which fact attempts are in Postgres."""

    sender: str
    durable: dict[str, Rev]


class ExamTold(Struct, frozen=True, tag="exam"):
    """An exam has new facts, or another status."""

    sender: str
    exam: str


class ResultsTold(Struct, frozen=True, tag="results"):
    """Results of these attempts can be seen now."""

    sender: str
    attempts: list[str]


class SeatsTold(Struct, frozen=True, tag="seats"):
    """What was planned for these attempts has changed."""

    sender: str
    attempts: list[str]


Told = FactTold | DurableTold | ExamTold | ResultsTold | SeatsTold

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Told).decode


class News:
    """Tells and hears. `heard` is called with what others told, `missed` after a gap."""

    def __init__(
        self,
        url: str,
        sender: str,
        heard: Callable[[Told], None],
        missed: Callable[[], None],
    ) -> None:
        self.sender = sender
        self.heard = heard
        self.missed = missed
        self.dropped = 0
        self._tells = Line(url)
        self._hears = Line(url, timeout_s=3 + BLOCK_MS / 1_000)
        self._queue: deque[tuple[int, Told]] = deque()
        self._told = 0
        self._oldest_ms = 0
        self._sending = asyncio.Lock()
        self._wake = asyncio.Event()
        self._counts: dict[str, int] = {}

    async def close(self) -> None:
        """Hang up."""
        await self._tells.close()
        await self._hears.close()

    # --- telling ----------------------------------------------------------------------------------

    def tell(self, news: Told) -> None:
        """Queue it for the others; dropped (they will notice) when too much waits."""
        self._told += 1
        if len(self._queue) >= QUEUE_MAX:
            self.dropped += 1
            return
        self._queue.append((self._told, news))
        self._wake.set()

    async def run_telling(self) -> None:
        """Send what is queued, for ever."""
        while True:
            await self._wake.wait()
            if await self.send():
                self._wake.clear()
            else:
                await asyncio.sleep(AGAIN_S)

    async def send(self) -> bool:
        """Send what is queued. False if Redis cannot be reached: what waits stays, and what may
        or may not have been said will be said again."""
        async with self._sending:
            while self._queue:
                batch = [self._queue[at] for at in range(min(READ_MAX, len(self._queue)))]
                trim = ("XTRIM", keys.control(), "MINID", "~", self._oldest_ms)
                try:
                    replies = await self._tells.call(trim, *(_entry(n, news) for n, news in batch))
                except LineDown:
                    return False
                for reply in replies[1:]:
                    self._queue.popleft()
                    self._sent(reply)
            return True

    def _sent(self, reply: Any) -> None:
        if isinstance(reply, Exception):  # Redis is full, or a replica
            self.dropped += 1
        else:
            self._oldest_ms = max(0, int(reply.split(b"-")[0]) - KEPT_MS)

    # --- hearing ----------------------------------------------------------------------------------

    async def run_hearing(self) -> None:
        """Hear what others tell, for ever."""
        last = b""
        while True:
            try:
                if not last:
                    last = await self._end()
                    self.missed()
                reply = await self._hears.one(
                    "XREAD", "COUNT", READ_MAX, "BLOCK", BLOCK_MS, "STREAMS", keys.control(), last
                )
            except LineDown:
                last = b""  # another server, perhaps, whose entries have other ids
                await asyncio.sleep(AGAIN_S)
                continue
            for at, fields in reply[0][1] if reply else []:
                last = at
                self._hear(fields)

    async def _end(self) -> bytes:
        found = await self._hears.one("XREVRANGE", keys.control(), "+", "-", "COUNT", 1)
        return found[0][0] if found else b"0-0"

    def _hear(self, fields: list[bytes]) -> None:
        try:
            _, count, _, word = fields
            told, n = _decode(word), int(count)
        except (msgspec.DecodeError, ValueError, RecursionError):  # of a newer version, or no word
            self.missed()
            return
        if told.sender == self.sender:
            return
        before = self._counts.pop(told.sender, 0)
        self._counts[told.sender] = max(n, before)
        if len(self._counts) > SENDERS_MAX:
            del self._counts[next(iter(self._counts))]
        if n <= before:
            return  # said again
        if n > before + 1:
            self.missed()
        self.heard(told)


def _entry(n: int, news: Told) -> Command:
    return ("XADD", keys.control(), "MAXLEN", "~", STREAM_MAX, "*", "n", n, "t", _encode(news))


def worth_telling(fact: Fact) -> bool:
    """Whether a candidate connected to another process has to hear of it."""
    return type(fact.body) in _TOLD or not fact.by.startswith("candidate:")


_TOLD = (LeaseGranted, Submitted)
