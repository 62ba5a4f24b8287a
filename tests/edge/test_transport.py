"""What we rely on in uvicorn: its settings, and the class that can hang up."""

import asyncio

import pytest
import websockets
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from examsync.edge import transport
from examsync.edge.lane.entrance import Entrance
from examsync.edge.lane.lane import Lane
from examsync.edge.transport import Abortable, uvicorn_config
from examsync.settings import Limits, Server
from tests.edge.house import House, until
from tests.edge.rooms_to_let import Open

BOTH_WAYS = True


def test_one_limit_no_compression_one_pinger_and_an_end_to_waiting() -> None:
    settings = uvicorn_config(None, Server(proxies=("10.0.0.1",)), Limits())
    assert settings.ws_max_size == Limits().body_bytes_max
    assert settings.ws_per_message_deflate is False
    assert settings.ws_ping_interval is None
    assert settings.timeout_graceful_shutdown is not None
    assert (settings.proxy_headers, settings.forwarded_allow_ips) == (True, ["10.0.0.1"])
    assert settings.access_log is False


def test_without_known_proxies_nobodys_forwarded_address_is_believed() -> None:
    assert uvicorn_config(None, Server(), Limits()).proxy_headers is False


async def test_a_connection_that_reads_nothing_can_be_ended(house: House, open_raw: Open) -> None:
    assert issubclass(Abortable, WebSocketsSansIOProtocol)
    raw = await open_raw(house, max_queue=1)
    await raw.enter("/exam", house.auth("asha"))
    raw.socket.transport.pause_reading()
    (line,) = house.front.guard.wires
    connections = house.server.server_state.connections
    while line.unsent_bytes < 1_000_000:  # until the transport itself waits
        line.push(b"42/exam,[]".ljust(10_000))
        await asyncio.sleep(0)
    line.cut(1013, "for this test")
    line.look(line.opened_at + 3_600_000)
    await until(lambda: house.sids() == (0, 0, 0, 0))
    await until(lambda: not any(isinstance(each, Abortable | Lane) for each in connections))


def test_one_switch_decides_how_sockets_are_served() -> None:
    on, off = (uvicorn_config(None, Server(lane=lane), Limits()).ws for lane in (True, False))
    assert on is Entrance
    assert isinstance(off, type)
    assert issubclass(off, Abortable)


async def test_frames_are_not_compressed_though_a_client_offers_to(house: House) -> None:
    async with websockets.connect(house.socket_url, compression="deflate") as socket:
        assert socket.protocol.extensions == []


async def open_line(house: House) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", house.port)


async def test_who_connects_and_asks_nothing_is_closed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "HEADERS_WITHIN_S", 0.2)
    silent, mute = await open_line(house)
    slow, writer = await open_line(house)
    writer.write(b"GET /livez HTTP/1.1\r\nhost: here\r\n")
    assert await asyncio.wait_for(silent.read(), 5) == b""
    assert await asyncio.wait_for(slow.read(), 5) == b""
    mute.close()
    writer.close()


async def test_who_asked_and_asks_again_in_time_is_not(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "HEADERS_WITHIN_S", 0.2)
    reader, writer = await open_line(house)
    for _ in range(3):
        writer.write(b"GET /livez HTTP/1.1\r\nhost: here\r\n\r\n")
        assert b"200" in await reader.readline()
        await asyncio.sleep(0.25)
        while not (await reader.readline()).isspace():
            continue
        await reader.readline()
    writer.close()


async def test_a_refused_connection_is_no_error_in_the_log(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.front.guard.draining = True
    try:
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(house.socket_url)
    finally:
        house.front.guard.draining = False
    assert refused.value.response.status_code == 503
    await until(lambda: not house.server.server_state.tasks)
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []
