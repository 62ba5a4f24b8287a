"""The log of a partition in Redis: facts that are not durable yet, handed to flushers.

A consumer group hands every entry to one flusher; what a dead one held is claimed by another.
"""

from typing import Any

import msgspec
from redis.exceptions import ResponseError

from examsync.attempts import scripts
from examsync.attempts.lives import Lives
from examsync.attempts.ports import Batch, Entry, Life
from examsync.errors import Unavailable
from examsync.infra import keys
from examsync.infra.redis import Command, Line, LineDown
from protocol.facts import Fact, Rev

GROUP = "postgres"
ABANDONED_MS = 5_000
"""Entries a flusher has held for so long are handed to another; it may be paused, not dead."""
ATTEMPTS_PER_FINISH_MAX = 2_000

_fact = msgspec.json.Decoder(Fact).decode


class Log:
    """The flusher's side of Redis, on a line of its own."""

    def __init__(self, line: Line, lives: Lives) -> None:
        self.line = line
        self._lives = lives

    async def close(self) -> None:
        """Hang up."""
        await self.line.close()

    async def read(self, p: int, consumer: str, limit: int) -> Batch:
        """This consumer's pending entries, abandoned ones and new ones, in the log's order."""
        log = keys.log(p)
        if self._lives.get(p) is None:
            await self._lives.refresh(self.line)
        life_text, own, abandoned, fresh = await self._ask(
            p,
            ("GET", keys.epoch(p)),
            ("XREADGROUP", "GROUP", GROUP, consumer, "COUNT", limit, "STREAMS", log, "0"),
            ("XAUTOCLAIM", log, GROUP, consumer, ABANDONED_MS, "0-0", "COUNT", limit),
            ("XREADGROUP", "GROUP", GROUP, consumer, "COUNT", limit, "STREAMS", log, ">"),
        )
        life = self._life(p, life_text)
        rows = [*_stream(own), *(abandoned[1] or []), *_stream(fresh)]
        entries = {row[0]: row[1] for row in rows if row[1]}
        ordered = sorted(entries, key=_place)
        return Batch(life, [Entry(at.decode(), _fact(_value(entries[at], b"f"))) for at in ordered])

    async def hashes(self, p: int) -> set[str]:
        """The hashes of all facts in the log."""
        (rows,) = await self._ask(p, ("XRANGE", keys.log(p), "-", "+"))
        return {_fact(_value(row[1], b"f")).hash for row in rows}

    async def finish(
        self, p: int, batch: Batch, done: list[Entry], durable: dict[str, Rev]
    ) -> bool:
        """Acknowledge and remove entries and note what is durable, in one script."""
        ids = sorted(durable)
        names = [keys.epoch(p), keys.log(p)]
        names += [keys.attempt(p, batch.life.epoch, attempt) for attempt in ids]
        arguments: list[Any] = [batch.life.text, GROUP, len(done)]
        arguments += [entry.at for entry in done]
        arguments += [f"{durable[attempt][0]}:{durable[attempt][1]}" for attempt in ids]
        (said,) = await self._ask(p, scripts.FINISH.call(names, arguments))
        return bool(said == b"ok")

    def _life(self, p: int, raw: bytes | None) -> Life:
        life = self._lives.get(p)
        if life is None or raw is None or raw.decode() != life.text:
            self._lives.doubt()
            raise Unavailable("Redis began another life")
        return life

    async def _ask(self, p: int, *commands: Command) -> list[Any]:
        """Ask; make the consumer group first where it is missing."""
        for _ in range(2):
            try:
                replies = await self.line.call(*commands)
            except LineDown as error:
                raise Unavailable(str(error)) from error
            wrong = [reply for reply in replies if isinstance(reply, Exception)]
            if not wrong:
                return replies
            if not any("NOGROUP" in str(error) for error in wrong):
                raise Unavailable(str(wrong[0])) from wrong[0]
            await self._make_group(p)
        raise Unavailable("the log's consumer group cannot be made")

    async def _make_group(self, p: int) -> None:
        command = ("XGROUP", "CREATE", keys.log(p), GROUP, "0", "MKSTREAM")
        try:
            await self.line.one(*command)
        except LineDown as error:
            raise Unavailable(str(error)) from error
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise Unavailable(str(error)) from error


def _stream(reply: Any) -> list[Any]:
    """The entries in a reply to XREADGROUP on one stream."""
    return list(reply[0][1]) if reply else []


def _place(at: bytes) -> tuple[int, int]:
    ms, _, count = at.partition(b"-")
    return int(ms), int(count)


def _value(fields: list[bytes], name: bytes) -> bytes:
    return fields[fields.index(name) + 1]
