"""The coalescer: newest values, few messages, bounded, nothing lost when sending fails."""

import asyncio
from collections.abc import Iterator

import pytest
import structlog
from structlog.testing import capture_logs

from examsync.infra.batch import Coalescer

LONG_MS = 3_600_000
SHORT_MS = 1


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with capture_logs():
        yield
    structlog.reset_defaults()


class Sink:
    """Keeps what is sent; may be told to fail or to hold."""

    def __init__(self, *failures: BaseException) -> None:
        self.batches: list[dict[str, int]] = []
        self.failures = list(failures)
        self.let = asyncio.Event()
        self.let.set()
        self.entered = asyncio.Event()
        self.sent = asyncio.Event()

    async def __call__(self, batch: dict[str, int]) -> None:
        self.entered.set()
        await self.let.wait()
        if self.failures:
            raise self.failures.pop(0)
        self.batches.append(batch)
        self.sent.set()

    async def next(self) -> dict[str, int]:
        await asyncio.wait_for(self.sent.wait(), 30)
        self.sent.clear()
        return self.batches[-1]


def started(sink: Sink, period_ms: int = SHORT_MS, keys_max: int = 100) -> Coalescer[str, int]:
    coalescer: Coalescer[str, int] = Coalescer(sink, period_ms=period_ms, keys_max=keys_max)
    coalescer.start()
    return coalescer


async def test_many_changes_of_a_key_are_one_newest_value() -> None:
    sink = Sink()
    coalescer = started(sink)
    for n in range(1_000):
        assert coalescer.put("a", n)
    coalescer.put("b", 7)
    assert await sink.next() == {"a": 999, "b": 7}
    await coalescer.stop()
    assert sink.batches == [{"a": 999, "b": 7}]


async def test_nothing_is_sent_when_nothing_changed() -> None:
    sink = Sink()
    coalescer = started(sink)
    coalescer.put("a", 1)
    await sink.next()
    await asyncio.sleep(0.02)
    await coalescer.stop()
    assert len(sink.batches) == 1


async def test_a_later_change_is_another_batch() -> None:
    sink = Sink()
    coalescer = started(sink)
    coalescer.put("a", 1)
    assert await sink.next() == {"a": 1}
    coalescer.put("a", 2)
    assert await sink.next() == {"a": 2}
    await coalescer.stop()


async def test_changes_wait_for_the_period_and_stopping_sends_them() -> None:
    sink = Sink()
    coalescer = started(sink, LONG_MS)
    coalescer.put("a", 1)
    await asyncio.sleep(0.02)
    assert sink.batches == []
    assert len(coalescer) == 1
    await coalescer.stop()
    assert sink.batches == [{"a": 1}]
    assert len(coalescer) == 0


async def test_a_full_house_is_sent_at_once() -> None:
    sink = Sink()
    coalescer = started(sink, LONG_MS, keys_max=2)
    assert coalescer.put("a", 1)
    assert coalescer.put("b", 1)
    assert not coalescer.put("c", 1)
    assert coalescer.put("a", 2)
    assert await sink.next() == {"a": 2, "b": 1}
    assert coalescer.put("c", 1)
    await coalescer.stop()
    assert sink.batches[1:] == [{"c": 1}]


async def test_while_a_batch_is_being_sent_the_next_one_gathers_within_the_bound() -> None:
    sink = Sink()
    sink.let.clear()
    coalescer = started(sink, SHORT_MS, keys_max=2)
    coalescer.put("a", 1)
    await asyncio.wait_for(sink.entered.wait(), 30)
    assert coalescer.put("a", 2)
    assert coalescer.put("b", 2)
    assert not coalescer.put("c", 2)
    sink.let.set()
    await coalescer.stop()
    assert sink.batches == [{"a": 1}, {"a": 2, "b": 2}]


@pytest.mark.parametrize("error", [OSError("away"), asyncio.CancelledError()])
async def test_what_could_not_be_sent_is_sent_again_unless_newer_came(
    error: BaseException,
) -> None:
    sink = Sink(error)
    sink.let.clear()
    coalescer = started(sink, SHORT_MS, keys_max=2)
    coalescer.put("a", 1)
    coalescer.put("b", 1)
    await asyncio.wait_for(sink.entered.wait(), 30)
    coalescer.put("b", 2)
    coalescer.put("c", 2)
    with capture_logs() as told:
        sink.let.set()
        assert await sink.next() == {"a": 1, "b": 2, "c": 2}
    assert [line["keys"] for line in told] == [2]
    await coalescer.stop()


async def test_a_full_house_that_cannot_be_sent_is_not_tried_in_a_frenzy() -> None:
    sink = Sink(*[OSError("away") for _ in range(1_000)])
    coalescer = started(sink, LONG_MS, keys_max=1)
    coalescer.put("a", 1)
    await asyncio.wait_for(sink.entered.wait(), 30)
    for n in range(100):
        coalescer.put("a", n)
        await asyncio.sleep(0)
    assert len(sink.failures) == 999
    await coalescer.stop()
    assert len(sink.failures) == 998


async def test_stopping_does_not_wait_for_ever_for_a_batch_that_hangs() -> None:
    sink = Sink()
    sink.let.clear()
    coalescer = started(sink)
    coalescer.put("a", 1)
    await asyncio.wait_for(sink.entered.wait(), 30)
    await asyncio.wait_for(coalescer.stop(grace_s=0), 30)
    assert sink.batches == []


async def test_stopping_without_starting_is_no_fault() -> None:
    coalescer: Coalescer[str, int] = Coalescer(Sink(), period_ms=SHORT_MS, keys_max=1)
    await coalescer.stop()
