"""The Redis of the simulation does what a real one does: commands, streams, our scripts.

Test bodies run on both; what is random is drawn from a seed, done to both and compared.
"""

import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from examsync.attempts import scripts
from tests.stores.twins import RealRedis, RedisInMemory, RedisTwin

KINDS = ["memory", "real"]


@pytest.fixture(params=KINDS)
async def redis(request: pytest.FixtureRequest, redis_url: str) -> AsyncIterator[RedisTwin]:
    """An empty Redis."""
    if request.param == "memory":
        yield RedisInMemory()
        return
    real = RealRedis(redis_url)
    yield real
    await real.line.close()


# --- streams --------------------------------------------------------------------------------------


async def add(redis: RedisTwin, *texts: str) -> list[bytes]:
    """Entries in the log, and its group; their ids."""
    at = await redis.do(*[("XADD", "log", "*", "f", text) for text in texts])
    await redis.do(("XGROUP", "CREATE", "log", "g", "0", "MKSTREAM"))
    return at


def read(consumer: str, start: str, count: int = 10) -> tuple[Any, ...]:
    """A flusher's read."""
    return ("XREADGROUP", "GROUP", "g", consumer, "COUNT", count, "STREAMS", "log", start)


def claim(consumer: str, idle_ms: int, count: int = 10) -> tuple[Any, ...]:
    """A flusher's claim of what others have held for so long."""
    return ("XAUTOCLAIM", "log", "g", consumer, idle_ms, "0-0", "COUNT", count)


async def test_each_entry_goes_to_one_consumer_and_stays_its_own(redis: RedisTwin) -> None:
    a, b, c = await add(redis, "1", "2", "3")
    first, second, none, own = await redis.do(
        read("one", ">", 2), read("two", ">"), read("three", ">"), read("one", "0")
    )
    assert first == [[b"log", [[a, [b"f", b"1"]], [b, [b"f", b"2"]]]]]
    assert second == [[b"log", [[c, [b"f", b"3"]]]]]
    assert none in (None, [])
    assert own == first


async def test_what_is_acknowledged_and_deleted_is_gone(redis: RedisTwin) -> None:
    a, b = await add(redis, "1", "2")
    await redis.do(read("one", ">"))
    said = await redis.do(("XACK", "log", "g", a), ("XDEL", "log", a), ("XLEN", "log"))
    assert said == [1, 1, 1]
    again, whole = await redis.do(read("one", "0"), ("XRANGE", "log", "-", "+"))
    assert again == [[b"log", [[b, [b"f", b"2"]]]]]
    assert whole == [[b, [b"f", b"2"]]]


async def test_an_abandoned_entry_is_claimed_and_a_fresh_one_is_not(redis: RedisTwin) -> None:
    (a,) = await add(redis, "1")
    await redis.do(read("one", ">"))
    (early, late) = await redis.do(claim("two", 60_000), claim("two", 0))
    assert early == [b"0-0", [], []]
    assert late == [b"0-0", [[a, [b"f", b"1"]]], []]
    mine, his = await redis.do(read("two", "0"), read("one", "0"))
    assert mine == [[b"log", [[a, [b"f", b"1"]]]]]
    assert his == [[b"log", []]]


async def test_a_claim_forgets_what_was_deleted(redis: RedisTwin) -> None:
    a, b = await add(redis, "1", "2")
    await redis.do(read("one", ">"), ("XDEL", "log", a))
    (claimed,) = await redis.do(claim("two", 0))
    assert claimed == [b"0-0", [[b, [b"f", b"2"]]], [a]]


async def test_without_a_group_a_read_fails(redis: RedisTwin) -> None:
    said = await redis.do(read("one", ">"), claim("one", 0))
    assert said == ["NOGROUP", "NOGROUP"]
    again = ("XGROUP", "CREATE", "log", "g", "0", "MKSTREAM")
    assert await redis.do(again, again) == [b"OK", "BUSYGROUP"]


async def test_ids_of_a_log_grow_also_after_it_was_emptied(redis: RedisTwin) -> None:
    a, b = await add(redis, "1", "2")
    await redis.do(("XDEL", "log", a), ("XDEL", "log", b))
    (c,) = await redis.do(("XADD", "log", "*", "f", "3"))
    assert _place(a) < _place(b) < _place(c)
    assert await redis.do(("XRANGE", "log", "-", b, "COUNT", 1)) == [[]]


