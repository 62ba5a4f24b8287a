"""What a restored database needs before servers may start (part of `app`; used by `restore`).

It is older than what clients, and a Redis that lives on, have seen. Epochs are what tells lives of
the data apart, so the next one must be later than any that was ever given; and what that Redis
knows of newer is brought back as its owner would bring it: with receipts.
"""

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator

import asyncpg
import msgspec
from msgspec import Struct

from examsync.app import App
from examsync.attempts import seal
from examsync.attempts.acting import ACTS
from examsync.attempts.answering import answer_effect
from examsync.attempts.attempt import Attempt, Done
from examsync.attempts.desk import Reply
from examsync.attempts.environment import Sitter
from examsync.attempts.pending import Pending
from examsync.attempts.seal import terms
from examsync.attempts.store import parse
from examsync.errors import Unavailable
from examsync.infra import keys
from examsync.infra.redis import Line, LineDown
from protocol.from_client import Act, Answer, Start, Submit

EPOCHS_AHEAD = 1_000
"""Between a backup and its restore Redis began fewer lives than this, certainly; and the number of
an epoch has room for two thousand restores (`finish.lua`)."""
SCAN_COUNT = 1_000
TRIES, AGAIN_S = 40, 0.5
"""A command waits for storage little more than a second; a restore has longer."""
PATIENT_S = 30.0
"""For a reply of Redis: nobody else waits for it."""
ATTEMPTS_AT_ONCE = 100
BY = "admin:restore"
REASON = "brought back from Redis after a restore"
BROUGHT_BACK = frozenset(
    {"start", "submit", "extend", "pause", "resume", "terminate", "submit_for", "reopen"}
)
"""Commands that decide over time and end; of all others Redis has only that they were done."""


class Salvaged(Struct):
    """What Redis knew newer than the database: brought back, and what could not be, by kind."""

    attempts: int = 0
    answers: int = 0
    commands: int = 0
    refused: int = 0
    left: dict[str, int] = {}


async def fence(connection: asyncpg.Connection, partitions: int) -> None:
    """Let every life of Redis from now on be later than any that was before, within the transaction
    that restores; so clients replay all they hold, and an older life's facts are branches. What
    nobody had asked for yet tells that to newer migrations: see `fence_rest`."""
    latest = await connection.fetchval(
        "SELECT greatest((SELECT max(epoch) FROM epochs), (SELECT max(epoch) FROM attempts), 0)"
    )
    epoch, name = latest + EPOCHS_AHEAD, f"restored-{uuid.uuid4().hex}"
    for p in range(partitions):
        await connection.execute(
            "INSERT INTO epochs (partition, epoch, run_id) VALUES ($1, $2, $3)", p, epoch, name
        )
    await connection.execute("UPDATE attempts SET epoch = $1 WHERE epoch > 0", epoch)


async def fence_rest(connection: asyncpg.Connection) -> None:
    """The same for attempts that nobody had asked for when the backup was made, but perhaps since:
    when the schema is the present one."""
    await connection.execute(
        "UPDATE attempts SET epoch = (SELECT max(epoch) FROM epochs) WHERE epoch = 0"
    )


async def names(line: Line, pattern: str) -> AsyncIterator[str]:
    """Keys that match. Raises Unavailable."""
    cursor = b"0"
    while True:
        try:
            cursor, found = await line.one("SCAN", cursor, "MATCH", pattern, "COUNT", SCAN_COUNT)
        except LineDown as error:
            raise Unavailable(str(error)) from error
        for name in found:
            yield name.decode()
        if cursor == b"0":
            return


async def serving(line: Line) -> bool:
    """Whether servers run on this Redis."""
    return bool([name async for name in names(line, keys.process("*"))])


async def lives_on(line: Line) -> bool:
    """Whether this Redis has anything of ours."""
    async for _ in names(line, f"{keys.PREFIX}:*"):
        return True
    return False


async def discard(line: Line, pattern: str = f"{keys.PREFIX}:*") -> int:
    """Remove what matches; how many keys."""
    found = [name async for name in names(line, pattern)]
    for start in range(0, len(found), SCAN_COUNT):
        await line.one("UNLINK", *found[start : start + SCAN_COUNT])
    return len(found)


async def known(line: Line, partitions: int) -> dict[str, Attempt]:
    """The attempts in the latest life of this Redis, with their answers, by id."""
    latest: dict[str, tuple[int, str]] = {}
    for p in range(partitions):
        async for name in names(line, keys.attempts_pattern(p)):
            id_, epoch = name.rpartition(":")[2], keys.epoch_of_attempt(name)
            if epoch > latest.get(id_, (0, ""))[0]:
                latest[id_] = (epoch, name)
    found = {}
    for id_, (epoch, name) in latest.items():
        flat = await line.one("HGETALL", name)
        fields = dict(zip(flat[::2], flat[1::2], strict=True))
        if b"core" in fields:  # a retired one was all in Postgres, and is what it was then
            found[id_] = parse(id_, epoch, fields)
    return found


