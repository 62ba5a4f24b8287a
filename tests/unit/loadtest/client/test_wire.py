"""Frames are read and written as Socket.IO clients and servers do it."""

import pytest

from loadtest.client import wire


def test_the_address_is_made_from_the_servers_url() -> None:
    tail = "/socket.io/?EIO=4&transport=websocket"
    assert wire.socket_url("http://127.0.0.1:8000") == f"ws://127.0.0.1:8000{tail}"
    assert wire.socket_url("https://exam.example/") == f"wss://exam.example{tail}"
    assert wire.socket_url("https://exam.example/base") == f"wss://exam.example/base{tail}"


def test_it_asks_for_a_namespace_with_auth() -> None:
    assert wire.connect("/exam", {"token": "t"}) == '40/exam,{"token":"t"}'


def test_every_event_wants_an_ack() -> None:
    frame = wire.event("/exam", "answer", {"item": "q1", "response": "पौधे"}, 12)
    assert frame == '42/exam,12["answer",{"item":"q1","response":"पौधे"}]'


@pytest.mark.parametrize(("text", "frame"), [
    ('0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1}',
     wire.Opened("s", 25_000, 20_000, 1)),
    ("2", wire.Ping()),
    ("1", wire.Ended()),
    ("6", None),
    ('40/exam,{"sid":"x"}', wire.Connected()),
    ("41/exam,", wire.Ended()),
    ('44/exam,{"message":"no","data":{"code":"forbidden"}}', wire.Refused({"code": "forbidden"})),
    ('44/exam,{"message":"no"}', wire.Refused(None)),
    ('42/exam,["closed",{"state":"expired"}]', wire.Event("closed", {"state": "expired"})),
    ('42/exam,["draining"]', wire.Event("draining", None)),
    ('42/exam,7["closed",{}]', wire.Event("closed", {})),
    ('43/exam,12[{"ok":true}]', wire.Ack(12, {"ok": True})),
    ("43/exam,12[]", wire.Ack(12, None)),
    ('43/exam,3[{"text":"a,b]["}]', wire.Ack(3, {"text": "a,b]["})),
    ('43/exam,3[{"text":"two\\nlines"}]', wire.Ack(3, {"text": "two\nlines"})),
])  # fmt: skip
def test_frames_are_read(text: str, frame: wire.Frame | None) -> None:
    assert wire.read(text) == frame


@pytest.mark.parametrize(
    "text", ["", "9", "4", "0{}", "42/exam,", "42/exam,{", "43/exam,[1]", "43/exam,x[1]", "hello"]
)
def test_what_is_no_frame_is_said_to_be_none(text: str) -> None:
    with pytest.raises(wire.Unreadable):
        wire.read(text)
