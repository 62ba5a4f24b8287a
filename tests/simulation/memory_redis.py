"""Redis in memory: the commands the product sends, one at a time; and its scripts, in Python.

`tests/stores/test_ports_contract.py` compares every one of them with a real Valkey.
"""

import copy
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from redis.exceptions import ResponseError

from tests.simulation.memory_streams import Group, Stream, parse

Value = bytes | dict[bytes, bytes] | dict[str, float] | Stream

FULL = ResponseError("OOM command not allowed when used memory > 'maxmemory'.")
READ_ONLY = ResponseError("READONLY You can't write against a read only replica.")


class MemoryRedis:
    """One server process and its data. `now` is its clock in ms; `known` knows what scripts
    do, by their text."""

    def __init__(
        self, run_id: str, now: Callable[[], int], known: "Mapping[bytes, Script]"
    ) -> None:
        self.run_id = run_id
        self.now = now
        self.known = known
        self.data: dict[str, Value] = {}
        self.loaded: dict[str, Script] = {}
        self.id_clock = now
        """The clock that stream ids are made of: one that stands gives the same ids again after
        a loss, which is harsher than life."""
        self.queued: list[tuple[Any, ...]] | None = None
        """Commands since MULTI, of whoever is being served; they go with him."""
        self.refuses: ResponseError | None = None
        """What writes are refused with, if they are."""

    def execute(self, command: tuple[Any, ...]) -> Any:
        """The reply to one command; errors are returned, not raised."""
        name, *arguments = command
        if name in ("MULTI", "EXEC") or self.queued is not None:
            return self._queue(command)
        if self.refuses is not None and name in WRITES:
            return self.refuses
        try:
            return COMMANDS[name](self, *arguments)
        except ResponseError as error:
            return error

    def _queue(self, command: tuple[Any, ...]) -> Any:
        """MULTI, what comes after it, and EXEC."""
        if command[0] == "MULTI":
            self.queued = []
            return b"OK"
        if self.queued is not None and command[0] != "EXEC":
            self.queued.append(command)
            return b"QUEUED"
        queued, self.queued = self.queued, None
        if queued is None:
            return ResponseError("EXEC without MULTI")
        return [self.execute(each) for each in queued]

    def snapshot(self) -> dict[str, Value]:
        """A copy of the data, as a replica or a file has it."""
        return {key: _clone(value) for key, value in self.data.items()}

    def stream(self, key: str) -> Stream:
        """The stream of this name, made when it is missing."""
        found = self.data.get(key)
        if not isinstance(found, Stream):
            found = self.data[key] = Stream()
        return found

    def hash(self, key: str) -> dict[Any, Any]:
        """The hash or sorted set of this name, made when it is missing."""
        found = self.data.setdefault(key, {})
        assert isinstance(found, dict)
        return found

    # --- keys and values --------------------------------------------------------------------------

    def get(self, key: str) -> Value | None:
        return self.data.get(key)

    def set(self, key: str, value: Any) -> bytes:
        self.data[key] = raw(value)
        return b"OK"

    def delete(self, *names: str) -> int:
        return sum(self.data.pop(name, None) is not None for name in names)

    def scan(self, _cursor: Any, _match: str, pattern: str, *_count: Any) -> list[object]:
        found = [raw(key) for key in self.data if key.startswith(pattern.removesuffix("*"))]
        return [b"0", found]

    def exists(self, key: str) -> int:
        return int(key in self.data)

    def flush_all(self) -> bytes:
        self.data.clear()
        return b"OK"

    # --- hashes and sorted sets -------------------------------------------------------------------

    def hset(self, key: str, *pairs: Any) -> int:
        found = self.hash(key)
        before = len(found)
        for at in range(0, len(pairs), 2):
            found[raw(pairs[at])] = raw(pairs[at + 1])
        return len(found) - before

    def hget(self, key: str, field: Any) -> bytes | None:
        found: dict[bytes, bytes] = self.data.get(key, {})  # type: ignore[assignment]
        return found.get(raw(field))

    def hgetall(self, key: str) -> list[bytes]:
        found: dict[bytes, bytes] = self.data.get(key, {})  # type: ignore[assignment]
        return [part for pair in found.items() for part in pair]

    def hmget(self, key: str, *fields: Any) -> list[bytes | None]:
        return [self.hget(key, field) for field in fields]

    def hlen(self, key: str) -> int:
        found = self.data.get(key, {})
        return len(found) if isinstance(found, dict) else 0

    def zadd(self, key: str, *words: Any) -> int:
        if words[0] == "XX":
            return self._zadd_known(key, words[1:])
        found, (score, member) = self.hash(key), words
        new = int(member not in found)
        found[member] = float(score)
        return new

    def _zadd_known(self, key: str, words: tuple[Any, ...]) -> int:
        found: dict[str, float] = self.data.get(key, {})  # type: ignore[assignment]
        for score, member in zip(words[::2], words[1::2], strict=True):
            if member in found:
                found[member] = float(score)
        return 0

    def zrem(self, key: str, member: str) -> int:
        found: dict[str, float] = self.data.get(key, {})  # type: ignore[assignment]
        was = found.pop(member, None)
        if key in self.data and not found:
            del self.data[key]
        return int(was is not None)

    def zrange_by_score(self, key: str, _low: str, high: Any, *limit: Any) -> list[bytes]:
        found: dict[str, float] = self.data.get(key, {})  # type: ignore[assignment]
        ranked = sorted((score, name) for name, score in found.items() if score <= float(high))
        start, count = (int(limit[1]), int(limit[2])) if limit else (0, len(ranked))
        return [name.encode() for _, name in ranked[start : start + count]]

    # --- streams ----------------------------------------------------------------------------------

    def xadd(self, key: str, _id: str, *fields: Any) -> bytes:
        return self.stream(key).add(self.id_clock(), [raw(field) for field in fields])

    def xlen(self, key: str) -> int:
        return len(self.stream(key).entries) if key in self.data else 0

    def xrange(self, key: str, low: Any, high: Any, *count: Any) -> list[list[object]]:
        if key not in self.data:
            return []
        limit = int(count[1]) if count else None
        return self.stream(key).between(parse(raw(low)), parse(raw(high), end=True), limit)

    def xack(self, key: str, group: Any, at: Any) -> int:
        return self.stream(key).acknowledge(raw(group), parse(raw(at))) if key in self.data else 0

    def xdel(self, key: str, at: Any) -> int:
        return self.stream(key).delete(parse(raw(at))) if key in self.data else 0

    def xgroup(self, _create: str, key: str, group: str, _start: str, _make: str) -> bytes:
        groups = self.stream(key).groups
        if raw(group) in groups:
            raise ResponseError("BUSYGROUP Consumer Group name already exists")
        groups[raw(group)] = Group()
        return b"OK"

    def xreadgroup(self, *words: Any) -> Any:
        _group, group, consumer, _count, count, _streams, key, start = words
        stream = self._with_group(key, group)
        if start == ">":
            found = stream.read_new(raw(group), raw(consumer), int(count), self.now())
            return [[raw(key), found]] if found else None
        return [[raw(key), stream.read_own(raw(group), raw(consumer), int(count), self.now())]]

    def xautoclaim(self, key: str, group: str, consumer: str, idle_ms: Any, *rest: Any) -> Any:
        stream = self._with_group(key, group)
        return stream.claim(raw(group), raw(consumer), int(idle_ms), int(rest[2]), self.now())

    def _with_group(self, key: str, group: str) -> Stream:
        stream = self.data.get(key)
        if not isinstance(stream, Stream) or raw(group) not in stream.groups:
            raise ResponseError(f"NOGROUP No such key '{key}' or consumer group '{group}'")
        return stream

    # --- server -----------------------------------------------------------------------------------

    def info(self, *_section: str) -> bytes:
        return f"# Server\r\nrun_id:{self.run_id}\r\n".encode()

    def time(self) -> list[bytes]:
        seconds, ms = divmod(self.now(), 1_000)
        return [b"%d" % seconds, b"%d" % (ms * 1_000)]

    def load(self, _load: str, text: bytes) -> bytes:
        sha = hashlib.sha1(text, usedforsecurity=False).hexdigest()
        self.loaded[sha] = self.known[text]
        return sha.encode()

    def evalsha(self, sha: str, count: int, *rest: Any) -> Any:
        if sha not in self.loaded:
            raise ResponseError("NOSCRIPT No matching script. Please use EVAL.")
        return self.loaded[sha](self, list(rest[:count]), list(rest[count:]))

    def eval(self, text: str, count: int, *rest: Any) -> Any:
        return self.known[text.encode()](self, list(rest[:count]), list(rest[count:]))


