"""Frames of a server, taken apart; frames of ours, as its library reads them."""

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from loadtest.soak import raw


def sent(size: int) -> bytes:
    """A server's text frame."""
    return Frame(Opcode.TEXT, b"x" * size).serialize(mask=False)


def test_whole_frames_of_every_length_are_found_and_what_follows_is_kept() -> None:
    for size in (0, 1, 125, 126, 65_535, 65_536):
        assert raw.split(sent(size) + b"rest") == (raw.TEXT, b"x" * size, b"rest")


def test_half_a_frame_is_none() -> None:
    for size in (1, 126, 65_536):
        whole = sent(size)
        for cut in (0, 1, 2, 5, len(whole) - 1):
            assert raw.split(whole[:cut]) is None or cut >= len(whole)


def test_our_handshake_and_frames_are_what_a_server_takes_for_a_clients() -> None:
    server = ServerProtocol(max_size=None)
    server.receive_data(raw.request("here", raw.PATH))
    (asked,) = server.events_received()
    assert isinstance(asked, Request)
    server.send_response(server.accept(asked))
    assert server.state is State.OPEN
    for size in (0, 1, 125, 126, 65_535, 65_536):
        payload = b"y" * size
        server.receive_data(raw.framed(raw.TEXT, payload))
        (frame,) = server.events_received()
        assert isinstance(frame, Frame)
        assert (frame.opcode, bytes(frame.data)) == (Opcode.TEXT, payload)
