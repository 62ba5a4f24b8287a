"""Frames as the library on the other side writes and reads them: any length, cut anywhere."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import CLIENT, OPEN, SERVER, Protocol

from examsync.edge.lane import framing
from examsync.edge.lane.framing import BINARY, CLOSE, PING, PONG, TEXT, Fault, Reader

BYTES_MAX = 70_000

payloads = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([125, 126, 127, 65_535, 65_536, BYTES_MAX]).map(lambda size: b"ab\xff" * size),
).map(lambda payload: payload[:BYTES_MAX])


def masked(sort: int, payload: bytes, *, fin: bool = True) -> bytes:
    """A frame as a client writes it, with a mask of its own."""
    return Frame(Opcode(sort), payload, fin=fin).serialize(mask=True)


def read(data: bytes, cuts: list[int], bytes_max: int = BYTES_MAX) -> list[framing.Message]:
    """All messages of a stream that arrives cut at these places."""
    reader, found = Reader(bytes_max), []
    for start, end in pairwise([0, *sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]):
        reader.feed(data[start:end])
        while (message := reader.next()) is not None:
            found.append(message)
    assert reader._held == b""
    return found


def tried(judge: Callable[[bytes], Any], payload: bytes) -> Any:
    """What it says, or the fault it finds."""
    try:
        return judge(payload)
    except Fault as fault:
        return fault


@st.composite
def streams(draw: Callable[..., Any]) -> tuple[bytes, list[framing.Message]]:
    """Frames of a client, and the messages they make: in parts, with control frames between."""
    data, messages = b"", []
    control = st.tuples(st.sampled_from([PING, PONG]), st.binary(max_size=125))
    whole = st.tuples(st.sampled_from([TEXT, BINARY]), payloads, st.integers(1, 4))
    for sort, payload, parts in draw(st.lists(whole, max_size=6)):
        size = len(payload) // parts + 1
        for n in range(parts):
            part = payload[n * size : (n + 1) * size]
            data += masked(sort if n == 0 else 0, part, fin=n == parts - 1)
            if n < parts - 1:
                between = draw(st.lists(control, max_size=2))
                data += b"".join(masked(*each) for each in between)
                messages += between
        messages.append((sort, payload))
    return data, messages


@given(streams(), st.lists(st.integers(0), max_size=20))
def test_messages_come_out_as_they_went_in_wherever_they_are_cut(
    stream: tuple[bytes, list[framing.Message]], cuts: list[int]
) -> None:
    data, messages = stream
    assert read(data, cuts) == messages


@given(
    st.sampled_from([TEXT, TEXT, BINARY, PING, 0]), st.binary(max_size=130), st.booleans(),
    st.binary(max_size=3),
)  # fmt: skip
def test_a_short_text_that_comes_alone_is_read_at_once(
    sort: int, payload: bytes, fin: bool, more: bytes
) -> None:
    payload, fin = (payload[:125], True) if sort == PING else (payload, fin)
    reader, data = Reader(120), masked(sort, payload, fin=fin) + more
    alone = sort == TEXT and fin and not more and 0 < len(payload) <= 120
    assert reader.whole(data) == (payload if alone else None)
    assert reader._held == b""
    for before in (masked(TEXT, b"x", fin=False), masked(TEXT, b"x")[:5]):
        reader = Reader(120)
        reader.feed(before)
        assert reader.next() is None
        assert reader.whole(masked(TEXT, b"y")) is None


@given(st.lists(st.tuples(st.sampled_from([TEXT, PING]), st.binary(max_size=9)), max_size=4))
def test_every_byte_may_come_alone(frames: list[framing.Message]) -> None:
    data = b"".join(masked(*frame) for frame in frames)
    assert read(data, list(range(len(data)))) == frames


@given(payloads)
def test_what_we_write_is_read_by_others(payload: bytes) -> None:
    client = Protocol(CLIENT, state=OPEN, max_size=None)
    client.receive_data(framing.text(payload) + framing.pong(payload[:125]))
    assert client.events_received() == [
        Frame(Opcode.TEXT, payload),
        Frame(Opcode.PONG, payload[:125]),
    ]


@pytest.mark.parametrize("why", ["", "it does not slow down", "अ" * 100])
def test_a_close_frame_carries_its_code_and_what_fits_of_the_reason(why: str) -> None:
    client = Protocol(CLIENT, state=OPEN)
    client.receive_data(framing.close(1008, why))
    assert client.close_rcvd is not None
    assert client.close_rcvd.code == 1008
    assert why.startswith(client.close_rcvd.reason)
    assert len(client.close_rcvd.reason.encode()) > 120 or client.close_rcvd.reason == why


def test_a_close_frame_that_says_nothing_is_answered_alike() -> None:
    said = framing.close(*framing.closing(b""))
    assert said == Frame(Opcode.CLOSE, b"").serialize(mask=False)


FAULTY: dict[str, bytes] = {
    "unmasked": Frame(Opcode.TEXT, b"hi").serialize(mask=False),
    "a reserved bit": b"\xc1\x82aaaahi",
    "an unknown opcode": b"\x83\x80aaaa",
    "an unknown control opcode": b"\x8b\x80aaaa",
    "a part of nothing": masked(0, b"hi"),
    "a message within another": masked(TEXT, b"a", fin=False) + masked(TEXT, b"b"),
    "a ping in parts": b"\x09\x80aaaa",
    "a ping that is too long": b"\x89\xfe\x00\x7eaaaa" + b"x" * 126,
    "too long": masked(TEXT, b"x" * 101),
    "too long, says its head": b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xffaaaa",
    "too long in parts": masked(TEXT, b"x" * 60, fin=False) + masked(0, b"x" * 60),
}


@pytest.mark.parametrize("name", FAULTY)
def test_what_others_refuse_is_refused_with_the_same_code(name: str) -> None:
    data = FAULTY[name]
    other = Protocol(SERVER, state=OPEN, max_size=100)
    other.receive_data(data)
    assert other.close_sent is not None
    with pytest.raises(Fault) as fault:
        read(data, [], bytes_max=100)
    assert fault.value.code == other.close_sent.code


def test_messages_before_a_fault_are_given_first() -> None:
    reader = Reader(100)
    reader.feed(masked(TEXT, b"one") + b"\x83\x80aaaa")
    assert reader.next() == (TEXT, b"one")
    with pytest.raises(Fault):
        reader.next()


@given(st.one_of(st.binary(max_size=6), st.integers(0, 6_000).map(lambda n: n.to_bytes(2, "big"))))
def test_close_frames_are_judged_as_others_judge_them(payload: bytes) -> None:
    other = Protocol(SERVER, state=OPEN)
    other.receive_data(masked(CLOSE, payload))
    assert other.close_sent is not None
    found = tried(framing.closing, payload)
    if isinstance(found, Fault):
        assert other.close_sent.code == found.code
    else:
        assert other.close_rcvd == Close(*found)


@given(st.binary(max_size=20))
def test_text_is_utf_8_or_a_fault(payload: bytes) -> None:
    found = tried(framing.decoded, payload)
    if isinstance(found, Fault):
        assert found.code == 1007
    else:
        assert found.encode() == payload


def test_nothing_is_held_beyond_a_message_that_has_begun() -> None:
    reader = Reader(1_000)
    frame = masked(TEXT, b"x" * 1_000)
    for n in range(3):
        reader.feed(frame[n:] + frame[: n + 1])
        assert reader.next() == (TEXT, b"x" * 1_000)
        assert reader.next() is None
        assert reader._held == frame[: n + 1]


def test_empty_parts_hold_nothing() -> None:
    reader = Reader(10)
    reader.feed(masked(TEXT, b"", fin=False) + masked(0, b"", fin=False) * 10_000)
    assert reader.next() is None
    assert not reader._parts
    assert not reader._held
