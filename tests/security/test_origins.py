"""Pages of elsewhere (E24) and Host headers (E25), over real connections."""

import asyncio

import httpx
import pytest
import websockets

from protocol.types import Role
from tests.edge.house import House

BOTH_WAYS = True

OWN = "https://exams.example"


async def upgrade(house: House, origin: str | None) -> int:
    """The status a WebSocket from a page of this origin meets."""
    try:
        headers = None if origin is None else {"Origin": origin}
        async with websockets.connect(house.socket_url, additional_headers=headers):
            return 101
    except websockets.InvalidStatus as refusal:
        return refusal.response.status_code


@pytest.mark.parametrize(
    "origin",
    ["null", "https://evil.example", OWN + ".evil.example", "https://evil" + OWN[8:], OWN + ":444"],
)
async def test_a_page_of_elsewhere_cannot_connect(house: House, origin: str) -> None:
    assert await upgrade(house, origin) == 403


async def test_listed_pages_our_own_and_programs_can(house: House) -> None:
    for origin in (OWN, house.url, None):
        assert await upgrade(house, origin) == 101


HOSTS = ["x/admin?", "evil.example", "127.0.0.1:1/admin/exams", "exams.example@evil.example", "*"]


async def exchange(house: House, request: str) -> str:
    """The answer to a request written by hand."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    writer.write(request.encode())
    answer = (await reader.read(65_536)).decode()
    writer.close()
    return answer


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", ["/admin/exams", "/livez"])
async def test_the_host_header_changes_no_authorisation(house: House, host: str, path: str) -> None:
    head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    status = (await exchange(house, head)).split()[1]
    assert status == ("401" if path == "/admin/exams" else "200")


@pytest.mark.parametrize("host", HOSTS)
async def test_a_host_header_lets_no_page_of_elsewhere_in(house: House, host: str) -> None:
    request = (
        f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: https://attacker.example\r\n\r\n"
    )
    assert (await exchange(house, request)).split()[1] == "403"


async def test_a_path_is_taken_as_it_is(house: House) -> None:
    headers = {"authorization": f"Bearer {house.token('eve', Role.EXAMINER)}"}
    async with httpx.AsyncClient(base_url=house.url, headers=headers) as client:
        for path in ("/admin/keys/", "/livez/../admin/keys", "//admin/keys", "/ADMIN/keys"):
            assert (await client.get(path)).status_code in (403, 404)


async def test_no_response_redirects_or_lets_others_read_it(house: House) -> None:
    async with httpx.AsyncClient(base_url=house.url) as client:
        for origin in (OWN, "https://evil.example", "null"):
            response = await client.get("/livez", headers={"origin": origin})
            allowed = response.headers.get("access-control-allow-origin")
            assert allowed == (OWN if origin == OWN else None)
            assert "access-control-allow-credentials" not in response.headers
        response = await client.get("/admin/exams/")
        assert "location" not in response.headers


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
async def test_listed_pages_may_send_every_method_with_a_token_and_others_none(
    house: House, method: str
) -> None:
    async with httpx.AsyncClient(base_url=house.url) as client:
        for origin in (OWN, "https://evil.example", "null", OWN + ".evil.example"):
            asked = {
                "origin": origin,
                "access-control-request-method": method,
                "access-control-request-headers": "authorization, content-type",
            }
            headers = (await client.options("/admin/accounts/x", headers=asked)).headers
            named = headers.get("access-control-allow-origin")
            assert named == (OWN if origin == OWN else None)
            if origin == OWN:
                assert method in headers["access-control-allow-methods"]
                told = headers["access-control-allow-headers"].lower()
                assert {"authorization", "content-type"} <= set(told.split(", "))
            assert "access-control-allow-credentials" not in headers


async def test_a_listed_page_may_read_problems_and_when_to_come_back(house: House) -> None:
    async with httpx.AsyncClient(base_url=house.url) as client:
        response = await client.patch("/admin/accounts/x", headers={"origin": OWN}, json={})
    assert response.status_code == 401
    assert response.headers["access-control-allow-origin"] == OWN
    exposed = response.headers["access-control-expose-headers"]
    assert {"retry-after", "content-disposition"} <= set(exposed.split(", "))


async def test_methods_that_nobody_uses_are_not_allowed_to_pages(house: House) -> None:
    asked = {"origin": OWN, "access-control-request-method": "PUT"}
    async with httpx.AsyncClient(base_url=house.url) as client:
        response = await client.options("/admin/accounts/x", headers=asked)
    assert response.status_code == 400


@pytest.mark.parametrize("path", ["/livez", "/nowhere", "/admin/exams", "/socket.io/"])
async def test_every_response_says_what_browsers_must_not_do(house: House, path: str) -> None:
    async with httpx.AsyncClient(base_url=house.url) as client:
        headers = (await client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers
