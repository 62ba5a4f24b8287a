"""Feeds in Redis: per exam a hash of what stands, a capped stream of what was told, and meta.

Meta holds the generation (one unbroken life of the feed), the run_id of the server it began on and
the version, which is also the id of the stream's last entry. Nothing here is the truth: a feed can
be made anew from Postgres and from what the processes hold, and expires when nobody watches.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from examsync.errors import Unavailable
from examsync.infra import keys
from examsync.infra.redis import Command, Line, LineDown, Reply
from examsync.infra.script import Script
from examsync.monitor.feed import (
    META,
    Answer,
    Heard,
    Meta,
    Standing,
    Telling,
    answer_of,
    checked,
    heard_of,
    meta_of,
    standing_of,
)
from examsync.monitor.piece import Piece

ENTRIES_MAX = 10_000
"""The cap of a stream, and below it: about so many bytes, by the feed's mean entry. A watcher who
was away for longer than it reaches takes a snapshot, which is no larger."""
STREAM_BYTES_MAX = 16_777_216
FEED_LIFE_MS = 600_000
"""A feed that no process has kept for so long is forgotten."""
FILLING_MS = 5_000
"""A process that fills a feed says so again at least this often, or another one does it."""
PROCESS_LIFE_MS = 3_000
"""A process that has not said for so long that it lives is dead; it says so every second."""
RECALL_MAX = 1_000
READ_MAX = 1_000
TIMEOUT_S = 1.0
LOAD_TIMEOUT_S = 10.0
"""10,000 candidates are 20,000 fields and about 6 MB."""

_HERE = Path(__file__).parent
_SCRIPTS = ("feed.lua", "begin.lua", "filled.lua")


class _Address:
    """Where the lines connect to; `run_id`: the server that was found there last."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.run_id = ""


class _Connected:
    """A line that knows which server it speaks to."""

    def __init__(self, address: _Address, scripts: Sequence[Script], timeout_s: float) -> None:
        self._address = address
        self._scripts = scripts
        self.line = Line(address.url, timeout_s=timeout_s, greet=self._greet)
        self.run_id = ""

    async def _greet(self, line: Line) -> None:
        loads = [script.load() for script in self._scripts]
        info = checked(await line.exchange(("INFO", "server"), *loads))[0]
        fields = dict(part.split(":", 1) for part in info.decode().splitlines() if ":" in part)
        self.run_id = self._address.run_id = fields["run_id"]

    async def ask(self, *commands: Command, timeout_s: float | None = None) -> list[Reply]:
        """The replies to commands none of which may fail. Raises Unavailable.

        If another line has since found another server at the address, this one goes there too: of
        two primaries the old one may live on for a while, and what is told there few will hear.
        """
        if self.run_id not in ("", self._address.run_id):
            await self.line.hang_up()
            self.run_id = ""
        try:
            return checked(await self.line.call(*commands, timeout_s=timeout_s))
        except LineDown as error:
            raise Unavailable(str(error)) from error


