"""What processes tell each other, over a real Valkey: heard by others, and no gap unnoticed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis.asyncio as aioredis

from examsync.attempts import news
from examsync.attempts.news import DurableTold, ExamTold, FactTold, News, Told, worth_telling
from examsync.devstack import Valkey
from examsync.infra import keys
from protocol.facts import Body, Extended, NoticeSent
from tests import builders
from tests.services.installation import until


class Hearer:
    """One process's news, and what it heard: what was told, and "missed"."""

    def __init__(self, url: str, name: str) -> None:
        self.heard: list[Told | str] = []
        self.news = News(url, name, self.heard.append, lambda: self.heard.append("missed"))
        self.name = name
        self._tasks = [
            asyncio.create_task(run()) for run in (self.news.run_telling, self.news.run_hearing)
        ]

    def say(self, exam: str) -> Told:
        """Tell of an exam; `exam` is what it is known by below."""
        told = ExamTold(self.name, exam)
        self.news.tell(told)
        return told

    async def listening(self) -> None:
        """It hears from now on."""
        await until(lambda: "missed" in self.heard)
        self.heard.clear()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.news.close()


@contextlib.asynccontextmanager
async def hearers(url: str, *names: str) -> AsyncIterator[list[Hearer]]:
    """Processes that hear each other."""
    made = [Hearer(url, name) for name in names]
    try:
        for one in made:
            await one.listening()
        yield made
    finally:
        for one in made:
            await one.close()


def exams(hearer: Hearer) -> list[str]:
    """The exams told of, and "missed"."""
    return [each.exam if isinstance(each, ExamTold) else "missed" for each in hearer.heard]


async def test_others_hear_everything_in_order_and_oneself_nothing(redis_url: str) -> None:
    async with hearers(redis_url, "a", "b", "c") as (a, b, c):
        fact = builders.fact(builders.attempt(), Extended("x", 60_000, "fire drill"))
        told: list[Told] = [FactTold("a", fact), DurableTold("a", {"at-1": (2, 7)}), a.say("e-1")]
        for each in told[:2]:
            a.news.tell(each)
        await until(lambda: len(b.heard) == len(c.heard) == 3)
        assert b.heard == c.heard == [told[2], *told[:2]]
        b.say("e-2")
        await until(lambda: a.heard and len(c.heard) == 4)
        assert exams(a) == ["e-2"]
        assert len(b.heard) == 3


async def test_a_burst_arrives_whole(redis_url: str) -> None:
    async with hearers(redis_url, "a", "b") as (a, b):
        names = [f"e-{n}" for n in range(3 * news.READ_MAX)]
        for name in names:
            a.say(name)
        await until(lambda: len(b.heard) == len(names))
        assert exams(b) == names
        assert a.news.dropped == 0


async def test_who_begins_to_listen_is_told_that_it_missed_what_was_before(redis_url: str) -> None:
    async with hearers(redis_url, "a") as (a,):
        a.say("before")
        await until(lambda: not a.news._queue)
        async with hearers(redis_url, "b") as (b,):
            a.say("after")
            await until(lambda: "after" in exams(b))
            assert "before" not in exams(b)


async def test_a_full_queue_drops_what_is_newest_and_others_notice(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "QUEUE_MAX", 3)
    async with hearers(redis_url, "a", "b") as (a, b):
        for n in range(5):
            a.say(f"e-{n}")
        assert a.news.dropped == 2
        await until(lambda: len(b.heard) == 3)
        a.say("e-5")
        await until(lambda: "e-5" in exams(b))
        assert exams(b) == ["e-0", "e-1", "e-2", "missed", "e-5"]


async def test_words_that_were_trimmed_before_they_were_read_are_noticed(redis_url: str) -> None:
    async with hearers(redis_url, "a", "b") as (a, b), aioredis.Redis.from_url(redis_url) as raw:
        a.say("e-0")
        await until(lambda: exams(b) == ["e-0"])
        silent = News(redis_url, "a", lambda told: None, lambda: None)
        silent._told = 7  # as if six words had been trimmed
        silent.tell(ExamTold("a", "e-8"))
        await silent.send()
        await silent.close()
        await until(lambda: len(b.heard) == 3)
        assert exams(b) == ["e-0", "missed", "e-8"]
        assert await raw.xlen(keys.control()) == 2