def _place(at: bytes) -> tuple[int, int]:
    ms, _, count = at.partition(b"-")
    return int(ms), int(count)


# --- scripts --------------------------------------------------------------------------------------


def lives(dice: random.Random) -> str:
    """One of two lives; usually the first."""
    return "1:run:0-0:5" if dice.random() < 0.8 else "2:run:0-0:5"


def drawn(dice: random.Random) -> tuple[Any, ...]:
    """Something the product may do to two attempts, in whatever state they are."""
    who = dice.choice(["a", "b"])
    before, after = (f"{dice.randrange(3)}:h" for _ in range(2))
    due = dice.choice(["", "-", "500", "900"])
    kind = dice.choice(["save", "save", "save", "create", "create", "finish", "retire", "more"])
    words: list[Any]
    match kind:
        case "save":
            words = [lives(dice), before, after, dice.choice("xyz"), due, who, "core", "{}"]
            return scripts.SAVE.call(["epoch", who, "log", "due"], words)
        case "create":
            fields = ["head", before, "core", "{}", "durable", "1:0"]
            words = [lives(dice), due.strip("-"), who, *fields]
            return scripts.CREATE.call(["epoch", who, "due"], words)
        case "finish":
            words = [lives(dice), "g", 0, f"1:{dice.randrange(5)}"]
            return scripts.FINISH.call(["epoch", "log", who], words)
        case "retire":
            return scripts.RETIRE.call(["epoch", who], [lives(dice), before])
    return dice.choice(
        [
            ("HGETALL", who),
            ("HLEN", who),
            ("HMGET", who, "core", "head", "none"),
            ("GET", "epoch"),
            ("ZRANGEBYSCORE", "due", "-inf", 600, "LIMIT", 0, 9),
            ("ZREM", "due", who),
            ("DEL", who),
        ]
    )


@pytest.mark.parametrize("seed", range(12))
async def test_scripts_do_the_same_in_memory(seed: int, redis_url: str) -> None:
    dice = random.Random(seed)
    memory, real = RedisInMemory(), RealRedis(redis_url)
    loads = [script.load() for script in scripts.ALL]
    commands = [*loads, ("SET", "epoch", "1:run:0-0:5"), *[drawn(dice) for _ in range(120)]]
    for command in commands:
        (mine,), (his,) = await memory.do(command), await real.do(command)
        assert _sorted(command, mine) == _sorted(command, his), command
    mine, his = [await each.do(("XRANGE", "log", "-", "+")) for each in (memory, real)]
    assert [fields for _, fields in mine[0]] == [fields for _, fields in his[0]]
    await real.line.close()


def _sorted(command: tuple[Any, ...], reply: Any) -> Any:
    """A hash has no order."""
    if command[0] == "HGETALL":
        return sorted(zip(reply[::2], reply[1::2], strict=True))
    return reply


async def test_a_life_begins_after_what_was_logged_and_never_goes_back(redis: RedisTwin) -> None:
    await redis.do(scripts.BEGIN.load())
    (last,) = (await add(redis, "1"))[-1:]
    await redis.do(("XDEL", "log", last))
    (text,) = await redis.do(scripts.BEGIN.call(["epoch", "log"], [3, "run"]))
    assert text.startswith(b"3:run:" + last + b":")
    (same,) = await redis.do(scripts.BEGIN.call(["epoch", "log"], [2, "other"]))
    assert same == text
    (later,) = await redis.do(scripts.BEGIN.call(["epoch", "log"], [4, "other"]))
    assert later.startswith(b"4:other:")


async def test_a_finished_batch_leaves_the_log(redis: RedisTwin) -> None:
    await redis.do(*[script.load() for script in scripts.ALL])
    a, b = await add(redis, "1", "2")
    await redis.do(("SET", "epoch", "L"), ("HSET", "x", "head", "1:h", "durable", "1:4"))
    await redis.do(read("one", ">"))
    words: list[Any] = ["L", "g", 1, a, "1:9", "1:9"]
    said = await redis.do(scripts.FINISH.call(["epoch", "log", "x", "gone"], words))
    assert said == [b"ok"]
    left, own, durable, gone = await redis.do(
        ("XRANGE", "log", "-", "+"), read("one", "0"), ("HGETALL", "x"), ("EXISTS", "gone")
    )
    assert left == [[b, [b"f", b"2"]]]
    assert own == [[b"log", [[b, [b"f", b"2"]]]]]
    assert durable[durable.index(b"durable") + 1] == b"1:9"
    assert gone == 0
