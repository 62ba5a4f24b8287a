"""Attempts in Redis: one hash each, one log per partition, one round trip per tick.

Writes go their own ways, in order (`writing.py`); loads another, together (a shared line), so that
neither waits for the other, nor a thousand loads for one another. Every new connection first finds
out which life of the data it speaks to (`greet`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from examsync.attempts import scripts
from examsync.attempts.attempt import Attempt, Done, Held, Seat, shared, tight
from examsync.attempts.core import Core
from examsync.attempts.lives import Lives
from examsync.attempts.log import Log
from examsync.attempts.ports import Batch, Entry, Life, Send
from examsync.attempts.saving import head_text
from examsync.attempts.writing import Writing
from examsync.errors import Unavailable
from examsync.infra import keys
from examsync.infra.redis import Command, Line, Reply
from examsync.infra.sharing import SharedLine
from protocol.facts import Rev

LOAD_TIMEOUT_S = 0.4
"""With the write's second before it, a command is answered within 1.5 s whatever Redis does."""
WAYS = 2
"""Pipes for writes. Redis reads some 20 KB of one connection in a turn and syncs before it replies:
a batch of 500 in two halves takes 11 ms instead of 18, and a third less of its processor (four did
no better). While one way's batch is under way, the other's gathers or is settled."""
DUE_BEHIND_MAX = 1_000

_json = msgspec.json.Encoder().encode
_seat = msgspec.json.Decoder(Seat).decode
_core = msgspec.json.Decoder(Core).decode
_held = msgspec.json.Decoder(Held).decode
_done = msgspec.json.Decoder(Done).decode

_HEAD_ONLY = 2
"""An attempt that was retired has left its head: a field and its value."""


class RedisStore:
    """The `Store` of a real Redis. `lives` is shared by all of a process's lines."""

    def __init__(self, url: str, lives: Lives, *, timeout_s: float = 1.0) -> None:
        self._lives = lives
        self.writing = [Writing(url, lives, timeout_s=timeout_s) for _ in range(WAYS)]
        self.ways: Sequence[Send] = [each.send for each in self.writing]
        self.reads = SharedLine(url, timeout_s=LOAD_TIMEOUT_S, greet=lives.greet)
        self._log = Log(Line(url, timeout_s=10 * timeout_s, greet=lives.greet), lives)

    async def close(self) -> None:
        """Hang up."""
        for each in self.writing:
            await each.close()
        await self.reads.close()
        await self._log.close()

    def life(self, p: int) -> Life | None:
        """The life of a partition as last seen."""
        return self._lives.get(p)

    # --- putting back ---------------------------------------------------------------------------

    async def create(self, p: int, attempt: Attempt, due: str) -> bool:
        """Put a rebuilt attempt there unless it is; False if the life changed."""
        return (await self.create_all([(p, attempt, due)]))[0]

    async def create_all(self, wanted: Sequence[tuple[int, Attempt, str]]) -> list[bool]:
        """The same of many, in one round trip; also False for one that Redis did not take."""
        said = await scripts.ask_each(self.reads, *(self._creating(*each) for each in wanted))
        if b"life" in said:
            self._lives.doubt()
        return [reply in (b"ok", b"there") for reply in said]

    def _creating(self, p: int, attempt: Attempt, due: str) -> Command:
        names = [keys.epoch(p), keys.attempt(p, attempt.epoch, attempt.id), keys.due(p)]
        hint = "" if due == "-" else due
        words = [self._known(p).text, hint, attempt.id, *all_fields(attempt)]
        return scripts.CREATE.call(names, words)

    async def hint(self, p: int, attempt_id: str, due: str) -> None:
        """Correct the sweep's hint of an attempt."""
        if due == "-":
            await self._ask(("ZREM", keys.due(p), attempt_id))
        else:
            await self._ask(("ZADD", keys.due(p), due, attempt_id))

    async def put_off(self, p: int, ids: list[str], until: int) -> None:
        """Set these hints, where there are any, to `until`."""
        await self._ask(
            ("ZADD", keys.due(p), "XX", *(word for id_ in ids for word in (until, id_)))
        )

    async def renew(self, p: int, above: int, *, flushing: bool = False) -> None:
        """Claim an epoch later than `above` for the Redis behind the reads, or behind the log."""
        await self._lives.renew(self._log.line if flushing else self.reads, p, above)

    # --- reading --------------------------------------------------------------------------------

    async def load(self, p: int, attempt_id: str) -> Attempt | None:
        """The attempt in this life of Redis; None if it is not there."""
        found = await self.load_all([(p, attempt_id)])
        if attempt_id not in found:
            raise Unavailable("Redis began another life")
        return found[attempt_id]

    async def load_all(self, wanted: Sequence[tuple[int, str]]) -> dict[str, Attempt | None]:
        """The same of many, in one round trip; those are missing that cannot be told of, as their
        partition began another life just now."""
        partitions = list(dict.fromkeys(p for p, _ in wanted))
        if any(self._lives.get(p) is None for p in partitions):
            await self._lives.refresh(self.reads)
        lives = {p: self._known(p) for p in partitions}
        names = (keys.attempt(p, lives[p].epoch, id_) for p, id_ in wanted)
        epochs = (("GET", keys.epoch(p)) for p in partitions)
        replies = await scripts.ask_each(
            self.reads, *epochs, *(("HGETALL", name) for name in names)
        )
        over = {p for p, now in zip(partitions, replies, strict=False) if not _is(lives[p], now)}
        if over:
            self._lives.doubt()
        return {
            id_: _found(id_, lives[p].epoch, fields)
            for (p, id_), fields in zip(wanted, replies[len(partitions) :], strict=True)
            if p not in over and not isinstance(fields, Exception)
        }

    async def standing(self, p: int, attempts: list[Attempt]) -> list[tuple[bool, Rev] | None]:
        """Of each of these attempts whether its head is still that, and up to where it is durable;
        None for one that is not there."""
        names = [keys.attempt(p, attempt.epoch, attempt.id) for attempt in attempts]
        found = await self._ask_all(*(("HMGET", name, "head", "durable") for name in names))
        return [
            (head.decode() == head_text(attempt.n, attempt.head), _rev(durable))
            if durable is not None
            else None
            for attempt, (head, durable) in zip(attempts, found, strict=True)
        ]

    async def backlog_clear(self, p: int) -> bool:
        """Whether everything of older lives has left the log."""
        life = self._known(p)
        found = await self._ask(("XRANGE", keys.log(p), "-", life.backlog, "COUNT", 1))
        return not found

    async def due(self, p: int, now: int, limit: int) -> list[str]:
        """Attempts whose hint says they are due, earliest first."""
        found = await self._ask(
            ("ZRANGEBYSCORE", keys.due(p), "-inf", now, "LIMIT", 0, min(limit, DUE_BEHIND_MAX))
        )
        return [name.decode() for name in found]

    # --- the log ----------------------------------------------------------------------------------

    async def read(self, p: int, consumer: str, limit: int) -> Batch:
        """Entries for this consumer: see `Log.read`."""
        return await self._log.read(p, consumer, limit)

    async def log_hashes(self, p: int) -> set[str]:
        """The hashes of all facts in the log."""
        return await self._log.hashes(p)

    async def finish(
        self, p: int, batch: Batch, done: list[Entry], durable: dict[str, Rev]
    ) -> bool:
        """Acknowledge, remove and note what is durable: see `Log.finish`."""
        return await self._log.finish(p, batch, done, durable)

    async def backlog(self, p: int) -> tuple[int, int | None]:
        """How many facts wait in the log, and since when (ms) the oldest does."""
        count, oldest = await self._ask_all(
            ("XLEN", keys.log(p)), ("XRANGE", keys.log(p), "-", "+", "COUNT", 1)
        )
        return int(count), int(oldest[0][0].split(b"-")[0]) if oldest else None

    # --- inside -----------------------------------------------------------------------------------

    def _known(self, p: int) -> Life:
        life = self._lives.get(p)
        if life is None:
            raise Unavailable("no life of Redis is known yet")
        return life

    async def _ask(self, command: Command) -> Any:
        (reply,) = await self._ask_all(command)
        return reply

    async def _ask_all(self, *commands: Command) -> list[Any]:
        return await scripts.ask(self.reads, *commands)


