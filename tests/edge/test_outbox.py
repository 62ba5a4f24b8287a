"""The queue of a connection."""

import asyncio

from examsync.edge.sockets.outbox import Outbox


async def test_all_that_waits_is_drained_at_once_in_order() -> None:
    box = Outbox()
    box.put_nowait(1)
    await box.put(2)
    assert await box.drain() == [1, 2]


async def test_a_writer_waits_until_there_is_something() -> None:
    box = Outbox()
    writer = asyncio.ensure_future(box.drain())
    await asyncio.sleep(0)
    assert not writer.done()
    box.put_nowait(1)
    box.put_nowait(2)
    assert await writer == [1, 2]


async def test_the_end_comes_after_what_was_queued_before_it_and_stays() -> None:
    box = Outbox()
    for packet in (1, 2, None, 3):
        box.put_nowait(packet)
    assert await box.drain() == [1, 2]
    assert await box.drain() == []
    assert await box.drain() == []


async def test_a_writer_that_was_cancelled_leaves_the_queue_whole() -> None:
    box = Outbox()
    writer = asyncio.ensure_future(box.drain())
    await asyncio.sleep(0)
    writer.cancel()
    box.put_nowait(1)
    assert await box.drain() == [1]
