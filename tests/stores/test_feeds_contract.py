"""What the monitor asks of Redis, the one of the simulation does as a real one does it."""

import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from examsync import monitor
from tests.stores.twins import RealRedis, RedisInMemory, RedisTwin

KINDS = ["memory", "real"]
HERE = Path(monitor.__file__).parent
NAMES = ("begin.lua", "feed.lua", "filled.lua")
BEGIN, FEED, FILLED = ((HERE / name).read_bytes() for name in NAMES)
KEYS = ("meta", "rows", "feed")


@pytest.fixture(params=KINDS)
async def redis(request: pytest.FixtureRequest, redis_url: str) -> AsyncIterator[RedisTwin]:
    """An empty Redis."""
    if request.param == "memory":
        yield RedisInMemory()
        return
    real = RealRedis(redis_url)
    yield real
    await real.line.close()


async def test_a_value_is_set_once_while_it_lasts(redis: RedisTwin) -> None:
    claim = ("SET", "filling", "one", "NX", "GET", "PX", 60_000)
    other = ("SET", "filling", "two", "NX", "GET", "PX", 60_000)
    assert await redis.do(claim, other, ("GET", "filling")) == [None, b"one", b"one"]
    assert await redis.do(("PEXPIRE", "filling", 60_000), ("EXISTS", "filling")) == [1, 1]
    assert await redis.do(("DEL", "filling"), ("EXISTS", "filling"), other) == [1, 0, None]
    assert await redis.do(("SET", "beat", "1", "PX", 60_000, "GET")) == [None]
    assert await redis.do(("SET", "beat", "1", "PX", 60_000, "GET")) == [b"1"]
    assert await redis.do(("SET", "beat", "2", "NX")) == [None]
    assert await redis.do(("PEXPIRE", "nobody", 5)) == [0]


async def test_a_value_is_gone_when_its_time_is_over(redis: RedisTwin) -> None:
    await redis.do(("SET", "beat", "1", "PX", 1))
    while (await redis.do(("EXISTS", "beat")))[0]:
        pass
    assert await redis.do(("GET", "beat")) == [None]


async def test_a_transaction_is_answered_as_one(redis: RedisTwin) -> None:
    await redis.do(("HSET", "rows", "a", "1", "b", "2"))
    said = await redis.do(("MULTI",), ("HVALS", "rows"), ("HGET", "rows", "a"), ("EXEC",))
    assert said == [b"OK", b"QUEUED", b"QUEUED", [[b"1", b"2"], b"1"]]
    assert await redis.do(("EXEC",), ("HVALS", "none")) == ["EXEC", []]


def begin(was: str, generation: str) -> tuple[Any, ...]:
    """A new generation."""
    return ("EVAL", BEGIN.decode(), 3, *KEYS, was, generation, "run", 60_000)


def tell(how: str, *pieces: tuple[str, str, str, str]) -> tuple[Any, ...]:
    """Pieces for the feed: field, rev, label, body of each."""
    words = [word for piece in pieces for word in piece]
    return ("EVAL", FEED.decode(), 3, *KEYS, how, 60_000, 10_000, 10**7, 5, *words)


async def test_a_generation_begins_once(redis: RedisTwin) -> None:
    assert await redis.do(begin("", "g1"), begin("", "g2"), begin("g1", "g3")) == [
        b"g1",
        b"g1",
        b"g3",
    ]
    assert await redis.do(("HMGET", "meta", "generation", "run_id", "version")) == [
        [b"g3", b"run", b"0"]
    ]


def standing(*pieces: tuple[str, str, str, str]) -> dict[bytes, bytes]:
    """The hash, if these pieces stand."""
    return {field.encode(): f"{rev}{label}\n{body}".encode() for field, rev, label, body in pieces}


async def rows(redis: RedisTwin) -> dict[bytes, bytes]:
    """The hash."""
    (found,) = await redis.do(("HGETALL", "rows"))
    return dict(zip(found[::2], found[1::2], strict=True))


async def told(redis: RedisTwin) -> list[bytes]:
    """Labels and bodies of the latest entry."""
    ((_, fields),) = (await redis.do(("XREVRANGE", "feed", "+", "-", "COUNT", 1)))[0]
    return list(fields[4:])


async def test_a_connection_is_in_the_hall_of_its_row(redis: RedisTwin) -> None:
    await redis.do(begin("", "g"))
    await redis.do(tell("tell", ("a:c", "1", "ca|X\n|", "c1")))
    assert await redis.do(tell("tell", ("a:r", "1", "ra|A", "r1"))) == [[b"g", b"2"]]
    assert await told(redis) == [b"ga|X\n|", b"", b"ca|A", b"c1", b"ra|A", b"r1"]
    await redis.do(tell("tell", ("a:c", "2", "ca|X", "c2")))
    assert await told(redis) == [b"ca|A", b"c2"]
    assert await rows(redis) == standing(("a:r", "1", "ra|A", "r1"), ("a:c", "2", "ca|A", "c2"))


