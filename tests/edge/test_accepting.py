"""Who connects is let in a few in each turn of the loop."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator

import pytest

from examsync.edge import accepting
from examsync.edge.accepting import AT_ONCE, Acceptor
from tests.edge.house import until


class Guest(asyncio.Protocol):
    """Somebody who has been let in: says hello, and notes that he was."""

    def __init__(self, house: "Hall") -> None:
        self._house = house

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._house.guests.append(transport)
        transport.write(b"hello")


class Hall:
    """An acceptor on a port of its own."""

    def __init__(self) -> None:
        self.guests: list[asyncio.Transport] = []
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.acceptor = Acceptor(self.listening, lambda: Guest(self))

    def come(self, count: int) -> list[socket.socket]:
        """So many dial."""
        at = self.listening.getsockname()
        return [socket.create_connection(at) for _ in range(count)]


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    hall = Hall()
    yield hall
    hall.acceptor.close()
    for guest in hall.guests:
        guest.abort()
    await asyncio.sleep(0)


async def test_of_many_who_come_at_once_a_few_are_let_in_in_each_turn(hall: Hall) -> None:
    clients = hall.come(3 * AT_ONCE + 1)
    most = 0
    while len(hall.guests) < len(clients):
        before = len(hall.guests)
        await asyncio.sleep(0)
        most = max(most, len(hall.guests) - before)
    assert most == AT_ONCE
    for client in clients:
        assert client.recv(5) == b"hello"
        client.close()


async def test_who_has_gone_while_waiting_keeps_nobody(hall: Hall) -> None:
    gone, stays = hall.come(2)
    gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    gone.close()
    await until(lambda: len(hall.guests) >= 1)
    await until(lambda: any(not guest.is_closing() for guest in hall.guests))
    assert stays.recv(5) == b"hello"
    stays.close()


async def test_without_descriptors_it_waits_for_some(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accepting, "AGAIN_S", 0.01)
    short = [OSError(errno.EMFILE, "too many open files")] * 2
    accept = hall.listening.accept

    class Short:
        """The socket, in a process that has no descriptors at first."""

        def accept(self) -> object:
            if short:
                raise short.pop()
            return accept()

        def __getattr__(self, name: str) -> object:
            return getattr(hall.listening, name)

    monkeypatch.setattr(hall.acceptor, "_listening", Short())
    (client,) = hall.come(1)
    await until(lambda: len(hall.guests) == 1)
    assert short == []
    client.close()


async def test_who_listens_no_more_lets_nobody_in_and_keeps_who_is(hall: Hall) -> None:
    (client,) = hall.come(1)
    await until(lambda: len(hall.guests) == 1)
    assert (hall.acceptor.is_serving(), hall.acceptor.sockets) == (True, (hall.listening,))
    at = hall.listening.getsockname()
    hall.acceptor.close()
    hall.acceptor.close()
    await hall.acceptor.wait_closed()
    assert (hall.acceptor.is_serving(), hall.acceptor.sockets) == (False, ())
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(at)
    assert not hall.guests[0].is_closing()
    client.close()