def all_fields(attempt: Attempt) -> list[str | bytes]:
    """Every field of an attempt's hash."""
    fields: list[str | bytes] = ["head", head_text(attempt.n, attempt.head)]
    fields += ["seat", _json(attempt.seat), "core", _json(attempt.core)]
    fields += ["durable", f"{attempt.durable[0]}:{attempt.durable[1]}", "salt", attempt.salt]
    for item, response in attempt.responses.items():
        fields += [f"r:{item}", _json(response)]
    for key, done in attempt.commands.items():
        fields += [f"c:{key}", _json(done)]
    return fields


def _is(life: Life, now: Reply) -> bool:
    """Whether the epoch key says that this life goes on. Raises Unavailable."""
    if isinstance(now, Exception):
        raise Unavailable(str(now)) from now
    return now is not None and bool(now.decode() == life.text)


def _found(attempt_id: str, epoch: int, fields: list[bytes]) -> Attempt | None:
    if len(fields) <= _HEAD_ONLY:
        return None
    return parse(attempt_id, epoch, dict(zip(fields[::2], fields[1::2], strict=True)))


def parse(attempt_id: str, epoch: int, fields: Mapping[bytes, bytes]) -> Attempt:
    """An attempt from its hash."""
    n, _, head = fields[b"head"].decode().partition(":")
    return Attempt(
        attempt_id,
        _seat(fields[b"seat"]),
        epoch,
        int(n),
        head,
        _core(fields[b"core"]),
        {shared(k[2:].decode()): tight(_held(v)) for k, v in fields.items() if k[:2] == b"r:"},
        {k[2:].decode(): _done(v) for k, v in fields.items() if k.startswith(b"c:")},
        _rev(fields[b"durable"]),
        fields.get(b"salt", b"").decode(),
    )


def _rev(raw: bytes) -> Rev:
    epoch, n = raw.split(b":")
    return int(epoch), int(n)
