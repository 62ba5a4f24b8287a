"""Webhooks lead to no address inside (E21): whatever is written, and whatever a name turns into."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from tests.edge.calling import calling, problem
from tests.edge.house import House

TYPES = ["attempt.closed"]
UNUSABLE = [
    "http://hooks.example/x", "ftp://hooks.example/x", "file:///etc/passwd", "gopher://x/_", "x",
    "//hooks.example/x", "javascript:alert(1)", "https://", "https:///x",
    "https://user:pw@x.example/",
    "https://hooks.example:99999/", "https://hooks.example/\\r\\nHost: x", "https://a b/", "",
    "unix:///run/redis.sock", "https://[::1", "data:text/plain,x",
]  # fmt: skip
"""What is no https address of anybody."""
INSIDE = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "0.0.0.0", "[::1]", "[::]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1",
    "169.254.169.254", "[fe80::1]", "[fd00::1]", "[64:ff9b::7f00:1]", "224.0.0.1", "localhost",
    "localhost.", "LOCALHOST", "240.0.0.1", "255.255.255.255",
]  # fmt: skip
"""Hosts that are, or turn into, an address inside: refused when written, or when dialled."""


@pytest.fixture
def trap() -> Iterator[list[int]]:
    """A port of the loopback; its number, followed by whoever came in."""
    came: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        came.append(server.getsockname()[1])
        yield came
        with contextlib.suppress(BlockingIOError):
            server.accept()
            came.append(1)
        assert len(came) == 1, "somebody was called inside"


async def deleted(root: httpx.AsyncClient, made: Any) -> None:
    await root.delete(f"/admin/webhooks/{made['id']}")


@pytest.fixture
async def root(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """An admin's client."""
    async with calling(house) as client:
        yield client


@pytest.mark.parametrize("url", UNUSABLE)
async def test_what_is_no_https_address_is_refused_when_it_is_written(
    root: httpx.AsyncClient, url: str
) -> None:
    refused = await root.post("/admin/webhooks", json={"url": url, "types": TYPES})
    assert problem(refused) == (400, "bad_request")
    good = {"url": "https://hooks.example/x", "types": TYPES, "active": False}
    made = (await root.post("/admin/webhooks", json=good)).json()
    changed = await root.patch(f"/admin/webhooks/{made['id']}", json={"url": url})
    assert problem(changed) == (400, "bad_request")
    await deleted(root, made)


@pytest.mark.parametrize("host", INSIDE)
async def test_no_host_inside_is_ever_dialled(
    root: httpx.AsyncClient, trap: list[int], host: str
) -> None:
    url = f"https://{host}:{trap[0]}/hook"
    response = await root.post("/admin/webhooks", json={"url": url, "types": TYPES})
    if response.status_code == 400:
        return
    made = response.json()
    async with asyncio.timeout(20):
        sent = (await root.post(f"/admin/webhooks/{made['id']}/test")).json()
    assert sent["state"] == "failed"
    assert "status" not in sent or sent["status"] is None
    await deleted(root, made)


async def test_the_servers_own_machines_are_not_reached(house: House, root: Any) -> None:
    """Redis, Postgres and the server itself, by their ports."""
    redis = house.app.config.redis.url.rpartition(":")[2].partition("/")[0]
    for port in (redis, str(house.port)):
        for scheme in ("http", "https"):
            said = {"url": f"{scheme}://127.0.0.1:{port}/livez", "types": TYPES}
            response = await root.post("/admin/webhooks", json=said)
            if response.status_code != 400:
                made = response.json()
                sent = (await root.post(f"/admin/webhooks/{made['id']}/test")).json()
                assert sent["state"] == "failed"
                assert "public address" in str(sent)
                await deleted(root, made)
