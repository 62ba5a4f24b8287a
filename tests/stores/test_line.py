"""One line to a real Redis: every reply in its place, and never a repeat or a doubt unsaid."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
import redis as sync_redis
from redis.exceptions import ResponseError

from examsync.devstack import Valkey
from examsync.errors import Unavailable
from examsync.infra.redis import Line, LineDown

SOON_S = 5.0  # far more than any limit here; a call that hangs fails the test
BRIEF_S = 0.3


@contextlib.asynccontextmanager
async def opened(line: Line) -> AsyncIterator[Line]:
    """A line that is hung up at the end."""
    try:
        yield line
    finally:
        await line.close()


@pytest.fixture
async def line(redis_url: str) -> AsyncIterator[Line]:
    """A line to an empty Redis."""
    async with opened(Line(redis_url)) as line:
        yield line


def connections(url: str) -> int:
    """How many connections the server has besides the one that asks."""
    with sync_redis.Redis.from_url(url) as client:
        return len(client.client_list()) - 1


async def settles(url: str, count: int) -> None:
    """Wait until the server has so many connections; goodbyes take a moment to arrive."""
    async with asyncio.timeout(SOON_S):
        while connections(url) != count:  # noqa: ASYNC110 - another process has no Event
            await asyncio.sleep(0.01)


async def test_every_command_gets_its_reply_in_order(line: Line) -> None:
    commands = [("SET", "a", 1), ("INCR", "a"), ("GET", "a"), ("GET", "nothing")]
    assert await line.call(*commands) == [b"OK", 2, b"2", None]


async def test_an_error_is_the_reply_of_its_command_only(line: Line) -> None:
    replies = await line.call(("SET", "a", "text"), ("INCR", "a"), ("GET", "a"))
    assert isinstance(replies[1], ResponseError)
    assert [replies[0], replies[2]] == [b"OK", b"text"]


async def test_one_gives_or_raises_its_reply(line: Line) -> None:
    assert await line.one("ECHO", "x") == b"x"
    with pytest.raises(ResponseError):
        await line.one("NOSUCHCOMMAND")


async def test_calls_at_once_do_not_mix_their_replies(line: Line) -> None:
    calls = [line.call(("ECHO", n), ("ECHO", -n)) for n in range(50)]
    assert await asyncio.gather(*calls) == [[b"%d" % n, b"%d" % -n] for n in range(50)]


async def test_a_thousand_commands_go_at_once(line: Line) -> None:
    assert await line.call(*[("ECHO", n) for n in range(1_000)]) == [
        b"%d" % n for n in range(1_000)
    ]


async def test_one_connection_serves_all_calls(line: Line, redis_url: str) -> None:
    before = connections(redis_url)
    await asyncio.gather(*[line.one("PING") for _ in range(20)])
    assert connections(redis_url) == before + 1
    await line.hang_up()
    await settles(redis_url, before)
    assert await line.one("PING") == b"PONG", "a line that was hung up opens again when used"


# --- greetings ------------------------------------------------------------------------------------


async def test_a_new_connection_is_greeted_before_anything_else(redis_url: str) -> None:
    said: list[str] = []

    async def greet(line: Line) -> None:
        said.append("greeted")
        await line.exchange(("SET", "greeting", "first"))

    async with opened(Line(redis_url, greet=greet)) as line:
        assert await line.one("GET", "greeting") == b"first"
        await line.one("PING")
        assert said == ["greeted"]
        with contextlib.suppress(LineDown):
            await line.call(("QUIT",))
            await line.one("PING")
        await line.one("PING")
        assert said == ["greeted", "greeted"]


async def test_a_line_whose_greeting_is_refused_is_down_until_it_is_not(redis_url: str) -> None:
    refusals = [Unavailable("Postgres is away"), Unavailable("still")]

    async def greet(line: Line) -> None:
        if refusals:
            raise refusals.pop()

    before = connections(redis_url)
    async with opened(Line(redis_url, greet=greet)) as line:
        for _ in range(2):
            with pytest.raises(Unavailable):
                await line.one("PING")
        await settles(redis_url, before)
        assert await line.one("PING") == b"PONG"


async def test_a_greeting_may_take_longer_than_a_call(redis_url: str) -> None:
    """The call gives up in time; the greeting goes on, and the next call finds it done."""
    slow, greetings = asyncio.Event(), list[int]()

    async def greet(line: Line) -> None:
        greetings.append(1)
        await slow.wait()

    async with opened(Line(redis_url, timeout_s=BRIEF_S, greet=greet)) as line:
        for _ in range(2):
            with pytest.raises(LineDown):
                await asyncio.wait_for(line.one("PING"), SOON_S)
        slow.set()
        assert await line.one("PING") == b"PONG"
        assert greetings == [1]


async def test_a_greeting_that_fails_with_nobody_waiting_is_asked_for_anew(redis_url: str) -> None:
    slow, refusals = asyncio.Event(), [Unavailable("Postgres is away")]

    async def greet(line: Line) -> None:
        if refusals:
            await slow.wait()
            raise refusals.pop()

    async with opened(Line(redis_url, timeout_s=BRIEF_S, greet=greet)) as line:
        with pytest.raises(LineDown):
            await line.one("PING")
        slow.set()
        await asyncio.sleep(0.05)
        assert await line.one("PING") == b"PONG"


async def test_hanging_up_ends_a_greeting_under_way(redis_url: str) -> None:
    before = connections(redis_url)

    async def greet(line: Line) -> None:
        await asyncio.Event().wait()

    line = Line(redis_url, timeout_s=BRIEF_S, greet=greet)
    with pytest.raises(LineDown):
        await line.one("PING")
    await asyncio.wait_for(line.close(), SOON_S)
    await settles(redis_url, before)


# --- trouble --------------------------------------------------------------------------------------


async def test_a_connection_that_breaks_is_told_and_the_next_call_opens_another(
    line: Line, redis_url: str
) -> None:
    await line.one("PING")
    with sync_redis.Redis.from_url(redis_url) as client:
        client.client_kill_filter(_type="normal", skipme=True)
    with pytest.raises(LineDown):
        await line.call(("INCR", "n"), ("INCR", "n"))
    assert await line.one("INCR", "n") == 1, "nothing is sent twice"


async def test_nobody_there_is_told_at_once(valkey: Valkey) -> None:
    url = valkey.url
    valkey.kill()
    async with opened(Line(url)) as line:
        with pytest.raises(LineDown):
            await asyncio.wait_for(line.one("PING"), SOON_S)
        valkey.start()
        assert await line.one("PING") == b"PONG"


@pytest.mark.faults
async def test_a_frozen_server_is_told_in_time_and_what_was_sent_may_be_done(
    valkey: Valkey,
) -> None:
    async with opened(Line(valkey.url, timeout_s=BRIEF_S)) as line:
        await line.one("SET", "n", 0)
        valkey.pause()
        with pytest.raises(LineDown):
            await asyncio.wait_for(line.one("INCR", "n"), SOON_S)
        valkey.resume()
        assert await line.one("GET", "n") == b"1"


@pytest.mark.faults
async def test_a_new_line_to_a_frozen_server_is_told_in_time(valkey: Valkey) -> None:
    valkey.pause()
    async with opened(Line(valkey.url, timeout_s=BRIEF_S)) as line:
        with pytest.raises(LineDown):
            await asyncio.wait_for(line.one("PING"), SOON_S)
        valkey.resume()
        assert await asyncio.wait_for(line.one("PING"), SOON_S) == b"PONG"


@pytest.mark.faults
async def test_who_waits_behind_a_frozen_call_waits_no_longer_than_two(valkey: Valkey) -> None:
    """Not one time limit each, one after the other."""
    async with opened(Line(valkey.url, timeout_s=BRIEF_S)) as line:
        await line.one("PING")
        valkey.pause()
        calls = [asyncio.ensure_future(line.one("PING")) for _ in range(100)]
        done, late = await asyncio.wait(calls, timeout=20 * BRIEF_S)
        valkey.resume()
        assert not late
        assert {type(call.exception()) for call in done} == {LineDown}


async def test_a_call_that_is_cancelled_leaves_no_reply_for_the_next(line: Line) -> None:
    blocked = asyncio.ensure_future(line.call(("BLPOP", "nothing", 5), timeout_s=SOON_S))
    await asyncio.sleep(0.05)
    blocked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await blocked
    assert await line.one("ECHO", "mine") == b"mine"


# --- a server that will not do --------------------------------------------------------------------


async def test_a_replica_is_parted_with_after_its_refusal(valkey: Valkey) -> None:
    """Behind the same address there may be another server by now."""
    greeted = []

    async def greet(line: Line) -> None:
        greeted.append(1)

    async with opened(Line(valkey.url, greet=greet)) as line:
        await line.one("REPLICAOF", "127.0.0.1", "1")
        before, refused = await line.call(("ECHO", "x"), ("SET", "a", 1))
        assert before == b"x"
        assert "READONLY" in repr(refused) or "read only" in str(refused)
        await line.one("REPLICAOF", "NO", "ONE")
        assert len(greeted) == 2
        assert await line.one("SET", "a", 1) == b"OK"
        assert len(greeted) == 2


async def test_a_server_that_lost_its_scripts_is_greeted_again(redis_url: str) -> None:
    shas = []

    async def greet(line: Line) -> None:
        shas.append((await line.exchange(("SCRIPT", "LOAD", "return 7")))[0])

    async with opened(Line(redis_url, greet=greet)) as line:
        await line.one("PING")
        assert await line.one("EVALSHA", shas[0], 0) == 7
        await line.one("SCRIPT", "FLUSH")
        with pytest.raises(ResponseError):
            await line.one("EVALSHA", shas[0], 0)
        assert await line.one("EVALSHA", shas[0], 0) == 7


async def test_nothing_is_opened_on_a_line_that_was_closed(redis_url: str) -> None:
    before = connections(redis_url)
    line = Line(redis_url)
    await line.one("PING")
    await line.close()
    for opening in (line.call(("PING",)), line.hand_over()):
        with pytest.raises(LineDown):
            await opening
    await settles(redis_url, before)


async def test_a_connection_that_a_call_hung_up_on_is_not_handed_over(redis_url: str) -> None:
    before, greeting, go_on = connections(redis_url), asyncio.Event(), asyncio.Event()

    async def slow(line: Line) -> None:
        greeting.set()
        await go_on.wait()

    async with opened(Line(redis_url, timeout_s=BRIEF_S, greet=slow)) as line:
        handing = asyncio.ensure_future(line.hand_over())
        await greeting.wait()
        with pytest.raises(LineDown):
            await line.call(("BLPOP", "never", 0))
        go_on.set()
        with pytest.raises(LineDown):
            await handing
        await settles(redis_url, before)
