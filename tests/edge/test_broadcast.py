"""What leaves: acks and events, each encoded once."""

from typing import Any

from msgspec import Struct

from examsync.edge.sockets.broadcast import Broadcast
from examsync.edge.sockets.rooms import Rooms
from tests.edge.makers import Far, HandTime, session, wire


class News(Struct, frozen=True):
    """An event of these tests."""

    text: str


def hearing(sent: list[str]) -> Any:
    """A session whose frames end up in `sent`."""
    line = wire(Far(), HandTime())
    line.enqueue = lambda ready: sent.append(ready.encode())
    return session(line)


def test_an_ack_carries_its_id_and_one_argument() -> None:
    sent: list[str] = []
    Broadcast(Rooms()).ack(hearing(sent), 7, News("आ"))
    assert sent == ['43/exam,7[{"text":"आ"}]']


def test_an_event_carries_its_name_and_one_argument() -> None:
    sent: list[str] = []
    Broadcast(Rooms()).tell(hearing(sent), "notice", News("hi"))
    assert sent == ['42/exam,["notice",{"text":"hi"}]']


def test_a_body_that_is_json_already_is_passed_on_as_it_is() -> None:
    sent: list[str] = []
    Broadcast(Rooms()).pass_on(hearing(sent), "stats", b'{"at":1}')
    assert sent == ['42/exam,["stats",{"at":1}]']


def test_who_has_left_or_is_being_cut_is_told_nothing() -> None:
    sent: list[str] = []
    broadcast = Broadcast(Rooms())
    gone, cut = hearing(sent), hearing(sent)
    gone.gone = True
    cut.wire.cut(1008, "enough")
    for each in (gone, cut):
        broadcast.ack(each, 1, News("x"))
    broadcast.tell(cut, "notice", News("x"))
    assert sent == []
