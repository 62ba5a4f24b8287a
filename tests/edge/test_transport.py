"""What we rely on in uvicorn: its settings, and the class that can hang up."""

import asyncio

import websockets
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from examsync.edge.sockets.wire import ABORT
from examsync.edge.transport import Abortable, uvicorn_config
from examsync.settings import Limits, Server
from tests.edge.house import House, until
from tests.edge.rooms_to_let import Open


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
    assert ABORT.startswith("examsync.")
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
    await until(lambda: not any(isinstance(each, Abortable) for each in connections))


async def test_frames_are_not_compressed_though_a_client_offers_to(house: House) -> None:
    async with websockets.connect(house.socket_url, compression="deflate") as socket:
        assert socket.protocol.extensions == []
