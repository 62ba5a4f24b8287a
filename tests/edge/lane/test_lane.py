"""A connection on the lane: read, answered, held up, cut."""

import asyncio

import pytest
from websockets.frames import Opcode

from examsync.edge.lane.lane import WRITE_BYTES_MAX
from examsync.edge.sockets.line import BREAK_AFTER_MS, FRAME_OVERHEAD_BYTES, SLOW
from tests.edge.house import until
from tests.edge.lane.far import Far, masked

EVENT = '42/exam,1["answer",{}]'


async def test_events_are_heard_at_once_in_order_with_their_arrival() -> None:
    far = await Far().begin()
    far.time.ms += 7
    far.says(EVENT, '42/exam,["a"]', '42/exam,22["आ",1]', "42/exam,[]")
    bodies = [b'["answer",{}]', b'["a"]', '["आ",1]'.encode(), b"[]"]
    ids = [1, None, 22, None]
    assert far.sockets.heard == [
        ("/exam", ack_id, body, far.time.ms) for ack_id, body in zip(ids, bodies, strict=True)
    ]
    assert far.lane.seen_at == far.time.ms
    assert far.lane.is_cut() is False


async def test_a_frame_may_come_in_any_pieces_and_counts_when_it_is_whole() -> None:
    far = await Far().begin()
    frame = masked(EVENT.encode())
    far.time.ms += 5
    before = far.lane.seen_at
    for n in range(len(frame) - 1):
        far.brings(frame[n : n + 1])
    assert (far.sockets.heard, far.lane.seen_at) == ([], before)
    far.brings(frame[-1:])
    assert len(far.sockets.heard) == 1
    assert far.lane.seen_at == far.time.ms


async def test_a_message_may_come_in_parts_with_a_ping_between() -> None:
    far = await Far().begin()
    text = EVENT.encode()
    far.brings(masked(text[:9], fin=False) + masked(b"hi", Opcode.PING))
    far.brings(masked(text[9:], Opcode.CONT))
    await far.tick()
    assert far.got() == ["PONG b'hi'"]
    assert [body for _, _, body, _ in far.sockets.heard] == [b'["answer",{}]']


async def test_all_that_is_said_in_one_turn_is_one_write() -> None:
    far = await Far().begin()
    for n in range(3):
        assert far.lane.push(b"43/exam,%d[]" % n)
    assert far.transport.writes == []
    await far.tick()
    assert len(far.transport.writes) == 1
    assert far.got() == ["43/exam,0[]", "43/exam,1[]", "43/exam,2[]"]
    assert far.lane.unsent_bytes == 0


async def test_what_the_transport_does_not_take_waits_and_is_counted() -> None:
    far = await Far().begin()
    far.lane.pause_writing()
    message = b"42/exam,[]".ljust(1_000)
    for _ in range(100):
        assert far.lane.push(message)
    await far.tick()
    assert far.transport.writes == []
    assert far.lane.unsent_bytes >= 100 * (len(message) + FRAME_OVERHEAD_BYTES)
    far.lane.resume_writing()
    assert [len(each) <= WRITE_BYTES_MAX + 2_000 for each in far.transport.writes] == [True, True]
    assert len(far.got()) == 100
    assert far.lane.unsent_bytes == 0


async def test_a_transport_that_has_enough_half_way_gets_the_rest_later() -> None:
    far = await Far().begin()
    write = far.transport.write

    def enough(data: bytes) -> None:
        write(data)
        far.lane.pause_writing()

    far.transport.write = enough  # type: ignore[method-assign]
    for n in range(300):
        far.lane.push((b"42/exam,[%d]" % n).ljust(1_000))
    await far.tick()
    assert len(far.transport.writes) == 1
    left = far.lane.unsent_bytes
    assert 0 < left < 300 * 1_300
    while far.lane.unsent_bytes:
        far.lane.resume_writing()
    assert [text.strip() for text in far.got()] == [f"42/exam,[{n}]" for n in range(300)]


async def test_who_has_too_much_unsent_is_cut_for_good() -> None:
    far = await Far(queue_bytes_max=65_536).begin()
    far.lane.pause_writing()
    pushed = 0
    while far.lane.push(b"42/exam,[]".ljust(1_000)):
        pushed += 1
    assert 30 < pushed < 65
    assert far.lane.why == SLOW
    assert far.transport.aborted
    far.lane.connection_lost(None)
    await until(lambda: far.gone == [far.lane])


async def test_who_takes_nothing_for_too_long_is_cut() -> None:
    far = await Far(queue_wait_s=20).begin()
    far.lane.look(far.time.ms)
    far.lane.pause_writing()
    far.lane.push(b"42/exam,[]")
    far.time.ms += 20_000
    far.lane.look(far.time.ms)
    assert not far.lane.is_cut()
    far.time.ms += 1
    far.lane.look(far.time.ms)
    assert far.lane.why == SLOW


