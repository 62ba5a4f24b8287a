"""Frames are read whole or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.edge.sockets import frames
from examsync.edge.sockets.frames import Broken, Connect, Event, Leave, Pulse

READ = {
    "3": Pulse(closing=False),
    "1": Pulse(closing=True),
    "40": Connect("/", None),
    "40/exam": Connect("/exam", None),
    "40/exam,": Connect("/exam", None),
    '40/exam,{"token":"t"}': Connect("/exam", {"token": "t"}),
    '40{"token":"t"}': Connect("/", {"token": "t"}),
    "41": Leave("/"),
    "41/exam": Leave("/exam"),
    "41/exam,": Leave("/exam"),
    '42/exam,["answer",{}]': Event("/exam", None, '["answer",{}]'),
    '42/exam,17["answer",{}]': Event("/exam", 17, '["answer",{}]'),
    '42/monitor,0["watch"]': Event("/monitor", 0, '["watch"]'),
    "42/exam,[": Event("/exam", None, "["),
}

BROKEN = [
    "",
    "x",
    "9",
    "0{}",
    "2",
    "2probe",
    "3probe",
    "5",
    "6",
    "b!!!",
    "bAQ==",
    "4",
    "4abc",
    "42",
    "42{}",
    "42abc[]",
    '42["answer",{}]',
    "42/exam",
    "42/exam,",
    "42/exam,{}",
    "42/exam,x[]",
    "42/exam,-1[]",
    "42/exam,²[]",
    "42/exam,1234567890123456[]",
    "42/" + "e" * 80 + ",[]",
    "43/exam,1[]",
    '44/exam,{"message":"no"}',
    '451-/exam,["answer",{"_placeholder":true,"num":0}]',
    '461-/exam,1["x"]',
    "47/exam,[]",
    "40/exam,[]",
    "40/exam,{",
    "40/exam,{}x",
    '40/exam,{"token":NaN}',
    '40/exam,{"a":"\\ud800"}',
    '40/exam,{"a":' + "[" * 5_000 + "]" * 5_000 + "}",
    "41/exam,x",
]


@pytest.mark.parametrize("text", READ)
def test_what_clients_send_is_read(text: str) -> None:
    assert frames.read(text) == READ[text]


@pytest.mark.parametrize("text", BROKEN, ids=lambda text: text[:24])
def test_everything_else_is_broken(text: str) -> None:
    with pytest.raises(Broken):
        frames.read(text)


def test_what_we_send_is_what_socket_io_clients_read() -> None:
    assert frames.ack("/exam", 7, b'{"ok":true}') == b'43/exam,7[{"ok":true}]'
    assert frames.told("/monitor", "stats", b"{}") == b'42/monitor,["stats",{}]'


def test_messages_of_ours_are_told_from_what_the_library_sends() -> None:
    ours = (frames.ack("/exam", 1, b"{}"), frames.told("/exam", "closed", b"{}"))
    assert all(message.decode().startswith(frames.MESSAGES) for message in ours)
    assert not any(text.startswith(frames.MESSAGES) for text in ("0{}", "2", "40/exam,{}", "41"))


heads = st.sampled_from(["42/exam,", "42/exam", "42/exam,1", "42/monitor,", "43/exam,", "42", "2"])
ids = st.one_of(
    st.just(""),
    st.integers(0, 10**17).map(str),
    st.sampled_from(["-1", "1.5", "٣", "²", " 1", "00", "1" * 15, "1" * 16]),
)
bodies = st.sampled_from(['["answer",{}]', "[", "[[", "", "x[", "{}", "[\n]", '["आ"]'])


@given(heads, ids, bodies)
def test_what_is_plain_is_read_as_everything_is(head: str, ack_id: str, body: str) -> None:
    text = head + ack_id + body
    plain = frames.plain(text.encode())
    if plain is not None:
        assert frames.read(text) == Event("/exam", plain[0], plain[1].decode())
    elif head == "42/exam," and ack_id.isascii() and ack_id.isdigit() and body.startswith("["):
        assert len(ack_id) > frames.ACK_DIGITS_MAX