class FeedStore:
    """The feeds of one Redis, over two lines: one asks and tells, the other waits for news.

    Everything here raises Unavailable when Redis does not answer, or not with what was expected.
    """

    def __init__(self, url: str, *, timeout_s: float = TIMEOUT_S, block_ms: int = 250) -> None:
        self._block_ms = block_ms
        address = _Address(url)
        scripts = [Script(_HERE / name) for name in _SCRIPTS]
        self._feed, self._begin, self._filled = scripts
        self._asks = _Connected(address, scripts, timeout_s)
        self._loads = _Connected(address, (), LOAD_TIMEOUT_S)
        self._hears = _Connected(address, (), timeout_s + block_ms / 1_000)

    async def close(self) -> None:
        """Hang up."""
        for each in (self._asks, self._loads, self._hears):
            await each.line.close()

    @property
    def run_id(self) -> str:
        """The server that was last asked; "" before the first question."""
        return self._asks.run_id

    # --- telling --------------------------------------------------------------------------------

    async def tell(self, tellings: Sequence[Telling]) -> list[Answer | None]:
        """One entry each, without pieces that are not newer than what stands; None where there
        is no feed, so nobody to tell."""
        commands = [self._feed_call("tell", telling) for telling in tellings]
        return [answer_of(reply) for reply in await self._asks.ask(*commands)]

    async def fill(self, exam: str, pieces: Sequence[Piece]) -> Answer | None:
        """Let pieces stand where nothing newer does, without telling as long as the feed is not
        `filled`; and hold `filling`."""
        reply, _ = await self._asks.ask(
            self._feed_call("fill", Telling(exam, pieces, 0)),
            ("PEXPIRE", keys.feed_filling(exam), FILLING_MS),
        )
        return answer_of(reply)

    async def generations(self, exams: Sequence[str]) -> list[str | None]:
        """The present generation of each exam's feed; None where there is no feed."""
        if not exams:
            return []
        gets = [("HGET", keys.feed_meta(exam), "generation") for exam in exams]
        return [None if found is None else found.decode() for found in await self._asks.ask(*gets)]

    # --- a feed's life --------------------------------------------------------------------------

    async def meta(self, exam: str) -> Meta | None:
        """The feed's present life; None if there is none."""
        (found,) = await self._asks.ask(("HMGET", keys.feed_meta(exam), *META))
        return meta_of(found, self._asks.run_id)

    async def begin(self, exam: str, was: str, generation: str) -> str:
        """Begin `generation`, unless the present one is another than `was`; the present one then.

        It is bound to the server last asked.
        """
        arguments = [was, generation, self.run_id, FEED_LIFE_MS]
        (found,) = await self._asks.ask(self._begin.call(feed_keys(exam), arguments))
        return str(found.decode())

    async def claim_filling(self, exam: str, process: str) -> bool:
        """Whether it is this process that fills the feed now."""
        (other,) = await self._asks.ask(
            ("SET", keys.feed_filling(exam), process, "NX", "GET", "PX", FILLING_MS)
        )
        return other in (None, process.encode())

    async def filled(self, exam: str, generation: str, exam_n: int) -> None:
        """Everything that Postgres knows has been put in, in this generation if it is the present
        one, as of the exam's fact `exam_n`; free to others."""
        await self._asks.ask(
            self._filled.call((keys.feed_meta(exam),), (generation, exam_n)),
            ("DEL", keys.feed_filling(exam)),
        )

    async def filled_as_of(self, exam: str, generation: str) -> int:
        """As of which fact of the exam all rows were last read, in this generation."""
        (found,) = await self._asks.ask(("HGET", keys.feed_meta(exam), "as_of"))
        of, _, exam_n = (found or b"").decode().partition(":")
        return int(exam_n) if of == generation else 0

    async def standing(self, exam: str) -> Standing | None:
        """The whole feed as of one version; None if there is none."""
        meta, rows, feed = feed_keys(exam)
        *_, found = await self._loads.ask(
            ("MULTI",),
            ("HMGET", meta, *META),
            ("HVALS", rows),
            ("XREVRANGE", feed, "+", "-", "COUNT", RECALL_MAX),
            ("EXEC",),
        )
        return standing_of(found, self._loads.run_id)

    async def keep(self, exams: Sequence[str]) -> None:
        """These exams are watched: their feeds live on."""
        names = [name for exam in exams for name in feed_keys(exam)]
        if names:
            await self._asks.ask(*(("PEXPIRE", name, FEED_LIFE_MS) for name in names))

    # --- hearing --------------------------------------------------------------------------------

    async def hear(self, positions: Mapping[str, int]) -> dict[str, Heard]:
        """Wait a moment for entries after these versions; all that came, and each feed's meta."""
        exams = list(positions)
        feeds = [keys.feed(exam) for exam in exams]
        read = ("XREAD", "COUNT", READ_MAX, "BLOCK", self._block_ms, "STREAMS")
        found, *metas = await self._hears.ask(
            (*read, *feeds, *(f"{positions[exam]}-0" for exam in exams)),
            *(("HMGET", keys.feed_meta(exam), *META) for exam in exams),
        )
        streams = dict(found or ())
        return {
            exam: heard_of(streams, feed, meta, self._hears.run_id)
            for exam, feed, meta in zip(exams, feeds, metas, strict=True)
        }

    # --- processes ------------------------------------------------------------------------------

    async def beat(self, process: str) -> bool:
        """This process lives. False when it had been silent for so long that others may have
        taken it for dead (or it is new)."""
        (was,) = await self._asks.ask(
            ("SET", keys.process(process), "1", "PX", PROCESS_LIFE_MS, "GET")
        )
        return was is not None

    async def alive(self, processes: Sequence[str]) -> set[str]:
        """Those of them that live."""
        if not processes:
            return set()
        found = await self._asks.ask(*(("EXISTS", keys.process(each)) for each in processes))
        return {process for process, there in zip(processes, found, strict=True) if there}

    def _feed_call(self, how: str, telling: Telling) -> Command:
        arguments: list[Any] = [how, FEED_LIFE_MS, ENTRIES_MAX, STREAM_BYTES_MAX, telling.at]
        for piece in telling.pieces:
            arguments += piece.told()
        return self._feed.call(feed_keys(telling.exam), arguments)


def feed_keys(exam: str) -> tuple[str, str, str]:
    """Meta, rows and stream of an exam's feed; they share a hash tag."""
    return keys.feed_meta(exam), keys.feed_rows(exam), keys.feed(exam)