async def test_what_takes_time_is_done_in_order_and_nothing_is_read_meanwhile() -> None:
    far = await Far().begin()
    far.sockets.slow.clear()
    far.says('40/exam,{"token":"t"}', EVENT, "41/exam,", '42/exam,2["b"]')
    await far.tick()
    assert far.sockets.log == []
    assert not far.transport.reading
    far.says('42/exam,3["c"]')  # what the loop had read already
    far.sockets.slow.set()
    await until(lambda: len(far.sockets.log) == 5)
    assert far.sockets.log == [
        '0/exam,{"token":"t"}',
        '["answer",{}]',
        "1/exam,",
        '["b"]',
        '["c"]',
    ]
    assert far.transport.reading


async def test_a_connection_lost_meanwhile_ends_when_that_is_done() -> None:
    far = await Far().begin()
    far.sockets.slow.clear()
    far.says("40/exam,", EVENT)
    await far.tick()
    far.lane.connection_lost(None)
    await far.tick()
    assert far.sockets.log == []
    assert far.gone == []
    far.sockets.slow.set()
    await until(lambda: far.gone == [far.lane])
    assert far.sockets.log == ["0/exam,", "transport close"]
    assert far.sockets.eio.sockets == {}


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (masked(b"x"), "1002"),
        (masked(b""), "1002"),
        (masked(b'451-/exam,["a"]'), "1002"),
        (masked(b"\x00", Opcode.BINARY), "1003"),
        (masked(b"42/exam,1[\xff]"), "1007"),
        (masked(b"42/exam,[" + b"x" * 70_000), "1009"),
        (b"\x81\x02hi", "1002"),
        (masked(b"\x03\xe8bye", Opcode.CLOSE), "1000"),
        (masked(b"", Opcode.CLOSE), "0"),
        (masked(b"\x00\x01", Opcode.CLOSE), "1002"),
        (masked(b"1"), "1000"),
    ],
    ids=range(11),  # masks are drawn anew in each process
)
async def test_the_end_that_a_frame_brings(frame: bytes, code: str) -> None:
    far = await Far().begin()
    far.lane.push(b"43/exam,1[]")
    far.brings(masked(EVENT.encode()) + frame + masked(EVENT.encode()))
    await until(lambda: far.lane.ended)
    assert far.got() == ["43/exam,1[]", code]
    assert len(far.sockets.heard) == 1
    assert far.lane.push(b"42/exam,[]") is False


async def test_who_was_cut_is_closed_when_it_agrees() -> None:
    far = await Far().begin()
    far.lane.cut(1008, "enough")
    await far.tick()
    far.says(EVENT)
    assert (far.sockets.heard, far.transport.closed) == ([], False)
    far.brings(masked(b"\x03\xf0", Opcode.CLOSE))
    assert far.transport.closed
    assert far.got() == ["1008"]
    far.lane.connection_lost(None)
    assert far.gone == [far.lane]
    assert far.connections == set()


async def test_who_never_agrees_is_torn_off() -> None:
    far = await Far().begin()
    far.lane.cut(1008, "enough")
    await far.tick()
    far.lane.look(far.time.ms + BREAK_AFTER_MS)
    assert not far.transport.aborted
    far.lane.look(far.time.ms + BREAK_AFTER_MS + 1)
    assert far.transport.aborted


async def test_nonsense_after_the_end_closes_the_transport() -> None:
    far = await Far().begin()
    far.lane.cut(1008, "enough")
    await far.tick()
    far.brings(b"GET / HTTP/1.1\r\n\r\n")
    assert far.transport.closed


async def test_too_many_frames_that_are_no_events_end_it() -> None:
    far = await Far().begin()
    far.says(*["3"] * 10)
    far.brings(masked(b"", Opcode.PING) * 10)
    assert not far.lane.is_cut()
    far.says('42/elsewhere,1["x"]')
    assert far.lane.why == "too many frames that are no events"
    far.says(*["3"] * 1_000)


async def test_events_of_a_namespace_that_was_not_joined_are_nobodys() -> None:
    far = await Far().begin(joined=False)
    far.says(EVENT, '42/monitor,1["x"]')
    await far.tick()
    assert (far.sockets.heard, far.sockets.log, far.got()) == ([], [], [])


async def test_it_is_pinged_by_the_wheel_and_cut_when_it_goes_silent() -> None:
    far = await Far().begin()
    for _ in range(25):
        far.time.ms += 1_000
        far.lanes.wheel.turn(far.time.ms)
    await far.tick()
    assert far.got() == ["2"]
    far.lane.look(far.lane.seen_at + 45_000)
    assert not far.lane.is_cut()
    far.lane.look(far.lane.seen_at + 45_001)
    await until(lambda: far.lane.ended)
    assert far.got() == ["1000"]


async def test_uvicorn_may_close_what_is_left() -> None:
    far = await Far().begin()
    assert far.connections == {far.lane}
    far.lane.push(b"42/exam,[]")
    far.lane.shutdown()
    assert far.got() == ["42/exam,[]", "1012"]
    assert far.transport.closed


async def test_a_lost_connection_is_forgotten_whole() -> None:
    far = await Far().begin()
    far.lane.push(b"42/exam,[]")
    far.lane.connection_lost(ConnectionResetError())
    await until(lambda: far.gone == [far.lane])
    assert far.sockets.log == ["transport close"]
    assert (far.connections, len(far.lanes.wheel), far.transport.writes) == (set(), 0, [])
    far.lane.cut(1008, "too late")
    far.lane.look(far.time.ms + 60_000)
    await asyncio.sleep(0)