async def test_whoever_leaves_a_hall_is_gone_there(redis: RedisTwin) -> None:
    await redis.do(begin("", "g"), tell("tell", ("a:r", "1", "ra|A", "r1")))
    await redis.do(tell("tell", ("a:r", "2", "ra|B", "r2"), ("b:c", "1", "cb|A", "c1")))
    assert await told(redis) == [b"ga|A", b"", b"ra|B", b"r2", b"cb|A", b"c1"]
    await redis.do(tell("tell", ("a:c", "1", "ca|A", "c1")))
    await redis.do(tell("tell", ("a:r", "3", "ra|C", "r2")))
    assert await told(redis) == [b"ga|B", b"", b"ca|C", b"c1", b"ra|C", b"r2"]


async def test_whoever_is_gone_stands_no_more(redis: RedisTwin) -> None:
    gone = ("", "", "ga|", "")
    assert await redis.do(begin("", "g"), tell("tell", gone)) == [b"g", [b"g", b"0", 0, b""]]
    await redis.do(tell("tell", ("a:r", "7", "ra|A", "r1"), ("a:c", "1", "ca|A", "c1")))
    assert await redis.do(tell("tell", gone), tell("tell", gone)) == [
        [b"g", b"2"],
        [b"g", b"2", 0, b""],
    ]
    assert await told(redis) == [b"ga|A", b""]
    assert await rows(redis) == {}
    assert await redis.do(tell("tell", ("a:r", "1", "ra|A", "r1"))) == [[b"g", b"3"]]


async def test_feeds_move_anybody_alike(redis_url: str) -> None:
    real = RealRedis(redis_url)
    kinds: tuple[RedisTwin, RedisTwin] = (real, RedisInMemory())
    for kind in kinds:
        await kind.do(begin("", "g"))
    dice = random.Random(8)
    for _ in range(150):
        command = tell("tell", *(anything(dice) for _ in range(dice.randrange(1, 4))))
        said, as_said = [await kind.do(command) for kind in kinds]
        assert said == as_said
        assert await rows(kinds[0]) == await rows(kinds[1])
    entries, as_entries = [await kind.do(("XREVRANGE", "feed", "+", "-")) for kind in kinds]
    assert entries[0][:100] == as_entries[0][:100]
    await real.line.close()


def anything(dice: random.Random) -> tuple[str, str, str, str]:
    """A row or a connection of somebody, or that he is gone."""
    who, tag = dice.choice("ab"), dice.choice("rrccg")
    label = f"{tag}{who}|{dice.choice(['A', 'B', ''])}"
    if tag == "g":
        return ("", "", label, "")
    return (f"{who}:{tag}", f"{dice.randrange(40):02d}", label, dice.choice("xy"))


def filled(generation: str, exam_n: int) -> tuple[Any, ...]:
    """All is in."""
    return ("EVAL", FILLED.decode(), 1, "meta", generation, exam_n)


async def test_a_feed_is_filled_in_the_generation_that_is(redis: RedisTwin) -> None:
    assert await redis.do(filled("g", 1), begin("", "g"), filled("f", 2), filled("g", 3)) == [
        0,
        b"g",
        0,
        1,
    ]
    assert await redis.do(("HMGET", "meta", "generation", "filled", "as_of")) == [
        [b"g", b"g", b"g:3"]
    ]


async def test_feeds_say_the_same_of_any_pieces(redis: RedisTwin) -> None:
    """What is random is drawn from a seed; both kinds are held to one record."""
    dice = random.Random(7)
    assert await redis.do(tell("tell", ("a", "1", "r", "x"))) == [None]
    await redis.do(begin("", "g"))
    revs: dict[str, str] = {}
    bodies: dict[str, str] = {}
    version = 0
    for nth in range(80):
        if nth == 40:
            await redis.do(filled("g", 0))
        how, field = dice.choice(["tell", "tell", "fill"]), dice.choice(["a", "b", ""])
        rev, body = f"{dice.randrange(9):03d}" if field else "", dice.choice("xyz")
        (said,) = await redis.do(tell(how, (field, rev, "r", body)))
        outdone = bool(field) and field in revs and revs[field] >= rev
        news = not outdone and (not field or bodies.get(field) != body)
        version += news and (how == "tell" or nth >= 40)
        right: list[Any] = [b"g", b"%d" % version]
        assert said == right + ([0, revs[field].encode()] if outdone else [])
        if field and not outdone:
            revs[field], bodies[field] = rev, body
    (entries,) = await redis.do(("XREVRANGE", "feed", "+", "-", "COUNT", 3))
    assert [entry[0] for entry in entries] == [
        b"%d-0" % n for n in (version, version - 1, version - 2)
    ]
    (found, none) = await redis.do(
        ("XREAD", "COUNT", 10, "STREAMS", "feed", f"{version - 2}-0"),
        ("XREAD", "COUNT", 10, "STREAMS", "feed", f"{version}-0"),
    )
    assert [(name, [entry[0] for entry in new]) for name, new in found] == [
        (b"feed", [b"%d-0" % (version - 1), b"%d-0" % version])
    ]
    assert none is None
