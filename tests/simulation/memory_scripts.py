"""The product's Lua scripts, re-expressed for the Redis in memory. Same order, same replies."""

from pathlib import Path
from typing import Any

from examsync import exams
from examsync.attempts import scripts
from tests.simulation.memory_redis import MemoryRedis, Script, raw
from tests.simulation.memory_streams import Stream, text


def save(redis: MemoryRedis, names: list[str], words: list[Any]) -> bytes:
    """save.lua."""
    epoch, attempt, log, due = names
    if redis.get(epoch) != raw(words[0]):
        return b"life"
    if redis.hlen(attempt) == 1 or redis.hget(attempt, "head") != raw(words[1]):
        return b"head"
    redis.hset(attempt, "head", words[2], *words[6:])
    redis.xadd(log, "*", "f", words[3])
    if words[4] == "-":
        redis.zrem(due, words[5])
    elif words[4] != "":
        redis.zadd(due, words[4], words[5])
    return b"ok"


def create(redis: MemoryRedis, names: list[str], words: list[Any]) -> bytes:
    """create.lua."""
    epoch, attempt, due = names
    if redis.get(epoch) != raw(words[0]):
        return b"life"
    there = redis.hlen(attempt)
    if there > 1:
        return b"there"
    if there == 1 and redis.hget(attempt, "head") != raw(words[4]):
        return b"head"
    redis.hset(attempt, *words[3:])
    if words[1] != "":
        redis.zadd(due, words[1], words[2])
    return b"ok"


def finish(redis: MemoryRedis, names: list[str], words: list[Any]) -> bytes:
    """finish.lua."""
    epoch, log, *attempts = names
    if redis.get(epoch) != raw(words[0]):
        return b"life"
    count = int(words[2])
    for at in words[3 : 3 + count]:
        redis.xack(log, words[1], at)
        redis.xdel(log, at)
    for attempt, durable in zip(attempts, words[3 + count :], strict=True):
        was = redis.hget(attempt, "durable")
        if was is not None and _n(was) < _n(raw(durable)):
            redis.hset(attempt, "durable", durable)
    return b"ok"


def _n(rev: bytes) -> int:
    return int(rev.split(b":")[1])


def begin(redis: MemoryRedis, names: list[str], words: list[Any]) -> Any:
    """begin.lua."""
    epoch, log = names
    was = redis.get(epoch)
    if isinstance(was, bytes) and int(was.split(b":")[0]) >= int(words[0]):
        return was
    stream = redis.data.get(log)
    last = text(stream.last).decode() if isinstance(stream, Stream) else "0-0"
    redis.set(epoch, f"{words[0]}:{words[1]}:{last}:{redis.now()}")
    return redis.get(epoch)


def retire(redis: MemoryRedis, names: list[str], words: list[Any]) -> bytes:
    """retire.lua."""
    epoch, attempt = names
    if redis.get(epoch) != raw(words[0]):
        return b"life"
    if redis.hget(attempt, "head") != raw(words[1]):
        return b"head"
    redis.delete(attempt)
    redis.hset(attempt, "head", words[1])
    return b"ok"


def forget(redis: MemoryRedis, names: list[str], words: list[Any]) -> bytes:
    """forget.lua."""
    if redis.get(names[0]) != raw(words[0]):
        return b"life"
    redis.delete(*names[1:])
    return b"ok"


def raise_n(redis: MemoryRedis, names: list[str], words: list[Any]) -> bytes:
    """raise.lua."""
    was = redis.get(names[0])
    if not isinstance(was, bytes) or int(was) < int(words[0]):
        redis.set(names[0], words[0])
    return b"ok"


RAISE = Path(exams.__file__).with_name("raise.lua").read_bytes()

LIBRARY: dict[bytes, Script] = {
    scripts.SAVE.text: save,
    scripts.CREATE.text: create,
    scripts.FINISH.text: finish,
    scripts.BEGIN.text: begin,
    scripts.RETIRE.text: retire,
    scripts.FORGET.text: forget,
    RAISE: raise_n,
}