async def salvage(app: App) -> Salvaged:
    """Bring what an older life of this Redis knows into the restored database. No server may run;
    it may be repeated. Raises Unavailable."""
    partitions = app.config.redis.partitions
    line = Line(app.config.redis.url, timeout_s=PATIENT_S)
    try:
        older = await known(line, partitions)
        for pattern in (keys.exam_n("*"), keys.feed("*"), keys.feed_rows("*"), keys.feed_meta("*")):
            await discard(line, pattern)
    finally:
        await line.close()
    for p in range(partitions):
        await app.store.renew(p, await app.records.latest(p))
    await app.working.flush()  # what was not flushed stands aside of the chains
    said, left = Salvaged(), Counter[str]()
    ids = sorted(older)
    for start in range(0, len(ids), ATTEMPTS_AT_ONCE):
        some = ids[start : start + ATTEMPTS_AT_ONCE]
        await asyncio.gather(*(_one(app, older[id_], said, left) for id_ in some))
        await app.working.flush()
    said.left = dict(left)
    return said


async def _one(app: App, was: Attempt, said: Salvaged, left: Counter[str]) -> None:
    """One attempt; what a busy machine refuses for now is asked for again."""
    asked = 0
    for tries_left in reversed(range(TRIES)):
        reply = await app.attempts.view(was.id)
        if reply.attempt is not None:
            await app.exams.refresh(reply.attempt.seat.exam)
            pending = _missing(app, was, reply.attempt, said if not asked else Salvaged())
            asked = max(asked, len(pending))
            problems = [(await each).problem for each in pending]
        else:
            problems = [reply.problem]
        refused = [each for each in problems if each is not None]
        if not tries_left or not any(each.retry for each in refused):
            break
        await asyncio.sleep(AGAIN_S)
    if reply.attempt is None:  # registered after the backup
        left["attempts"] += 1
        return
    for id_, done in was.commands.items():
        if id_ not in reply.attempt.commands and done.kind not in BROUGHT_BACK | {"join"}:
            left[done.kind] += 1
    said.attempts += bool(asked)
    said.refused += len(refused)


def _missing(app: App, was: Attempt, now: Attempt, said: Salvaged) -> list[Pending[Reply]]:
    """Ask again for what the restored attempt lacks."""
    pending: list[Pending[Reply]] = []
    missing = [(done.n, id_) for id_, done in was.commands.items() if id_ not in now.commands]
    for _, id_ in sorted(missing):
        if was.commands[id_].kind in BROUGHT_BACK:
            pending.append(_command(app, was, id_, was.commands[id_]))
            said.commands += 1
    for item, held in was.responses.items():
        stands = now.responses.get(item)
        if stands is None or stands.version < held.version:
            receipt = seal.receipt(app.keys, was.id, "answer", item, answer_effect(held))
            answer = Answer(held.seq, item, held.response, held.flag, held.spent_ms, receipt)
            pending.append(app.attempts.answer(app.clock.now(), _sitter(was), answer))
            said.answers += 1
    return pending


def _sitter(was: Attempt) -> Sitter:
    return Sitter(was.id, f"candidate:{was.seat.candidate}", was.core.instance, was.core.lease)


def _command(app: App, was: Attempt, id_: str, done: Done) -> Pending[Reply]:
    """Repeat a command as whoever gave it would, with the receipt he was given."""
    receipt = seal.receipt(app.keys, was.id, done.kind, id_, done.effect)
    now = app.clock.now()
    if done.kind == "start":
        return app.attempts.command(now, _sitter(was), Start(id_, receipt))
    if done.kind == "submit":
        return app.attempts.command(now, _sitter(was), Submit(id_, {}, receipt))
    act = _act(was, id_, done, receipt)
    return app.attempts.act(now, Sitter(was.id, BY), act, was.seat.exam)


def _act(was: Attempt, id_: str, done: Done, receipt: str) -> Act:
    body = {"id": id_, "exam": was.seat.exam, "attempts": [was.id], "reason": REASON}
    extra_ms = terms(done.effect).get("extra_ms")
    more = {"extra_ms": extra_ms} if extra_ms is not None else {}
    proofs = {"receipts": {was.id: receipt}}
    act: Act = msgspec.convert({**body, **more, **proofs}, ACTS[done.kind])
    return act
