"""Requests go to public addresses only, whatever names and receivers try; answers are bounded."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from examsync.infra.outward import (
    ANSWER_CHARS_MAX,
    AddressRefused,
    Answered,
    Checked,
    Outward,
    checked_socket,
    look_up,
    printable,
)
from tests.services.receiver import Receiver, receiving

BODY = b'{"hello":"world"}'


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


async def post(outward: Outward, url: str) -> Answered:
    try:
        return await outward.post(url, BODY, {"x-test": "1"})
    finally:
        await outward.close()


class Names:
    """Hosts whose addresses change with every question."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked += 1
        return self.answers.pop(0)


async def test_a_trusted_host_is_called_by_plain_http(receiver: Receiver) -> None:
    receiver.answers.append(web.Response(status=202, text="taken"))
    answered = await post(Outward(["127.0.0.1"]), receiver.url)
    assert (answered.status, answered.text, answered.error) == (202, "taken", "")
    (got,) = receiver.posts
    assert (got.body, got.headers["x-test"]) == (BODY, "1")


async def test_without_trust_nothing_is_sent(receiver: Receiver) -> None:
    answered = await post(Outward(), receiver.url)
    assert (answered.status, answered.error) == (None, "use https")
    assert receiver.posts == []


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.7"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["8.8.8.8", "127.0.0.1"],  # one good address does not make the host good
    ],
)
async def test_a_name_of_an_address_inside_is_not_called(addresses: list[str]) -> None:
    names = Names(addresses)
    answered = await post(Outward(lookup=names), "https://innocent.example.org/hook")
    assert answered.status is None
    assert "not a public address" in answered.error
    assert names.asked == 1


async def test_the_systems_own_name_for_inside_is_refused() -> None:
    answered = await post(Outward(), "https://localhost/hook")
    assert "not a public address" in answered.error
    assert "127.0.0.1" in await look_up("localhost", 443)


async def test_a_name_is_looked_up_once_so_it_cannot_change_in_between() -> None:
    """A second question would get the loopback: what was checked is what is dialled."""
    names = Names(["192.0.2.1"], ["127.0.0.1"])
    answered = await post(Outward(lookup=names), "https://rebinding.example.org/hook")
    assert "192.0.2.1" in answered.error
    assert names.asked == 1


@pytest.mark.parametrize(
    ("family", "address"),
    [
        (socket.AF_INET, ("127.0.0.1", 443)),
        (socket.AF_INET, ("169.254.169.254", 80)),
        (socket.AF_INET6, ("::1", 443, 0, 0)),
        (socket.AF_INET6, ("::ffff:10.0.0.1", 443, 0, 0)),
    ],
)
def test_no_socket_is_made_for_an_address_inside(
    family: socket.AddressFamily, address: tuple[object, ...]
) -> None:
    with pytest.raises(AddressRefused, match="not a public address"):
        checked_socket((family, socket.SOCK_STREAM, 6, "", address))


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "::1"])
async def test_each_of_the_two_guards_holds_without_the_other(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    host = "innocent.example.org"
    with pytest.raises(AddressRefused, match="not a public address"):
        await Checked(Names([address]), trusting=False).resolve(host, 443)

    async def fooled(checked: Checked, host: str, port: int, family: object) -> object:
        return await real(Checked(Names([address]), trusting=True), host, port)

    real = Checked.resolve
    monkeypatch.setattr(Checked, "resolve", fooled)
    answered = await post(Outward(), f"https://{host}/hook")
    assert (answered.status, "not a public address" in answered.error) == (None, True)


def test_a_socket_is_made_for_a_public_address() -> None:
    with checked_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443))) as made:
        assert not made.getblocking()


async def test_redirects_are_not_followed(receiver: Receiver) -> None:
    elsewhere = web.Response(status=302, headers={"location": f"{receiver.url}/elsewhere"})
    receiver.answers.append(elsewhere)
    answered = await post(Outward(["127.0.0.1"]), receiver.url)
    assert answered.status == 302
    assert len(receiver.posts) == 1


async def test_of_a_long_answer_the_beginning_is_kept(receiver: Receiver) -> None:
    receiver.answers.append(web.Response(text="ab\n\x00\x1b[31m" * 100_000))
    answered = await post(Outward(["127.0.0.1"]), receiver.url)
    assert answered.status == 200
    assert len(answered.text) == ANSWER_CHARS_MAX
    assert answered.text.startswith("ab [31mab [31m")


async def test_a_compressed_answer_is_not_blown_up(receiver: Receiver) -> None:
    bomb = web.Response(body=b"0" * 1_000_000)
    bomb.enable_compression(web.ContentCoding.gzip)
    receiver.answers.append(bomb)
    answered = await post(Outward(["127.0.0.1"]), receiver.url)
    assert "0000" not in answered.text


async def test_who_does_not_answer_is_told_so() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        answered = await post(Outward(["127.0.0.1"]), f"http://127.0.0.1:{port}/")
    assert answered.status is None
    assert "ConnectorError" in answered.error


async def test_what_speaks_no_http_is_told_so() -> None:
    async def nonsense(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.org ESMTP\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(nonsense, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        answered = await post(Outward(["127.0.0.1"]), f"http://127.0.0.1:{port}/")
    assert answered.status is None
    assert answered.error


def test_bytes_that_are_no_text_can_be_shown() -> None:
    assert printable(b"\xff\xfe ok \r\n\t done \x00") == "�� ok done"