Script = Callable[[MemoryRedis, list[str], list[Any]], Any]

COMMANDS: dict[str, Callable[..., Any]] = {
    "GET": MemoryRedis.get,
    "SET": MemoryRedis.set,
    "DEL": MemoryRedis.delete,
    "EXISTS": MemoryRedis.exists,
    "FLUSHALL": MemoryRedis.flush_all,
    "HSET": MemoryRedis.hset,
    "HGET": MemoryRedis.hget,
    "HGETALL": MemoryRedis.hgetall,
    "HMGET": MemoryRedis.hmget,
    "HLEN": MemoryRedis.hlen,
    "ZADD": MemoryRedis.zadd,
    "ZREM": MemoryRedis.zrem,
    "ZRANGEBYSCORE": MemoryRedis.zrange_by_score,
    "XADD": MemoryRedis.xadd,
    "XLEN": MemoryRedis.xlen,
    "XRANGE": MemoryRedis.xrange,
    "XACK": MemoryRedis.xack,
    "XDEL": MemoryRedis.xdel,
    "XGROUP": MemoryRedis.xgroup,
    "XREADGROUP": MemoryRedis.xreadgroup,
    "XAUTOCLAIM": MemoryRedis.xautoclaim,
    "INFO": MemoryRedis.info,
    "TIME": MemoryRedis.time,
    "SCRIPT": MemoryRedis.load,
    "EVALSHA": MemoryRedis.evalsha,
    "EVAL": MemoryRedis.eval,
    "SCAN": MemoryRedis.scan,
    "UNLINK": MemoryRedis.delete,
}

WRITES = frozenset({"SET", "HSET", "ZADD", "XADD", "EVALSHA", "EVAL"})
"""What a server that is full or read-only refuses; reads go on."""


def raw(value: Any) -> bytes:
    """A value as it goes over the wire."""
    if isinstance(value, bytes):
        return value
    return value.encode() if isinstance(value, str) else b"%d" % value


def _clone(value: Value) -> Value:
    if isinstance(value, dict):
        return value.copy()
    return copy.deepcopy(value) if isinstance(value, Stream) else value