async def test_what_is_said_twice_is_heard_once(redis_url: str) -> None:
    async with hearers(redis_url, "a", "b") as (a, b), aioredis.Redis.from_url(redis_url) as raw:
        a.say("e-0")
        await until(lambda: b.heard)
        entries: Any = await raw.xrange(keys.control())
        ((_, fields),) = entries
        await raw.xadd(keys.control(), fields)
        a.say("e-1")
        await until(lambda: "e-1" in exams(b))
        assert exams(b) == ["e-0", "e-1"]


async def test_a_word_of_a_newer_version_is_a_gap_and_no_more(redis_url: str) -> None:
    async with hearers(redis_url, "a", "b") as (a, b), aioredis.Redis.from_url(redis_url) as raw:
        await raw.xadd(keys.control(), {"n": 1, "t": b'{"type":"weather","sender":"z"}'})
        a.say("e-0")
        await until(lambda: len(b.heard) == 2)
        assert exams(b) == ["missed", "e-0"]


async def test_old_words_leave_redis(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "KEPT_MS", -60_000)  # everything is old at once
    async with hearers(redis_url, "a") as (a,), aioredis.Redis.from_url(redis_url) as raw:
        for n in range(400):
            a.say(f"e-{n}")
        await until(lambda: not a.news._queue)
        a.say("last")
        await until(lambda: not a.news._queue)
        assert await raw.xlen(keys.control()) < 400  # "~": whole nodes of the stream only


async def test_while_redis_is_away_nothing_is_dropped_and_a_gap_is_assumed(valkey: Valkey) -> None:
    async with hearers(valkey.url, "a", "b") as (a, b):
        a.say("e-0")
        await until(lambda: b.heard)
        valkey.kill()
        a.say("e-1")
        a.say("e-2")
        valkey.restart()
        await until(lambda: "missed" in b.heard and not a.news._queue)
        a.say("e-3")
        await until(lambda: "e-3" in exams(b))
        # e-1 and e-2 may have been there before b listened again: then it was told so.
        assert a.news.dropped == 0
        assert exams(b)[0] == "e-0"
        assert exams(b).count("e-3") == 1


async def test_a_wiped_redis_begins_a_new_stream(valkey: Valkey) -> None:
    async with hearers(valkey.url, "a", "b") as (a, b):
        a.say("e-0")
        await until(lambda: b.heard)
        valkey.wipe()
        await until(lambda: "missed" in b.heard)
        a.say("e-1")
        await until(lambda: "e-1" in exams(b))


async def test_a_command_that_sends_by_itself_does_not_wait_for_a_redis_that_is_away(
    valkey: Valkey,
) -> None:
    told = News(valkey.url, "cli", lambda told: None, lambda: None)
    told.tell(ExamTold("cli", "e-0"))
    valkey.kill()
    assert not await told.send()
    valkey.restart()
    assert await told.send()
    assert not told._queue
    await told.close()


async def test_a_full_redis_takes_no_news_and_that_is_counted(valkey: Valkey) -> None:
    async with aioredis.Redis.from_url(valkey.url) as raw:
        await raw.config_set("maxmemory", 1)
        told = News(valkey.url, "a", lambda told: None, lambda: None)
        told.tell(ExamTold("a", "e-0"))
        assert await told.send()
        assert told.dropped == 1
        await told.close()


async def test_only_so_many_senders_are_remembered(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "SENDERS_MAX", 2)
    async with hearers(redis_url, "a", "b") as (a, b):
        for name in ("x", "y", "z", "x"):
            one = News(redis_url, name, lambda told: None, lambda: None)
            one.tell(ExamTold(name, f"of-{name}"))
            await one.send()
            await one.close()
        await until(lambda: len(exams(b)) == 4)
        assert len(b.news._counts) == 2
        assert a.news.dropped == 0


@pytest.mark.parametrize(
    ("by", "body", "worth"),
    [
        ("examiner:eva", NoticeSent("m", "hello"), True),
        ("system", builders.expired(), True),
        ("candidate:asha", builders.granted(), True),
        ("candidate:asha", builders.submitted(), True),
        ("candidate:asha", builders.saved(), False),
        ("candidate:asha", builders.started(), False),
    ],
)
def test_what_a_candidate_elsewhere_must_hear_is_worth_telling(
    by: str, body: Body, worth: bool
) -> None:
    assert worth_telling(builders.fact(builders.running(), body, by=by)) is worth
