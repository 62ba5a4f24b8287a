"""The shared line against a real Valkey: many ask, few round trips, each gets his own reply."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from examsync.devstack import Valkey
from examsync.errors import Unavailable
from examsync.infra import sharing
from examsync.infra.redis import Command, Line, LineDown, Reply
from examsync.infra.sharing import SharedLine


class Counted(SharedLine):
    """Counts the commands of each pipeline."""

    def __init__(self, url: str, *, timeout_s: float = 1.0) -> None:
        super().__init__(url, timeout_s=timeout_s)
        self.pipelines: list[int] = []

    async def _exchange(self, commands: Sequence[Command]) -> list[Reply]:
        self.pipelines.append(len(commands))
        return await super()._exchange(commands)


@pytest.fixture
async def line(redis_url: str) -> AsyncIterator[Counted]:
    line = Counted(redis_url)
    yield line
    await line.close()


async def test_each_caller_gets_his_own_replies(line: Counted) -> None:
    calls = [line.call(("ECHO", f"{n}"), ("ECHO", f"{n}!")) for n in range(500)]
    replies = await asyncio.gather(*calls)
    assert replies == [[b"%d" % n, b"%d!" % n] for n in range(500)]


async def test_what_is_asked_at_once_shares_pipelines_of_a_bounded_size(line: Counted) -> None:
    await asyncio.gather(*(line.one("ECHO", n) for n in range(2_000)))
    assert len(line.pipelines) < 10
    assert max(line.pipelines) <= sharing.COMMANDS_MAX
    assert sum(line.pipelines) == 2_000


async def test_a_call_of_more_commands_than_a_pipeline_takes_has_one_to_itself(
    line: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "COMMANDS_MAX", 3)
    small, large, last = await asyncio.gather(
        line.call(("ECHO", "a")),
        line.call(*(("ECHO", n) for n in range(5))),
        line.call(("ECHO", "b"), ("ECHO", "c")),
    )
    assert (small, len(large), last) == ([b"a"], 5, [b"b", b"c"])
    assert line.pipelines == [1, 5, 2]


async def test_an_error_is_the_reply_of_its_command_only(line: Counted) -> None:
    wrong, right = await asyncio.gather(line.call(("NONSENSE",)), line.call(("ECHO", "a")))
    assert isinstance(wrong[0], Exception)
    assert right == [b"a"]


async def test_who_gave_up_waiting_takes_nothing_from_others(line: Counted) -> None:
    await line.one("PING")
    tasks = [asyncio.create_task(line.one("ECHO", n)) for n in range(10)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    replies = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(replies.pop(3), asyncio.CancelledError)
    assert replies == [b"%d" % n for n in range(10) if n != 3]


async def test_when_a_pipeline_fails_so_does_what_waits_behind_it(valkey: Valkey) -> None:
    line = Counted(valkey.url)
    await line.one("PING")
    valkey.kill()
    first = asyncio.create_task(line.one("ECHO", "a"))
    await asyncio.sleep(0)
    second = asyncio.create_task(line.one("ECHO", "b"))
    for failed in await asyncio.gather(first, second, return_exceptions=True):
        assert isinstance(failed, LineDown)
    assert line.pipelines == [1, 1]
    valkey.restart()
    assert await line.one("ECHO", "c") == b"c"
    await line.close()


async def test_a_frozen_server_holds_everybody_for_one_timeout(valkey: Valkey) -> None:
    line = Counted(valkey.url, timeout_s=0.3)
    await line.one("PING", timeout_s=30)  # a busy machine may take its time before the frost
    valkey.pause()
    calls = [asyncio.create_task(line.one("ECHO", n)) for n in range(2_000)]
    failed = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 30)
    assert {type(each) for each in failed} == {LineDown}
    assert line.pipelines == [1, sharing.COMMANDS_MAX], "one waits in vain, and for all"
    valkey.resume()
    await line.close()


async def test_closing_tells_who_waits(valkey: Valkey) -> None:
    line = SharedLine(valkey.url, timeout_s=None)
    await line.one("PING")
    valkey.pause()
    calls = [asyncio.create_task(line.one("ECHO", n)) for n in range(3)]
    await asyncio.sleep(0.01)
    await line.close()
    for failed in await asyncio.gather(*calls, return_exceptions=True):
        assert isinstance(failed, LineDown)
    valkey.resume()


async def test_a_greeting_that_is_refused_is_told_to_all(redis_url: str) -> None:
    async def greet(line: Line) -> None:
        raise Unavailable("no life")

    line = SharedLine(redis_url, greet=greet)
    calls = [line.one("PING") for _ in range(3)]
    for failed in await asyncio.gather(*calls, return_exceptions=True):
        assert isinstance(failed, Unavailable)
    await line.close()


async def test_only_so_many_may_wait(line: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "WAITING_MAX", 2)
    calls = [asyncio.create_task(line.one("ECHO", n)) for n in range(4)]
    replies = await asyncio.gather(*calls, return_exceptions=True)
    assert replies[:2] == [b"0", b"1"]
    assert all(isinstance(reply, LineDown) for reply in replies[2:])


async def test_a_call_with_a_timeout_of_its_own_goes_alone(line: Counted) -> None:
    alone, shared = await asyncio.gather(
        line.call(("ECHO", "a"), timeout_s=5), line.call(("ECHO", "b"))
    )
    assert (alone, shared) == ([b"a"], [b"b"])
    assert line.pipelines == [1, 1]
