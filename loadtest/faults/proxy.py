"""A TCP proxy on the loopback that does to a connection what networks do: delays, cuts, swallows.

It can stand between clients and server, server and Redis, server and Postgres; drills steer it.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from msgspec import Struct

from loadtest.ports import LOOPBACK

CONNECT_WITHIN_S = 5.0


class Weather(Struct, frozen=True):
    """What befalls bytes and connections from now on.

    `delay_ms`: each way. `frozen`: nothing moves, bytes wait where they are: a partition that ends
    before TCP gives up. `replies_dropped`: requests arrive, replies are swallowed; such a
    connection is cut when the weather changes, for its streams have a hole. `replies_held`:
    requests arrive, replies wait: a client that does not read. `refusing`: new ones are closed.
    """

    delay_ms: float = 0
    frozen: bool = False
    replies_dropped: bool = False
    replies_held: bool = False
    refusing: bool = False


CLEAR = Weather()


class Trap(Struct):
    """Springs once, on the first request with `pattern` in it; then that connection is deaf.

    `passes`: whether that request is still handed on (its reply never is). `sprung` is called.
    """

    pattern: bytes
    passes: bool
    sprung: Callable[[], None]


class Proxy:
    """One listening port and where it leads. Make and use it inside a running event loop."""

    def __init__(self, upstream: int, port: int) -> None:
        """Lead `port` to `upstream`, both on the loopback; `upstream` may be changed later."""
        self.upstream = upstream
        self.port = port
        self.weather = CLEAR
        self.accepted = 0
        self.trap: Trap | None = None
        self.pairs: set[Pair] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Begin to listen."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Pair(self).client, LOOPBACK, self.port, backlog=4_096
        )

    async def close(self) -> None:
        """Stop listening, and cut what there is."""
        if self._server is not None:
            self._server.close()
        self.cut()

    def set(self, weather: Weather) -> None:
        """From now on, for connections that are there too."""
        self.weather = weather
        for pair in list(self.pairs):
            if pair.holed and not weather.replies_dropped:
                pair.abort()
            else:
                pair.hold()

    def cut(self) -> int:
        """Reset all connections; how many there were."""
        pairs = list(self.pairs)
        for pair in pairs:
            pair.abort()
        return len(pairs)

    def half_open(self, *, client_stays: bool) -> int:
        """Cut one side of every connection; the other side is told nothing, and never answered."""
        pairs = list(self.pairs)
        for pair in pairs:
            pair.halve(client_stays=client_stays)
        return len(pairs)


class Pair:
    """One connection through the proxy: the client's side and the server's."""

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        self.client = Side(self)
        self.server = Side(self)
        self.holed = False
        self.halved = False
        self._dialling: asyncio.Task[None] | None = None

    def accepted(self) -> None:
        """The client stands before us: dial for it, unless we refuse."""
        self.proxy.accepted += 1
        if self.proxy.weather.refusing:
            self.client.abort()
            return
        self.proxy.pairs.add(self)
        self.client.read(False)  # until there is somebody to tell
        self._dialling = asyncio.get_running_loop().create_task(self._dial())

    async def _dial(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                await loop.create_connection(lambda: self.server, LOOPBACK, self.proxy.upstream)
        except OSError:  # asyncio.TimeoutError is one too
            self.abort()
            return
        self.hold()

    def arrived(self, side: "Side", data: bytes) -> None:
        """Bytes from one side, for the other."""
        if self.halved:
            return
        request = side is self.client
        if request and self._trapped(data):
            return
        if self.holed or (not request and self.proxy.weather.replies_dropped):
            self.holed = True
            if not request:
                return
        (self.server if request else self.client).write(data, self.proxy.weather.delay_ms)

    def _trapped(self, data: bytes) -> bool:
        trap = self.proxy.trap
        if trap is None or trap.pattern not in data:
            return False
        self.proxy.trap = None
        if trap.passes:
            self.server.write(data, 0)
        self.halved = True  # nothing moves any more; both sides believe it stands
        trap.sprung()
        return True

    def hold(self) -> None:
        """Let the bytes wait where they are, or go on; who is still dialled for waits anyway."""
        weather = self.proxy.weather
        if self.server.made:
            self.client.read(not weather.frozen)
            self.server.read(not weather.frozen and not weather.replies_held)

    def halve(self, *, client_stays: bool) -> None:
        """Cut one side only."""
        self.halved = True
        (self.server if client_stays else self.client).abort()

    def gone(self, side: "Side") -> None:
        """One side is no more; so is the other, unless it is to believe otherwise."""
        other = self.server if side is self.client else self.client
        if not self.halved:
            other.finish()
        if other.ended or not self.halved:
            self.proxy.pairs.discard(self)

    def abort(self) -> None:
        """Reset both sides."""
        if self._dialling is not None:
            self._dialling.cancel()
        self.halved = False
        self.proxy.pairs.discard(self)
        self.client.abort()
        self.server.abort()


class Side(asyncio.Protocol):
    """One end of a pair, as asyncio sees it."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._transport: asyncio.Transport | None = None
        self._free_at = 0.0
        self._later: deque[bytes] = deque()
        self._early = b""
        self.ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It stands."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._early:
            transport.write(self._early)
            self._early = b""
        if self is self._pair.client:
            self._pair.accepted()
        elif self._pair not in self._pair.proxy.pairs:
            transport.abort()  # the client has gone meanwhile

    def data_received(self, data: bytes) -> None:
        """Bytes."""
        self._pair.arrived(self, data)

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone."""
        self.ended = True
        self._pair.gone(self)

    def pause_writing(self) -> None:
        """It does not read fast enough: read no more from the other than it takes."""
        self._other.read(False)

    def resume_writing(self) -> None:
        """It reads again."""
        self._pair.hold()

    @property
    def made(self) -> bool:
        """Whether it ever stood."""
        return self._transport is not None

    @property
    def _other(self) -> "Side":
        return self._pair.server if self is self._pair.client else self._pair.client

    def write(self, data: bytes, delay_ms: float) -> None:
        """Hand bytes on, now or later; their order is kept, whatever the delays are."""
        loop = asyncio.get_running_loop()
        at = max(self._free_at, loop.time() + delay_ms / 1_000)
        if not self._later and not delay_ms:
            self._write(data)
            return
        self._free_at = at
        self._later.append(data)
        loop.call_at(at, self._write_next)

    def _write_next(self) -> None:
        """What has waited longest, whichever timer this is: those of one moment have no order."""
        self._write(self._later.popleft())

    def _write(self, data: bytes) -> None:
        if self._transport is None:
            # Whoever speaks while the other side is dialled for is not to be heard yet; asyncio of
            # Python 3.11.2 forgets that, for what is paused as soon as it stands.
            self._early += data
        elif not self._transport.is_closing():
            self._transport.write(data)

    def read(self, on: bool) -> None:
        """Take from it, or let it wait."""
        if self._transport is None or self._transport.is_closing():
            return
        if on:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def finish(self) -> None:
        """Close it, when what is written has gone."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Reset it."""
        if self._transport is not None:
            self._transport.abort()
