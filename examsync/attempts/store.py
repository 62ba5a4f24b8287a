"""Attempts in Redis: one hash each, one log per partition, one round trip per tick.

Writes go one way, in order (a pipe); loads another, together (a shared line), so that neither waits
for the other, nor a thousand loads for one another. Every new connection first finds out which
life of the data it speaks to (`greet`).
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from examsync.attempts import scripts
from examsync.attempts.attempt import Attempt, Done, Held, Seat, command_key
from examsync.attempts.core import Core
from examsync.attempts.lives import Lives
from examsync.attempts.log import Log
from examsync.attempts.ports import Batch, Check, Entry, Life, Outcome, Save
from examsync.errors import Unavailable
from examsync.infra import keys
from examsync.infra.redis import Command, Line, Reply
from examsync.infra.redis_pipe import Pipe, pack
from examsync.infra.sharing import SharedLine
from protocol.facts import AnswerSaved, Rev

LOAD_TIMEOUT_S = 0.4
"""With the write's second before it, a command is answered within 1.5 s whatever Redis does."""
DUE_BEHIND_MAX = 1_000

_json = msgspec.json.Encoder().encode
_seat = msgspec.json.Decoder(Seat).decode
_core = msgspec.json.Decoder(Core).decode
_held = msgspec.json.Decoder(Held).decode
_done = msgspec.json.Decoder(Done).decode

_CHECK_REPLIES = 3
_HEAD_ONLY = 2
"""An attempt that was retired has left its head: a field and its value."""


