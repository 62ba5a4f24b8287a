"""HTTP requests to addresses that others have named (knows no exam): only to public ones.

The address that is checked is the one that is dialled: a socket is made for nothing else, so a
name that changes its address in between gains nothing. Redirects are not followed, proxies and
cookies not used, and of the answer no more than a little is read.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Collection, Mapping

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from msgspec import Struct

from examsync.infra.addresses import is_trusted, refusal, url_refusal

TIMEOUT_S = 15.0
"""For everything: asking for the address, connecting, sending, and the answer."""
CONNECT_TIMEOUT_S = 5.0
ANSWER_BYTES_MAX = 4_096
ANSWER_CHARS_MAX = 500

AddressInfo = tuple[int, int, int, str, tuple[object, ...]]
Lookup = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a host. Raises OSError."""


class AddressRefused(OSError):
    """The host is at an address that must not be dialled."""


class Answered(Struct, frozen=True):
    """How a request ended. `status` None: there was no answer, and `error` says why.

    `text`: the beginning of the answer's body.
    """

    status: int | None
    text: str
    error: str
    took_ms: int


class Outward:
    """The one way out. Must be closed; opens nothing before the first request."""

    def __init__(self, trusted: Collection[str] = (), lookup: Lookup | None = None) -> None:
        """`trusted`: see `url_refusal`. `lookup`: how hosts become addresses; the system's way."""
        self._trusted = frozenset(trusted)
        self._lookup = lookup or look_up
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    def refusal(self, url: str) -> str | None:
        """Why this URL will not be called, as far as can be said now; None if it may be."""
        return url_refusal(url, self._trusted)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        """Send it; nothing is raised but a cancellation."""
        began = asyncio.get_running_loop().time()
        status, text, error = None, "", self.refusal(url) or ""
        if not error:
            try:
                status, text = await self._post(url, body, headers)
            except (aiohttp.ClientError, OSError, ValueError) as failure:
                error = told(failure)
        took_ms = round((asyncio.get_running_loop().time() - began) * 1_000)
        return Answered(status, text, error, took_ms)

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        session = self._session(is_trusted(url, self._trusted))
        sending = session.post(url, data=body, headers=headers, allow_redirects=False)
        async with asyncio.timeout(TIMEOUT_S), sending as response:
            return response.status, printable(await beginning(response.content))

    def _session(self, trusting: bool) -> aiohttp.ClientSession:
        """Connections are not kept: each is to an address that was looked at for this request."""
        if trusting not in self._sessions:
            connector = aiohttp.TCPConnector(
                resolver=Checked(self._lookup, trusting=trusting),
                socket_factory=None if trusting else checked_socket,
                use_dns_cache=False,
                force_close=True,
                limit=0,  # how many are under way is the caller's to bound
            )
            self._sessions[trusting] = aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S, sock_connect=CONNECT_TIMEOUT_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
            )
        return self._sessions[trusting]

    async def close(self) -> None:
        """Hang up."""
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()


class Checked(AbstractResolver):
    """Looks hosts up, and refuses one if any of its addresses is refused."""

    def __init__(self, lookup: Lookup, *, trusting: bool) -> None:
        self._lookup = lookup
        self._trusting = trusting

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """What aiohttp may dial. Raises AddressRefused and other OSErrors."""
        del family
        found = await self._lookup(host, port)
        for address in found:
            if not self._trusting and (why := refusal(address)) is not None:
                raise AddressRefused(f"{host}: {why}")
        return [_result(host, address, port) for address in found]

    async def close(self) -> None:
        """Nothing is held."""


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(
        hostname=host, host=address, port=port, family=family, proto=0, flags=flags
    )


def checked_socket(info: AddressInfo) -> socket.socket:
    """A socket for this address. Raises AddressRefused: nothing gets past here."""
    family, kind, protocol, _, address = info
    if (why := refusal(str(address[0]))) is not None:
        raise AddressRefused(why)
    made = socket.socket(family, kind, protocol)
    made.setblocking(False)
    return made


async def look_up(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system says. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


async def beginning(content: aiohttp.StreamReader) -> bytes:
    """The first bytes of a body; the rest is left unread."""
    read = bytearray()
    while len(read) < ANSWER_BYTES_MAX:
        chunk = await content.read(ANSWER_BYTES_MAX - len(read))
        if not chunk:
            break
        read += chunk
    return bytes(read)


def printable(body: bytes) -> str:
    """Its first characters, in one line, with nothing a terminal or Postgres would stumble over."""
    words = " ".join(body.decode("utf-8", "replace").split())
    return "".join(char for char in words if char.isprintable()).strip()[:ANSWER_CHARS_MAX]


def told(failure: Exception) -> str:
    """Why there was no answer, in a line."""
    if isinstance(failure, TimeoutError):
        return f"no answer within {TIMEOUT_S:g} s"
    cause = failure.os_error if isinstance(failure, aiohttp.ClientConnectorError) else failure
    if isinstance(cause, AddressRefused):
        return str(cause)[:ANSWER_CHARS_MAX]
    words = printable(str(cause).encode()) or "the connection was lost"
    return f"{type(failure).__name__}: {words}"[:ANSWER_CHARS_MAX]
