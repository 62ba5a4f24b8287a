"""The stand-in for python-engineio's socket."""

import pytest
from engineio import exceptions, packet

from tests.edge.lane.far import Far


async def test_packets_of_the_library_are_written_as_they_are() -> None:
    far = await Far().begin()
    assert far.lane.peer is not None
    await far.lane.peer.send(packet.Packet(packet.MESSAGE, '0/exam,{"sid":"x"}'))
    await far.tick()
    assert far.got() == ['40/exam,{"sid":"x"}']


async def test_it_ends_once_and_takes_nothing_then() -> None:
    far = await Far().begin()
    peer = far.lane.peer
    assert peer is not None
    await peer.close()
    await peer.close()
    await far.tick()
    assert far.sockets.log == ["server disconnect"]
    assert far.got() == ["1", "1000"]
    with pytest.raises(exceptions.SocketIsClosedError):
        await peer.send(packet.Packet(packet.NOOP))


async def test_its_session_is_made_when_it_is_asked_for() -> None:
    far = await Far().begin()
    peer = far.lane.peer
    assert peer is not None
    assert peer._session is None
    peer.session["a"] = 1
    assert peer.session == {"a": 1}
    assert (peer.connected, peer.upgraded, peer.upgrading) == (True, True, False)
