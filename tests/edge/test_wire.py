"""A connection: read, counted, cut."""

import asyncio
from typing import Any

import pytest

from examsync.edge.sockets import frames
from examsync.edge.sockets.line import BREAK_AFTER_MS, FRAME_OVERHEAD_BYTES, SLOW
from examsync.edge.sockets.wire import Wire
from examsync.settings import Limits
from tests.edge.house import until
from tests.edge.makers import Far, HandTime, session, wire

EVENT = '42/exam,1["answer",{}]'


class Line:
    """A wire with a queue like python-engineio's behind it, and its writer."""

    def __init__(self, **limits: Any) -> None:
        self.far = Far()
        self.time = HandTime()
        self.wire = wire(self.far, self.time, **limits)
        self.wire.joined(session(self.wire))
        self.queue: asyncio.Queue[str] = asyncio.Queue()
        self.wire.enqueue = lambda ready: self.queue.put_nowait(ready.encode())
        self.taken: list[frames.Event] = []
        self.wire.take = self.take

    def take(self, event: frames.Event) -> bool:
        self.taken.append(event)
        return True

    async def write(self) -> None:
        while True:
            await self.wire.send({"type": "websocket.send", "text": await self.queue.get()})


async def test_events_are_taken_and_other_frames_go_on() -> None:
    line = Line()
    for text in (EVENT, EVENT, "3"):
        line.far.says(text)
    message = await line.wire.receive()
    assert message["text"] == "3"
    assert [event.ack_id for event in line.taken] == [1, 1]


async def test_an_event_that_nobody_takes_goes_on() -> None:
    line = Line()
    line.wire.take = lambda event: False
    line.far.says(EVENT)
    assert (await line.wire.receive())["text"] == EVENT


async def test_each_frame_is_noted() -> None:
    line = Line()
    line.time.ms += 5_000
    line.far.says("3")
    await line.wire.receive()
    assert line.wire.seen_at == line.time.ms


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"text": "x"}, 1002),
        ({"text": ""}, 1002),
        ({"text": '451-/exam,["a"]'}, 1002),
        ({"bytes": b"\x00"}, 1003),
        ({"text": None, "bytes": b""}, 1003),
        ({"text": "42/exam,[" + "x" * 70_000}, 1009),
    ],
)
async def test_a_faulty_frame_ends_the_connection_the_orderly_way(
    message: dict[str, Any], code: int
) -> None:
    line = Line()
    line.far.frames.put_nowait({"type": "websocket.receive", **message})
    line.far.says(EVENT)
    assert (await line.wire.receive())["type"] == "websocket.disconnect"
    assert (await line.wire.receive())["type"] == "websocket.disconnect"
    assert line.taken == []
    await line.wire.send({"type": "websocket.close"})
    assert line.far.got[-1]["code"] == code


async def test_a_client_that_says_goodbye_is_let_go() -> None:
    line = Line()
    line.far.says("1")
    assert (await line.wire.receive())["type"] == "websocket.disconnect"
    await line.wire.send({"type": "websocket.close"})
    assert line.far.got[-1]["code"] == 1000


async def test_too_many_frames_that_are_no_events_end_it() -> None:
    line = Line()
    for _ in range(30):
        line.far.says("3")
    kinds = [(await line.wire.receive())["type"] for _ in range(30)]
    assert kinds[:20] == ["websocket.receive"] * 20
    assert kinds[20:] == ["websocket.disconnect"] * 10


async def test_cutting_wakes_who_waits_for_a_frame() -> None:
    line = Line()
    waiting = asyncio.ensure_future(line.wire.receive())
    await asyncio.sleep(0)
    line.wire.cut(1008, "enough")
    assert (await waiting)["type"] == "websocket.disconnect"
    assert not line.wire.push(b"42/exam,[]")


async def test_cancelling_from_outside_is_not_taken_for_a_cut() -> None:
    line = Line()
    waiting = asyncio.ensure_future(line.wire.receive())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_what_is_unsent_is_counted_until_it_is_taken() -> None:
    line = Line()
    text = "42/exam,[]"
    line.wire.push(text.encode())
    assert line.wire.unsent_bytes == len(text) + FRAME_OVERHEAD_BYTES
    writer = asyncio.ensure_future(line.write())
    await until(lambda: line.wire.unsent_bytes == 0)
    writer.cancel()
    assert line.far.got[0]["text"] == text


async def test_frames_of_the_library_do_not_count() -> None:
    line = Line()
    for text in ("0{}", "2", "40/exam,{}"):
        await line.wire.send({"type": "websocket.send", "text": text})
    assert line.wire.unsent_bytes == 0


async def test_who_has_too_much_unsent_is_cut_for_good() -> None:
    line = Line(queue_bytes_max=65_536)
    line.far.reads.clear()
    writer = asyncio.ensure_future(line.write())
    pushed = 0
    while line.wire.push(b"42/exam,[]".ljust(1_000)):
        pushed += 1
        await asyncio.sleep(0)
    assert pushed * 1_000 < 65_536
    assert line.wire.why == SLOW
    assert line.far.aborted
    with pytest.raises(asyncio.CancelledError):
        await writer


async def test_who_takes_nothing_for_too_long_is_cut() -> None:
    line = Line(queue_wait_s=20)
    line.wire.look(line.time.ms)
    line.wire.push(b"42/exam,[]")
    line.time.ms += 20_000
    line.wire.look(line.time.ms)
    assert not line.wire.is_cut()
    line.time.ms += 1
    line.wire.look(line.time.ms)
    assert line.wire.why == SLOW


async def test_the_wait_begins_anew_with_every_frame_taken() -> None:
    line = Line(queue_wait_s=20)
    for text in ("42/exam,[1]", "42/exam,[2]"):
        line.wire.push(text.encode())
    line.time.ms += 19_000
    await line.wire.send({"type": "websocket.send", "text": await line.queue.get()})
    line.wire.look(line.time.ms)
    line.time.ms += 19_000
    line.wire.look(line.time.ms)
    assert not line.wire.is_cut()


@pytest.mark.parametrize("left", [False, True])
async def test_who_is_in_no_namespace_is_cut_after_a_while(left: bool) -> None:
    time = HandTime()
    bare = wire(Far(), time, namespace_wait_s=10)
    if left:
        someone = session(bare)
        bare.joined(someone)
        time.ms += 60_000
        bare.look(time.ms)
        assert not bare.is_cut()
        bare.left(someone)
    bare.look(time.ms + 10_000)
    assert not bare.is_cut()
    bare.look(time.ms + 10_001)
    assert bare.is_cut()


async def test_a_connection_that_does_not_end_is_torn_down() -> None:
    line = Line()
    line.wire.cut(1008, "enough")
    line.wire.look(line.time.ms + BREAK_AFTER_MS)
    assert not line.far.aborted
    line.wire.look(line.time.ms + BREAK_AFTER_MS + 1)
    assert line.far.aborted


async def test_without_the_extension_it_ends_as_far_as_asgi_can() -> None:
    far = Far()
    plain = Wire({"type": "websocket"}, far.receive, far.send, Limits(), HandTime().now)
    plain.cut(1013, SLOW)
    await plain.send({"type": "websocket.close"})
    assert far.got == []


async def test_the_first_reason_to_cut_stays() -> None:
    line = Line()
    line.wire.cut(1008, "enough")
    line.wire.cut(1012, "restarting")
    assert line.wire.why == "enough"
