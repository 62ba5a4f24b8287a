"""What the monitor's feeds need of the Redis in memory: values that expire, transactions, XREAD,
and its scripts, re-expressed."""

from pathlib import Path
from typing import Any

from examsync import monitor
from tests.simulation.memory_redis import COMMANDS, MemoryRedis, Script, raw
from tests.simulation.memory_streams import parse

ENTRIES_LEAST = 100


class Leased(bytes):
    """A value that is gone at `until` (ms)."""

    until: int


def there(redis: MemoryRedis, key: str) -> Any:
    """The value of a key, if it has not expired."""
    value = redis.data.get(key)
    if isinstance(value, Leased) and value.until <= redis.now():
        del redis.data[key]
        return None
    return value


def get(redis: MemoryRedis, key: str) -> Any:
    """GET."""
    return there(redis, key)


def exists(redis: MemoryRedis, key: str) -> int:
    """EXISTS."""
    return int(there(redis, key) is not None)


def set_value(redis: MemoryRedis, key: str, value: Any, *options: Any) -> Any:
    """SET, with NX, GET and PX."""
    was = there(redis, key)
    kept = "NX" in options and was is not None
    if not kept and "PX" in options:
        leased = redis.data[key] = Leased(raw(value))
        leased.until = redis.now() + int(options[options.index("PX") + 1])
    elif not kept:
        redis.data[key] = raw(value)
    return was if "GET" in options else None if kept else b"OK"


def expire(redis: MemoryRedis, key: str, ms: Any) -> int:
    """PEXPIRE, of values; what lives for minutes outlives every run."""
    value = there(redis, key)
    if isinstance(value, Leased):
        value.until = redis.now() + int(ms)
    return int(value is not None)


def hvals(redis: MemoryRedis, key: str) -> list[bytes]:
    """HVALS."""
    return list(redis.hash(key).values()) if key in redis.data else []


def xrevrange(redis: MemoryRedis, key: str, high: Any, low: Any, *count: Any) -> Any:
    """XREVRANGE."""
    found = redis.xrange(key, low, high)[::-1]
    return found[: int(count[1])] if count else found


def xread(redis: MemoryRedis, *words: Any) -> Any:
    """XREAD; its waiting is done by the host."""
    at = words.index("STREAMS") + 1
    half = (len(words) - at) // 2
    found = []
    for key, after in zip(words[at : at + half], words[at + half :], strict=True):
        ms, count = parse(raw(after))
        new = redis.xrange(key, b"%d-%d" % (ms, count + 1), "+")
        if new:
            found.append([raw(key), new])
    return found or None


def waits(command: tuple[Any, ...]) -> float:
    """For how long (s) a command waits for news, if there are none."""
    return command[command.index("BLOCK") + 1] / 1_000 if command[0] == "XREAD" else 0.0


def begin(redis: MemoryRedis, names: list[str], words: list[Any]) -> bytes:
    """monitor/begin.lua."""
    generation = redis.hget(names[0], "generation")
    if generation is not None and generation != raw(words[0]):
        return generation
    redis.delete(*names)
    redis.hset(names[0], "generation", words[1], "run_id", words[2], "version", 0)
    return raw(words[1])


def filled(redis: MemoryRedis, names: list[str], words: list[Any]) -> int:
    """monitor/filled.lua."""
    generation = raw(words[0])
    if redis.hget(names[0], "generation") != generation:
        return 0
    as_of = b"%b:%b" % (generation, raw(words[1]))
    redis.hset(names[0], "filled", generation, "as_of", as_of)
    return 1


def feed(redis: MemoryRedis, names: list[str], words: list[Any]) -> Any:
    """monitor/feed.lua."""
    meta, rows, stream = names
    generation = redis.hget(meta, "generation")
    if generation is None:
        return None
    quiet = words[0] == "fill" and redis.hget(meta, "filled") != generation
    told: list[bytes] = []
    outdone: list[Any] = []
    for number, at in enumerate(range(5, len(words), 4)):
        standing = _stand(redis, rows, [raw(word) for word in words[at : at + 4]], told)
        if standing is not None:
            outdone += [number, standing]
    version = int(redis.hget(meta, "version") or b"0")
    if told and not quiet:
        version += 1
        redis.hset(meta, "version", version)
        _append(redis, stream, version, [b"generation", generation, b"at", raw(words[4]), *told])
    return [generation, b"%d" % version, *outdone]


def _stand(redis: MemoryRedis, rows: str, piece: list[bytes], told: list[bytes]) -> bytes | None:
    """Let a piece stand unless something newer does, whose rev is returned then."""
    field, rev, label, body = piece
    tag, where = label[:1], label[1:]
    who = where.partition(b"|")[0]
    if tag == b"g":
        return None if _leave(redis, rows, who, told) else b""
    was = _standing(redis, rows, field)
    if was is not None and was[0] >= rev:
        return was[0]
    row = _standing(redis, rows, who + b":r") if tag == b"c" else None
    where = where if row is None else row[1]
    if field:
        redis.hset(rows, field, rev + tag + where + b"\n" + body)
    if tag == b"c" and was is not None and was[1] != where:
        told += [b"g" + was[1], b""]
    if tag == b"r":
        _move(redis, rows, (who, where, None if was is None else was[1]), told)
    if was is None or was[1:] != (where, body):
        told += [tag + where, body]
    return None


def _standing(redis: MemoryRedis, rows: str, field: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Rev, label without its tag, body."""
    value = redis.hget(rows, field) if field else None
    if value is None:
        return None
    said = value.lstrip(b"0123456789")
    label, _, body = said.rpartition(b"\n")
    return value[: len(value) - len(said)], label[1:], body


def _move(
    redis: MemoryRedis,
    rows: str,
    moved: tuple[bytes, bytes, bytes | None],
    told: list[bytes],
) -> None:
    """Somebody's connection goes with his row."""
    who, where, was = moved
    connection = _standing(redis, rows, who + b":c")
    along = connection is not None and connection[1] != where
    if was is not None and was != where:
        told += [b"g" + was, b""]
    if connection is not None and along:
        rev, at, body = connection
        if at != was:
            told += [b"g" + at, b""]
        redis.hset(rows, who + b":c", rev + b"c" + where + b"\n" + body)
        told += [b"c" + where, body]


def _leave(redis: MemoryRedis, rows: str, who: bytes, told: list[bytes]) -> bool:
    """Nothing of somebody stands any more; whether anything did."""
    fields = (who + b":r", who + b":c")
    found = [each for each in (_standing(redis, rows, field) for field in fields) if each]
    for field in fields:
        redis.hash(rows).pop(field, None)
    for where in dict.fromkeys(each[1] for each in found):
        told += [b"g" + where, b""]
    return bool(found)


def _append(redis: MemoryRedis, key: str, version: int, fields: list[bytes]) -> None:
    stream = redis.stream(key)
    stream.entries[(version, 0)] = fields
    stream.last = (version, 0)
    while len(stream.entries) > ENTRIES_LEAST:
        del stream.entries[next(iter(stream.entries))]


_HERE = Path(monitor.__file__).parent
SCRIPTS: dict[bytes, Script] = {
    (_HERE / "feed.lua").read_bytes(): feed,
    (_HERE / "begin.lua").read_bytes(): begin,
    (_HERE / "filled.lua").read_bytes(): filled,
}
COMMANDS.update(
    {
        "GET": get,
        "EXISTS": exists,
        "SET": set_value,
        "PEXPIRE": expire,
        "HVALS": hvals,
        "XREVRANGE": xrevrange,
        "XREAD": xread,
    }
)