class RedisStore:
    """The `Store` of a real Redis. `lives` is shared by all of a process's lines."""

    def __init__(self, url: str, lives: Lives, *, timeout_s: float = 1.0) -> None:
        self._lives = lives
        self._pipe = Pipe(url, timeout_s=timeout_s, greet=lives.greet)
        self.reads = SharedLine(url, timeout_s=LOAD_TIMEOUT_S, greet=lives.greet)
        self._log = Log(Line(url, timeout_s=10 * timeout_s, greet=lives.greet), lives)

    async def close(self) -> None:
        """Hang up."""
        await self._pipe.close()
        await self.reads.close()
        await self._log.close()

    def life(self, p: int) -> Life | None:
        """The life of a partition as last seen."""
        return self._lives.get(p)

    # --- writing --------------------------------------------------------------------------------

    def send(self, batch: list[Save | Check], done: Callable[[list[Outcome]], None]) -> None:
        """All of it in one round trip, in order; `done` hears what became of each."""
        packed: list[bytes] = []
        for item in batch:
            if isinstance(item, Save):
                packed.append(pack(save_command(item)))
            else:
                packed += map(pack, check_commands(item))
        self._pipe.send(b"".join(packed), len(packed), functools.partial(self._sent, batch, done))

    def _sent(
        self,
        batch: list[Save | Check],
        done: Callable[[list[Outcome]], None],
        replies: list[Reply] | None,
    ) -> None:
        if replies is None:
            done([Outcome.UNKNOWN] * len(batch))
        elif len(replies) == len(batch) == replies.count(b"ok"):  # as nearly always
            done([Outcome.OK] * len(batch))
        else:
            done(self._outcomes(batch, replies))

    def _outcomes(self, batch: list[Save | Check], replies: list[Reply]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        at = 0
        for item in batch:
            if isinstance(item, Save):
                outcomes.append(save_outcome(replies[at]))
                at += 1
            else:
                outcomes.append(check_outcome(item, replies[at : at + _CHECK_REPLIES]))
                at += _CHECK_REPLIES
        if Outcome.LIFE in outcomes:
            self._lives.doubt()
        return outcomes

    async def create(self, p: int, attempt: Attempt, due: str) -> bool:
        """Put a rebuilt attempt there unless it is; False if the life changed."""
        life = self._known(p)
        names = [
            keys.epoch(p),
            keys.attempt(p, attempt.epoch, attempt.id),
            keys.due(p),
        ]
        hint = "" if due == "-" else due
        said = await self._ask(
            scripts.CREATE.call(names, [life.text, hint, attempt.id, *all_fields(attempt)])
        )
        if said == b"life":
            self._lives.doubt()
        return bool(said not in (b"life", b"head"))

    async def hint(self, p: int, attempt_id: str, due: str) -> None:
        """Correct the sweep's hint of an attempt."""
        if due == "-":
            await self._ask(("ZREM", keys.due(p), attempt_id))
        else:
            await self._ask(("ZADD", keys.due(p), due, attempt_id))

    async def renew(self, p: int, above: int, *, flushing: bool = False) -> None:
        """Claim an epoch later than `above` for the Redis behind the reads, or behind the log."""
        await self._lives.renew(self._log.line if flushing else self.reads, p, above)

    # --- reading --------------------------------------------------------------------------------

    async def load(self, p: int, attempt_id: str) -> Attempt | None:
        """The attempt in this life of Redis; None if it is not there."""
        if self._lives.get(p) is None:
            await self._lives.refresh(self.reads)
        life = self._known(p)
        life_now, fields = await self._ask_all(
            ("GET", keys.epoch(p)), ("HGETALL", keys.attempt(p, life.epoch, attempt_id))
        )
        if life_now is None or life_now.decode() != life.text:
            self._lives.doubt()
            raise Unavailable("Redis began another life")
        if len(fields) <= _HEAD_ONLY:
            return None
        return parse(attempt_id, life.epoch, dict(zip(fields[::2], fields[1::2], strict=True)))

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


def save_command(save: Save) -> Command:
    """The one script call that writes a fact."""
    attempt = save.after
    p, epoch = save.life.p, save.life.epoch
    names = [keys.epoch(p), keys.attempt(p, epoch, attempt.id), keys.log(p), keys.due(p)]
    arguments: list[str | bytes] = [
        save.life.text,
        head_text(save.before.n, save.before.head),
        head_text(attempt.n, attempt.head),
        _json(save.fact),
        save.due,
        attempt.id,
        *changed_fields(save),
    ]
    return scripts.SAVE.call(names, arguments)


def changed_fields(save: Save) -> list[str | bytes]:
    """The hash's fields that a fact changes, with their values."""
    fact, after = save.fact, save.after
    fields: list[str | bytes] = []
    if isinstance(fact.body, AnswerSaved):
        fields += [f"r:{fact.body.item}", _json(after.responses[fact.body.item])]
    if after.core is not save.before.core:
        fields += ["core", _json(after.core)]
    key = command_key(fact)
    if key is not None:  # perhaps one that was there: a join that had to wait keeps its id
        fields += [f"c:{key}", _json(after.commands[key])]
    return fields


def save_outcome(reply: Reply) -> Outcome:
    """What the save script's reply means."""
    if isinstance(reply, Exception):
        text = str(reply)
        full = "OOM" in text or "maxmemory" in text
        return Outcome.FULL if full else Outcome.REFUSED
    return _SAVED.get(reply, Outcome.UNKNOWN)


_SAVED = {b"ok": Outcome.OK, b"head": Outcome.HEAD, b"life": Outcome.LIFE}


def check_commands(check: Check) -> list[Command]:
    """What a reply that writes nothing compares before it is given."""
    p = check.life.p
    return [
        ("GET", keys.epoch(p)),
        ("HGET", keys.attempt(p, check.life.epoch, check.attempt.id), "head"),
        ("GET", keys.exam_n(check.attempt.seat.exam)),
    ]


def check_outcome(check: Check, replies: list[Reply]) -> Outcome:
    """Whether what was decided on still stands."""
    life, head, exam_n = replies
    if any(isinstance(reply, Exception) for reply in replies):
        return Outcome.REFUSED
    if life is None or life.decode() != check.life.text:
        return Outcome.LIFE
    if head is None or head.decode() != head_text(check.attempt.n, check.attempt.head):
        return Outcome.HEAD
    if exam_n is None or int(exam_n) > check.exam_n:
        return Outcome.EXAM
    return Outcome.OK


def head_text(n: int, head: str) -> str:
    """The `head` field: which fact is the last, and its hash."""
    return f"{n}:{head}"


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


def parse(attempt_id: str, epoch: int, fields: Mapping[bytes, bytes]) -> Attempt:
    """An attempt from its hash."""
    n, _, head = fields[b"head"].decode().partition(":")
    durable = fields[b"durable"].decode().split(":")
    return Attempt(
        attempt_id,
        _seat(fields[b"seat"]),
        epoch,
        int(n),
        head,
        _core(fields[b"core"]),
        {k[2:].decode(): _held(v) for k, v in fields.items() if k.startswith(b"r:")},
        {k[2:].decode(): _done(v) for k, v in fields.items() if k.startswith(b"c:")},
        (int(durable[0]), int(durable[1])),
        fields.get(b"salt", b"").decode(),
    )
