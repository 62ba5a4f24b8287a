"""What processes tell each other: facts that a candidate connected elsewhere must hear of, what
became durable, which exam has new facts. A hint, never the truth: it may be lost.

One capped stream. Who missed something reads attempts again before it trusts what it holds.
"""

import asyncio
from collections import deque
from collections.abc import Callable

import msgspec
from msgspec import Struct

from examsync.infra import keys
from examsync.infra.redis import Line, LineDown
from protocol.facts import Fact, LeaseGranted, Rev, Submitted

STREAM_MAX = 10_000
QUEUE_MAX = 10_000
READ_MAX = 500
BLOCK_MS = 1_000
AGAIN_S = 0.2


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


Told = FactTold | DurableTold | ExamTold

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
        self._queue: deque[Told] = deque()
        self._wake = asyncio.Event()

    async def close(self) -> None:
        """Hang up."""
        await self._tells.close()
        await self._hears.close()

    def tell(self, news: Told) -> None:
        """Queue it for the others; dropped (and counted) when too much waits."""
        if len(self._queue) >= QUEUE_MAX:
            self.dropped += 1
            return
        self._queue.append(news)
        self._wake.set()

    async def run_telling(self) -> None:
        """Send what is queued, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self.send()

    async def send(self) -> None:
        """Send what is queued now; what cannot be sent is dropped and counted."""
        while self._queue:
            batch = [self._queue.popleft() for _ in range(min(READ_MAX, len(self._queue)))]
            add = ("XADD", keys.control(), "MAXLEN", "~", STREAM_MAX, "*", "t")
            try:
                await self._tells.call(*((*add, _encode(news)) for news in batch))
            except LineDown:
                self.dropped += len(batch)
                await asyncio.sleep(AGAIN_S)

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
                told = _decode(fields[1])
                if told.sender != self.sender:
                    self.heard(told)

    async def _end(self) -> bytes:
        found = await self._hears.one("XREVRANGE", keys.control(), "+", "-", "COUNT", 1)
        return found[0][0] if found else b"0-0"


def worth_telling(fact: Fact) -> bool:
    """Whether a candidate connected to another process has to hear of it."""
    return not fact.by.startswith("candidate:") or isinstance(fact.body, LeaseGranted | Submitted)
